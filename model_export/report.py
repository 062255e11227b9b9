"""``model-export report``: a training run as one HTML file."""

import argparse
import sys
from pathlib import Path

from desktop_app.core.atomic import write_bytes
from model_export.datasets import DataSet, read_data_set


def add_arguments(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command line."""
    parser = subparsers.add_parser("report", help="write a training run as one HTML file")
    parser.set_defaults(run=run)
    parser.add_argument("folder", type=Path, metavar="RUN_DIR", help="that train wrote")
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="the data set")
    parser.add_argument(
        "--output", type=Path, metavar="FILE.html", help="default: report.html in RUN_DIR"
    )
    parser.add_argument(
        "--split",
        help="to measure on; default: the images held out of the training, else test",
    )


def run(args: argparse.Namespace) -> int:
    """Write the report; always 0 (what fails is raised as an error)."""
    output = args.output or args.folder / "report.html"
    write_report(
        args.folder,
        read_data_set(args.data),
        output,
        split=args.split,
        progress=sys.stderr.isatty(),
    )
    print(f"written: {output} ({output.stat().st_size / 1e6:.1f} MB)")
    return 0


def write_report(
    folder: Path,
    data_set: DataSet,
    output: Path,
    *,
    split: str | None = None,
    progress: bool = False,
) -> None:
    """Measure the best checkpoint of a run and write what came of it.

    Args:
        folder: Of the run, with ``best.pt`` and ``history.jsonl``.
        data_set: That it was trained on.
        output: The HTML file; replaced if it exists.
        split: To measure on; the images held out of the training, else ``test``, when None.
        progress: Whether to show bars on standard error.

    Raises:
        CheckpointError: There is no readable ``best.pt``.
        WrongDataSetError: The data set lacks the split, or has other classes.
        DataSetError: No image can be read.
        HistoryError: The history is damaged.
        OutputError: The file cannot be written.
    """
    from model_export.report_measuring import measure_run
    from model_export.report_page import render

    report = measure_run(folder, data_set, split=split, progress=progress)
    write_bytes(output, render(report).encode())
