"""``residual-lens doctor``: versions, providers and why, paths. For people and for bug reports."""

import argparse
import json

from desktop_app.commands.common import EXIT_OK, add_cuda_argument, cuda_folders, emit
from desktop_app.core.diagnosis_text import as_json, as_text
from desktop_app.core.onnx_runtime import Runtime
from desktop_app.examination import examine_program

SUMMARY = "say what is installed, which provider runs, and why"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("--format", choices=("table", "json"), default="table")
    add_cuda_argument(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print what is installed here and what it means."""
    diagnosis = examine_program(Runtime(cuda_folders(arguments)))
    if arguments.format == "json":
        emit(json.dumps(as_json(diagnosis), indent=2, ensure_ascii=False), None)
    else:
        emit(as_text(diagnosis), None)
    return EXIT_OK
