"""The headless commands keep their promises: arguments, JSON, exit status, streams."""

import csv
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from PIL import Image as PillowImage

from desktop_app.__main__ import main
from desktop_app.core.card import CARD_PROPERTY
from desktop_app.core.onnx_file import read_onnx
from desktop_app.core.onnx_runtime import Runtime
from desktop_app.core.providers import Obstacle
from tests.drawn_graphs import Drawing

CLASSIFY_SCHEMA = {
    "type": "array",
    "items": {
        "type": "object",
        "additionalProperties": False,
        "required": ["path", "model", "provider", "predictions", "timing_ms", "error"],
        "properties": {
            "path": {"type": "string"},
            "model": {"type": "string"},
            "provider": {"enum": ["cpu", "cuda"]},
            "predictions": {
                "type": "array",
                "items": {
                    "type": "object",
                    "additionalProperties": False,
                    "required": ["label", "index", "probability"],
                    "properties": {
                        "label": {"type": "string"},
                        "index": {"type": "integer", "minimum": 0},
                        "probability": {"type": "number", "minimum": 0, "maximum": 1},
                    },
                },
            },
            "timing_ms": {
                "type": "object",
                "additionalProperties": False,
                "required": ["decode", "preprocess", "run"],
                "properties": {
                    name: {"type": "number", "minimum": 0}
                    for name in ("decode", "preprocess", "run")
                },
            },
            "error": {
                "anyOf": [
                    {"type": "null"},
                    {
                        "type": "object",
                        "additionalProperties": False,
                        "required": ["code", "message"],
                        "properties": {"code": {"type": "string"}, "message": {"type": "string"}},
                    },
                ]
            },
        },
    },
}

MODELS_SCHEMA = {
    "type": "array",
    "items": {
        "type": "object",
        "additionalProperties": False,
        "required": ["name", "path", "classes", "image_size", "default", "source"],
        "properties": {
            "name": {"type": "string"},
            "path": {"type": "string"},
            "classes": {"type": "integer", "minimum": 2},
            "image_size": {"type": "integer", "minimum": 1},
            "default": {"type": "boolean"},
            "source": {"type": "string"},
        },
    },
}


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    folder = tmp_path / "pictures"
    (folder / "inner").mkdir(parents=True)
    PillowImage.new("RGB", (40, 30), (250, 0, 0)).save(folder / "a_red.png")
    PillowImage.new("RGB", (30, 40), (0, 250, 0)).save(folder / "b_green.jpg")
    PillowImage.new("RGB", (30, 30), (0, 0, 250)).save(folder / "inner" / "c_blue.png")
    return folder


def test_classify_json_has_one_object_per_path_in_the_order_given(
    pictures: Path, tiny_model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    torn = pictures / "torn.png"
    torn.write_bytes(b"\x89PNG\r\n\x1a\n torn")
    named = [pictures / "b_green.jpg", torn, pictures / "none.png", pictures / "a_red.png"]
    words = ["classify", *map(str, named), "--model", str(tiny_model), "--format", "json"]
    assert main([*words, "--provider", "cpu", "--top-k", "2"]) == 1
    reports = json.loads(capsys.readouterr().out)
    jsonschema.validate(reports, CLASSIFY_SCHEMA)
    assert [report["path"] for report in reports] == [str(path) for path in named]
    assert [bool(report["error"]) for report in reports] == [False, True, True, False]
    assert reports[1]["error"]["code"] == "image-unreadable"
    assert reports[2]["error"]["code"] == "image-missing"
    assert reports[1]["predictions"] == []
    assert reports[0]["predictions"][0]["label"] == "green"
    assert len(reports[3]["predictions"]) == 2
    assert reports[3]["model"] == "tiny"


def test_folders_are_opened_and_inner_ones_only_when_asked(
    pictures: Path, tiny_model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["classify", str(pictures), "--model", str(tiny_model), "--format", "jsonl"]
    assert main(words) == 0
    shallow = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [Path(r["path"]).name for r in shallow] == ["a_red.png", "b_green.jpg"]
    assert main([*words, "--recursive", "--batch-size", "2"]) == 0
    deep = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    labels = {Path(r["path"]).stem: r["predictions"][0]["label"] for r in deep}
    assert labels == {"a_red": "red", "b_green": "green", "c_blue": "blue"}


def test_a_folder_without_pictures_is_said_and_no_success(
    tmp_path: Path, tiny_model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["classify", str(tmp_path), "--model", str(tiny_model), "--format", "json"]) == 1
    captured = capsys.readouterr()
    assert json.loads(captured.out) == []
    assert "--recursive" in captured.err


def test_a_folder_without_pictures_is_said_also_beside_others(
    pictures: Path, tmp_path: Path, tiny_model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (empty := tmp_path / "empty").mkdir()
    words = ["classify", str(empty), str(pictures), "--model", str(tiny_model)]
    assert main([*words, "--format", "json"]) == 0
    captured = capsys.readouterr()
    assert len(json.loads(captured.out)) == 2
    assert f"no pictures found in {empty}; --recursive" in captured.err
    assert main([*words, "--recursive"]) == 0
    assert f"no pictures found in {empty}\n" in capsys.readouterr().err


def test_batches_and_single_pictures_agree(
    pictures: Path, tiny_model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["classify", str(pictures), "--recursive", "--model", str(tiny_model)]
    scores = []
    for size in ("1", "3"):
        main([*words, "--format", "json", "--batch-size", size])
        reports = json.loads(capsys.readouterr().out)
        scores.append([p["probability"] for r in reports for p in r["predictions"]])
    np.testing.assert_allclose(scores[0], scores[1], atol=1e-6)


def test_csv_goes_whole_into_a_file(pictures: Path, tiny_model: Path, tmp_path: Path) -> None:
    output = tmp_path / "out" / "result.csv"
    words = ["classify", str(pictures), "--model", str(tiny_model)]
    assert main([*words, "--output", str(output)]) == 0  # the name says: CSV
    rows = list(csv.DictReader(output.read_text().splitlines()))
    assert [(row["rank"], row["label"]) for row in rows[:1]] == [("1", "red")]
    assert len(rows) == 6


@pytest.mark.parametrize("form", ["table", "json", "jsonl", "csv"])
@pytest.mark.parametrize("into_file", [False, True])
def test_names_that_are_not_utf_8_are_written_all_the_same(
    form: str, into_file: bool, pictures: Path, tiny_model: Path, tmp_path: Path
) -> None:
    name = os.fsdecode(b"caf\xe9.png")
    try:
        (pictures / "a_red.png").rename(pictures / name)
    except OSError:
        pytest.skip("this file system takes UTF-8 only")
    (pictures / os.fsdecode(b"torn\xe9.png")).write_bytes(b"torn")
    words = ["classify", str(pictures), "--model", str(tiny_model), "--format", form]
    output = tmp_path / "out"
    done = subprocess.run(
        [sys.executable, "-m", "desktop_app", *words]
        + (["--output", str(output)] if into_file else []),
        capture_output=True,
        check=False,
        env={**os.environ, "LC_ALL": "C.UTF-8", "PYTHONIOENCODING": "utf-8"},
    )
    assert done.returncode == 1, done.stderr.decode()
    text = (output.read_bytes() if into_file else done.stdout).decode()
    if form == "json":
        text = "".join(report["path"] for report in json.loads(text))
    escaped = r"caf\\xe9.png" if form == "jsonl" else r"caf\xe9.png"
    assert escaped in text
    assert "Traceback" not in done.stderr.decode()


def test_the_table_is_for_people(
    pictures: Path, tiny_model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["classify", str(pictures / "a_red.png"), "--model", str(tiny_model)]) == 0
    out = capsys.readouterr().out
    assert "a_red.png" in out
    assert " %" in out


@pytest.mark.parametrize(
    "words",
    [
        ["classify"],
        ["classify", "a.png", "--top-k", "0"],
        ["classify", "a.png", "--format", "xml"],
        ["classify", "a.png", "--provider", "tpu"],
        ["activations", "a.png", "--output", "x"],
    ],
)
def test_a_wrong_call_ends_with_2(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(words)
    assert stop.value.code == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "usage" in captured.err


def test_an_unknown_model_and_an_unknown_layer_end_with_2(
    pictures: Path, tiny_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    picture = str(pictures / "a_red.png")
    assert main(["classify", picture, "--model", "no-such-model"]) == 2
    assert "no bundled model of that name" in capsys.readouterr().err
    words = ["activations", picture, "--model", str(tiny_model), "--output", str(tmp_path / "o")]
    assert main([*words, "--layer", "res9z"]) == 2
    assert "res9z" in capsys.readouterr().err
    assert not (tmp_path / "o").exists()


def test_labels_and_preprocessing_that_do_not_fit_end_with_2(
    plain_model: Path, tiny_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    labels = tmp_path / "two.txt"
    labels.write_text("one\ntwo\n", "utf-8")
    assert main(["layers", "--model", str(plain_model), "--labels", str(labels)]) == 2
    assert "2 labels for 3 classes" in capsys.readouterr().err
    assert main(["layers", "--model", str(tiny_model), "--labels", str(tmp_path / "none")]) == 2
    said = capsys.readouterr().err
    assert said.endswith(f"there is no file {tmp_path / 'none'}. Check the path.\n")
    assert "Errno" not in said
    assert main(["layers", "--model", str(tiny_model), "--labels", str(tmp_path)]) == 2
    assert "cannot be read (Is a directory)" in capsys.readouterr().err
    assert main(["layers", "--model", str(tiny_model), "--preprocessing", "lesson"]) == 2
    assert "its card says" in capsys.readouterr().err


def test_a_named_preprocessing_keeps_the_order_that_the_file_takes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A picture that has its channels last, as converters from TensorFlow leave it."""
    drawing = Drawing()
    drawing.shapes["image"] = (8, 8, 3)
    drawing.node("Transpose", "first", ["image"], shape=(3, 8, 8), perm=[0, 3, 1, 2])
    drawing.head("first")
    model, picture = drawing.write(tmp_path / "last.onnx"), tmp_path / "grey.png"
    PillowImage.new("RGB", (8, 8), "grey").save(picture)
    words = ["classify", str(picture), "--model", str(model), "--format", "json"]
    assert main([*words, "--preprocessing", "tensorflow"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["error"] is None


def test_a_damaged_file_and_a_missing_gpu_end_with_1(
    plain_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    proto = read_onnx(plain_model)
    proto.metadata_props.add(key=CARD_PROPERTY, value="{")
    damaged = tmp_path / "damaged.onnx"
    damaged.write_bytes(proto.SerializeToString())
    assert main(["layers", "--model", str(damaged)]) == 1
    torn = tmp_path / "torn.onnx"
    torn.write_bytes(b"torn")
    assert main(["layers", "--model", str(torn)]) == 1
    beside = tmp_path / "beside.onnx"
    beside.write_bytes(plain_model.read_bytes())
    (tmp_path / "beside.labels.txt").write_text("one\ntwo\n", "utf-8")
    assert main(["layers", "--model", str(beside)]) == 1
    monkeypatch.setattr(Runtime, "cuda_obstacle", lambda _: Obstacle("no NVIDIA GPU found"))
    assert main(["classify", "a.png", "--model", str(plain_model), "--provider", "cuda"]) == 1


def test_layers_are_listed_with_their_shapes(
    tiny_model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["layers", "--model", str(tiny_model), "--format", "json"]) == 0
    layers = json.loads(capsys.readouterr().out)
    assert layers[0]["name"] == "conv1"
    assert layers[-1]["name"] == "probabilities"
    assert set(layers[0]) == {"name", "kind", "stage", "block", "role", "shape"}


def test_activations_as_arrays_and_as_pictures(
    pictures: Path, tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "desktop_app.core.sessions.DerivedActivations", None
    )  # only the graph's own
    words = ["activations", str(pictures / "a_red.png"), "--model", str(tiny_model)]
    words += ["--layer", "conv1", "fc3", "--output", str(tmp_path)]
    assert main([*words, "--format", "npz"]) == 0
    with np.load(tmp_path / "a_red.npz") as arrays:
        assert set(arrays.files) == {"conv1", "fc3"}
        assert arrays["fc3"].shape == (3, 1, 1)
        assert arrays["fc3"].dtype == np.float32
        low, high = arrays["conv1"].min(), arrays["conv1"].max()
    assert main([*words, "--format", "png"]) == 0
    with PillowImage.open(tmp_path / "a_red-conv1.png") as picture:
        assert picture.info["layer"] == "conv1"
        assert float(picture.info["low"]) == pytest.approx(low)
        assert float(picture.info["high"]) == pytest.approx(high)


def test_a_second_picture_leaves_the_first_ones_maps_where_they_are(
    pictures: Path, tiny_model: Path, tmp_path: Path
) -> None:
    long = pictures / f"{'ü' * 120}.png"
    shutil.copy(pictures / "a_red.png", long)
    for picture in (pictures / "a_red.png", pictures / "b_green.jpg", long):
        words = ["activations", str(picture), "--model", str(tiny_model)]
        assert main([*words, "--layer", "conv1", "--output", str(tmp_path / "maps")]) == 0
    written = {path.name for path in (tmp_path / "maps").iterdir()}
    assert written == {"a_red-conv1.png", "b_green-conv1.png", f"{'ü' * 40}-conv1.png"}


def test_layers_whose_names_differ_in_signs_only_get_files_of_their_own(
    pictures: Path, tiny_model: Path, tmp_path: Path
) -> None:
    renamed = {"conv1": "a/b", "bn_conv1": "a:b", "conv1_relu": "A_B"}
    proto = read_onnx(tiny_model)
    del proto.metadata_props[:]
    for node in proto.graph.node:
        for tensors in (node.input, node.output):
            tensors[:] = [renamed.get(name, name) for name in tensors]
    model = tmp_path / "slashes.onnx"
    model.write_bytes(proto.SerializeToString())
    words = ["activations", str(pictures / "a_red.png"), "--model", str(model)]
    words += ["--layer", *renamed.values(), "--output", str(tmp_path / "maps")]
    assert main(words) == 0
    written = list((tmp_path / "maps").iterdir())
    assert len({path.name.lower() for path in written}) == 3
    layers = set()
    for path in written:
        with PillowImage.open(path) as picture:
            layers.add(picture.info["layer"])
    assert layers == set(renamed.values())


def test_models_json_fits_its_schema(
    capsys: pytest.CaptureFixture[str], tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("desktop_app.paths.user_models", lambda: tiny_model.parent)
    assert main(["models", "--format", "json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    jsonschema.validate(listed, MODELS_SCHEMA)
    assert "tiny" in {model["name"] for model in listed}
    assert main(["models"]) == 0
    assert "tiny" in capsys.readouterr().out


@pytest.mark.parametrize("module", ["desktop_app", "model_export"])
def test_a_reader_that_goes_away_is_no_error(module: str) -> None:
    words = {
        "desktop_app": ["layers"],
        "model_export": ["describe", "--preset", "lesson", "--classes", "6"],
    }[module]
    with subprocess.Popen(
        [sys.executable, "-m", module, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as command:
        assert command.stdout is not None
        command.stdout.close()
        assert command.stderr is not None
        assert command.stderr.read() == b""
    assert command.returncode == 1


def test_doctor_says_why_cuda_runs_or_not(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--format", "json"]) == 0
    findings = json.loads(capsys.readouterr().out)
    assert findings["providers"]["cpu"]["usable"] is True
    assert findings["providers"]["cuda"]["why"]
    assert findings["telemetry"] == "off"
    assert {"residual-lens", "onnxruntime", "python"} <= set(findings["versions"])
    assert main(["doctor"]) == 0
    assert "cuda provider" in capsys.readouterr().out


def test_a_misspelt_command_is_a_wrong_call_and_opens_no_window() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "desktop_app", "clasify", "x"],
        check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 2
    assert "no file and no command is called clasify; is it 'classify'?" in done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_full_disk_under_the_output_is_said_in_one_line() -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "desktop_app", "models"],
            check=False, stdout=full, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr == "residual-lens: cannot write the output: No space left on device\n"
