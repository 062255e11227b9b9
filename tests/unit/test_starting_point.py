"""What a run begins with: a file's network and preprocessing, which a call may not contradict."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from model_export.presets import Preset, PresetError, find_preset
from tests.small_training import narrow_network

torch = pytest.importorskip("torch")

from model_export.checkpoints import Checkpoint, save_checkpoint  # noqa: E402
from model_export.resnet import ResNet  # noqa: E402
from model_export.starting_point import (  # noqa: E402
    NetworkWish,
    StartingPoint,
    find_start,
    first_difference,
)

pytestmark = pytest.mark.torch


@pytest.fixture(autouse=True)
def narrow() -> Iterator[None]:
    with narrow_network():
        yield


def saved(path: Path, preset: Preset, **changes: Any) -> Path:
    whole = Checkpoint(
        preset=preset,
        labels=tuple(f"class {number}" for number in range(preset.classes)),
        preprocessing=preset.preprocessing(),
        weights=ResNet(preset).state_dict(),
        training={},
    )
    save_checkpoint(replace(whole, **changes), path)
    return path


def start(path: Path | None, *, begun: Path | None = None, **wish: Any) -> StartingPoint:
    return find_start(NetworkWish(**wish), classes=2, init=path, begun=begun)


def test_all_but_the_classes_comes_from_the_file(tmp_path: Path) -> None:
    preset = find_preset("torchvision", classes=5, image_size=64, crop_share=1.0)
    path = saved(tmp_path / "best.pt", preset)
    for wish in ({}, {"preset": "torchvision"}, {"depth": 50}):
        found = start(path, **wish)
        assert found.preset == replace(preset, classes=2)
        assert found.preprocessing == preset.preprocessing()
        assert found.initial is not None


def test_image_size_and_crop_may_change(tmp_path: Path) -> None:
    preset = find_preset("torchvision", classes=5, image_size=64, crop_share=1.0)
    found = start(saved(tmp_path / "best.pt", preset), image_size=96, crop_share=0.75)
    assert (found.preset.image_size, found.preset.crop_share) == (96, 0.75)
    assert (
        found.preprocessing
        == find_preset("torchvision", image_size=96, crop_share=0.75).preprocessing()
    )
    assert found.preprocessing_at(48).shorter_side == 64


def test_preprocessing_that_is_no_presets_is_kept(tmp_path: Path) -> None:
    preset = find_preset("torchvision", image_size=224)
    own = replace(
        preset.preprocessing(), shorter_side=235, interpolation="bicubic", mean=(0.5,) * 3
    )
    path = saved(tmp_path / "best.pt", preset, preprocessing=own)
    assert start(path).preprocessing == own
    half = start(path, image_size=112).preprocessing
    assert half == replace(own, height=112, width=112, shorter_side=118)
    assert start(path, image_size=96, crop_share=0.75).preprocessing.shorter_side == 128
    whole = replace(own, shorter_side=None)
    path = saved(tmp_path / "whole.pt", preset, preprocessing=whole)
    assert start(path).preprocessing_at(32) == replace(whole, height=32, width=32)


@pytest.mark.parametrize(
    ("found", "wish", "why"),
    [
        ("torchvision", {"preset": "lesson"}, "the file has no conv1.bias"),
        ("lesson", {"preset": "torchvision"}, "the file has conv1.bias"),
        ("lesson", {"preset": "keras"}, "in the manner of 'unit', not of 'caffe'"),
        ("lesson", {"depth": 101}, "res3b_branch2a where the network asked for has res3b1_branch"),
        ("he2015", {"preset": "torchvision"}, r"the padding of pool1 is 0 in the file, not 1"),
    ],
    ids=str,
)
def test_a_contradiction_names_the_first_tensor(
    tmp_path: Path, found: str, wish: dict[str, Any], why: str
) -> None:
    path = saved(tmp_path / "best.pt", find_preset(found, classes=2))
    with pytest.raises(PresetError, match=why) as error:
        start(path, **wish)
    assert f"the file's network is '{found}' of depth 50" in error.value.remedy


@pytest.mark.parametrize(
    ("change", "clause"),
    [
        ({"stride_place": "3x3"}, "the stride of res3a_branch2a is (2, 2) in the file, not (1, 1)"),
        ({"pool_padding": "ceil"}, "the rounding up (ceil_mode) of pool1 is False in the file"),
        ({"norm_epsilon": 0.5}, "the epsilon of bn_conv1 is 0.001 in the file, not 0.5"),
        ({"conv_bias": False}, "the file has conv1.bias, which the network asked for has not"),
        ({"classes": 9, "image_size": 99, "initialisation": "he-normal"}, ""),
    ],
    ids=str,
)
def test_each_difference_in_build_is_found(change: dict[str, Any], clause: str) -> None:
    preset = find_preset("lesson")
    found = first_difference(preset, replace(preset, **change))
    assert found.startswith(clause) if clause else not found


def test_an_impossible_size_is_a_presets_error(tmp_path: Path) -> None:
    path = saved(tmp_path / "best.pt", find_preset("lesson"))
    with pytest.raises(PresetError, match="image_size cannot be 16"):
        start(path, image_size=16)


def test_without_a_file_the_call_names_the_network() -> None:
    assert start(None, preset="lesson").preset == find_preset("lesson", classes=2)
    with pytest.raises(PresetError, match="names neither a preset nor a file to start from"):
        start(None, image_size=64)


def test_a_run_that_goes_on_knows_its_network(tmp_path: Path) -> None:
    preset = find_preset("torchvision", classes=2, image_size=48)
    begun = saved(tmp_path / "last.pt", preset)
    found = start(None, begun=begun)
    assert (found.preset, found.initial) == (preset, None)
    with pytest.raises(PresetError, match="as 'lesson'"):
        start(None, begun=begun, preset="lesson")
