"""``residual-lens classify``: the classes of pictures and folders, without a window."""

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from tqdm import tqdm

from desktop_app.commands.common import (
    EXIT_OK,
    EXIT_SOME_FAILED,
    add_model_arguments,
    add_provider_argument,
    emit,
    open_sessions,
)
from desktop_app.core import prediction_tables
from desktop_app.core.batch import Outcome, classify_stream
from desktop_app.core.console import path_text
from desktop_app.core.images import empty_folders, find_images
from desktop_app.core.prediction_tables import FORMATS, Report, as_json_line
from desktop_app.core.predictions import top_k
from desktop_app.core.records import FileSource
from desktop_app.core.sessions import ModelSessions

SUMMARY = "classify pictures"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="pictures, folders")
    add_model_arguments(parser)
    add_provider_argument(parser)
    parser.add_argument("--top-k", type=_positive, default=5, metavar="K", help="default: 5")
    parser.add_argument("--recursive", action="store_true", help="also folders inside folders")
    parser.add_argument(
        "--format",
        choices=tuple(FORMATS),
        help="default: as the output file's name says, else a table",
    )
    parser.add_argument("--output", type=Path, metavar="FILE", help="instead of standard output")
    parser.add_argument(
        "--batch-size",
        type=_positive,
        default=1,
        metavar="N",
        help="pictures per run; more helps a GPU (default: 1)",
    )


def run(arguments: argparse.Namespace) -> int:
    """Classify everything that was named; 1 when some of it could not be, or nothing was found."""
    form = arguments.format or _form_of(arguments.output)
    sessions = open_sessions(arguments)
    files = find_images(arguments.paths, recursive=arguments.recursive)
    hint = "" if arguments.recursive else "; --recursive also looks into folders inside"
    for folder in dict.fromkeys(empty_folders(arguments.paths, files)):
        print(f"residual-lens: no pictures found in {path_text(folder)}{hint}", file=sys.stderr)
    reports: list[Report] = []
    stream_lines = form == "jsonl" and arguments.output is None
    for report in _reports(files, sessions, arguments):
        reports.append(report)
        if stream_lines:
            emit(as_json_line(report), None)
    if not stream_lines:
        emit(FORMATS[form](reports), arguments.output)
    if not files or any(report["error"] for report in reports):
        return EXIT_SOME_FAILED
    return EXIT_OK


def _form_of(output: Path | None) -> str:
    """The format that a file's name asks for."""
    suffix = "" if output is None else output.suffix.lower().removeprefix(".")
    return suffix if suffix in FORMATS else "table"


def _reports(
    files: Sequence[Path], sessions: ModelSessions, arguments: argparse.Namespace
) -> Iterator[Report]:
    outcomes = classify_stream(
        [FileSource(path) for path in files],
        preprocessing=sessions.model.preprocessing,
        run=sessions.probabilities,
        batch_size=arguments.batch_size,
    )
    bar = tqdm(outcomes, total=len(files), unit="image", disable=None, file=sys.stderr)
    for path, outcome in zip(files, bar, strict=True):
        yield _report(path, outcome, sessions, arguments.top_k)


def _report(path: Path, outcome: Outcome, sessions: ModelSessions, k: int) -> Report:
    predictions = (
        ()
        if outcome.probabilities is None
        else top_k(outcome.probabilities, sessions.model.labels, k)
    )
    return prediction_tables.report(
        str(path),
        model=sessions.model.name,
        provider=sessions.provider.name,
        predictions=predictions,
        timing=outcome.timing,
        error=outcome.error,
    )


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is less than 1")
    return number
