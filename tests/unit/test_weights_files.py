"""Files of weights: read for what they are, refused with a reason, never run."""

import os
import pickle
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.foreign_weights import EIGHTH
from tests.small_training import narrow_network

torch = pytest.importorskip("torch")

import h5py  # noqa: E402
import numpy as np  # noqa: E402
from torch.nn.parallel import DataParallel  # noqa: E402

from model_export.weights.containers import (  # noqa: E402
    KERAS_CONTAINERS,
    TORCH_CONTAINERS,
    open_tensors,
)
from model_export.weights.conventions import CHOLLET, KERAS_APPLICATIONS  # noqa: E402
from model_export.weights.errors import MisfitError, WeightsError  # noqa: E402
from tests.foreign_files import (  # noqa: E402
    renamed,
    torchvision_state,
    write_keras,
    write_safetensors,
)

pytestmark = pytest.mark.torch

ALL = (*KERAS_CONTAINERS, *TORCH_CONTAINERS)


@pytest.fixture(autouse=True)
def narrow() -> Iterator[None]:
    with narrow_network(EIGHTH):
        yield


def content(path: Path) -> dict[str, object]:
    """Everything in a file, read."""
    with open_tensors(path, ALL) as tensors:
        return {name: tensor.read() for name, tensor in tensors.items()}


def pickled(path: Path, value: object) -> Path:
    torch.save(value, path)
    return path


WRITERS: dict[str, Callable[[Path], Path]] = {
    "weights.h5": lambda path: write_keras(path, renamed(torchvision_state(), CHOLLET)),
    "weights.pth": lambda path: pickled(path, torchvision_state()),
    "weights.safetensors": lambda path: write_safetensors(path, torchvision_state()),
}


@pytest.mark.parametrize(
    ("start", "why"),
    [
        (b"", "it is empty"),
        (b"<!DOCTYPE html><html><body>404</body></html>", "it is a web page"),
        (b"\n\n  <html lang='en'>", "it is a web page"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:1\n", "a Git LFS pointer"),
        (b"\x08\x07\x12\x07pytorch", "it is no HDF5, PyTorch or safetensors file"),
        (b"\x89PNG\r\n\x1a\n", "it is no HDF5, PyTorch or safetensors file"),
    ],
    ids=["empty", "page", "short page", "lfs", "onnx", "picture"],
)
def test_a_foreign_file_is_told_by_its_beginning(tmp_path: Path, start: bytes, why: str) -> None:
    for name in WRITERS:
        path = tmp_path / name
        path.write_bytes(start)
        with pytest.raises(WeightsError, match=rf"cannot import {name}: .*{why}"):
            content(path)


def test_what_is_no_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="there is no file"):
        content(tmp_path / "weights.h5")
    with pytest.raises(WeightsError, match="a folder"):
        content(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(WeightsError, match="a pipe"):
        content(tmp_path / "pipe")


@pytest.mark.parametrize("name", WRITERS)
def test_a_renamed_file_is_read_for_what_it_is(name: str, tmp_path: Path) -> None:
    path = WRITERS[name](tmp_path / name)
    whole = content(path)
    other = path.rename(tmp_path / "weights.bin")
    assert content(other).keys() == whole.keys()
    accepted = TORCH_CONTAINERS if name.endswith(".h5") else KERAS_CONTAINERS
    with (
        pytest.raises(WeightsError, match=r"it is a \w+ file, and this source's are"),
        open_tensors(other, accepted),
    ):
        pass


@pytest.mark.parametrize("name", WRITERS)
def test_truncation_anywhere_is_an_error(name: str, tmp_path: Path) -> None:
    whole = WRITERS[name](tmp_path / name).read_bytes()
    path = tmp_path / f"cut-{name}"
    for share in (0.0001, 0.01, 0.3, 0.9, 0.9999):
        path.write_bytes(whole[: int(len(whole) * share)])
        with pytest.raises(WeightsError, match="cannot import cut"):
            content(path)


class Dangerous:
    """Writes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return (os.mkdir, (str(self.path),))


@pytest.mark.parametrize("zipped", [True, False], ids=["zip", "legacy"])
def test_code_in_a_pickle_does_not_run(zipped: bool, tmp_path: Path) -> None:
    trap = tmp_path / "trap"
    pickle.loads(pickle.dumps(Dangerous(trap)))  # noqa: S301 - shows that the trap works
    trap.rmdir()
    path = tmp_path / "weights.pth"
    content_with_trap = {**torchvision_state(), "extra": Dangerous(trap)}
    torch.save(content_with_trap, path, _use_new_zipfile_serialization=zipped)
    with pytest.raises(WeightsError, match=r"more than tensors, posix\.mkdir, which could run"):
        content(path)
    assert not trap.exists()


def test_a_whole_pickled_network_is_refused_with_the_way_out(tmp_path: Path) -> None:
    path = pickled(tmp_path / "network.pth", torch.nn.Linear(2, 3))
    with pytest.raises(WeightsError, match=r"torch\.nn\.modules\.linear\.Linear.*state_dict\(\)"):
        content(path)


def test_anything_but_tensors_is_named(tmp_path: Path) -> None:
    state = torchvision_state()
    path = pickled(tmp_path / "mixed.pth", {**state, "epoch": 3})
    with pytest.raises(MisfitError, match="epoch is no tensor but a int") as caught:
        content(path)
    assert caught.value.tensor == "epoch"
    for odd in ([1, 2], {}, torch.zeros(3)):
        with pytest.raises(WeightsError, match="no named tensors"):
            content(pickled(tmp_path / "odd.pth", odd))


def test_weights_are_found_in_a_training_scripts_checkpoint(tmp_path: Path) -> None:
    state = torchvision_state()
    for key in ("state_dict", "model"):
        path = pickled(tmp_path / f"{key}.pth", {"epoch": 3, key: state, "optimizer": {"lr": 1}})
        assert content(path).keys() == state.keys()
    network = torch.nn.Sequential(torch.nn.Linear(2, 2))
    parallel = pickled(tmp_path / "parallel.pth", DataParallel(network).state_dict())
    assert content(parallel).keys() == {"0.weight", "0.bias"}


def test_files_of_before_2020_are_read(tmp_path: Path) -> None:
    state = torchvision_state()
    torch.save(state, tmp_path / "old.pth", _use_new_zipfile_serialization=False)
    assert torch.equal(content(tmp_path / "old.pth")["fc.weight"], state["fc.weight"])


def test_half_precision_is_read_as_single(tmp_path: Path) -> None:
    for kind in (torch.float16, torch.bfloat16, torch.float64):
        path = write_safetensors(tmp_path / "half.safetensors", {"a": torch.ones(2, dtype=kind)})
        assert torch.equal(content(path)["a"], torch.ones(2))


def keras_1_names(path: Path) -> Path:
    """``res2a_branch2a_W_1:0`` and ``bn2a_branch2a_running_std_1:0``, as in Chollet's file."""
    old = {
        "kernel": "W", "bias": "b", "moving_mean": "running_mean", "moving_variance": "running_std",
    }  # fmt: skip
    with h5py.File(path, "r+") as file:
        for layer, group in file.items():
            listed = []
            for name in [name.decode() for name in group.attrs["weight_names"]]:
                attribute = name.removesuffix(":0").split("/")[-1]
                listed.append(f"{layer}_{old.get(attribute, attribute)}_1:0")
                group.move(name, listed[-1])
            # An order that is not today's: only the names tell which is which.
            group.attrs["weight_names"] = np.array(listed[::-1], "S")
    return path


def test_the_names_of_keras_1_are_understood(tmp_path: Path) -> None:
    tensors = renamed(torchvision_state(), CHOLLET)
    found = content(keras_1_names(write_keras(tmp_path / "old.h5", tensors)))
    assert found.keys() == tensors.keys()
    for name, value in tensors.items():
        assert np.array_equal(found[name], value), name


def test_a_network_that_serves_as_a_layer_is_found(tmp_path: Path) -> None:
    tensors = renamed(torchvision_state(), KERAS_APPLICATIONS)
    head = {name: value for name, value in tensors.items() if name.startswith("predictions")}
    trunk = {f"resnet50/{n}": value for n, value in tensors.items() if n not in head}
    found = content(write_keras(tmp_path / "nested.h5", {**trunk, **head}))
    assert found.keys() == tensors.keys()


def test_long_lists_of_names_are_read_in_parts(tmp_path: Path) -> None:
    tensors = renamed(torchvision_state(), CHOLLET)
    path = write_keras(tmp_path / "weights.h5", tensors)
    with h5py.File(path, "r+") as file:
        names = list(file.attrs["layer_names"])
        del file.attrs["layer_names"]
        file.attrs["layer_names0"], file.attrs["layer_names1"] = names[:9], names[9:]
    assert content(path).keys() == tensors.keys()


def test_an_hdf5_file_without_layers_is_an_error(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "data.h5", "w") as file:
        file["train_set_x"] = np.zeros((2, 3))
    with pytest.raises(WeightsError, match="no layers with weights"):
        content(tmp_path / "data.h5")


@pytest.mark.parametrize("way", ["soft link", "external link", "external values", "virtual"])
def test_nothing_outside_the_file_is_read(way: str, tmp_path: Path) -> None:
    path = write_keras(tmp_path / "weights.h5", renamed(torchvision_state(), CHOLLET))
    secret = tmp_path / "secret.h5"
    with h5py.File(secret, "w") as file:
        file["values"] = np.zeros((7,), np.float32)
    name = "fc1000/fc1000/bias:0"
    with h5py.File(path, "r+") as file:
        del file[name]
        if way == "soft link":
            file[name] = h5py.SoftLink("/fc1000/fc1000/kernel:0")
        elif way == "external link":
            file[name] = h5py.ExternalLink(str(secret), "values")
        elif way == "external values":
            file.create_dataset(name, (7,), "f4", external=[(str(secret), 0, 28)])
        else:
            layout = h5py.VirtualLayout((7,), "f4")
            layout[:] = h5py.VirtualSource(str(secret), "values", (7,))
            file.create_virtual_dataset(name, layout)
    with pytest.raises(WeightsError, match=r"is a link|lie in another file"):
        content(path)


def test_a_damaged_value_is_an_error_with_its_name(tmp_path: Path) -> None:
    path = tmp_path / "weights.h5"
    with h5py.File(path, "w") as file:
        file.attrs["layer_names"] = [b"conv1"]
        group = file.create_group("conv1")
        group.attrs["weight_names"] = [b"kernel:0"]
        values = np.random.default_rng(0).random((64, 64)).astype(np.float32)
        stored = group.create_dataset("kernel:0", data=values, chunks=(64, 64), compression="gzip")
        place = stored.id.get_chunk_info(0)
    damaged = bytearray(path.read_bytes())
    damaged[place.byte_offset + 8 : place.byte_offset + 64] = bytes(56)
    path.write_bytes(damaged)
    with pytest.raises(WeightsError, match="kernel:0 cannot be read"):
        content(path)
