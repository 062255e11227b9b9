"""Open encoded pictures: the one place that meets Pillow's and libheif's failures.

A picture file is foreign material. Its plugins raise whatever the bytes make them raise (struct,
index, zero-division, memory errors) and warn as they go. All of that is translated here into
:class:`LensError`, and everything that can be refused from the header alone is refused before a
pixel is decoded.
"""

import ctypes
import functools
import io
import logging
import os
import re
import stat
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import PIL
from PIL import Image as PillowImage
from PIL import ImageFile, UnidentifiedImageError

from desktop_app.core.errors import (
    Cancelled,
    ImageMissingError,
    ImageTooLargeError,
    ImageUnreadableError,
    LensError,
)

PIXEL_LIMIT: Final = 200_000_000
"""Pixels one picture may have: the largest phone cameras' 200 megapixels just fit."""

FILE_LIMIT_BYTES: Final = 2**30
"""Several plugins read the whole file into memory, so its size is limited too."""

# EPS starts Ghostscript, a program that runs the file; the others only recognise their format.
_FORMATS_NOT_READ: Final = frozenset({"BUFR", "EPS", "GRIB", "HDF5", "MPEG", "PALM", "PDF", "WMF"})

# Pillow's decoders written in Python (QOI, DDS, plain PPM) take 0.2 to 0.9 s per million pixels:
# what takes longer than some 20 s is a hang to whoever waits for it.
_PYTHON_PIXEL_LIMIT: Final = 20_000_000

_PICTURES: Final = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\0", b"MM\0*", b"RIFF")
# The first bytes of things that are often mistaken for pictures.
_MISTAKEN: Final = (
    (b"version https://git-lfs", "it is a Git LFS pointer, not the picture itself"),
    (b"%!PS", "it is a PostScript file"),
    (b"%PDF", "it is a PDF document"),
    (b"PK\x03\x04", "it is a ZIP archive or an office document"),
    (b"<!doctype html", "it is a web page"),
    (b"<html", "it is a web page"),
    (b"<svg", "it is an SVG drawing"),
    (b"<?xml", "it is an XML document, perhaps an SVG drawing"),
    (b"\x1a\x45\xdf\xa3", "it is a video"),
    *((magic, "its header is damaged, or of a kind that is not known here") for magic in _PICTURES),
)
_IGNORE_PILLOW: Final = ("ignore", None, Warning, re.compile(r"PIL\."), 0)
_OTHER_FILE: Final = "Choose a JPEG, PNG, WebP, HEIC, AVIF, GIF, BMP or TIFF file."
_AGAIN: Final = "Save or download it again."


@functools.cache
def readable_formats() -> tuple[str, ...]:
    """Pillow's names of the formats that can be decoded, HEIF among them."""
    import pillow_heif  # noqa: PLC0415 - 60 ms, wanted at the first picture and not at the start

    pillow_heif.register_heif_opener(depth_images=False, aux_images=False)
    PillowImage.init()
    _silence()
    # Pillow refuses twice this number, also for the pictures inside icons and containers.
    PillowImage.MAX_IMAGE_PIXELS = PIXEL_LIMIT // 2
    return tuple(name for name in PillowImage.ID if name not in _FORMATS_NOT_READ)


def _silence() -> None:
    """Keep the libraries' own messages off standard error; what matters is raised anyway.

    Python prints a library's log records when nobody listens, and libtiff prints its errors
    unless told otherwise, which Pillow does not do for all of them. libtiff can only be told
    where the wheel carries it as a shared library (Linux and macOS).
    """
    logging.getLogger("PIL").addHandler(logging.NullHandler())
    package = Path(PIL.__file__).parent
    for folder in (package.parent / "pillow.libs", package / ".dylibs"):
        for library in folder.glob("libtiff*"):
            tiff = ctypes.CDLL(str(library))
            tiff.TIFFSetErrorHandler(None)
            tiff.TIFFSetWarningHandler(None)


def _ignore_warnings() -> None:
    """Pillow warns of what it mends.

    ``catch_warnings`` is not safe with threads before Python 3.14. Putting a filter in front, when
    it is not there already, is.
    """
    if not warnings.filters or warnings.filters[0] != _IGNORE_PILLOW:
        warnings.filterwarnings("ignore", module=r"PIL\.")


@functools.cache
def readable_suffixes() -> frozenset[str]:
    """File name endings of the readable formats, lower case with their dot."""
    formats = {*readable_formats(), "MPO"}
    return frozenset(
        s for s, name in PillowImage.registered_extensions().items() if name in formats
    )


@contextmanager
def opened(
    source: Path | bytes, name: str, *, pixel_limit: int = PIXEL_LIMIT
) -> Iterator[ImageFile.ImageFile]:
    """Open a picture for the body of a ``with``; nothing is decoded yet.

    Any exception in the body, too, is taken as the picture's fault and translated, so the body
    should decode and convert and do nothing else.

    Args:
        source: A file, or an encoded picture.
        name: How messages call it.
        pixel_limit: Larger pictures are refused before they are decoded.

    Yields:
        Pillow's picture, at its first frame.

    Raises:
        ImageMissingError: No such file.
        ImageUnreadableError: Not a regular file, not permitted, no picture, or damaged.
        ImageTooLargeError: More pixels, bytes or memory than one picture may take.
    """
    what = f"cannot open {name}"
    if isinstance(source, Path):
        _check_file(source, what)
    elif not source:
        raise ImageUnreadableError(what, why="it is empty", remedy=_AGAIN)
    with _translated(source, what):
        _ignore_warnings()
        file = source if isinstance(source, Path) else io.BytesIO(source)
        with PillowImage.open(file, formats=readable_formats()) as picture:
            _check_pixels(picture, what, pixel_limit)
            yield picture


def _check_file(path: Path, what: str) -> None:
    try:
        status = path.stat()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise ImageMissingError(
            what, why=f"there is no file at {path}", remedy="Check the path."
        ) from error
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        reason = getattr(error, "strerror", None) or str(error)
        raise ImageUnreadableError(
            what, why=reason.lower(), remedy="Check the path and its permissions."
        ) from error
    if stat.S_ISDIR(status.st_mode):
        _check_folder(path, what)
        why = "it is a folder"
    elif not stat.S_ISREG(status.st_mode):
        why = "it is no regular file but a device, a pipe or a socket"
    elif status.st_size == 0:
        why = "the file is empty"
    elif status.st_size > FILE_LIMIT_BYTES:
        raise ImageTooLargeError(
            what,
            why=f"the file has {status.st_size / 1e9:.1f} GB, the limit is 1 GB",
            remedy="Save it smaller.",
        )
    else:
        return
    raise ImageUnreadableError(what, why=why, remedy=_OTHER_FILE)


def _check_folder(path: Path, what: str) -> None:
    """A folder comes here when it was to be listed and could not be: say why."""
    try:
        os.scandir(path).close()
    except OSError as error:
        raise ImageUnreadableError(
            what,
            why=f"the folder cannot be read ({error.strerror})",
            remedy="Change the folder's permissions.",
        ) from error


def _check_pixels(picture: ImageFile.ImageFile, what: str, limit: int) -> None:
    if any(tile.codec_name in PillowImage.DECODERS for tile in picture.tile):
        limit = min(limit, _PYTHON_PIXEL_LIMIT)
    width, height = picture.size
    if width * height > limit:
        raise ImageTooLargeError(
            what,
            why=f"{width} × {height} pixels are more than the limit of {limit / 1e6:g} million",
            remedy="Scale it down in another program.",
        )


@contextmanager
def _translated(source: Path | bytes, what: str) -> Iterator[None]:
    try:
        yield
    except (LensError, Cancelled):
        raise
    except (MemoryError, PillowImage.DecompressionBombError) as error:
        raise ImageTooLargeError(
            what,
            why="decoding it would take more memory than one picture may have",
            remedy="Scale it down in another program.",
        ) from error
    except PermissionError as error:
        raise ImageUnreadableError(
            what, why="reading it is not permitted", remedy="Change the file's permissions."
        ) from error
    except UnidentifiedImageError as error:
        raise ImageUnreadableError(what, why=_mistaken_for(source), remedy=_OTHER_FILE) from error
    except Exception as error:  # plugins raise anything; see the module's docstring
        raise ImageUnreadableError(what, why=_damage(error), remedy=_AGAIN) from error


def _mistaken_for(source: Path | bytes) -> str:
    """Say what the bytes are, when they are no picture."""
    if isinstance(source, Path):
        with source.open("rb") as file:
            head = file.read(64)
    else:
        head = source[:64]
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    for magic, meaning in _MISTAKEN:
        if start.startswith(magic.lower()):
            return meaning
    if head[4:8] == b"ftyp":
        return "it is a video, or a kind of HEIF that is not known here"
    return "it is no picture, or of a format that is not known here"


def _damage(error: Exception) -> str:
    message = " ".join(str(error).split())[:160]
    if "truncated" in message.lower() or isinstance(error, EOFError):
        return "the file ends in the middle of the picture"
    return f"it is damaged, or of an unusual kind ({message or type(error).__name__})"
