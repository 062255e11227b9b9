"""Which models can be named: bundled ones, and those a person put into their models folder."""

import contextlib
import functools
import stat
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from desktop_app.core.bundled import DEFAULT_MODEL
from desktop_app.core.card import CARD_PROPERTY, decode_card
from desktop_app.core.errors import LensError, ModelMissingError
from desktop_app.core.model_file import load_model
from desktop_app.core.model_head import read_metadata
from desktop_app.core.records import ModelListing


def list_models(folders: Iterable[Path]) -> tuple[ModelListing, ...]:
    """Every readable classifier in ``folders``, the default one marked; broken files are left out.

    Where the default is not there (its licence forbids commercial use, so it may have been taken
    away), the first one is.

    Args:
        folders: Searched in this order; the first of a name wins. Missing folders are skipped.
    """
    found: dict[str, ModelListing] = {}
    for path in _model_paths(folders):
        if path.stem in found:
            continue
        with contextlib.suppress(LensError, OSError, ValueError):
            status = path.stat()
            if stat.S_ISREG(status.st_mode):
                found[path.stem] = _listing(path, status.st_mtime_ns, status.st_size)
    listed = tuple(found.values())
    if DEFAULT_MODEL in found or not listed:
        return listed
    return (replace(listed[0], default=True), *listed[1:])


@functools.lru_cache(maxsize=256)
def _listing(path: Path, _mtime_ns: int, _size: int) -> ModelListing:
    """What the list says of a file, kept until the file changes.

    Of a file with a card only the card is read; whether its graph fits is said when it is opened.
    """
    text = read_metadata(path).get(CARD_PROPERTY)
    card = None if text is None else decode_card(text)
    if card is None:
        model = load_model(path)
        labels, spec, title = model.labels, model.preprocessing, model.title
    else:
        labels, spec, title = card.labels, card.preprocessing, card.title or path.stem
    return ModelListing(
        name=path.stem,
        path=path,
        classes=len(labels),
        image_size=spec.height,
        default=path.stem == DEFAULT_MODEL,
        source="" if card is None else card.source,
        title=title,
        accuracy=() if card is None else card.accuracy,
        licence="" if card is None else card.licence,
    )


def find_model(reference: str | None, folders: Iterable[Path]) -> Path:
    """The file that ``--model`` means: a path, a listed name, or None for the default.

    Raises:
        ModelMissingError: Neither a file nor a known name.
    """
    if reference is not None and (path := Path(reference)).is_file():
        return path
    searched = tuple(folders)
    name = DEFAULT_MODEL if reference is None else reference
    names = {path.stem: path for path in reversed(list(_model_paths(searched)))}
    if name in names:
        return names[name]
    if reference is None and (listed := list_models(searched)):
        return listed[0].path
    known = ", ".join(sorted(names)) or "none"
    raise ModelMissingError(
        f"cannot open the model {name}",
        why="there is no file and no bundled model of that name",
        remedy=f"Give a path to an .onnx file, or one of: {known}.",
    )


def _model_paths(folders: Iterable[Path]) -> Iterable[Path]:
    for folder in folders:
        if folder.is_dir():
            yield from sorted(folder.glob("*.onnx"))
