"""Which models can be named: bundled ones, and those a person put into their models folder."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from desktop_app.core.errors import LensError, ModelMissingError
from desktop_app.core.model_file import load_model
from desktop_app.core.records import ModelListing

DEFAULT_MODEL: Final = "signs"


def list_models(folders: Iterable[Path]) -> tuple[ModelListing, ...]:
    """Every readable classifier in ``folders``, the default one marked; broken files are left out.

    Args:
        folders: Searched in this order; the first of a name wins. Missing folders are skipped.
    """
    found: dict[str, ModelListing] = {}
    for path in _model_paths(folders):
        if path.stem in found:
            continue
        try:
            model = load_model(path)
        except LensError:
            continue
        found[path.stem] = ModelListing(
            name=model.name,
            path=path,
            classes=len(model.labels),
            image_size=model.preprocessing.height,
            default=model.name == DEFAULT_MODEL,
            source=model.card.source if model.card is not None else "",
        )
    return tuple(found.values())


def find_model(reference: str | None, folders: Iterable[Path]) -> Path:
    """The file that ``--model`` means: a path, a listed name, or None for the default.

    Raises:
        ModelMissingError: Neither a file nor a known name.
    """
    if reference is not None and (path := Path(reference)).is_file():
        return path
    name = DEFAULT_MODEL if reference is None else reference
    names = {path.stem: path for path in reversed(list(_model_paths(folders)))}
    if name in names:
        return names[name]
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
