"""Looks at this machine: versions, providers, CUDA's libraries, hardware.

Where the program keeps things is told by the caller, because ``core`` does not know.
"""

import platform
from collections.abc import Iterable, Mapping
from importlib import metadata
from pathlib import Path
from typing import Final

import numpy as np
from onnx import TensorProto, helper

from desktop_app import __version__
from desktop_app.core import machine
from desktop_app.core.console import path_text
from desktop_app.core.cuda_libraries import Place, wanted_libraries
from desktop_app.core.cuda_loading import CudaLibraries, lying_in
from desktop_app.core.diagnosis import PROGRAM, Diagnosis, Searched
from desktop_app.core.installation import is_frozen, system_name
from desktop_app.core.onnx_runtime import Runtime, open_on_cuda, runtime_version

_DISTRIBUTIONS: Final = ("PySide6-Essentials", "onnx", "pillow", "pillow-heif", "cmap")
_TRIAL_OPSET: Final = 13  # old enough for every ONNX Runtime that is accepted


def examine(
    runtime: Runtime,
    *,
    models: Iterable[str] = (),
    paths: Mapping[str, Path] | None = None,
    portable: bool = False,
) -> Diagnosis:
    """Look at this machine. Takes a second or two where there is a GPU.

    Args:
        runtime: Answers what keeps CUDA from running; another one in tests.
        models: Names of the models on offer.
        paths: Where the program keeps things.
        portable: Whether that is beside the program.
    """
    _, provider = open_on_cuda(runtime, _one_node())
    knows_cuda = runtime.knows_cuda()
    libraries = runtime.cuda_libraries
    return Diagnosis(
        versions=_versions(),
        flavour="gpu" if knows_cuda else "cpu",
        frozen=is_frozen(),
        portable=portable,
        system=system_name(),
        memory_bytes=machine.memory_bytes(),
        cores=machine.usable_cores(),
        gpu=runtime.gpu(),
        cuda=provider,
        searched=_searched(runtime.cuda_places(), libraries) if knows_cuda else (),
        missing=tuple(library.name for library in libraries.missing),
        refused=tuple((path_text(each.path), each.why) for each in libraries.refused),
        others=tuple(path_text(path) for path in libraries.others),
        models=tuple(path_text(name) for name in models),
        paths={name: path_text(path) for name, path in (paths or {}).items()},
    )


def _searched(places: Iterable[Place], libraries: CudaLibraries) -> tuple[Searched, ...]:
    """What lies where; what the system's loader knows by name as well, once it was asked."""
    by_name = [found.library.name for found in libraries.found if found.path is None]
    searched = []
    for place in places:
        lying = (*(by_name if place.by_name else ()), *lying_in(place, wanted_libraries()))
        folder = "" if place.root is None else path_text(place.root)
        is_there = place.root is None or place.root.is_dir()
        searched.append(Searched(place.name, folder, tuple(dict.fromkeys(lying)), is_there))
    return tuple(searched)


def _versions() -> dict[str, str]:
    return {
        PROGRAM: __version__,
        "python": platform.python_version(),
        "onnxruntime": runtime_version(),
        "numpy": np.__version__,
        **{name: _version(name) for name in _DISTRIBUTIONS},
    }


def _version(distribution: str) -> str:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return "not installed"


def _one_node() -> bytes:
    """The least model there is: only a session says whether a provider really loads."""
    shape = [1]
    graph = helper.make_graph(
        [helper.make_node("Identity", ["in"], ["out"])],
        "trial",
        [helper.make_tensor_value_info("in", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("out", TensorProto.FLOAT, shape)],
    )
    opset = helper.make_opsetid("", _TRIAL_OPSET)
    ir_version = helper.find_min_ir_version_for([opset])
    model = helper.make_model(graph, opset_imports=[opset], ir_version=ir_version)
    return model.SerializeToString()
