"""``residual-lens render``: the picture of a view file, the same wherever it is drawn."""

import io
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image as PillowImage

from desktop_app import paths
from desktop_app.__main__ import main
from desktop_app.core.analysing import analyse
from desktop_app.core.analysis import Analysis
from desktop_app.core.findings import Findings
from desktop_app.core.interventions import Intervention
from desktop_app.core.maps import layer_range
from desktop_app.core.model_file import load_model
from desktop_app.core.opened_view import shown_classes
from desktop_app.core.records import FileSource
from desktop_app.core.sessions import ModelSessions
from desktop_app.core.view_file import (
    View,
    ViewExplanation,
    ViewScale,
    read_view,
    write_view,
)
from desktop_app.core.view_findings import find, question_of
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


def picture_of(view: View, analysis: Analysis, findings: Findings | None = None) -> bytes:
    return view_png(view, analysis, findings or Findings(), fonts=paths.fonts())


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
    assert output.read_bytes() == picture_of(view, analysis)


def test_what_is_shown_stands_in_the_picture_exactly(
    view: View, analysis: Analysis, tmp_path: Path
) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(picture_of(view, analysis))
    said = drawn(path).info
    assert said["image"] == "stripes.png"
    assert said["layer"] == "conv1"
    assert view.scale is not None
    assert float(said["high"]) == view.scale.high


WHY = ViewExplanation(method="integrated-gradients")
PARTS = ("explanation", "interventions")
CHANGES = (Intervention("channel", "conv1", 0, 0.5), Intervention("branch", "2b", None, 0.0))


def test_a_view_that_explains_and_changes_is_drawn_with_both(
    view: View, analysis: Analysis, tmp_path: Path
) -> None:
    seen = replace(view, chosen_class=1, against_class=2, explanation=WHY, interventions=CHANGES)
    write_view(tmp_path / "a.lensview", seen)
    output = tmp_path / "a.png"
    words = ["--output", str(output), "--provider", "cpu"]
    assert main(["render", str(tmp_path / "a.lensview"), *words]) == 0
    findings = find(seen, analysis, ModelSessions(analysis.model, "cpu"))
    assert output.read_bytes() == picture_of(seen, analysis, findings)
    said = drawn(output).info
    assert (said["class"], said["against"], said["method"]) == ("green", "blue", WHY.method)
    assert said["changes"] == "channel 0 of conv1 × 0.50; branch of 2b off"
    assert "channel" not in said
    assert findings.attribution is not None
    assert float(said["high"]) == findings.attribution.shown_range.high
    plain = {name: replace(seen, **{name: getattr(view, name)}) for name in PARTS}
    pictures = {name: picture_of(one, analysis, findings) for name, one in plain.items()}
    assert len({output.read_bytes(), *pictures.values()}) == 3


def test_what_a_view_does_not_show_is_not_computed(view: View, analysis: Analysis) -> None:
    sessions = ModelSessions(analysis.model, "cpu")
    bare = find(view, analysis, sessions)
    assert (bare.attribution, bare.outcome) == (None, None)
    explained = find(replace(view, explanation=WHY), analysis, sessions)
    assert explained.attribution is not None
    assert explained.outcome is None
    changed = find(replace(view, interventions=CHANGES), analysis, sessions)
    assert changed.outcome is not None
    assert changed.attribution is None


@pytest.mark.parametrize(
    ("chosen", "against", "layer", "asked"),
    [
        (None, None, "conv1", ("likeliest", None, None)),
        (1, 2, "pool1", (1, 2, "pool1")),
        (999, 999, "avg_pool", ("likeliest", None, None)),  # of another model
        (1, 1, "conv1", (1, None, "conv1")),
    ],
)
def test_a_view_asks_what_the_window_would(
    *,
    chosen: int | None,
    against: int | None,
    layer: str,
    asked: tuple[int | str, int | None, str | None],
    view: View,
    analysis: Analysis,
) -> None:
    seen = replace(
        view,
        layer=layer,
        chosen_class=chosen,
        against_class=against,
        explanation=ViewExplanation(method="layercam", at_layer=chosen is not None),
    )
    question = question_of(seen, analysis)
    assert question is not None
    likeliest = int(analysis.classification.probabilities.argmax())
    index = likeliest if asked[0] == "likeliest" else asked[0]
    assert (question.class_index, question.against, question.layer) == (index, *asked[1:])
    assert question.method == "layercam"


def test_a_change_that_the_model_has_no_place_for_ends_with_1(
    view: View, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.lensview"
    write_view(path, replace(view, interventions=(Intervention("branch", "9z", None, 0.0),)))
    assert main(["render", str(path), "--output", str(tmp_path / "a.png")]) == 1
    assert "tiny has no residual block 9z" in capsys.readouterr().err
    assert not (tmp_path / "a.png").exists()


def test_a_folder_that_was_moved_still_renders_the_same(
    view: View, analysis: Analysis, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_view(tmp_path / "a.lensview", view)
    before = picture_of(view, analysis)
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
        np.asarray(PillowImage.open(io.BytesIO(picture_of(each, analysis))))
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
    assert picture_of(replace(likeliest, chosen_class=chosen), analysis)


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


@pytest.mark.parametrize(
    ("foreign", "why"),
    [
        ({"layer": "res9z", "explanation": WHY}, "tiny has no layer res9z"),
        ({"layer": "res9z", "scale": None}, "tiny has no layer res9z"),
        ({"channel": 5000, "explanation": WHY}, "number 5000"),
        ({"chosen_class": 500}, "tiny has 3 classes, and the view asks about number 500"),
        ({"chosen_class": -1, "explanation": WHY}, "asks about number -1"),
        ({"chosen_class": 0, "against_class": 3}, "asks about number 3"),
    ],
)
def test_what_the_model_does_not_have_ends_with_1_also_where_it_would_not_be_drawn(
    foreign: dict[str, Any],
    why: str,
    view: View,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = tmp_path / "a.lensview"
    write_view(path, replace(view, **foreign))
    assert main(["render", str(path), "--output", str(tmp_path / "a.png")]) == 1
    assert why in capsys.readouterr().err
    assert not (tmp_path / "a.png").exists()


@pytest.mark.parametrize("name", ["a.jpg", "a", "a.npz"])
def test_another_ending_than_the_pictures_is_a_wrong_call(
    name: str, view: View, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_view(tmp_path / "a.lensview", view)
    assert main(["render", str(tmp_path / "a.lensview"), "--output", str(tmp_path / name)]) == 2
    assert capsys.readouterr().err == (
        f"residual-lens: cannot write {name}: the picture of a view is a PNG. "
        "Let --output end in .png.\n"
    )
    assert not (tmp_path / name).exists()


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
