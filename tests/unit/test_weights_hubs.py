"""What hubs lay beside the weights: preprocessing, labels, licence, and which network it is."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.foreign_weights import EIGHTH
from tests.small_training import narrow_network

torch = pytest.importorskip("torch")

from model_export.weights.conventions import HUGGING_FACE  # noqa: E402
from model_export.weights.errors import MisfitError, WeightsError  # noqa: E402
from model_export.weights.huggingface import read_hugging_face  # noqa: E402
from model_export.weights.timm import read_timm  # noqa: E402
from tests.foreign_files import (  # noqa: E402
    renamed,
    torchvision_state,
    write_safetensors,
)

pytestmark = pytest.mark.torch

IMAGENET = {"mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]}


@pytest.fixture(autouse=True)
def narrow() -> Iterator[None]:
    with narrow_network(EIGHTH):
        yield


# --- timm -----------------------------------------------------------------------------------------


def timm_folder(folder: Path, **config: Any) -> Path:
    folder.mkdir(exist_ok=True)
    write_safetensors(folder / "model.safetensors", torchvision_state())
    (folder / "config.json").write_text(json.dumps({"architecture": "resnet50", **config}))
    return folder


A1 = {
    "tag": "a1_in1k",
    "input_size": [3, 224, 224],
    "interpolation": "bicubic",
    "crop_pct": 0.95,
    "crop_mode": "center",
    **IMAGENET,
}


def test_timm_brings_its_preprocessing(tmp_path: Path) -> None:
    folder = timm_folder(tmp_path / "a1", pretrained_cfg=A1)
    (folder / "README.md").write_text("---\ntags:\n- timm\nlicense: cc-by-nc-4.0\n---\n# Card\n")
    weights = read_timm(folder)
    spec = weights.preprocessing
    assert (spec.height, spec.shorter_side, spec.interpolation) == (224, 235, "bicubic")
    assert weights.title == "ResNet-50 of timm, a1_in1k"
    assert weights.licence == "cc-by-nc-4.0"
    assert not weights.assumptions


def test_timms_licence_may_stand_in_its_config(tmp_path: Path) -> None:
    settings = {**A1, "license": "bsd-3-clause", "origin_url": "https://example.org/vision"}
    weights = read_timm(timm_folder(tmp_path / "tv", pretrained_cfg=settings))
    assert weights.licence == "bsd-3-clause"
    assert weights.source == "https://example.org/vision"


def test_timm_without_its_config_is_read_with_assumptions(tmp_path: Path) -> None:
    weights = read_timm(write_safetensors(tmp_path / "resnet50.safetensors", torchvision_state()))
    assert weights.preprocessing.shorter_side == 256
    assert weights.licence == "Apache-2.0"
    assert set(weights.assumptions) == {"network", "preprocessing", "licence"}


@pytest.mark.parametrize(
    ("config", "why"),
    [
        ({"architecture": "resnetaa50"}, "it is a resnetaa50, not a plain resnet50"),
        ({"architecture": "resnet50d"}, "it is a resnet50d"),
        ({"model_args": {"act_layer": "silu"}}, "model_args has act_layer"),
        ({"global_pool": "max"}, "it pools with 'max'"),
    ],
    ids=str,
)
def test_timms_relatives_with_the_same_tensors_do_not_fit(
    config: dict[str, Any], why: str, tmp_path: Path
) -> None:
    with pytest.raises(MisfitError, match=why):
        read_timm(timm_folder(tmp_path / "relative", pretrained_cfg=A1, **config))


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"crop_mode": "border"}, "crop_mode 'border'"),
        ({"crop_mode": "squash"}, "crop_mode 'squash' with crop_pct 0.95"),
        ({"interpolation": "random"}, "interpolation 'random'"),
        ({"input_size": [3, 224, 256]}, "an input of 224×256 pixels"),
        ({"input_size": None}, "not one that a card can tell"),
        ({"crop_pct": 0}, "not one that a card can tell"),
        ({"mean": [0.5]}, "other than three channels"),
        ({"std": [0.0, 0.0, 0.0]}, "standard deviation \\(0.0, 0.0, 0.0\\)"),
        ({"mean": [float("nan")] * 3}, "mean \\(nan, nan, nan\\)"),
        ({"input_size": [3, 100_000, 100_000]}, "an input of 100000×100000 pixels"),
    ],
    ids=str,
)
def test_preprocessing_that_no_card_can_tell_is_refused(
    settings: dict[str, Any], why: str, tmp_path: Path
) -> None:
    folder = timm_folder(tmp_path / "odd", pretrained_cfg={**A1, **settings})
    with pytest.raises(WeightsError, match=rf"cannot use .*config\.json: .*{why}"):
        read_timm(folder)


def test_timm_squashes_where_nothing_is_cropped(tmp_path: Path) -> None:
    settings = {**A1, "crop_mode": "squash", "crop_pct": 1.0}
    weights = read_timm(timm_folder(tmp_path / "squash", pretrained_cfg=settings))
    assert weights.preprocessing.resize_rule == "stretch"


def test_timms_fine_tuned_networks_bring_labels(tmp_path: Path) -> None:
    names = [f"n{index}" for index in range(7)]
    folder = timm_folder(
        tmp_path / "tuned",
        pretrained_cfg=A1,
        label_names=names,
        label_descriptions={"n3": "a bee"},
    )
    assert read_timm(folder).labels == ("n0", "n1", "n2", "a bee", "n4", "n5", "n6")
    timm_folder(folder, pretrained_cfg=A1, label_names=names[1:])
    with pytest.raises(WeightsError, match="label_names are not 7 names"):
        read_timm(folder)
    timm_folder(folder, pretrained_cfg=A1, model_args=[1])
    with pytest.raises(WeightsError, match="model_args is no object"):
        read_timm(folder)


@pytest.mark.parametrize(
    "text", ["", "{", "[1]", "[" * 100_000], ids=["empty", "cut", "list", "deep"]
)
def test_a_damaged_description_is_an_error(text: str, tmp_path: Path) -> None:
    folder = timm_folder(tmp_path / "damaged")
    (folder / "config.json").write_text(text)
    with pytest.raises(WeightsError, match=r"cannot use .*config\.json"):
        read_timm(folder)


# --- Hugging Face ---------------------------------------------------------------------------------


def hub_folder(folder: Path, preprocessor: Any = None, **config: Any) -> Path:
    folder.mkdir(exist_ok=True)
    state = renamed(torchvision_state(), HUGGING_FACE)
    tensors = {name: torch.from_numpy(value) for name, value in state.items()}
    torch.save(tensors, folder / "pytorch_model.bin")
    (folder / "config.json").write_text(json.dumps({"model_type": "resnet", **config}))
    if preprocessor is not None:
        (folder / "preprocessor_config.json").write_text(json.dumps(preprocessor))
    return folder


CONVNEXT = {
    "crop_pct": 0.875,
    "do_normalize": True,
    "do_resize": True,
    "image_mean": IMAGENET["mean"],
    "image_std": IMAGENET["std"],
    "resample": 3,
    "size": 224,
}
"""microsoft/resnet-50's."""


@pytest.mark.parametrize(
    ("changes", "rule", "height", "shorter_side"),
    [
        ({}, "shorter-side", 224, 256),
        ({"size": {"shortest_edge": 288}, "crop_pct": 0.95}, "shorter-side", 288, 303),
        ({"size": {"shortest_edge": 384}}, "stretch", 384, None),
        ({"size": {"height": 224, "width": 224}}, "stretch", 224, None),
        (
            {"size": {"shortest_edge": 256}, "do_center_crop": True,
             "crop_size": {"height": 224, "width": 224}},
            "shorter-side", 224, 256,
        ),
    ],
    ids=["convnext", "crop share", "large", "stretch", "centre crop"],
)  # fmt: skip
def test_hugging_face_brings_its_preprocessing(
    changes: dict[str, Any], rule: str, height: int, shorter_side: int | None, tmp_path: Path
) -> None:
    weights = read_hugging_face(hub_folder(tmp_path / "hub", {**CONVNEXT, **changes}))
    spec = weights.preprocessing
    assert (spec.resize_rule, spec.height, spec.width) == (rule, height, height)
    assert (spec.shorter_side, spec.interpolation) == (shorter_side, "bicubic")
    assert (spec.scale, spec.mean) == (1 / 255, tuple(IMAGENET["mean"]))


def test_hugging_face_may_leave_bytes_as_they_are(tmp_path: Path) -> None:
    changes = {"do_rescale": False, "do_normalize": False}
    spec = read_hugging_face(hub_folder(tmp_path / "hub", {**CONVNEXT, **changes})).preprocessing
    assert (spec.scale, spec.mean, spec.std) == (1.0, (0.0,) * 3, (1.0,) * 3)


@pytest.mark.parametrize(
    "changes", [{"do_resize": False}, {"resample": 5}, {"size": {"longest_edge": 224}}], ids=str
)
def test_a_hub_preprocessing_that_no_card_can_tell_is_refused(
    changes: dict[str, Any], tmp_path: Path
) -> None:
    folder = hub_folder(tmp_path / "hub", {**CONVNEXT, **changes})
    with pytest.raises(WeightsError, match=r"cannot use .*preprocessor_config\.json"):
        read_hugging_face(folder)


def test_hugging_face_brings_labels_unless_they_are_placeholders(tmp_path: Path) -> None:
    names = {str(index): f"kind {index}" for index in range(7)}
    weights = read_hugging_face(
        hub_folder(tmp_path / "hub", CONVNEXT, id2label=names, _name_or_path="owner/bees")
    )
    assert weights.labels == tuple(names.values())
    assert weights.title == "ResNet-50 of Hugging Face, owner/bees"
    assert weights.source == "https://huggingface.co/owner/bees"
    placeholders = {str(index): f"LABEL_{index}" for index in range(7)}
    weights = read_hugging_face(
        hub_folder(tmp_path / "hub", id2label=placeholders, _name_or_path="/home/me/bees")
    )
    assert weights.labels is None
    assert weights.title == "ResNet-50 of Hugging Face"
    with pytest.raises(WeightsError, match="id2label does not number 7 classes"):
        read_hugging_face(hub_folder(tmp_path / "hub", id2label={"0": "one"}))


@pytest.mark.parametrize(
    ("config", "why"),
    [
        ({"model_type": "vit"}, "says model_type 'vit'"),
        ({"layer_type": "basic"}, "says layer_type 'basic'"),
        ({"hidden_act": "gelu"}, "says hidden_act 'gelu'"),
        ({"downsample_in_first_stage": True}, "downsample_in_first_stage True"),
        ({"depths": [2, 2, 2, 2]}, r"depths \[2, 2, 2, 2\]"),
        ({"depths": None}, "depths None"),
        ({"problem_type": "multi_label_classification"}, "several classes"),
    ],
    ids=str,
)
def test_other_networks_of_transformers_do_not_fit(
    config: dict[str, Any], why: str, tmp_path: Path
) -> None:
    with pytest.raises(MisfitError, match=why):
        read_hugging_face(hub_folder(tmp_path / "hub", **config))


def test_hugging_face_needs_its_config(tmp_path: Path) -> None:
    folder = hub_folder(tmp_path / "hub")
    (folder / "config.json").unlink()
    with pytest.raises(WeightsError, match=r"there is no config\.json beside it"):
        read_hugging_face(folder)
    (folder / "pytorch_model.bin").write_bytes(b"<html>")
    with pytest.raises(WeightsError, match="it is a web page"):
        read_hugging_face(folder)
    with pytest.raises(WeightsError, match=r"neither model\.safetensors nor pytorch_model\.bin"):
        read_hugging_face(tmp_path)
