"""Predictions of many images as a table, JSON, JSON lines or CSV: one code for every caller.

The command ``classify`` and the window's export write the same; the fields are a contract.
"""

import csv
import io
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from tabulate import tabulate

from desktop_app.core.console import path_text
from desktop_app.core.errors import LensError
from desktop_app.core.provider_names import ProviderName
from desktop_app.core.records import Prediction, Timing

Report = Mapping[str, Any]
"""What is said of one image: ``path``, ``model``, ``provider``, ``predictions``, ``timing_ms`` and
``error``, as :func:`report` makes it."""


def report(
    path: str,
    *,
    model: str,
    provider: ProviderName,
    predictions: Sequence[Prediction],
    timing: Timing,
    error: LensError | None = None,
) -> Report:
    """What is said of one image.

    Args:
        path: Of the file; the name of a picture that is no file.
        model: The model's name.
        provider: What ran.
        predictions: Likeliest first; empty after an error.
        timing: Of this image.
        error: Why there are no predictions.
    """
    return {
        "path": path_text(path),
        "model": path_text(model),
        "provider": provider,
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


def as_json(reports: Iterable[Report]) -> str:
    """A list with one object per image."""
    return json.dumps(list(reports), ensure_ascii=False, indent=2)


def as_json_line(one: Report) -> str:
    """One image in one line, without its end."""
    return json.dumps(one, ensure_ascii=False)


def as_jsonl(reports: Iterable[Report]) -> str:
    """One line per image."""
    return "".join(f"{as_json_line(one)}\n" for one in reports)


def as_table(reports: Iterable[Report]) -> str:
    """For people."""
    rows: list[tuple[str, str, str]] = []
    for one in reports:
        if one["error"]:
            rows.append((one["path"], "", one["error"]["message"]))
        for rank, prediction in enumerate(one["predictions"]):
            path = one["path"] if rank == 0 else ""
            rows.append((path, f"{100 * prediction['probability']:.2f} %", prediction["label"]))
    return tabulate(
        rows,
        headers=("image", "probability", "label"),
        colalign=("left", "right", "left") if rows else None,
        disable_numparse=True,
    )


def as_csv(reports: Iterable[Report]) -> str:
    """One row per image and class, or per image that could not be classified."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("path", "model", "provider", "rank", "index", "label", "probability", "error"))
    for one in reports:
        start = (one["path"], one["model"], one["provider"])
        if one["error"]:
            writer.writerow((*start, "", "", "", "", one["error"]["message"]))
        for rank, p in enumerate(one["predictions"], 1):
            writer.writerow((*start, rank, p["index"], p["label"], p["probability"], ""))
    return text.getvalue()


FORMATS: Final[Mapping[str, Callable[[Iterable[Report]], str]]] = {
    "table": as_table,
    "json": as_json,
    "jsonl": as_jsonl,
    "csv": as_csv,
}
