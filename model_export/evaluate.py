"""``model-export evaluate``: the accuracy of a checkpoint or a model file."""

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from desktop_app.core.records import Accuracy
from model_export.datasets import read_data_set

if TYPE_CHECKING:
    from model_export.evaluation import Evaluation

_CONFUSION_COLUMNS: Final = 20


def add_arguments(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command line."""
    parser = subparsers.add_parser("evaluate", help="measure a checkpoint or a model file")
    parser.set_defaults(run=run)
    parser.add_argument("file", type=Path, metavar="FILE", help="a checkpoint or an .onnx file")
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="the data set")
    parser.add_argument("--split", help="train, val or test; default: test, else val")
    parser.add_argument("--provider", choices=("auto", "cpu", "cuda"), default="auto")
    parser.add_argument(
        "--image-size", type=int, metavar="S", help="of a checkpoint: try S pixels a side instead"
    )
    parser.add_argument("--batch-size", type=int, default=16, metavar="N")
    parser.add_argument("--format", choices=("table", "json"), default="table")


def run(args: argparse.Namespace) -> int:
    """Print the figures; 0, or 1 when some images could not be read."""
    from model_export.classifiers import open_classifier
    from model_export.evaluation import evaluate

    data_set = read_data_set(args.data)
    split = args.split or ("test" if "test" in data_set.splits else "val")
    classifier = open_classifier(args.file, args.provider, image_size=args.image_size)
    evaluation = evaluate(
        classifier,
        data_set,
        split,
        batch_size=max(1, args.batch_size),
        progress=sys.stderr.isatty(),
    )
    print(as_json(evaluation) if args.format == "json" else as_table(evaluation))
    for image in evaluation.unreadable:
        print(f"model-export: {image.error}", file=sys.stderr)
    return 1 if evaluation.unreadable else 0


def as_json(evaluation: "Evaluation") -> str:
    """All figures, as JSON."""
    content: dict[str, Any] = {
        "accuracy": asdict(evaluation.accuracy),
        "without_copies": evaluation.without_copies and asdict(evaluation.without_copies),
        "classes": [asdict(score) for score in evaluation.classes],
        "confusion": evaluation.confusion,
        "temperature": evaluation.temperature,
        "calibration_error": evaluation.calibration_error,
        "unreadable": [
            {"name": image.name, "code": image.error.code, "message": str(image.error)}
            for image in evaluation.unreadable
        ],
    }
    return json.dumps(content, indent=2, ensure_ascii=False)


def as_table(evaluation: "Evaluation") -> str:
    """All figures, as text; the confusion matrix only where it fits a screen."""
    from tabulate import tabulate

    lines = [describe_accuracy(a) for a in evaluation.accuracies()]
    lines.append(
        f"calibration error {_percent(evaluation.calibration_error)} "
        f"at temperature {evaluation.temperature:.3g}"
    )
    parts = ["\n".join(lines)]
    seen = [score for score in evaluation.classes if score.images or score.precision is not None]
    parts.append(
        tabulate(
            [(s.label, s.images, _percent(s.precision), _percent(s.recall)) for s in seen],
            headers=("class", "images", "precision", "recall"),
            colalign=("left", "right", "right", "right"),
            disable_numparse=True,
        )
    )
    labels = [score.label for score in evaluation.classes]
    if len(labels) <= _CONFUSION_COLUMNS:
        rows = [(label, *row) for label, row in zip(labels, evaluation.confusion, strict=True)]
        parts.append(
            tabulate(
                rows,
                headers=("true \\ predicted", *labels),
                colalign=("left", *("right" for _ in labels)),
                disable_numparse=True,
            )
        )
    if evaluation.unreadable:
        parts.append(f"Could not be read and is not counted: {len(evaluation.unreadable)}")
    return "\n\n".join(parts)


def describe_accuracy(accuracy: Accuracy) -> str:
    """One line: name, share, and how many of how many."""
    right = round(accuracy.top1 * accuracy.images)
    text = f"{accuracy.name}: top-1 {_percent(accuracy.top1)} ({right} of {accuracy.images})"
    return text if accuracy.top5 is None else f"{text}, top-5 {_percent(accuracy.top5)}"


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.2f} %"
