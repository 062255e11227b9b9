"""``residual-lens render``: the picture of a view file, the same that the window saves."""

import argparse
import sys
from pathlib import Path

from desktop_app import paths
from desktop_app.commands.common import (
    EXIT_OK,
    add_provider_argument,
    model_folders,
    sessions_of,
)
from desktop_app.core import atomic
from desktop_app.core.analysing import analyse
from desktop_app.core.errors import ContradictionError
from desktop_app.core.model_file import load_model
from desktop_app.core.opened_view import refuse_foreign
from desktop_app.core.view_file import read_view
from desktop_app.core.view_findings import find
from desktop_app.core.view_picture import view_png
from desktop_app.core.view_places import find_places

SUMMARY = "draw the picture of a view file"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("view", type=Path, metavar="VIEW", help="a .lensview file")
    parser.add_argument("--output", type=Path, required=True, metavar="PNG")
    add_provider_argument(parser)


def run(arguments: argparse.Namespace) -> int:
    """Find what the view is about, analyse it, and draw it; what has changed is said aloud."""
    _check(arguments.output)
    view = read_view(arguments.view)
    places = find_places(view, arguments.view.absolute().parent, model_folders())
    for remark in places.remarks:
        print(f"{arguments.view.name}: {remark}", file=sys.stderr)
    sessions = sessions_of(load_model(places.model), arguments)
    analysis = analyse(places.source, sessions)
    refuse_foreign(view, analysis)
    findings = find(view, analysis, sessions)
    picture = view_png(view, analysis, findings, fonts=paths.fonts())
    atomic.write_bytes(arguments.output, picture)
    print(arguments.output, file=sys.stderr)
    return EXIT_OK


def _check(output: Path) -> None:
    """Refuse what cannot be meant before anything is loaded."""
    if output.suffix.casefold() != ".png":
        raise ContradictionError(
            f"cannot write {output.name}",
            why="the picture of a view is a PNG",
            remedy="Let --output end in .png.",
        )
