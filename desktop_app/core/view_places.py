"""Where the image and the model of a view lie: noted when it is saved, found when it is opened.

A view may be opened after its folder was moved, on another machine, or years later. So each file
is noted twice, by its absolute path and by the way from the view file, with a digest that tells
whether what is found is the same. What has changed is said and used all the same: the person
decides. A picture that is no file travels inside the view.
"""

import contextlib
import hashlib
import io
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from PIL import Image as PillowImage

from desktop_app.core.card import CARD_PROPERTY, decode_card
from desktop_app.core.console import is_unicode, path_text
from desktop_app.core.errors import (
    ImageMissingError,
    LensError,
    ModelMissingError,
)
from desktop_app.core.model_head import read_metadata
from desktop_app.core.model_library import find_model
from desktop_app.core.records import (
    BytesSource,
    FileSource,
    ImageSource,
    Model,
    PixelsSource,
)
from desktop_app.core.view_file import (
    ImageReference,
    ModelReference,
    View,
    relative_way,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where a view's image and model have been found.

    Attributes:
        source: The image.
        model: The model file.
        remarks: What is not as it was when the view was saved, each a phrase.
    """

    source: ImageSource
    model: Path
    remarks: tuple[str, ...] = ()


def refer_to_image(source: ImageSource, folder: Path) -> ImageReference:
    """Note a picture for a view that is saved in ``folder``.

    Raises:
        ImageMissingError: Its file is gone, or cannot be read.
    """
    if isinstance(source, PixelsSource):
        content = io.BytesIO()
        PillowImage.fromarray(source.pixels).save(content, "PNG", optimize=True)
        return ImageReference(name=source.name, embedded=content.getvalue())
    if isinstance(source, BytesSource):
        return ImageReference(name=source.name, embedded=source.data)
    path = source.path.absolute()
    try:
        content_bytes = path.read_bytes()
    except OSError as error:
        raise ImageMissingError(
            f"cannot refer to {path.name}",
            why=f"its file cannot be read ({error.strerror or error})",
            remedy="Open the picture again from where it is now.",
        ) from error
    if not is_unicode(path):  # JSON cannot hold such a name
        return ImageReference(name=path_text(path.name), embedded=content_bytes)
    return ImageReference(
        name=path.name,
        path=str(path),
        relative=relative_way(path, folder),
        sha256=hashlib.sha256(content_bytes).hexdigest(),
    )


def refer_to_model(model: Model, folder: Path) -> ModelReference:
    """Note a model for a view that is saved in ``folder``."""
    path = model.path.absolute()
    known = is_unicode(path)
    return ModelReference(
        name=model.name if known else "",
        path=str(path) if known else "",
        relative=relative_way(path, folder) if known else "",
        sha256=_model_digest(path),
    )


def find_places(view: View, folder: Path, model_folders: Iterable[Path]) -> Places:
    """Find what a view is about.

    Args:
        view: As read.
        folder: Of the view file.
        model_folders: Where models are looked for by name.

    Raises:
        ImageMissingError: The picture is at none of its places.
        ModelMissingError: The model is at none of its places, nor listed.
    """
    source, changed = _find_image(view.image, folder)
    model, other = _find_model(view.model, folder, tuple(model_folders))
    return Places(
        source=source, model=model, remarks=tuple(remark for remark in (changed, other) if remark)
    )


def _find_image(image: ImageReference, folder: Path) -> tuple[ImageSource, str]:
    if image.embedded:
        return BytesSource(image.name, image.embedded), ""
    named = tuple(_candidates(image.path, image.relative, folder))
    found = [path for path in named if _is_file(path)]
    if not found:
        looked = " and ".join(str(path) for path in named) or "nowhere: the view names no place"
        raise ImageMissingError(
            f"cannot find the image {image.name} of the view",
            why=f"it was looked for at {looked}",
            remedy="Put it back, or beside the view file as it was when the view was saved.",
        )
    same = next((path for path in found if _file_digest(path) == image.sha256), None)
    if same is not None or not image.sha256:
        return FileSource(same or found[0]), ""
    return FileSource(found[0]), f"the image {image.name} has changed since the view was saved"


def _find_model(model: ModelReference, folder: Path, folders: tuple[Path, ...]) -> tuple[Path, str]:
    named = tuple(_candidates(model.path, model.relative, folder))
    found = [path for path in named if _is_file(path)]
    if model.name:
        with contextlib.suppress(ModelMissingError):
            found.append(find_model(Path(model.name).name, folders))
    if not found:
        looked = " and ".join([*(str(path) for path in named), "the listed models"])
        raise ModelMissingError(
            f"cannot find the model {model.name} of the view",
            why=f"it was looked for at {looked}",
            remedy="Put it into the models folder, or where it was when the view was saved.",
        )
    same = next((path for path in found if _model_digest(path) == model.sha256), None)
    if same is not None or not model.sha256:
        return same or found[0], ""
    return found[0], f"the model {model.name} has other weights than when the view was saved"


def _candidates(path: str, relative: str, folder: Path) -> Iterator[Path]:
    """Where a file may be, without repeats."""
    absolute = Path(path) if path and "\0" not in path else None
    if absolute is not None and absolute.is_absolute():
        yield absolute
    if relative and "\0" not in relative:
        beside = Path(folder.absolute(), *PurePosixPath(relative).parts).resolve()
        if absolute is None or beside != absolute.resolve():
            yield beside


def _is_file(path: Path) -> bool:
    """Unlike ``Path.is_file``, this raises nothing where looking is not permitted."""
    return os.path.isfile(path)  # noqa: PTH113


def _file_digest(path: Path) -> str:
    """SHA-256 of a file; empty where it cannot be read, which its opening will say."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""


def _model_digest(path: Path) -> str:
    """What the card says of the weights; the file's own digest where there is no card."""
    try:
        card = read_metadata(path).get(CARD_PROPERTY)
        if card is not None and (digest := decode_card(card).weights_sha256):
            return digest
    except (OSError, ValueError, LensError):
        pass  # its opening will say
    return _file_digest(path)
