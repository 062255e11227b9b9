"""Imported weights compute what they did in their authors' own programs.

Keras and transformers run as they are, in processes of their own; torchvision's network, which
timm's plain one is too, is written anew in :mod:`tests.torchvision_reference`.
"""

import importlib.util
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from model_export.__main__ import main
from tests.foreign_weights import EIGHTH, SIZE, Reference, load_reference, pictures, unsettle
from tests.small_training import narrow_network

torch = pytest.importorskip("torch")

import numpy as np  # noqa: E402

from desktop_app.core.model_file import load_model  # noqa: E402
from desktop_app.core.sessions import ModelSessions  # noqa: E402
from model_export.presets import PRESETS, Preset  # noqa: E402
from model_export.resnet import ResNet  # noqa: E402
from model_export.weights.records import SourceWeights  # noqa: E402
from model_export.weights.sources import READERS  # noqa: E402

pytestmark = pytest.mark.torch

TOLERANCE = 1e-4
"""Of the largest logit."""


def written_by(script: str, folder: Path, **environment: str) -> Path:
    """What a reference program wrote, in a process without a network and with its own home."""
    done = subprocess.run(
        [sys.executable, "-m", f"tests.{script}", folder],
        env={**os.environ, "OMP_NUM_THREADS": "1", **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return folder


def needs(package: str) -> None:
    """Skip where it is not installed; importing it here would choose Keras's backend for all."""
    if importlib.util.find_spec(package) is None:
        pytest.skip(f"{package} is missing: pip install -e '.[dev]'")


@pytest.fixture(scope="module")
def keras_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    needs("keras")
    home = str(tmp_path_factory.mktemp("keras-home"))
    return written_by("keras_reference", tmp_path_factory.mktemp("keras"), KERAS_HOME=home)


@pytest.fixture(scope="module")
def transformers_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    needs("transformers")
    home = str(tmp_path_factory.mktemp("hub-home"))
    return written_by(
        "transformers_reference",
        tmp_path_factory.mktemp("transformers"),
        HF_HOME=home,
        HF_HUB_OFFLINE="1",
    )


@pytest.fixture(scope="module", params=[50, 152])
def torchvision_files(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    from safetensors.torch import save_file

    from tests.foreign_weights import save_reference
    from tests.torchvision_reference import make

    folder = tmp_path_factory.mktemp("torchvision")
    network, images = make(request.param), pictures()
    unsettle(network, images)
    with torch.inference_mode():
        logits = network(torch.from_numpy(images)).numpy()
    torch.save(network.state_dict(), folder / "network.pth")
    save_file(network.state_dict(), folder / "model.safetensors")
    save_reference(folder / "answers.npz", Reference(images=images, logits=logits))
    return folder


def logits(preset: Preset, state: Mapping[str, Any], images: Any) -> Any:
    with torch.device("meta"):
        network = ResNet(preset)
    network.load_state_dict(dict(state), strict=True, assign=True)
    with torch.inference_mode():
        return network.eval()(torch.from_numpy(images)).numpy()


def difference(found: Any, reference: Reference) -> float:
    """Of the logits, relative to the largest; pictures that all look alike would prove nothing."""
    largest = float(np.abs(reference.logits).max())
    spread = np.ptp(reference.logits, axis=0).max() / largest
    assert spread > 0.02
    return float(np.abs(found - reference.logits).max()) / largest


def assert_same(weights: SourceWeights, reference: Reference) -> None:
    found = logits(weights.preset, weights.state, reference.images)
    assert difference(found, reference) < TOLERANCE
    # The comparison sees what tells the presets apart, be it only the pool's border.
    others = [
        other
        for other in PRESETS.values()
        if other.conv_bias == weights.preset.conv_bias and other.name != weights.preset.name
    ]
    for other in others:
        same_size = replace(other, depth=weights.preset.depth, classes=weights.preset.classes)
        if computes_otherwise(same_size, weights.preset):
            found = logits(same_size, weights.state, reference.images)
            assert difference(found, reference) > 10 * TOLERANCE, other.name


def computes_otherwise(one: Preset, other: Preset) -> bool:
    return any(
        getattr(one, part) != getattr(other, part)
        for part in ("stride_place", "pool_padding", "norm_epsilon")
    )


def test_keras_applications(keras_files: Path) -> None:
    weights = READERS["keras"](keras_files / "applications.h5")
    assert weights.preset.name == "keras-applications"
    assert_same(weights, load_reference(keras_files / "applications.npz"))


@pytest.mark.parametrize("name", ["chollet.h5", "chollet_model.h5", "chollet.weights.h5"])
def test_chollets_names_in_every_layout(name: str, keras_files: Path) -> None:
    with narrow_network(EIGHTH):
        weights = READERS["keras"](keras_files / name)
        assert weights.preset.name == "keras"
        assert_same(weights, load_reference(keras_files / "chollet.npz"))


@pytest.mark.parametrize(("name", "preset"), [("late", "torchvision"), ("early", "huggingface-v1")])
def test_transformers(name: str, preset: str, transformers_files: Path) -> None:
    with narrow_network(EIGHTH):
        weights = READERS["huggingface"](transformers_files / name)
        assert weights.preset.name == preset
        assert_same(weights, load_reference(transformers_files / name / "answers.npz"))


@pytest.mark.parametrize(
    ("source", "name"), [("torchvision", "network.pth"), ("timm", "model.safetensors")]
)
def test_torchvision_and_timm(source: Any, name: str, torchvision_files: Path) -> None:
    with narrow_network(EIGHTH):
        weights = READERS[source](torchvision_files / name)
        assert_same(weights, load_reference(torchvision_files / "answers.npz"))


@pytest.mark.parametrize("source", ["keras", "huggingface"])
def test_the_written_file_answers_as_the_original(
    source: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """Through the command, the proof, and the program's own sessions."""
    if source == "keras":
        folder = request.getfixturevalue("keras_files")
        file, reference = folder / "chollet.h5", load_reference(folder / "chollet.npz")
    else:
        folder = request.getfixturevalue("transformers_files")
        file, reference = folder / "late", load_reference(folder / "late" / "answers.npz")
    labels, output = tmp_path / "labels.txt", tmp_path / "model.onnx"
    labels.write_text("\n".join("abcdefg"))
    call = ["import", file, "--from", source, "--output", output, "--image-size", SIZE]
    with narrow_network(EIGHTH):
        assert main([*map(str, call), "--labels", str(labels)]) == 0
    sessions = ModelSessions(load_model(output), "cpu")
    found = [sessions.activations(image[None]).values["fc7"] for image in reference.images]
    assert difference(np.stack(found).reshape(-1, 7), reference) < TOLERANCE
