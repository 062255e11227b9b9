"""The written file: names, opset, batch, card, storage, and that nothing half-done is left."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from PIL import Image as PillowImage

from desktop_app.core.errors import OutputError
from desktop_app.core.model_file import load_model
from desktop_app.core.predictions import temper
from desktop_app.core.sessions import ModelSessions

pytestmark = [pytest.mark.torch, pytest.mark.usefixtures("narrow")]


def export(checkpoint: Any, path: Path, **options: Any) -> Any:
    from model_export.exporting import export_checkpoint

    return export_checkpoint(checkpoint, path, **options)


def test_every_named_layer_is_one_node_of_its_own(exported_file: Path, checkpoint: Any) -> None:
    from model_export.checkpoints import load_network

    proto = onnx.load(exported_file)
    onnx.checker.check_model(proto, full_check=True)
    named = [node.output[0] for node in proto.graph.node if node.output[0] != "avg_pool_map"]
    assert named == list(load_network(checkpoint).named_layers())
    assert [node.name for node in proto.graph.node] == [n.output[0] for n in proto.graph.node]
    operators = [node.op_type for node in proto.graph.node]
    counts = {name: operators.count(name) for name in ("Conv", "BatchNormalization", "Relu", "Add")}
    assert counts == {"Conv": 53, "BatchNormalization": 53, "Relu": 49, "Add": 16}


def test_inputs_outputs_and_versions(exported_file: Path) -> None:
    proto = onnx.load(exported_file)

    def shape(value: onnx.ValueInfoProto) -> tuple[str | int, ...]:
        dims = value.type.tensor_type.shape.dim
        return tuple(dim.dim_param or dim.dim_value for dim in dims)

    assert {v.name: shape(v) for v in proto.graph.input} == {"image": ("batch", 3, 32, 32)}
    # Foreign code takes the first output.
    assert [v.name for v in proto.graph.output] == ["probabilities", "fc6"]
    assert {shape(v) for v in proto.graph.output} == {("batch", 6)}
    assert [(o.domain, o.version) for o in proto.opset_import] == [("", 23)]
    assert proto.producer_name == "residual-lens"
    assert not any(t.external_data for t in proto.graph.initializer)


@pytest.mark.parametrize("batch", [1, 5])
def test_any_batch_runs(exported_file: Path, batch: int) -> None:
    session = onnxruntime.InferenceSession(exported_file, providers=["CPUExecutionProvider"])
    image = np.random.default_rng(0).random((batch, 3, 32, 32), np.float32)
    probabilities, logits = session.run(None, {"image": image})
    assert probabilities.shape == logits.shape == (batch, 6)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-5)


def test_card_says_what_the_file_is(exported_file: Path, checkpoint: Any) -> None:
    from model_export.checkpoints import load_network

    card = load_model(exported_file).card
    assert card is not None
    assert card.title == "made: 6 classes"
    assert card.labels == checkpoint.labels
    assert card.preprocessing == checkpoint.preprocessing
    assert card.layers == load_network(checkpoint).layer_records(32)
    assert card.training == {**checkpoint.training, "weights_stored_as": "float32"}
    assert (card.licence, card.source) == ("MIT", "trained on made, 2026-01-31")
    assert card.accuracy == ()


def test_hash_is_over_names_shapes_and_float32_values(exported_file: Path) -> None:
    proto = onnx.load(exported_file)
    digest = hashlib.sha256()
    for tensor in sorted(proto.graph.initializer, key=lambda tensor: tensor.name):
        digest.update(f"{tensor.name}{tuple(tensor.dims)}".encode())
        digest.update(tensor.raw_data)
    card = load_model(exported_file).card
    assert card is not None
    assert card.weights_sha256 == digest.hexdigest()


def test_the_same_checkpoint_gives_the_same_bytes(
    exported_file: Path, checkpoint: Any, tmp_path: Path
) -> None:
    export(checkpoint, tmp_path / "again.onnx", licence="MIT")
    assert (tmp_path / "again.onnx").read_bytes() == exported_file.read_bytes()


@pytest.mark.parametrize("weights", ["float16", "int8"])
def test_small_storage_unfolds_at_load(
    weights: str, checkpoint: Any, exported_file: Path, tmp_path: Path
) -> None:
    path = tmp_path / "small.onnx"
    export(checkpoint, path, weights=weights)

    def operators(file: Path) -> list[str]:
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 4
        options.optimized_model_filepath = str(tmp_path / "optimised.onnx")
        onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])
        return [node.op_type for node in onnx.load(tmp_path / "optimised.onnx").graph.node]

    assert "Cast" in {node.op_type for node in onnx.load(path).graph.node}
    # What runs is what would run from the float32 file: no Cast, no Mul.
    assert operators(path) == operators(exported_file)


@pytest.mark.parametrize(
    ("preset", "changes"),
    [
        ("keras", {"classes": 7, "image_size": 48}),
        ("he2015", {"classes": 7, "image_size": 64}),
        ("torchvision", {"classes": 7, "depth": 101, "image_size": 32}),
    ],
)
def test_every_preset_is_exported_and_proved(
    preset: str, changes: dict[str, int], new_checkpoint: Callable[..., Any], tmp_path: Path
) -> None:
    checkpoint = new_checkpoint(preset, **changes)
    exported = export(checkpoint, tmp_path / "model.onnx", weights="float16")
    layers = 175 if changes.get("depth", 50) == 50 else 175 + 17 * 10
    assert exported.verification.layers == layers
    assert exported.verification.probability < 1e-4


def test_a_file_that_fails_the_proof_is_not_written(
    checkpoint: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from model_export import exporting
    from model_export.mismatches import ValuesDifferError
    from model_export.onnx_graph import build_graph

    def broken(*args: Any, **options: Any) -> onnx.ModelProto:
        model = build_graph(*args, **options)
        node = next(n for n in model.graph.node if n.name == "bn3a_branch2b")
        node.attribute[0].f = 0.5
        return model

    monkeypatch.setattr(exporting, "build_graph", broken)
    path = tmp_path / "model.onnx"
    path.write_bytes(b"the last good one")
    with pytest.raises(ValuesDifferError) as caught:
        export(checkpoint, path, weights="int8")
    assert caught.value.layer == "bn3a_branch2b"
    assert path.read_bytes() == b"the last good one"
    assert list(tmp_path.iterdir()) == [path]


def test_a_place_that_is_no_folder_is_an_error_of_its_own(checkpoint: Any, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OutputError):
        export(checkpoint, tmp_path / "file" / "model.onnx", weights="int8")


def test_probabilities_of_the_program_are_those_of_the_checkpoint(
    exported_file: Path, checkpoint: Any
) -> None:
    from model_export.classifiers import of_checkpoint

    image = np.random.default_rng(1).random((3, 3, 32, 32), np.float32)
    sessions = ModelSessions(load_model(exported_file), "cpu")
    expected = of_checkpoint(checkpoint).run(image)
    np.testing.assert_allclose(sessions.probabilities(image), expected, atol=1e-5)


def test_weights_that_are_not_finite_are_refused(checkpoint: Any, tmp_path: Path) -> None:
    from model_export.storage import StorageError

    weights = dict(checkpoint.weights)
    weights["fc.bias"] = weights["fc.bias"].clone().fill_(float("nan"))
    with pytest.raises(StorageError, match=r"fc6\.bias"):
        export(replace(checkpoint, weights=weights), tmp_path / "model.onnx")
    assert list(tmp_path.iterdir()) == []


def noise_of_every_class(checkpoint: Any, folder: Path, **images: int) -> Any:
    """A data set of noise, named as the checkpoint's classes are; so many images per split."""
    from model_export.datasets import read_data_set

    generator = np.random.default_rng(5)
    for split, per_class in images.items():
        for label in checkpoint.labels:
            (folder / split / label).mkdir(parents=True)
            for number in range(per_class):
                pixels = generator.integers(0, 256, (40, 40, 3), np.uint8)
                PillowImage.fromarray(pixels).save(folder / split / label / f"{number}.png")
    return read_data_set(folder)


def test_a_file_less_accurate_than_its_checkpoint_is_not_written(
    checkpoint: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from model_export import exporting
    from model_export.mismatches import AccuracyDiffersError

    data_set = noise_of_every_class(checkpoint, tmp_path / "noise", test=1)
    of_checkpoint = exporting.of_checkpoint

    def always_right(checkpoint: Any) -> Any:
        classifier, answers = of_checkpoint(checkpoint), iter(np.eye(6, dtype=np.float32))
        return replace(classifier, run=lambda batch: np.array([next(answers) for _ in batch]))

    output = tmp_path / "model.onnx"
    monkeypatch.setattr(exporting, "of_checkpoint", always_right)
    with pytest.raises(AccuracyDiffersError, match="noise test: 6 of 6 right with the checkpoint"):
        export(checkpoint, output, weights="int8", data_set=data_set)
    assert not output.exists()


def test_the_temperature_of_the_training_goes_onto_the_card(
    checkpoint: Any, exported_file: Path, tmp_path: Path
) -> None:
    from model_export.classifiers import of_checkpoint, of_model_file

    warm = replace(
        checkpoint, training={**checkpoint.training, "calibration": {"temperature": 2.5}}
    )
    path = tmp_path / "warm.onnx"
    exported = export(warm, path)  # and the proof still holds: the graph knows no temperature
    assert exported.card.temperature == load_model(path).temperature == 2.5

    image = np.random.default_rng(1).random((3, 3, 32, 32), np.float32)
    shown = ModelSessions(load_model(path), "cpu").probabilities(image)
    plain = ModelSessions(load_model(exported_file), "cpu").probabilities(image)
    np.testing.assert_allclose(shown, temper(plain, 2.5), atol=1e-6)
    for classifier in (of_checkpoint(warm), of_model_file(path)):
        assert classifier.temperature == 2.5
        np.testing.assert_allclose(classifier.run(image), plain, atol=1e-5)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    (in_the_graph,) = session.run(["probabilities"], {"image": image})
    np.testing.assert_allclose(in_the_graph, plain, atol=1e-6)


def test_a_temperature_is_fitted_on_val_whatever_is_measured(
    checkpoint: Any, tmp_path: Path
) -> None:
    from model_export.calibrating import calibrate_on_val

    data_set = noise_of_every_class(checkpoint, tmp_path / "noise", val=10, test=1)
    path = tmp_path / "model.onnx"
    exported = export(calibrate_on_val(checkpoint, data_set), path, data_set=data_set)
    card = load_model(path).card
    assert card is not None
    facts = card.training["calibration"]
    assert (facts["on"], facts["images"]) == ("noise val", 60)
    assert card.temperature == facts["temperature"] != 1
    assert exported.evaluation.temperature == card.temperature
    assert [each.name for each in card.accuracy] == ["noise test"]
    assert card.training["rounding"]["changed"] == 0


def test_no_temperature_is_fitted_without_val(checkpoint: Any, tmp_path: Path) -> None:
    from model_export.calibrating import calibrate_on_val
    from model_export.datasets import WrongDataSetError

    only_test = noise_of_every_class(checkpoint, tmp_path / "noise", test=1)
    for data_set, why in ((only_test, "noise has no val/"), (None, "no data set was given")):
        with pytest.raises(WrongDataSetError, match=why):
            calibrate_on_val(checkpoint, data_set)
    assert export(checkpoint, tmp_path / "model.onnx", data_set=only_test).card.temperature == 1
