"""``residual-lens classify``: the classes of pictures and folders, without a window."""

import argparse
import csv
import io
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from tabulate import tabulate
from tqdm import tqdm

from desktop_app.commands.common import (
    EXIT_OK,
    EXIT_SOME_FAILED,
    add_model_arguments,
    add_provider_argument,
    emit,
    open_sessions,
)
from desktop_app.core.batch import Outcome, classify_stream
from desktop_app.core.console import path_text
from desktop_app.core.images import find_images
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
        choices=tuple(_FORMATS),
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
    if not files:
        hint = "" if arguments.recursive else "; --recursive also looks into folders inside"
        print(f"residual-lens: no pictures found{hint}", file=sys.stderr)
    reports: list[dict[str, Any]] = []
    stream_lines = form == "jsonl" and arguments.output is None
    for report in _reports(files, sessions, arguments):
        reports.append(report)
        if stream_lines:
            emit(_json(report), None)
    if not stream_lines:
        emit(_FORMATS[form](reports), arguments.output)
    if not files or any(report["error"] for report in reports):
        return EXIT_SOME_FAILED
    return EXIT_OK


def _form_of(output: Path | None) -> str:
    """The format that a file's name asks for."""
    suffix = "" if output is None else output.suffix.lower().removeprefix(".")
    return suffix if suffix in _FORMATS else "table"


def _reports(
    files: Sequence[Path], sessions: ModelSessions, arguments: argparse.Namespace
) -> Iterator[dict[str, Any]]:
    outcomes = classify_stream(
        [FileSource(path) for path in files],
        preprocessing=sessions.model.preprocessing,
        run=sessions.probabilities,
        batch_size=arguments.batch_size,
    )
    bar = tqdm(outcomes, total=len(files), unit="image", disable=None, file=sys.stderr)
    for path, outcome in zip(files, bar, strict=True):
        yield _report(path, outcome, sessions, arguments.top_k)


def _report(path: Path, outcome: Outcome, sessions: ModelSessions, k: int) -> dict[str, Any]:
    predictions = (
        ()
        if outcome.probabilities is None
        else top_k(outcome.probabilities, sessions.model.labels, k)
    )
    timing, error = outcome.timing, outcome.error
    return {
        "path": path_text(path),
        "model": path_text(sessions.model.name),
        "provider": sessions.provider.name,
        "predictions": [
            {"label": p.label, "index": p.index, "probability": p.probability} for p in predictions
        ],
        "timing_ms": {
            "decode": round(timing.decode_ms, 3),
            "preprocess": round(timing.preprocess_ms, 3),
            "run": round(timing.run_ms, 3),
        },
        "error": None if error is None else {"code": error.code, "message": path_text(str(error))},
    }


def _json(value: object, indent: int | None = None) -> str:
    return json.dumps(value, ensure_ascii=False, indent=indent)


def _as_json(reports: Sequence[dict[str, Any]]) -> str:
    return _json(reports, indent=2)


def _as_jsonl(reports: Iterable[dict[str, Any]]) -> str:
    return "".join(f"{_json(report)}\n" for report in reports)


def _as_table(reports: Iterable[dict[str, Any]]) -> str:
    rows: list[tuple[str, str, str]] = []
    for report in reports:
        if report["error"]:
            rows.append((report["path"], "", report["error"]["message"]))
        for rank, prediction in enumerate(report["predictions"]):
            path = report["path"] if rank == 0 else ""
            rows.append((path, f"{100 * prediction['probability']:.2f} %", prediction["label"]))
    return tabulate(
        rows,
        headers=("image", "probability", "label"),
        colalign=("left", "right", "left") if rows else None,
        disable_numparse=True,
    )


def _as_csv(reports: Iterable[dict[str, Any]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("path", "model", "provider", "rank", "index", "label", "probability", "error"))
    for report in reports:
        start = (report["path"], report["model"], report["provider"])
        if report["error"]:
            writer.writerow((*start, "", "", "", "", report["error"]["message"]))
        for rank, p in enumerate(report["predictions"], 1):
            writer.writerow((*start, rank, p["index"], p["label"], p["probability"], ""))
    return text.getvalue()


_FORMATS = {"table": _as_table, "json": _as_json, "jsonl": _as_jsonl, "csv": _as_csv}


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is less than 1")
    return number
