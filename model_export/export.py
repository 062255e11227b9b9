"""``model-export export``: write a proved model file."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from model_export.datasets import DataSet, WrongDataSetError, read_data_set
from model_export.storage import STORAGES

if TYPE_CHECKING:
    from desktop_app.core.records import Card
    from model_export.rounding_cost import RoundingCost


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
    parser.add_argument(
        "--calibrate",
        action="store_true",
        help="fit the temperature of the probabilities on the val images of --data "
        "(default: the one fitted at the end of the training, if any)",
    )
    parser.add_argument(
        "--image-size", type=int, metavar="S", help="for images of S pixels a side instead"
    )
    parser.add_argument("--title", default="", help="of the model, for people")
    parser.add_argument("--licence", default="", help="of the weights")
    parser.add_argument("--source", default="", help="where the weights come from")


def run(args: argparse.Namespace) -> int:
    """Export; always 0 (what fails is raised as an error, and nothing is written then)."""
    from model_export.calibrating import calibrate_on_val
    from model_export.checkpoints import load_checkpoint
    from model_export.evaluate import describe_accuracy
    from model_export.exporting import export_checkpoint
    from model_export.verify import as_table

    data_set = _data_set(args.data, args.split)
    checkpoint, progress = load_checkpoint(args.checkpoint), sys.stderr.isatty()
    if args.image_size is not None:
        checkpoint = checkpoint.at_image_size(args.image_size)
    if args.calibrate:
        checkpoint = calibrate_on_val(checkpoint, data_set, progress=progress)
    exported = export_checkpoint(
        checkpoint,
        args.output,
        weights=args.weights,
        data_set=data_set,
        split=args.split,
        title=args.title,
        licence=args.licence,
        source=args.source,
        progress=progress,
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
    if exported.rounding is not None:
        print(_describe_rounding(exported.rounding))
    print(f"\n{_describe_temperature(exported.card)}")
    print(f"\nwritten: {args.output} ({exported.size_bytes / 1e6:.1f} MB)")
    return 0


def _describe_rounding(cost: "RoundingCost") -> str:
    text = f"answers changed by the file: {cost.changed} of {cost.images}"
    if cost.lost + cost.gained == 0:
        return text
    return (
        f"{text}; {cost.lost} to the worse, {cost.gained} to the better "
        f"(McNemar's exact test: p = {cost.chance:.2g})"
    )


def _describe_temperature(card: "Card") -> str:
    facts = card.training.get("calibration")
    if facts is None:
        return "temperature: 1, none was fitted"
    if facts["note"]:
        return f"temperature: 1, {facts['note']}"
    before, after = (f"{100 * facts[f'error_{when}']:.2f} %" for when in ("before", "after"))
    return (
        f"temperature: {card.temperature:.3f}, fitted on {facts['images']} images of "
        f"{facts['on']}\ncalibration error: {before} before, {after} after (cross-fitted)"
    )


def _data_set(folder: Path | None, split: str | None) -> DataSet | None:
    """What to prove and measure on; a split that is not there fails before the proof begins.

    Raises:
        WrongDataSetError: There is no such data set or split, or a split of nothing was given.
    """
    if folder is None:
        if split is not None:
            raise WrongDataSetError(
                f"cannot measure on the split {split!r}",
                why="--split was given without --data",
                remedy="Name the data set with --data, or leave --split out.",
            )
        return None
    data_set = read_data_set(folder)
    if split is not None:
        data_set.split(split)
    return data_set
