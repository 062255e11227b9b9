"""A network worth exporting, without training: its batch norms have seen pictures.

Depth and names are real, the width is a quarter, which makes a sixteenth of the weights: what is
proved does not depend on it. Tests that load these files need the fixture ``narrow``.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.small_training import QUARTER, narrow_network


def make_checkpoint(preset_name: str = "lesson", **changes: Any) -> Any:
    """A checkpoint of random weights whose batch norms are adapted to the made pictures.

    Without that, activations grow from block to block and the values prove little.
    """
    import numpy as np
    import torch

    from desktop_app.core.preprocessing import preprocess
    from model_export.checkpoints import Checkpoint
    from model_export.presets import find_preset
    from model_export.proof_images import made_images
    from model_export.resnet import ResNet

    preset = find_preset(preset_name, **changes)
    network = ResNet(preset, seed=1)
    batch = np.concatenate([preprocess(i, preset.preprocessing()) for i in made_images()])
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.momentum = 0.9  # nearly all of the new statistics, a trace of the old
            torch.nn.init.uniform_(module.weight, 0.5, 1.5, torch.Generator().manual_seed(2))
        elif isinstance(module, torch.nn.Linear):  # logits as moderate as a trained network's
            module.weight.data *= 0.2
    with torch.inference_mode():
        network.train()(torch.from_numpy(batch))
    network.eval()
    return Checkpoint(
        preset=preset,
        labels=tuple(f"class {index}" for index in range(preset.classes)),
        preprocessing=preset.preprocessing(),
        weights=network.state_dict(),
        training={"data_set": "made", "date": "2026-01-31", "seed": 1},
    )


@pytest.fixture
def narrow() -> Iterator[None]:
    """Every network in the test is as wide as those of the fixtures here."""
    with narrow_network(QUARTER):
        yield


@pytest.fixture(scope="session")
def checkpoint() -> Any:
    """The lesson's network for six classes on 32×32 pixels."""
    with narrow_network(QUARTER):
        return make_checkpoint("lesson", image_size=32)


@pytest.fixture(scope="session")
def exported_file(checkpoint: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The checkpoint's proved file, float32."""
    from model_export.exporting import export_checkpoint

    path = tmp_path_factory.mktemp("export") / "lesson.onnx"
    with narrow_network(QUARTER):
        export_checkpoint(checkpoint, path, licence="MIT")
    return path


@pytest.fixture(scope="session")
def small_file(checkpoint: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The checkpoint's proved file, int8: a quarter of the bytes to copy and to hash."""
    from model_export.exporting import export_checkpoint

    path = tmp_path_factory.mktemp("export") / "small.onnx"
    with narrow_network(QUARTER):
        export_checkpoint(checkpoint, path, weights="int8")
    return path


@pytest.fixture(scope="session")
def checkpoint_file(checkpoint: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The checkpoint on disk."""
    from model_export.checkpoints import save_checkpoint

    path = tmp_path_factory.mktemp("checkpoint") / "best.pt"
    save_checkpoint(checkpoint, path)
    return path


@pytest.fixture(scope="session")
def new_checkpoint() -> Callable[..., Any]:
    """:func:`make_checkpoint`, for other presets."""
    return make_checkpoint
