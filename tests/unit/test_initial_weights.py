"""Weights to start from: the file's network comes out as it went in, for the labels both have."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from desktop_app.core.errors import ModelMissingError
from model_export.presets import PRESETS, find_preset
from model_export.storage import STORAGES, round_trip
from tests.small_training import narrow_network

torch = pytest.importorskip("torch")

from model_export.checkpoints import (  # noqa: E402
    Checkpoint,
    CheckpointError,
    load_network,
    save_checkpoint,
)
from model_export.exported_network import ForeignNetworkError, read_network  # noqa: E402
from model_export.initial_weights import (  # noqa: E402
    UnfitWeightsError,
    load_initial_weights,
)
from model_export.model_card import make_card  # noqa: E402
from model_export.onnx_graph import build_graph  # noqa: E402
from model_export.resnet import ResNet  # noqa: E402

pytestmark = pytest.mark.torch

LABELS = ("ant", "bee", "cat")


@pytest.fixture(autouse=True)
def narrow() -> Iterator[None]:
    with narrow_network():
        yield


def trained(preset_name: str = "lesson", **changes: Any) -> Checkpoint:
    """A network that no initialisation gives: its norms have statistics, its dense layer a bias."""
    preset = find_preset(preset_name, classes=3, **({"image_size": 32} | changes))
    network = ResNet(preset, seed=3)
    generator = torch.Generator().manual_seed(4)
    for name, value in network.state_dict().items():
        if value.ndim == 1:
            torch.nn.init.uniform_(value, 0.5, 1.5, generator=generator)
        elif name == "fc.weight":
            torch.nn.init.uniform_(value, -1, 1, generator=generator)
    return Checkpoint(
        preset=preset,
        labels=LABELS,
        preprocessing=preset.preprocessing(),
        weights=network.state_dict(),
        training={"preset": preset_name, "data_set": "animals"},
    )


def exported(checkpoint: Checkpoint, path: Path, **how: Any) -> Path:
    """As ``export`` writes it, without the proof."""
    network = load_network(checkpoint)
    card = make_card(checkpoint, network, title="Animals", licence="CC0-1.0", **how)
    path.write_bytes(build_graph(network, card, **how).SerializeToString())
    return path


def saved(checkpoint: Checkpoint, path: Path, **weights: Any) -> Path:
    """The checkpoint with these weights in place of its own; None takes one out."""
    changed = {**checkpoint.weights, **weights}
    kept = {name: value for name, value in changed.items() if value is not None}
    save_checkpoint(replace(checkpoint, weights=kept), path)
    return path


def logits(checkpoint: Checkpoint, state: Any, classes: int) -> Any:
    network = ResNet(replace(checkpoint.preset, classes=classes))
    network.load_state_dict(state)
    with torch.inference_mode():
        return network.eval()(torch.rand(2, 3, 32, 32, generator=torch.Generator().manual_seed(5)))


def test_with_the_same_labels_a_checkpoint_starts_as_the_very_network(tmp_path: Path) -> None:
    source = trained()
    initial = load_initial_weights(saved(source, tmp_path / "best.pt"))
    expected = logits(source, source.weights, 3)
    assert expected.std() > 0.01
    assert torch.equal(logits(source, initial.state(LABELS), 3), expected)
    assert initial.facts(LABELS)["classes_taken_over"] == 3
    assert initial.title == "animals: 3 classes"


@pytest.mark.parametrize("storage", STORAGES)
def test_a_model_file_starts_as_what_it_unfolds_to(tmp_path: Path, storage: Any) -> None:
    source = trained()
    path = exported(source, tmp_path / "animals.onnx", weights=storage)
    rounded = {
        name: torch.tensor(round_trip(value.numpy(), storage))
        for name, value in source.weights.items()
        if value.is_floating_point()
    }
    initial = load_initial_weights(path)
    state = initial.state(LABELS)
    assert all(torch.equal(state[name], value) for name, value in rounded.items())
    assert torch.equal(logits(source, state, 3), logits(source, {**source.weights, **rounded}, 3))
    assert (initial.title, initial.licence) == ("Animals", "CC0-1.0")


@pytest.mark.parametrize("name", PRESETS)
@pytest.mark.parametrize("depth", [50, 101])
def test_the_network_is_read_off_the_graph(tmp_path: Path, name: str, depth: int) -> None:
    source = trained(name, depth=depth, image_size=48, crop_share=0.8)
    said = replace(source, training={"preset": "lesson"})  # the card's word is not enough
    for number, written in enumerate((source, said)):
        found, _ = read_network(exported(written, tmp_path / f"{number}.onnx"))
        assert found.preprocessing == source.preprocessing
        assert found.preset.as_dict() | {
            "name": "",
            "crop_share": 0,
            "preprocessing_style": "",
        } == (source.preset.as_dict() | {"name": "", "crop_share": 0, "preprocessing_style": ""})
        assert found.preset.preprocessing_style in {source.preset.preprocessing_style, "unit"}
    assert read_network(tmp_path / "0.onnx")[0].preset.name == name


def test_rows_of_labels_in_another_order_move_along(tmp_path: Path) -> None:
    source = trained()
    initial = load_initial_weights(saved(source, tmp_path / "best.pt"))
    expected = logits(source, source.weights, 3)
    swapped = logits(source, initial.state(("cat", "ant", "bee")), 3)
    assert torch.allclose(swapped, expected[:, [2, 0, 1]], rtol=1e-6)


def test_rows_of_new_labels_start_at_zero(tmp_path: Path) -> None:
    source = trained()
    initial = load_initial_weights(saved(source, tmp_path / "best.pt"))
    labels = ("wasp", "bee", "fly", "moth")
    state = initial.state(labels)
    for name in ("fc.weight", "fc.bias"):
        assert torch.equal(state[name][1], source.weights[name][1])
        assert not state[name][[0, 2, 3]].any()
    assert all(
        torch.equal(value, state[name])
        for name, value in source.weights.items()
        if not name.startswith("fc.")
    )
    assert logits(source, state, 4).shape == (2, 4)
    assert initial.facts(labels)["classes_taken_over"] == 1


def test_a_label_that_the_file_has_twice_is_taken_from_neither(tmp_path: Path) -> None:
    source = replace(trained(), labels=("crane", "crane", "cat"))
    initial = load_initial_weights(saved(source, tmp_path / "best.pt"))
    assert not initial.state(("crane", "dog"))["fc.weight"].any()
    same = initial.state(source.labels)["fc.weight"]  # but where nothing changes, all is kept
    assert torch.equal(same, source.weights["fc.weight"])


def test_the_file_is_known_by_its_hash(tmp_path: Path) -> None:
    paths = [saved(trained(), tmp_path / f"{number}.pt") for number in range(2)]
    paths.append(saved(trained(), tmp_path / "2.pt", **{"fc.bias": torch.ones(3)}))
    hashes = [load_initial_weights(path).sha256 for path in paths]
    assert hashes[0] != hashes[2]
    assert len(hashes[0]) == 64


@pytest.mark.parametrize(
    ("weights", "why"),
    [
        ({"conv1.weight": None}, r"conv1\.weight is missing"),
        ({"bn_conv1.running_var": None, "fc.bias": None}, r"bn_conv1\.running_var is missing"),
        ({"blocks.3a.conv_2a.weight": torch.ones(4, 8, 3, 3)}, r"res3a_branch2a\.weight has the "),
        ({"fc.weight": torch.ones(2, 8)}, r"fc3\.weight has the shape \(2, 8\), not \(3, 8\)"),
        ({"blocks.5c.bn_2c.weight": torch.full((8,), torch.nan)}, "bn5c_branch2c.weight has val"),
        ({"extra": torch.ones(1)}, "extra has no place in a ResNet-50"),
    ],
    ids=["missing", "first of two", "shape", "classes", "not finite", "left over"],
)
def test_the_first_tensor_that_does_not_fit_is_named(
    tmp_path: Path, weights: dict[str, Any], why: str
) -> None:
    path = saved(trained(), tmp_path / "best.pt", **weights)
    with pytest.raises(UnfitWeightsError, match=why):
        load_initial_weights(path)


def test_a_model_file_that_lost_a_weight_is_a_named_error(tmp_path: Path) -> None:
    import onnx

    path = exported(trained(), tmp_path / "animals.onnx")
    model = onnx.load(path)
    kept = [tensor for tensor in model.graph.initializer if tensor.name != "bn2a_branch1.bias"]
    del model.graph.initializer[:]
    model.graph.initializer.extend(kept)
    onnx.save(model, path)
    with pytest.raises(UnfitWeightsError, match=r"bn2a_branch1\.bias is missing"):
        load_initial_weights(path)


def test_foreign_files_are_named_errors(
    tmp_path: Path, plain_model: Path, tiny_model: Path
) -> None:
    with pytest.raises(ForeignNetworkError, match="it has no card"):
        load_initial_weights(plain_model)
    with pytest.raises(ForeignNetworkError, match="it has 3 residual blocks"):
        load_initial_weights(tiny_model)
    with pytest.raises(ModelMissingError):
        load_initial_weights(tmp_path / "none.onnx")
    with pytest.raises(CheckpointError, match="no such file"):
        load_initial_weights(tmp_path / "none.pt")


def test_a_graph_like_no_preset_is_a_named_error(tmp_path: Path) -> None:
    source = trained()
    odd = replace(source, preset=replace(source.preset, norm_epsilon=0.5))
    with pytest.raises(ForeignNetworkError, match=r"no preset is built like it .*epsilon 0\.5"):
        read_network(exported(odd, tmp_path / "odd.onnx"))
