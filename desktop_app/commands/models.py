"""``residual-lens models``: the models that can be named with ``--model``."""

import argparse
import json

from tabulate import tabulate

from desktop_app.commands.common import EXIT_OK, emit, model_folders
from desktop_app.core.console import path_text
from desktop_app.core.model_library import list_models

SUMMARY = "list the models that can be named with --model"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("--format", choices=("table", "json"), default="table")


def run(arguments: argparse.Namespace) -> int:
    """List bundled models and the person's own."""
    rows = [
        {
            "name": path_text(listing.name),
            "path": path_text(listing.path),
            "classes": listing.classes,
            "image_size": listing.image_size,
            "default": listing.default,
            "source": listing.source,
        }
        for listing in list_models(model_folders())
    ]
    if arguments.format == "json":
        emit(json.dumps(rows, indent=2, ensure_ascii=False), None)
    else:
        table = [
            (row["name"], row["classes"], row["image_size"], "yes" if row["default"] else "",
             row["source"])
            for row in rows
        ]  # fmt: skip
        emit(tabulate(table, headers=("name", "classes", "image size", "default", "source")), None)
    return EXIT_OK
