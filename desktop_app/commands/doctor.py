"""``residual-lens doctor``: versions, providers and why, paths. For people and for bug reports."""

import argparse
import json
import platform
import sys
from collections.abc import Iterator
from importlib import metadata
from typing import Any

from tabulate import tabulate

from desktop_app import __version__, paths
from desktop_app.commands.common import EXIT_OK, emit, model_folders
from desktop_app.core.console import path_text
from desktop_app.core.model_library import list_models
from desktop_app.core.sessions import Runtime, runtime_version

SUMMARY = "say what is installed, which provider runs, and why"

_DISTRIBUTIONS = ("PySide6-Essentials", "numpy", "onnx", "pillow", "pillow-heif", "cmap")


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
    obstacle = runtime.cuda_obstacle()
    missing = None
    if obstacle is None:
        runtime.prepare_cuda()
        missing = runtime.missing_library()
    cuda: dict[str, Any] = {"usable": obstacle is None and missing is None}
    if obstacle is not None:
        cuda |= {"why": obstacle, "what_to_do": _remedy(obstacle)}
    elif missing is not None:
        cuda |= {
            "why": f"a GPU is there, but {missing} is not",
            "what_to_do": 'pip install "onnxruntime-gpu[cuda,cudnn]"',
        }
    else:
        cuda |= {"why": f"{runtime.device_name()} was found", "what_to_do": ""}
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


def _remedy(obstacle: str) -> str:
    if "driver" in obstacle:
        return "Install NVIDIA's driver, if this machine has an NVIDIA GPU."
    if "no CUDA support" in obstacle:
        return 'pip uninstall onnxruntime; pip install "onnxruntime-gpu[cuda,cudnn]"'
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
