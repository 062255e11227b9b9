"""``model-export export``: write a proved model file."""

import argparse
import sys
from pathlib import Path

from model_export.datasets import read_data_set
from model_export.storage import STORAGES


def add_arguments(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command line."""
    parser = subparsers.add_parser(
        "export", help="write a checkpoint as a model file, and prove it"
    )
    parser.set_defaults(run=run)
    parser.add_argument("checkpoint", type=Path, metavar="CHECKPOINT")
    parser.add_argument("--output", type=Path, required=True, metavar="FILE.onnx")
    parser.add_argument(
        "--weights",
        choices=STORAGES,
        default="float32",
        help="how kernels are stored: float16 halves the file, int8 quarters it (default: float32)",
    )
    parser.add_argument(
        "--data", type=Path, metavar="DIR", help="prove on its images, put its accuracy on the card"
    )
    parser.add_argument("--split", help="to measure on; default: test, else val")
    parser.add_argument("--title", default="", help="of the model, for people")
    parser.add_argument("--licence", default="", help="of the weights")
    parser.add_argument("--source", default="", help="where the weights come from")


def run(args: argparse.Namespace) -> int:
    """Export; always 0 (what fails is raised as an error, and nothing is written then)."""
    from model_export.checkpoints import load_checkpoint
    from model_export.evaluate import describe_accuracy
    from model_export.exporting import export_checkpoint
    from model_export.verify import as_table

    data_set = None if args.data is None else read_data_set(args.data)
    exported = export_checkpoint(
        load_checkpoint(args.checkpoint),
        args.output,
        weights=args.weights,
        data_set=data_set,
        split=args.split,
        title=args.title,
        licence=args.licence,
        source=args.source,
        progress=sys.stderr.isatty(),
    )
    print(as_table(exported.verification))
    if exported.evaluation is not None and exported.checkpoint_evaluation is not None:
        print()
        for name, evaluation in (
            ("checkpoint", exported.checkpoint_evaluation),
            ("model file", exported.evaluation),
        ):
            for accuracy in evaluation.accuracies():
                print(f"{name}: {describe_accuracy(accuracy)}")
    print(f"\nwritten: {args.output} ({exported.size_bytes / 1e6:.1f} MB)")
    return 0
