"""``model-export doubt``: let a model's card tell what the model knows."""

import argparse
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from model_export.datasets import WrongDataSetError, read_data_set

if TYPE_CHECKING:
    from desktop_app.core.familiarity import Familiarity


def add_arguments(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command line."""
    parser = subparsers.add_parser(
        "doubt", help="measure what a model knows, and write it on its card"
    )
    parser.set_defaults(run=run)
    parser.add_argument("file", type=Path, metavar="FILE.onnx", help="a model with a card")
    parser.add_argument(
        "--data", type=Path, required=True, metavar="DIR", help="the data set it was trained on"
    )
    parser.add_argument("--split", help="images not trained on; default: val, else test")
    parser.add_argument(
        "--against",
        action="append",
        default=[],
        metavar="NAME=DIR",
        help="pictures of another kind and what they are; may be given more than once",
    )
    parser.add_argument(
        "--images", type=int, default=10_000, metavar="N", help="training images, at most"
    )
    parser.add_argument(
        "--output", type=Path, metavar="FILE.onnx", help="default: FILE.onnx itself"
    )
    parser.add_argument("--provider", choices=("auto", "cpu", "cuda"), default="auto")


def run(args: argparse.Namespace) -> int:
    """Measure, print the figures, and write the file with its new card."""
    from desktop_app.core import atomic
    from desktop_app.core.errors import CardError
    from desktop_app.core.images import find_images
    from desktop_app.core.model_file import describe_model
    from desktop_app.core.onnx_file import read_onnx
    from desktop_app.core.records import FileSource
    from desktop_app.core.sessions import ModelSessions
    from model_export.doubt import feature_layer, fit, measure, sample, see
    from model_export.onnx_graph import set_card

    others = dict(_named_folder(text) for text in args.against)
    data_set = read_data_set(args.data)
    proto = read_onnx(args.file)
    model = describe_model(proto, args.file)
    if model.card is None:
        raise CardError(
            f"cannot write on the card of {args.file.name}",
            why="it has none",
            remedy="Export the model with model-export.",
        )
    sessions = ModelSessions(model, args.provider)
    layer = feature_layer(model)
    bars = sys.stderr.isatty()
    training = sample(data_set.split("train"), args.images)
    seen = see(sessions, training, layer=layer, name="training images", progress=bars)
    held_out = data_set.split(args.split or ("val" if "val" in data_set.splits else "test"))
    name = f"{data_set.name} {held_out.name}"
    familiar = see(sessions, held_out.sources, layer=layer, name=name, progress=bars)
    unlike = {
        what: see(
            sessions,
            [FileSource(path) for path in find_images([folder], recursive=True)],
            layer=layer,
            name=what,
            progress=bars,
        )
        for what, folder in others.items()
    }
    card = measure(fit(seen.features, layer=layer), familiar, unlike)
    print(as_table(card, name))
    set_card(proto, replace(model.card, doubt=card))
    atomic.write_bytes(args.output or args.file, proto.SerializeToString(deterministic=True))
    return 0


def as_table(card: "Familiarity", familiar: str) -> str:
    """The figures of both scores, and which was chosen."""
    from tabulate import tabulate

    rows = [
        (s.against, s.images, s.score, f"{s.auroc:.3f}", "chosen" if s.score == card.score else "")
        for s in card.separation
    ]
    table = tabulate(rows, headers=("against", "images", "score", "AUROC", ""))
    return (
        f"{card.score}, from {card.trained_on} training images; "
        f"told from {card.images} of {familiar}\n\n{table}"
    )


def _named_folder(text: str) -> tuple[str, Path]:
    name, equals, folder = text.partition("=")
    if not (name and equals and Path(folder).is_dir()):
        raise WrongDataSetError(
            f"cannot measure against {text!r}",
            why="it is not NAME=DIR with a folder that is there",
            remedy="Give for example --against photographs=my-photos/.",
        )
    return name, Path(folder)
