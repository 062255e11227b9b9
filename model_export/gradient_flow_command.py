"""``model-export gradient-flow``: what shortcuts do to gradients, as a picture and as numbers."""

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from desktop_app.core.atomic import replacing
from model_export.arguments import at_least
from model_export.datasets import DataSet, Split, WrongDataSetError, read_data_set
from model_export.presets import PRESETS, find_preset

if TYPE_CHECKING:
    from model_export.gradient_flow import Flow

_BATCH_NORMS: Final = {"with": (True,), "without": (False,), "both": (True, False)}


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowSummary:
    """One network's line of the summary.

    Attributes:
        kind: ``plain`` or ``residual``.
        batch_norm: Whether it has batch norms.
        steps: Taken; fewer than asked for where it diverged.
        first_loss: Of the first step's batch.
        last_loss: Mean over the last ten steps.
        first_layer: Nearest to the input.
        last_layer: Nearest to the output.
        first_layer_norms: Of the first layer's gradient, at the first step and over the last ten
            (their median).
        last_layer_norms: Of the last layer's, likewise.
    """

    kind: str
    batch_norm: bool
    steps: int
    first_loss: float
    last_loss: float
    first_layer: str
    last_layer: str
    first_layer_norms: tuple[float, float]
    last_layer_norms: tuple[float, float]


def add_arguments(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command line."""
    parser = subparsers.add_parser(
        "gradient-flow",
        help="compare the gradients of a plain and a residual network in training",
        description="Train a plain network and a residual one of the same depth side by side for "
        "a few steps, and draw each layer's gradient norm over time.",
    )
    parser.set_defaults(run=run)
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="the data set")
    parser.add_argument(
        "--output",
        type=_png_path,
        required=True,
        metavar="FILE.png",
        help="the picture; the numbers go into FILE.json beside it",
    )
    parser.add_argument(
        "--preset", choices=PRESETS, default="lesson", help="of the networks; default: lesson"
    )
    parser.add_argument("--depth", type=int, help="50 (default), 101 or 152")
    parser.add_argument("--image-size", type=int, metavar="S", help="default: the preset's")
    parser.add_argument(
        "--batch-norm",
        choices=_BATCH_NORMS,
        default="both",
        help="compare networks with batch norm, without, or both (default)",
    )
    parser.add_argument("--steps", type=int, default=60, metavar="N", help="default: 60")
    parser.add_argument(
        "--batch-size", type=int, default=32, metavar="N", help="images a step; default: 32"
    )
    parser.add_argument(
        "--rate", type=float, default=0.001, metavar="X", help="learning rate; default: 0.001"
    )
    parser.add_argument(
        "--seed", type=at_least(0), default=0, help="of weights and order of images; default: 0"
    )
    parser.add_argument("--threads", type=at_least(1), metavar="N", help="default: torch's choice")
    parser.add_argument("--format", choices=("table", "json"), default="table")


def run(args: argparse.Namespace) -> int:
    """Train, draw, and print the summary; always 0."""
    data_set = read_data_set(args.data)
    preset = find_preset(
        args.preset,
        depth=args.depth,
        classes=len(data_set.labels),
        image_size=args.image_size,
    )

    import torch

    from model_export.gradient_flow import FlowSettings, compare_flows
    from model_export.gradient_flow_picture import draw_flows
    from model_export.prepared_images import prepare

    settings = FlowSettings(
        preset=preset,
        batch_norms=_BATCH_NORMS[args.batch_norm],
        seed=args.seed,
        steps=args.steps,
        batch_size=args.batch_size,
        rate=args.rate,
    )
    if args.threads:
        torch.set_num_threads(args.threads)
    chosen = _training_images(data_set, settings.steps * settings.batch_size, seed=settings.seed)
    numbers_path = args.output.with_suffix(".json")
    # Both files are opened before the work, so that what cannot be written is known at once.
    with replacing(args.output) as picture, replacing(numbers_path) as numbers:
        images = prepare(chosen, preset.preprocessing(), progress=True)
        device = "cuda" if torch.cuda.is_available() else "cpu"
        flows = compare_flows(settings, images, device=device)
        draw_flows(flows, picture, settings=settings, data_set=data_set.name)
        content = {
            "data_set": data_set.name,
            "settings": settings.as_dict(),
            "flows": [flow.as_dict() for flow in flows],
        }
        numbers.write(json.dumps(content, allow_nan=False).encode())
    summaries = [summarise(flow) for flow in flows]
    if args.format == "json":
        print(json.dumps([asdict(summary) for summary in summaries], indent=2))
    else:
        print(f"{as_table(summaries)}\n\ndrawn: {args.output}\nnumbers: {numbers_path}")
    return 0


def summarise(flow: "Flow") -> FlowSummary:
    """The ends of a flow: first and last steps, first and last layer."""
    first, last = flow.gradient_norms[0], flow.last_norms
    return FlowSummary(
        kind=flow.kind,
        batch_norm=flow.batch_norm,
        steps=len(flow.losses),
        first_loss=float(flow.losses[0]),
        last_loss=flow.last_loss,
        first_layer=flow.layers[0],
        last_layer=flow.layers[-1],
        first_layer_norms=(float(first[0]), float(last[0])),
        last_layer_norms=(float(first[-1]), float(last[-1])),
    )


def as_table(summaries: Sequence[FlowSummary]) -> str:
    """The summary as text."""
    from tabulate import tabulate

    from model_export.gradient_flow import LAST_STEPS

    first, last = summaries[0].first_layer, summaries[0].last_layer
    return tabulate(
        [
            (
                summary.kind,
                "with" if summary.batch_norm else "without",
                summary.steps,
                f"{summary.first_loss:.2f}",
                f"{summary.last_loss:.2f}",
                *(f"{norm:.1e}" for norm in summary.first_layer_norms),
                *(f"{norm:.1e}" for norm in summary.last_layer_norms),
            )
            for summary in summaries
        ],
        headers=(
            "network",
            "batch norm",
            "steps",
            "first loss",
            f"last {LAST_STEPS}",
            f"{first}, first step",
            f"last {LAST_STEPS}",
            f"{last}, first step",
            f"last {LAST_STEPS}",
        ),
        colalign=("left", "left", *["right"] * 7),
        disable_numparse=True,
    )


def _training_images(data_set: DataSet, count: int, *, seed: int) -> Split:
    """As many training images as the steps can use, shuffled; more steps only add to them.

    Raises:
        WrongDataSetError: There are none.
    """
    train = data_set.splits.get("train")
    if not train:
        raise WrongDataSetError(
            f"cannot train on {data_set.name}",
            why="it has no training images",
            remedy="Put images into every class's folder under train/.",
        )
    order = np.random.default_rng(seed).permutation(len(train))
    return train.select(order[:count], name=train.name)


def _png_path(text: str) -> Path:
    path = Path(text)
    if path.suffix.lower() != ".png":
        raise argparse.ArgumentTypeError(f"{text} does not end in .png")
    return path
