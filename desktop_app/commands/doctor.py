"""``residual-lens doctor``: versions, providers and why, paths. For people and for bug reports."""

import argparse
import json
import platform
import sys
from collections.abc import Iterator
from importlib import metadata
from typing import Any, Final

from onnx import TensorProto, helper
from tabulate import tabulate

from desktop_app import __version__, paths
from desktop_app.commands.common import EXIT_OK, emit, model_folders
from desktop_app.core.console import path_text
from desktop_app.core.model_library import list_models
from desktop_app.core.onnx_runtime import Runtime, open_on_cuda, runtime_version

SUMMARY = "say what is installed, which provider runs, and why"

_DISTRIBUTIONS = ("PySide6-Essentials", "numpy", "onnx", "pillow", "pillow-heif", "cmap")
_TRIAL_OPSET: Final = 13  # old enough for every ONNX Runtime that is accepted


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("--format", choices=("table", "json"), default="table")


def run(arguments: argparse.Namespace) -> int:
    """Print what is installed here and what it means."""
    findings = examine(Runtime())
    if arguments.format == "json":
        emit(json.dumps(findings, indent=2, ensure_ascii=False), None)
    else:
        emit(tabulate(list(_rows(findings)), tablefmt="plain"), None)
    return EXIT_OK


def examine(runtime: Runtime) -> dict[str, Any]:
    """Everything the command says, as plain JSON values.

    Args:
        runtime: Answers what keeps CUDA from running; another one in tests.
    """
    session, provider = open_on_cuda(runtime, _one_node())
    cuda: dict[str, Any] = {"usable": session is not None}
    if session is None:
        cuda |= {"why": provider.reason, "what_to_do": _remedy(provider.reason)}
    else:
        cuda |= {"why": f"{provider.device or 'an NVIDIA GPU'} was found", "what_to_do": ""}
    return {
        "versions": {
            "residual-lens": __version__,
            "python": platform.python_version(),
            "onnxruntime": runtime_version(),
            **{name: _version(name) for name in _DISTRIBUTIONS},
        },
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "providers": {"cpu": {"usable": True, "why": "always there"}, "cuda": cuda},
        "models": [path_text(listing.name) for listing in list_models(model_folders())],
        "paths": {
            "program": path_text(sys.executable),
            "resources": path_text(paths.resources()),
            "own models": path_text(paths.user_models()),
            "settings": path_text(paths.settings_file()),
            "logs": path_text(paths.log_folder()),
        },
        "telemetry": "off",
    }


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


def _remedy(reason: str) -> str:
    if reason == "no NVIDIA driver found":
        return "Install NVIDIA's driver, if this machine has an NVIDIA GPU."
    if reason == "this build of ONNX Runtime has no CUDA support":
        return 'pip uninstall onnxruntime; pip install "onnxruntime-gpu[cuda,cudnn]"'
    if reason.startswith("a GPU is there, but"):
        return 'pip install "onnxruntime-gpu[cuda,cudnn]"'
    return ""


def _version(distribution: str) -> str:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return "not installed"


def _rows(findings: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for name, version in findings["versions"].items():
        yield name, version
    yield "system", findings["system"]
    for name, provider in findings["providers"].items():
        usable = "usable" if provider["usable"] else "not usable"
        yield f"{name} provider", f"{usable}: {provider['why']}"
        if provider.get("what_to_do"):
            yield "", provider["what_to_do"]
    yield "models", ", ".join(findings["models"]) or "none"
    for name, path in findings["paths"].items():
        yield name, path
    yield "telemetry", findings["telemetry"]
