"""Checkpoints: written whole or not at all, read without running anything."""

import pickle
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from desktop_app.core.atomic import replacing
from desktop_app.core.errors import OutputError
from model_export.presets import PresetError, find_preset
from tests.small_training import narrow_network

torch = pytest.importorskip("torch")

from model_export.checkpoints import (  # noqa: E402
    FORMAT,
    Checkpoint,
    CheckpointError,
    load_checkpoint,
    load_network,
    save_checkpoint,
)
from model_export.resnet import ResNet  # noqa: E402

pytestmark = pytest.mark.torch


@pytest.fixture(autouse=True)
def narrow() -> Iterator[None]:
    with narrow_network():
        yield


def checkpoint(seed: int = 0) -> Checkpoint:
    preset = find_preset("lesson", classes=2, image_size=32)
    return Checkpoint(
        preset=preset,
        labels=("a", "b"),
        preprocessing=preset.preprocessing(),
        weights=ResNet(preset, seed=seed).state_dict(),
        training={"data_set": "shade", "images": 12},
        run={"epoch": 3},
    )


def test_comes_back_as_it_was(tmp_path: Path) -> None:
    before = checkpoint()
    save_checkpoint(before, tmp_path / "last.pt")
    after = load_checkpoint(tmp_path / "last.pt")
    for name in ("preset", "labels", "preprocessing", "training", "run"):
        assert getattr(after, name) == getattr(before, name)
    network = load_network(after)
    assert not network.training
    assert not any(parameter.requires_grad for parameter in network.parameters())
    for name, value in before.weights.items():
        assert torch.equal(network.state_dict()[name], value), name
    assert network(torch.rand(1, 3, 32, 32)).shape == (1, 2)
    assert [path.name for path in tmp_path.iterdir()] == ["last.pt"]


@pytest.mark.parametrize(
    "content",
    [b"", b"<html>404</html>", b"version https://git-lfs.github.com/spec/v1\n", b"PK\x03\x04zip"],
    ids=["empty", "html", "lfs pointer", "broken zip"],
)
def test_foreign_files_are_named_errors(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "best.pt"
    path.write_bytes(content)
    with pytest.raises(CheckpointError, match=r"cannot read the checkpoint .*best\.pt"):
        load_checkpoint(path)


def test_missing_files_and_folders_are_named_errors(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="no such file"):
        load_checkpoint(tmp_path / "best.pt")
    with pytest.raises(CheckpointError):
        load_checkpoint(tmp_path)
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OutputError, match="cannot write"):
        save_checkpoint(checkpoint(), tmp_path / "file" / "best.pt")


def test_truncation_anywhere_is_a_named_error(tmp_path: Path) -> None:
    save_checkpoint(checkpoint(), tmp_path / "whole.pt")
    whole = (tmp_path / "whole.pt").read_bytes()
    path = tmp_path / "cut.pt"
    for share in (0.01, 0.3, 0.6, 0.9, 0.999):
        path.write_bytes(whole[: int(len(whole) * share)])
        with pytest.raises(CheckpointError):
            load_checkpoint(path)


@pytest.mark.parametrize(
    "content",
    [
        {"weights": {}},
        {"format": "somebody else's"},
        {"format": FORMAT, "version": 99},
        {"format": FORMAT, "version": 1, "preset": {}},
        [1, 2, 3],
    ],
    ids=str,
)
def test_other_torch_files_are_named_errors(tmp_path: Path, content: object) -> None:
    torch.save(content, tmp_path / "best.pt")
    with pytest.raises(CheckpointError):
        load_checkpoint(tmp_path / "best.pt")


class Dangerous:
    """Writes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return (Path.touch, (self.path,))


def test_code_in_a_checkpoint_does_not_run(tmp_path: Path) -> None:
    trap = tmp_path / "trap"
    pickle.loads(pickle.dumps(Dangerous(trap)))  # noqa: S301 - shows that the trap works
    trap.unlink()
    torch.save({"format": FORMAT, "weights": Dangerous(trap)}, tmp_path / "best.pt")
    with pytest.raises(CheckpointError):
        load_checkpoint(tmp_path / "best.pt")
    assert not trap.exists()


def test_weights_of_another_network_are_a_named_error() -> None:
    whole = checkpoint()
    weights = {name: value for name, value in whole.weights.items() if name != "fc.bias"}
    broken = Checkpoint(
        preset=whole.preset,
        labels=whole.labels,
        preprocessing=whole.preprocessing,
        weights=weights,
        training={},
    )
    with pytest.raises(CheckpointError, match="do not fit the preset 'lesson'"):
        load_network(broken)


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "last.pt"
    path.write_bytes(b"old")

    def fail() -> None:
        with replacing(path) as file:
            file.write(b"half of the new one")
            raise OSError(28, "No space left on device")

    with pytest.raises(OutputError, match="No space left"):
        fail()
    assert path.read_bytes() == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["last.pt"]


WRITER = """
import sys
from pathlib import Path
import torch
from tests.small_training import narrow_network
from tests.unit.test_checkpoints import checkpoint
from model_export.checkpoints import save_checkpoint
with narrow_network():
    ready = checkpoint()
    # Big enough that a kill nearly always hits in the middle of a write.
    ready.weights["padding"] = torch.zeros(2_000_000)
    while True:
        save_checkpoint(ready, Path(sys.argv[1]))
        print("written", flush=True)
"""


def test_a_kill_at_any_moment_leaves_a_loadable_checkpoint(tmp_path: Path) -> None:
    path = tmp_path / "last.pt"
    part = tmp_path / ".last.pt.part"
    cut = 0
    for writes in (1, 2, 3):
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, path], stdout=subprocess.PIPE, text=True
        ) as writer:
            assert writer.stdout is not None
            for _ in range(writes):
                assert writer.stdout.readline() == "written\n"
            while not part.exists():  # into the next write
                assert writer.poll() is None
            writer.kill()
        assert writer.returncode == -signal.SIGKILL
        assert load_checkpoint(path).labels == ("a", "b")
        cut += part.exists()
    # What an interrupted write leaves does not pile up, and the next write takes it away.
    assert len(list(tmp_path.iterdir())) <= 2
    save_checkpoint(checkpoint(), path)
    assert [entry.name for entry in tmp_path.iterdir()] == ["last.pt"]
    assert cut > 0


@pytest.mark.parametrize(("preset", "shorter_side"), [("lesson", None), ("torchvision", 110)])
def test_another_image_size_keeps_the_network_and_the_crop(
    preset: str, shorter_side: int | None
) -> None:
    before = checkpoint()
    other = find_preset(preset, classes=2, image_size=64)
    before = replace(before, preset=other, preprocessing=other.preprocessing())
    after = before.at_image_size(96)
    assert (after.preset.image_size, after.preprocessing.height) == (96, 96)
    assert after.preprocessing.shorter_side == shorter_side
    assert after.training["trained_at_size"] == 64
    assert after.weights is before.weights
    assert replace(after.preset, image_size=64) == before.preset


def test_an_impossible_image_size_is_a_named_error() -> None:
    with pytest.raises(PresetError, match="image_size cannot be 16"):
        checkpoint().at_image_size(16)
