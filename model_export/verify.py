"""``model-export verify``: prove that a model file computes what its checkpoint does."""

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from model_export.datasets import read_data_set

if TYPE_CHECKING:
    from model_export.verification import Verification


def add_arguments(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command line."""
    parser = subparsers.add_parser(
        "verify", help="compare a checkpoint and a model file, layer by layer"
    )
    parser.set_defaults(run=run)
    parser.add_argument("checkpoint", type=Path, metavar="CHECKPOINT")
    parser.add_argument("file", type=Path, metavar="FILE.onnx")
    parser.add_argument("--data", type=Path, metavar="DIR", help="compare on images of this set")
    parser.add_argument("--format", choices=("table", "json"), default="table")


def run(args: argparse.Namespace) -> int:
    """Print the proof; 0 when it holds (a mismatch is raised as an error)."""
    from model_export.checkpoints import load_checkpoint
    from model_export.proof_images import proof_images
    from model_export.verification import verify

    data_set = None if args.data is None else read_data_set(args.data)
    checkpoint = load_checkpoint(args.checkpoint)
    proof = proof_images(data_set)
    verification = verify(checkpoint, args.file, proof.images, origin=proof.origin)
    if args.format == "json":
        print(json.dumps(asdict(verification), indent=2))
    else:
        print(as_table(verification))
    return 0


def as_table(verification: "Verification") -> str:
    """The proof as text."""
    from tabulate import tabulate

    table = tabulate(
        [(d.kind, d.layers, f"{d.relative:.1e}", d.worst) for d in verification.differences],
        headers=("kind", "layers", "worst relative difference", "in"),
        colalign=("left", "right", "right", "left"),
        disable_numparse=True,
    )
    count = verification.images
    where = (
        f"{count} {'image' if count == 1 else 'images'} of {verification.origin}"
        if verification.origin
        else f"{count} made pictures: give --data for real ones"
    )
    return (
        f"{verification.layers} named tensors agree on {where}\n\n{table}\n\n"
        f"Probabilities differ by at most {verification.probability:.1e}.\n"
        f"Kernels are stored as {verification.stored_as}; against the checkpoint's own weights, "
        f"probabilities\ndiffer by at most {verification.drift:.1e}, and the likeliest class of "
        f"{_turned(verification.turned)}."
    )


def _turned(images: int) -> str:
    if not images:
        return "every image is the same"
    return f"{images} {'image' if images == 1 else 'images'} is another, by no more than that"
