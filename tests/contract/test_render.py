"""``residual-lens render``: the picture of a view file, the same wherever it is drawn."""

import io
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as PillowImage

from desktop_app import paths
from desktop_app.__main__ import main
from desktop_app.core.analysing import analyse
from desktop_app.core.analysis import Analysis
from desktop_app.core.maps import layer_range
from desktop_app.core.model_file import load_model
from desktop_app.core.opened_view import shown_classes
from desktop_app.core.records import FileSource
from desktop_app.core.sessions import ModelSessions
from desktop_app.core.view_file import View, ViewScale, read_view, write_view
from desktop_app.core.view_picture import view_png
from desktop_app.core.view_places import refer_to_image, refer_to_model


@pytest.fixture
def analysis(tmp_path: Path, tiny_model: Path) -> Analysis:
    """Of a picture in ``photos`` with a model in ``models``, both below the test's folder."""
    photo, model = tmp_path / "photos" / "stripes.png", tmp_path / "models" / "tiny.onnx"
    for path in (photo, model):
        path.parent.mkdir()
    shutil.copy(tiny_model, model)
    values = np.linspace(0, 255, 60 * 90 * 3).astype(np.uint8).reshape(60, 90, 3)
    PillowImage.fromarray(values).save(photo)
    return analyse(FileSource(photo), ModelSessions(load_model(model), "cpu"))


@pytest.fixture
def view(analysis: Analysis, tmp_path: Path) -> View:
    maps = analysis.activations.values["conv1"]
    shown = layer_range(maps)
    assert analysis.image.path is not None
    return View(
        image=refer_to_image(FileSource(analysis.image.path), tmp_path),
        model=refer_to_model(analysis.model, tmp_path),
        layer="conv1",
        channel=len(maps) - 1,
        scale=ViewScale(kind="layer", low=shown.low, high=shown.high, legend="layer"),
        top_k=2,
    )


def drawn(path: Path) -> PillowImage.Image:
    with PillowImage.open(io.BytesIO(path.read_bytes())) as picture:
        picture.load()
        return picture


def test_a_rendered_view_is_the_picture_that_the_program_draws(
    view: View, analysis: Analysis, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_view(tmp_path / "a.lensview", view)
    output = tmp_path / "new" / "a.png"
    assert main(["render", str(tmp_path / "a.lensview"), "--output", str(output)]) == 0
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == f"{output}\n"
    assert output.read_bytes() == view_png(view, analysis, fonts=paths.fonts())


def test_what_is_shown_stands_in_the_picture_exactly(
    view: View, analysis: Analysis, tmp_path: Path
) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(view_png(view, analysis, fonts=paths.fonts()))
    said = drawn(path).info
    assert said["image"] == "stripes.png"
    assert said["layer"] == "conv1"
    assert view.scale is not None
    assert float(said["high"]) == view.scale.high


def test_a_folder_that_was_moved_still_renders_the_same(
    view: View, analysis: Analysis, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_view(tmp_path / "a.lensview", view)
    before = view_png(view, analysis, fonts=paths.fonts())
    moved = tmp_path / "elsewhere"
    moved.mkdir()
    for name in ("a.lensview", "photos", "models"):
        shutil.move(tmp_path / name, moved / name)
    assert main(["render", str(moved / "a.lensview"), "--output", str(moved / "a.png")]) == 0
    assert (moved / "a.png").read_bytes() == before
    assert "changed" not in capsys.readouterr().err


def test_what_has_changed_is_said_and_drawn_all_the_same(
    view: View, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_view(tmp_path / "a.lensview", replace(view, model=replace(view.model, sha256="0" * 64)))
    PillowImage.new("RGB", (30, 30), "red").save(tmp_path / "photos" / "stripes.png")
    assert main(["render", str(tmp_path / "a.lensview"), "--output", str(tmp_path / "a.png")]) == 0
    said = capsys.readouterr().err
    assert "the image stripes.png has changed" in said
    assert "the model tiny has other weights" in said


def test_the_range_is_the_views_own(view: View, analysis: Analysis) -> None:
    assert view.scale is not None
    wider = replace(view, scale=replace(view.scale, high=2 * view.scale.high))
    pixels = [
        np.asarray(PillowImage.open(io.BytesIO(view_png(each, analysis, fonts=paths.fonts()))))
        for each in (view, wider)
    ]
    assert not np.array_equal(*pixels)


@pytest.mark.parametrize("chosen", [-1, 0, 2, 999])
def test_a_class_that_is_asked_about_is_listed_if_the_model_has_it(
    chosen: int, view: View, analysis: Analysis
) -> None:
    likeliest = replace(view, top_k=1)
    rows = shown_classes(replace(likeliest, chosen_class=chosen), analysis)
    first = shown_classes(likeliest, analysis)[0].index
    expected = {first, chosen} if 0 <= chosen < len(analysis.model.labels) else {first}
    assert {row.index for row in rows} == expected
    assert view_png(replace(likeliest, chosen_class=chosen), analysis, fonts=paths.fonts())


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"no JSON", "no view file"),
        (b'{"schema": 99}', "schema 99"),
        (b'{"schema": 1, "image": {"name": "a"}}', "not as a view has it"),
        (b"\xff\xfe\x00", "no view file"),
    ],
)
def test_what_is_no_view_ends_with_1_and_says_why(
    content: bytes, why: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.lensview"
    path.write_bytes(content)
    assert main(["render", str(path), "--output", str(tmp_path / "a.png")]) == 1
    assert why in capsys.readouterr().err
    assert not (tmp_path / "a.png").exists()


def test_a_missing_view_a_missing_image_and_a_missing_layer_end_with_1(
    view: View, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, words = tmp_path / "a.lensview", ["--output", str(tmp_path / "a.png")]
    assert main(["render", str(path), *words]) == 1
    assert "there is no file" in capsys.readouterr().err
    write_view(path, replace(view, layer="res9z"))
    assert main(["render", str(path), *words]) == 1
    assert "tiny has no layer res9z" in capsys.readouterr().err
    write_view(path, replace(view, channel=5000))
    assert main(["render", str(path), *words]) == 1
    assert "number 5000" in capsys.readouterr().err
    write_view(path, view)
    photo = tmp_path / "photos" / "stripes.png"
    photo.unlink()
    assert main(["render", str(path), *words]) == 1
    assert f"it was looked for at {photo}" in capsys.readouterr().err
    assert not (tmp_path / "a.png").exists()


def test_a_model_that_is_nowhere_ends_with_2_and_says_where_it_was_sought(
    view: View, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, model = tmp_path / "a.lensview", tmp_path / "models" / "tiny.onnx"
    write_view(path, view)
    model.unlink()
    assert main(["render", str(path), "--output", str(tmp_path / "a.png")]) == 2
    said = capsys.readouterr().err
    assert str(model) in said
    assert "the listed models" in said


def test_a_model_that_is_gone_is_found_by_its_name(view: View, tmp_path: Path) -> None:
    path = tmp_path / "a.lensview"
    write_view(path, replace(view, model=replace(view.model, name="signs", path="", relative="")))
    assert main(["render", str(path), "--output", str(tmp_path / "a.png")]) == 0
    assert read_view(path).model.name == "signs"


def test_a_call_without_output_is_wrong(tmp_path: Path) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["render", str(tmp_path / "a.lensview")])
    assert stop.value.code == 2
