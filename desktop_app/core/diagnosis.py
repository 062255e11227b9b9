"""What is installed here, which provider runs and why: one record for ``doctor`` and About.

A frozen record of plain values, so that it may cross a thread; :mod:`diagnosis_text` makes words
and JSON of it. Where the program keeps things is told by the caller, because ``core`` does not
know.
"""

import platform
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Final, Literal

import numpy as np
from onnx import TensorProto, helper

from desktop_app import __version__
from desktop_app.core import machine
from desktop_app.core.console import path_text
from desktop_app.core.cuda_libraries import Place, program_folder, wanted_libraries
from desktop_app.core.cuda_loading import CudaLibraries, lying_in
from desktop_app.core.onnx_runtime import Runtime, open_on_cuda, runtime_version
from desktop_app.core.providers import Gpu
from desktop_app.core.records import Provider

Flavour = Literal["cpu", "gpu"]
PROGRAM: Final = "residual-lens"
_DISTRIBUTIONS: Final = ("PySide6-Essentials", "onnx", "pillow", "pillow-heif", "cmap")
_TRIAL_OPSET: Final = 13  # old enough for every ONNX Runtime that is accepted


@dataclass(frozen=True, slots=True)
class Searched:
    """One place where CUDA's libraries were looked for.

    Attributes:
        place: Its name.
        folder: The folder that a person would name; empty where there are many.
        found: Names of the libraries that are there.
        is_there: Whether the folder is.
    """

    place: str
    folder: str
    found: tuple[str, ...]
    is_there: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """What was found.

    Attributes:
        versions: Of the program and what it stands on, by name.
        flavour: Whether ONNX Runtime is its GPU or its CPU build.
        frozen: Whether this is the packaged program, not Python with our source.
        portable: Whether everything is kept beside the program.
        system: Name, release and machine.
        memory_bytes: Physical memory, 0 where unknown.
        cores: That this process may use.
        gpu: What the NVIDIA driver tells; None without driver or GPU.
        cuda: What became of a trial on CUDA.
        searched: The places, the first one first; empty for the CPU build.
        missing: Libraries that were tried for and are nowhere.
        refused: Files that are there and could not be opened, each with the loader's words.
        others: Files of missing libraries in another version.
        models: Names for ``--model``.
        paths: Where the program keeps things, by name.
        desktop: What only the window knows of the desktop, by name.
    """

    versions: Mapping[str, str]
    flavour: Flavour
    frozen: bool
    portable: bool
    system: str
    memory_bytes: int
    cores: int
    gpu: Gpu | None
    cuda: Provider
    searched: tuple[Searched, ...]
    missing: tuple[str, ...]
    refused: tuple[tuple[str, str], ...]
    others: tuple[str, ...]
    models: tuple[str, ...]
    paths: Mapping[str, str]
    desktop: Mapping[str, str] = field(default_factory=dict)


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
        frozen=program_folder() is not None,
        portable=portable,
        system=f"{platform.system()} {platform.release()} {platform.machine()}",
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
