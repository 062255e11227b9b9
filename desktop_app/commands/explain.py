"""``residual-lens explain``: why a class, as a heat map over the picture or as numbers."""

import argparse
import io
import sys
from pathlib import Path
from typing import Final

import numpy as np
from tqdm import tqdm

from desktop_app import paths
from desktop_app.commands.common import (
    EXIT_OK,
    add_model_arguments,
    add_provider_argument,
    cuda_folders,
    open_sessions,
)
from desktop_app.core import atomic
from desktop_app.core.attribution.class_maps import explained_layer
from desktop_app.core.attribution.derivatives import Derivatives
from desktop_app.core.attribution.methods import METHODS
from desktop_app.core.attribution_picture import ExplainedImage, attribution_png
from desktop_app.core.attribution_text import figures_of, place_text, question_text
from desktop_app.core.attributions import Question
from desktop_app.core.class_names import find_class
from desktop_app.core.errors import ContradictionError
from desktop_app.core.explaining import explain
from desktop_app.core.gradient_sessions import GradientSessions
from desktop_app.core.images import load_image
from desktop_app.core.onnx_runtime import Runtime
from desktop_app.core.preprocessing import input_rectangle, preprocess
from desktop_app.core.records import FileSource
from desktop_app.core.sessions import ModelSessions

SUMMARY = "show which parts of a picture speak for a class"

_SUFFIXES: Final = (".png", ".npz")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    methods = (f"  {name:<21} {facts.shows} ({facts.paper})" for name, facts in METHODS.items())
    parser.epilog = "\n".join(["methods:", *methods])
    parser.add_argument("image", type=Path, metavar="IMAGE")
    parser.add_argument(
        "--class",
        dest="explained",
        metavar="LABEL|INDEX",
        help="the class to explain (default: the likeliest)",
    )
    parser.add_argument(
        "--against", metavar="LABEL|INDEX", help="explain why the class and not this one"
    )
    parser.add_argument(
        "--method", choices=tuple(METHODS), default="gradcam", help="(default: gradcam)"
    )
    parser.add_argument(
        "--layer",
        metavar="NAME",
        help="whose maps gradcam, gradcam++ and layercam look at (default: the last with maps)",
    )
    add_model_arguments(parser)
    add_provider_argument(parser)
    parser.add_argument(
        "--output",
        type=Path,
        required=True,
        metavar="FILE",
        help="a picture where it ends in .png, numbers where it ends in .npz",
    )


def run(arguments: argparse.Namespace) -> int:
    """Explain, and write what was asked for."""
    suffix = arguments.output.suffix.casefold()
    _check(arguments, suffix)
    sessions = open_sessions(arguments)
    model = sessions.model
    image = load_image(FileSource(arguments.image))
    tensor = preprocess(image, model.preprocessing)
    probabilities = sessions.probabilities(tensor)[0]
    question = _question(arguments, sessions, int(probabilities.argmax()))
    gradients = GradientSessions(
        model,
        sessions.provider,
        runtime=Runtime(cuda_folders(arguments)),
        layers=() if question.layer is None else (question.layer,),
    )
    with tqdm(unit="run", disable=None, file=sys.stderr, leave=False) as bar:

        def progress(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        attribution = explain(Derivatives(gradients), tensor, question, progress=progress)
    explained = ExplainedImage(
        image=image,
        model=model,
        attribution=attribution,
        probability=float(probabilities[question.class_index]),
    )
    content = (
        _npz(explained) if suffix == ".npz" else attribution_png(explained, fonts=paths.fonts())
    )
    atomic.write_bytes(arguments.output, content)
    figures = ", ".join(f"{name} {text}" for name, text in figures_of(attribution))
    asked = question_text(question, model.labels)
    print(f"{asked}: {METHODS[question.method].title}, {place_text(attribution)}; {figures}",
          file=sys.stderr)  # fmt: skip
    print(arguments.output, file=sys.stderr)
    return EXIT_OK


def _check(arguments: argparse.Namespace, suffix: str) -> None:
    """Refuse what cannot be meant before anything is loaded."""
    if suffix not in _SUFFIXES:
        raise ContradictionError(
            f"cannot write {arguments.output.name}",
            why="its ending says neither picture nor numbers",
            remedy="Let --output end in .png or .npz.",
        )
    if arguments.layer is not None and not METHODS[arguments.method].at_layer:
        taking = [name for name, facts in METHODS.items() if facts.at_layer]
        raise ContradictionError(
            f"cannot look at the layer {arguments.layer}",
            why=f"{arguments.method} has no layer to choose",
            remedy=f"Leave --layer out, or use {', '.join(taking[:-1])} or {taking[-1]}.",
        )


def _question(arguments: argparse.Namespace, sessions: ModelSessions, likeliest: int) -> Question:
    model = sessions.model
    named = arguments.explained
    class_index = likeliest if named is None else find_class(named, model.labels)
    against = None if arguments.against is None else find_class(arguments.against, model.labels)
    if against == class_index:
        raise ContradictionError(
            f"cannot explain {model.labels[class_index]} against itself",
            why="--class and --against are the same class",
            remedy="Name two classes.",
        )
    layer = arguments.layer
    if METHODS[arguments.method].at_layer:
        layer = explained_layer(model, layer)
    return Question(method=arguments.method, class_index=class_index, against=against, layer=layer)


def _npz(explained: ExplainedImage) -> bytes:
    """The values, and what they are: text and numbers as arrays without dimensions."""
    attribution, model = explained.attribution, explained.model
    question = attribution.question
    against = question.against
    rectangle = input_rectangle(explained.image.size, model.preprocessing)
    sums = attribution.completeness
    arrays = {
        "values": attribution.values,
        "method": np.array(question.method),
        "layer": np.array(attribution.layer),
        "class": np.array(model.labels[question.class_index]),
        "class_index": np.array(question.class_index),
        "against": np.array("" if against is None else model.labels[against]),
        "against_index": np.array(-1 if against is None else against),
        "rectangle": np.array(rectangle),
        "score": np.array(attribution.score),
        "completeness_error": np.array(np.nan if sums is None else sums.error),
    }
    content = io.BytesIO()
    np.savez_compressed(content, allow_pickle=False, **arrays)
    return content.getvalue()
