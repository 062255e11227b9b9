"""What comes with the weights: preprocessing, labels, licence, and what had to be assumed."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from desktop_app.core.errors import LabelsError
from tests.foreign_weights import EIGHTH
from tests.small_training import narrow_network

torch = pytest.importorskip("torch")

from model_export.weights import keras, torchvision  # noqa: E402
from model_export.weights.conventions import CHOLLET, KERAS_APPLICATIONS  # noqa: E402
from model_export.weights.errors import WeightsError, WrongImportError  # noqa: E402
from model_export.weights.keras import read_keras  # noqa: E402
from model_export.weights.labels import labels_for  # noqa: E402
from model_export.weights.published import file_digest  # noqa: E402
from model_export.weights.timm import read_timm  # noqa: E402
from model_export.weights.torchvision import read_torchvision  # noqa: E402
from tests.foreign_files import (  # noqa: E402
    renamed,
    torchvision_state,
    write_keras,
    write_safetensors,
)

pytestmark = pytest.mark.torch

IMAGENET = {"mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]}


@pytest.fixture(autouse=True)
def narrow() -> Iterator[None]:
    with narrow_network(EIGHTH):
        yield


# --- Keras ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("convention", "preset"), [(CHOLLET, "keras"), (KERAS_APPLICATIONS, "keras-applications")]
)
def test_keras_brings_caffes_preprocessing(convention: Any, preset: str, tmp_path: Path) -> None:
    weights = read_keras(write_keras(tmp_path / "w.h5", renamed(torchvision_state(), convention)))
    assert weights.preset.name == preset
    spec = weights.preprocessing
    assert (spec.channel_order, spec.scale, spec.mean) == ("BGR", 1, (103.939, 116.779, 123.68))
    assert (spec.height, spec.shorter_side) == (224, 256)
    assert weights.licence == "MIT"
    assert weights.labels is None


def test_a_published_keras_file_needs_no_assumption(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_keras(tmp_path / "w.h5", renamed(torchvision_state(), CHOLLET))
    assert set(read_keras(path).assumptions) == {"preprocessing", "licence"}
    monkeypatch.setattr(keras, "_PUBLISHED_MD5", {file_digest(path, "md5")})
    assert not read_keras(path).assumptions


# --- torchvision ----------------------------------------------------------------------------------


def test_torchvisions_published_files_are_known_by_their_hash(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "renamed.pth"
    torch.save(torchvision_state(), path)
    weights = read_torchvision(path)
    assert weights.preprocessing.shorter_side == 256
    assert set(weights.assumptions) == {"preprocessing", "licence"}
    monkeypatch.setitem(
        torchvision._PUBLISHED, file_digest(path)[:8], torchvision._PUBLISHED["11ad3fa6"]
    )
    weights = read_torchvision(path)
    assert weights.preprocessing.shorter_side == 232
    assert (weights.preprocessing.height, weights.preprocessing.interpolation) == (224, "bilinear")
    assert weights.preprocessing.mean == tuple(IMAGENET["mean"])
    assert weights.title == "ResNet-50 of torchvision, IMAGENET1K_V2"
    assert weights.licence == "BSD-3-Clause"
    assert not weights.assumptions


def test_a_published_name_with_another_content_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "resnet50-11ad3fa6.pth"
    torch.save(torchvision_state(), path)
    with pytest.raises(WeightsError, match="not as its name says"):
        read_torchvision(path)


# --- labels ---------------------------------------------------------------------------------------


def test_labels_come_from_the_file_that_is_given(tmp_path: Path) -> None:
    weights = read_timm(write_safetensors(tmp_path / "timm.safetensors", torchvision_state()))
    given = tmp_path / "labels.txt"
    given.write_text("\n".join("abcdefg"))
    assert labels_for(weights, given) == tuple("abcdefg")
    index = {str(n): [f"n0144{n}", f"great_white_{n}"] for n in range(7)}
    given.write_text(json.dumps(index))  # imagenet_class_index.json
    assert labels_for(weights, given)[6] == "great white 6"
    given.write_text("index\tname\n" + "\n".join(f"{n}\tname {n}" for n in range(7)))
    assert labels_for(weights, given)[6] == "name 6"


def test_labels_that_do_not_fit_are_a_wrong_call(tmp_path: Path) -> None:
    weights = read_timm(write_safetensors(tmp_path / "timm.safetensors", torchvision_state()))
    with pytest.raises(WrongImportError, match=r"come without labels.*--labels"):
        labels_for(weights, None)
    given = tmp_path / "labels.txt"
    given.write_text("a\nb\n")
    with pytest.raises(WrongImportError, match=r"7 classes apart, and labels\.txt names 2"):
        labels_for(weights, given)
    with pytest.raises(LabelsError, match=r"cannot read the labels in nowhere\.txt"):
        labels_for(weights, tmp_path / "nowhere.txt")
