"""``residual-lens activations``: the activations of one picture, as pictures or as numbers."""

import argparse
import io
import sys
import zipfile
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

import numpy as np

from desktop_app.commands.common import (
    EXIT_OK,
    add_model_arguments,
    add_provider_argument,
    open_sessions,
)
from desktop_app.core import atomic
from desktop_app.core.errors import LayerMissingError
from desktop_app.core.images import load_image
from desktop_app.core.layer_picture import layer_png
from desktop_app.core.preprocessing import preprocess
from desktop_app.core.records import FileSource, Model, Tensor

SUMMARY = "write the activations of a picture"

# Characters, so that no file system's 255 bytes are exceeded.
_LONGEST_PICTURE: Final = 40
_LONGEST_LAYER: Final = 60


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("image", type=Path, metavar="IMAGE")
    parser.add_argument(
        "--layer",
        nargs="+",
        action="extend",
        required=True,
        metavar="NAME",
        help="one or more layers; 'all' for every one",
    )
    add_model_arguments(parser)
    add_provider_argument(parser)
    parser.add_argument(
        "--format",
        choices=("png", "npz"),
        default="png",
        help="png: one picture per layer, NAME-LAYER.png; "
        "npz: one file of float32 arrays, NAME.npz (default: png)",
    )
    parser.add_argument(
        "--output", type=Path, required=True, metavar="DIR", help="for files named after IMAGE"
    )


def run(arguments: argparse.Namespace) -> int:
    """Run once and write what was asked for."""
    sessions = open_sessions(arguments)
    names = _named_layers(sessions.model, arguments.layer)
    image = load_image(FileSource(arguments.image))
    tensor = preprocess(image, sessions.model.preprocessing)
    values = sessions.activations(tensor, names=names, exact=True).values
    if arguments.format == "npz":
        path = arguments.output / f"{arguments.image.stem}.npz"
        atomic.write_bytes(path, _npz(values))
        print(path, file=sys.stderr)
        return EXIT_OK
    picture = arguments.image.stem[:_LONGEST_PICTURE]
    file_names = _file_names(layer.name for layer in sessions.model.layers)
    for name, maps in values.items():
        path = arguments.output / f"{picture}-{file_names[name]}.png"
        atomic.write_bytes(path, layer_png(name, maps))
        print(path, file=sys.stderr)
    return EXIT_OK


def _named_layers(model: Model, names: list[str]) -> tuple[str, ...]:
    if names == ["all"]:
        return tuple(layer.name for layer in model.layers)
    unknown = next((name for name in names if model.layer(name) is None), None)
    if unknown is not None:
        raise LayerMissingError(
            f"cannot write the layer {unknown}",
            why=f"{model.name} has no layer of that name",
            remedy="See 'residual-lens layers' for the names.",
        )
    return tuple(dict.fromkeys(names))


def _npz(values: Mapping[str, Tensor]) -> bytes:
    """NumPy's format, written by hand: ``savez`` cannot store an array called "file"."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, maps in values.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                np.lib.format.write_array(member, maps, allow_pickle=False)
    return content.getvalue()


def _file_names(layers: Iterable[str]) -> dict[str, str]:
    """Every layer's name as a file's: foreign graphs use slashes, colons and whole paths.

    Of names that become the same, also where case does not count, the later ones get a number.
    Given all layers of a model, a layer has the same file name in every run.
    """
    names: dict[str, str] = {}
    taken: Counter[str] = Counter()
    for layer in layers:
        plain = "".join(c if c.isalnum() or c in "._-" else "_" for c in layer)[:_LONGEST_LAYER]
        taken[plain.casefold()] += 1
        count = taken[plain.casefold()]
        names[layer] = plain if count == 1 else f"{plain}~{count}"
    return names
