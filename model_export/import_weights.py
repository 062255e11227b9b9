"""``model-export import``: weights that others trained → a proved model file."""

import argparse
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from model_export.presets import PRESETS, find_preset
from model_export.storage import STORAGES

if TYPE_CHECKING:
    from desktop_app.core.records import Card, Preprocessing
    from model_export.weights.records import SourceWeights

SOURCES: Final = ("keras", "torchvision", "timm", "huggingface")


def add_arguments(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command line."""
    parser = subparsers.add_parser(
        "import", help="write weights that others trained as a model file, and prove it"
    )
    parser.set_defaults(run=run)
    parser.add_argument(
        "file", type=Path, metavar="WEIGHTS", help="the file; of a hub also its folder"
    )
    parser.add_argument(
        "--from", choices=SOURCES, required=True, dest="origin", help="who published them"
    )
    parser.add_argument("--output", type=Path, required=True, metavar="FILE.onnx")
    parser.add_argument(
        "--labels", type=Path, metavar="FILE", help="one label per line; needed but where the "
        "weights bring their own",
    )  # fmt: skip
    parser.add_argument(
        "--preprocessing",
        choices=PRESETS,
        help="as this preset's, for a network that somebody trained on (default: the source's)",
    )
    parser.add_argument(
        "--image-size", type=int, metavar="PIXELS", help="of the input (default: the source's)"
    )
    parser.add_argument(
        "--weights",
        choices=STORAGES,
        default="float32",
        help="how kernels are stored: float16 halves the file, int8 quarters it (default: float32)",
    )
    parser.add_argument(
        "--data", type=Path, metavar="DIR", help="prove on its images, put its accuracy on the card"
    )
    parser.add_argument("--title", default="", help="of the model, for people")
    parser.add_argument("--licence", default="", help="of the weights (default: the source's)")
    parser.add_argument("--source", default="", help="where the weights come from")


def run(args: argparse.Namespace) -> int:
    """Import; always 0 (what fails is raised as an error, and nothing is written then)."""
    from model_export.datasets import read_data_set
    from model_export.evaluate import describe_accuracy
    from model_export.exporting import export_checkpoint
    from model_export.verify import as_table
    from model_export.weights.labels import labels_for
    from model_export.weights.sources import READERS, as_checkpoint

    data_set = None if args.data is None else read_data_set(args.data)
    weights = READERS[args.origin](args.file)
    told = {"preprocessing": args.preprocessing, "licence": args.licence}
    assumptions = {
        about: text for about, text in weights.assumptions.items() if not told.get(about)
    }
    weights = replace(weights, assumptions=assumptions)
    checkpoint = as_checkpoint(
        weights,
        origin=args.origin,
        labels=labels_for(weights, args.labels),
        preprocessing=_preprocessing(weights, args.preprocessing, args.image_size),
    )
    for about, assumption in assumptions.items():
        print(f"{about} assumed: {assumption}", file=sys.stderr)
    exported = export_checkpoint(
        checkpoint,
        args.output,
        weights=args.weights,
        data_set=data_set,
        title=args.title or weights.title,
        licence=args.licence or weights.licence,
        source=args.source or weights.source,
        progress=sys.stderr.isatty(),
    )
    print(as_table(exported.verification))
    print(f"\n{_summary(exported.card)}")
    if exported.evaluation is not None:
        for accuracy in exported.evaluation.accuracies():
            print(f"accuracy: {describe_accuracy(accuracy)}")
    print(f"\nwritten: {args.output} ({exported.size_bytes / 1e6:.1f} MB)")
    return 0


def _preprocessing(
    weights: "SourceWeights", style: str | None, image_size: int | None
) -> "Preprocessing":
    """The source's, or what the call says instead.

    Raises:
        PresetError: The size is impossible.
    """
    if style is not None:
        return find_preset(style, image_size=image_size).preprocessing()
    spec = weights.preprocessing
    if image_size is None:
        return spec
    replace(weights.preset, image_size=image_size)  # which judges the size
    shorter_side = spec.shorter_side
    if shorter_side is not None:
        shorter_side = round(shorter_side * image_size / spec.height)
    return replace(spec, height=image_size, width=image_size, shorter_side=shorter_side)


def _summary(card: "Card") -> str:
    spec = card.preprocessing
    how = "stretched" if spec.resize_rule == "stretch" else f"cut from {spec.shorter_side}"
    lines = {
        "title": card.title,
        "labels": f"{len(card.labels)}, from {card.labels[0]!r} to {card.labels[-1]!r}",
        "preprocessing": f"{spec.height}×{spec.width} {how}, {spec.interpolation}, "
        f"{spec.channel_order}, mean {spec.mean}, standard deviation {spec.std}",
        "licence": card.licence,
        "source": card.source,
        "SHA-256 of the file read": card.training["weights_file_sha256"],
    }
    return "\n".join(f"{name}: {value}" for name, value in lines.items())
