"""``residual-lens layers``: every layer of a model, with kind, place and shape."""

import argparse

import msgspec
from tabulate import tabulate

from desktop_app.commands.common import EXIT_OK, add_model_arguments, emit, open_model

SUMMARY = "list the layers of a model"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    add_model_arguments(parser)
    parser.add_argument("--format", choices=("table", "json"), default="table")


def run(arguments: argparse.Namespace) -> int:
    """Print the layers in the order of computation; nothing is run."""
    model = open_model(arguments)
    if arguments.format == "json":
        emit(msgspec.json.format(msgspec.json.encode(model.layers), indent=2).decode(), None)
        return EXIT_OK
    rows = [
        (
            layer.name,
            layer.kind,
            layer.stage or "",
            layer.block or "",
            layer.role,
            " × ".join(str(size) for size in layer.shape),
        )
        for layer in model.layers
    ]
    emit(tabulate(rows, headers=("layer", "kind", "stage", "block", "role", "shape")), None)
    return EXIT_OK
