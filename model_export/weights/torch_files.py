"""PyTorch's own files and safetensors → named tensors."""

import contextlib
import functools
import pickle
import re
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from model_export.weights.errors import WeightsError, misfit
from model_export.weights.records import StoredTensor, Tensors

_FLOATS: Final = {"F64", "F32", "F16", "BF16"}
_WRAPPERS: Final = ("state_dict", "model", "model_state_dict", "state_dict_ema", "model_ema")
"""Where training scripts put the weights beside their own state (torchvision's references, timm,
Lightning); the weights proper come before their average."""
_PARALLEL_PREFIX: Final = "module."
_CULPRIT: Final = re.compile(r"GLOBAL (\S+)")
"""How torch's restricted unpickler names what it refused to load."""
_DAMAGED: Final = (
    OSError,
    RuntimeError,
    EOFError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    zipfile.BadZipFile,
)
"""What torch.load raises on bytes that torch.save did not write."""


@contextlib.contextmanager
def open_safetensors(path: Path) -> Iterator[Tensors]:
    """The tensors of a safetensors file; they can be read until the block ends.

    Raises:
        WeightsError: The file is truncated or damaged.
    """
    with contextlib.ExitStack() as stack:
        try:
            file = stack.enter_context(safe_open(path, framework="pt"))
            tensors = {name: _lazy(file, name) for name in file.keys()}  # noqa: SIM118 - no mapping
        except (SafetensorError, OSError) as error:
            raise _damaged(path, f"it is truncated or damaged ({error})") from error
        yield _unwrapped_names(tensors)


def read_pickle(path: Path) -> Tensors:
    """The tensors of what ``torch.save`` wrote; nothing in the file is run.

    Raises:
        WeightsError: The file is truncated or damaged, or holds objects.
        MisfitError: Something among the tensors is none.
    """
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        culprit = _CULPRIT.search(str(error))
        if culprit is None:
            raise _damaged(path, "it is damaged") from error
        raise WeightsError(
            f"cannot import {path.name}",
            why=f"it holds more than tensors, {culprit[1]}, which could run code when it is read",
            remedy="Save the weights alone: torch.save(network.state_dict(), FILE).",
        ) from error
    except _DAMAGED as error:
        raise _damaged(path, "it is truncated or damaged") from error
    return _named_tensors(content, path)


def _named_tensors(content: object, path: Path) -> Tensors:
    if isinstance(content, Mapping):
        for wrapper in _WRAPPERS:
            if isinstance(content.get(wrapper), Mapping):
                content = content[wrapper]
                break
    if not isinstance(content, Mapping) or not content:
        raise _damaged(path, "there are no named tensors in it")
    for name, value in content.items():
        if not isinstance(value, Tensor) or value.layout != torch.strided:
            raise misfit(path.name, str(name), f"is no tensor but a {type(value).__name__}")
    return _unwrapped_names({str(name): _held(value) for name, value in content.items()})


def _unwrapped_names(tensors: Mapping[str, StoredTensor]) -> Tensors:
    """Without the prefix that DataParallel puts before every name."""
    if not all(name.startswith(_PARALLEL_PREFIX) for name in tensors):
        return tensors
    return {name.removeprefix(_PARALLEL_PREFIX): value for name, value in tensors.items()}


def _held(value: Tensor) -> StoredTensor:
    return StoredTensor(
        shape=tuple(value.shape),
        is_float=value.is_floating_point(),
        read=functools.partial(value.detach().to, torch.float32),
    )


def _lazy(file: Any, name: str) -> StoredTensor:  # noqa: ANN401 - its stubs have no types
    stored = file.get_slice(name)
    return StoredTensor(
        shape=tuple(stored.get_shape()),
        is_float=stored.get_dtype() in _FLOATS,
        read=lambda: file.get_tensor(name).to(torch.float32),
    )


def _damaged(path: Path, why: str) -> WeightsError:
    return WeightsError(f"cannot import {path.name}", why=why, remedy="Download it again.")
