"""Path, bytes or bitmap → image: upright, sRGB, 8 bits, whatever it was before.

The first step of every analysis. Pixels are decoded in full for classification; only thumbnails
may use a decoder's shortcuts.
"""

import os
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

import numpy as np
from PIL import ExifTags, ImageFile
from PIL import Image as PillowImage

from desktop_app.core.colours import to_srgb
from desktop_app.core.decoding import PIXEL_LIMIT, opened, readable_suffixes
from desktop_app.core.errors import ImageUnreadableError
from desktop_app.core.records import (
    BytesSource,
    FileSource,
    Image,
    ImageSource,
    Pixels,
    PixelsSource,
    read_only,
)

# Exif 3.0, 4.6.5.1.1 Orientation: what makes a picture stored so upright.
_UPRIGHT: Final = {
    2: PillowImage.Transpose.FLIP_LEFT_RIGHT,
    3: PillowImage.Transpose.ROTATE_180,
    4: PillowImage.Transpose.FLIP_TOP_BOTTOM,
    5: PillowImage.Transpose.TRANSPOSE,
    6: PillowImage.Transpose.ROTATE_270,
    7: PillowImage.Transpose.TRANSVERSE,
    8: PillowImage.Transpose.ROTATE_90,
}
_STRIP_BYTES: Final = 4 * 2**20


def load_image(
    source: ImageSource,
    *,
    pixel_limit: int = PIXEL_LIMIT,
    before_decoding: Callable[[int], None] | None = None,
) -> Image:
    """Decode a picture.

    Args:
        source: A file, an encoded picture in memory, or a bitmap.
        pixel_limit: Larger pictures are refused before they are decoded.
        before_decoding: Called with the number of pixels once the header of an encoded picture
            has been read; may wait until there is room, or raise ``Cancelled``.

    Returns:
        The upright picture in sRGB, with notes of what decoding had to do.

    Raises:
        ImageMissingError: No such file.
        ImageUnreadableError: Not a picture, damaged, or not readable.
        ImageTooLargeError: More than ``pixel_limit`` pixels, or not enough memory.
    """
    if isinstance(source, PixelsSource):
        return _from_pixels(source)
    path = source.path if isinstance(source, FileSource) else None
    with opened(_encoded(source), source.name, pixel_limit=pixel_limit) as picture:
        if before_decoding is not None:
            before_decoding(picture.width * picture.height)
        upright, stored_size, orientation = _upright(picture)
        rgb, colour_notes = to_srgb(upright)
        pixels = to_pixels(rgb)
        turned = ("rotated as EXIF says",) if orientation != 1 else ()
        notes = turned + colour_notes + _frame_note(picture)
    return Image(
        pixels=pixels,
        name=source.name,
        stored_size=stored_size,
        notes=notes,
        path=path,
        orientation=orientation,
    )


def thumbnail(source: ImageSource | Path, side_px: int) -> Pixels:
    """Decode a small version of a picture, fast.

    JPEG files are decoded at a fraction of their size and HEIC files give their own thumbnail,
    so the values may differ slightly from those of :func:`load_image`.

    Args:
        source: As for :func:`load_image`, or a path.
        side_px: The longer side of the result, at most; small pictures are not enlarged.

    Returns:
        uint8 (h, w, 3), upright sRGB, read-only.

    Raises:
        LensError: As :func:`load_image`.
    """
    if isinstance(source, Path):
        source = FileSource(source)
    if isinstance(source, PixelsSource):
        return shrunk(_from_pixels(source).pixels, side_px)
    with opened(_encoded(source), source.name) as picture:
        # Twice the size, so that the last step still averages over neighbours.
        picture.draft(picture.mode, (2 * side_px, 2 * side_px))
        upright, _, _ = _upright(picture)
        rgb, _ = to_srgb(upright)
        rgb.thumbnail((side_px, side_px), PillowImage.Resampling.BOX, reducing_gap=2.0)
        return to_pixels(rgb)


def shrunk(pixels: Pixels, side_px: int) -> Pixels:
    """Make a thumbnail of an already decoded picture.

    Args:
        pixels: uint8 (H, W, 3).
        side_px: The longer side of the result, at most; small pictures are not enlarged.

    Returns:
        uint8 (h, w, 3), read-only.
    """
    picture = PillowImage.fromarray(pixels)
    picture.thumbnail((side_px, side_px), PillowImage.Resampling.BOX, reducing_gap=2.0)
    return to_pixels(picture)


def as_stored(pixels: Pixels, orientation: int) -> Pixels:
    """Turn an upright picture back to how the file stores it.

    Args:
        pixels: uint8 (H, W, 3), upright.
        orientation: EXIF's number, 1 to 8.

    Returns:
        uint8 (h, w, 3), read-only.
    """
    if orientation not in _UPRIGHT:
        return pixels
    # A quarter turn is undone by the opposite one; all others undo themselves.
    inverse = _UPRIGHT[{6: 8, 8: 6}.get(orientation, orientation)]
    return to_pixels(PillowImage.fromarray(pixels).transpose(inverse))


def find_images(paths: Iterable[Path], *, recursive: bool) -> list[Path]:
    """List the picture files that are meant by a mix of files and folders.

    A named file is taken whatever it is called, even when it does not exist (loading it says so),
    but not where a folder before it has listed it. Of a folder, files with the ending of a picture
    format are taken, in natural order ("2" before "10"), hidden ones and those that are in the
    list already left out. A folder that cannot be listed is itself in the result, so that loading
    it gives its error.

    Args:
        paths: Files and folders, in the order wanted.
        recursive: Also look into folders inside the folders; links to folders are not followed.
    """
    found: list[Path] = []
    named: set[Path] = set()
    listed: set[Path] = set()
    for path in paths:
        # Unlike Path.is_dir, this raises nothing where looking is not permitted.
        if os.path.isdir(path):  # noqa: PTH112
            inside = _in_folder(path, recursive=recursive)
            found += (each for each in inside if each not in named and each not in listed)
            listed.update(inside)
        elif path not in listed:
            found.append(path)
            named.add(path)
    return found


def empty_folders(paths: Iterable[Path], found: Iterable[Path]) -> list[Path]:
    """Those of ``paths`` that are folders out of which :func:`find_images` has ``found`` nothing.

    A folder that cannot be listed is itself among what was found.
    """
    found = tuple(found)
    holding = {path.parent for path in found}
    holding.update(above for folder in tuple(holding) for above in folder.parents)
    holding.update(found)
    return [path for path in paths if path not in holding and os.path.isdir(path)]  # noqa: PTH112


def natural_key(text: str) -> tuple[tuple[int, int, str], ...]:
    """Sort key under which "shot 2" comes before "shot 10" and case does not matter."""
    parts = re.split(r"([0-9]+)", text.casefold())
    return tuple((1, int(p), p) if p.isdigit() else (0, 0, p) for p in parts)


def to_pixels(picture: PillowImage.Image) -> Pixels:
    """Copy an RGB picture into a read-only uint8 (H, W, 3) array.

    Strip by strip: Pillow hands pixels over as bytes, and the strips keep that second copy small.
    """
    width, height = picture.size
    rows = max(1, _STRIP_BYTES // (3 * width))
    pixels = np.empty((height, width, 3), np.uint8)
    for top in range(0, height, rows):
        bottom = min(top + rows, height)
        pixels[top:bottom] = np.asarray(picture.crop((0, top, width, bottom)))
    return read_only(pixels)


def _encoded(source: FileSource | BytesSource) -> Path | bytes:
    return source.path if isinstance(source, FileSource) else source.data


def _from_pixels(source: PixelsSource) -> Image:
    pixels = source.pixels
    if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 3 or not pixels.size:
        raise ImageUnreadableError(
            f"cannot use {source.name}",
            why=f"a bitmap is uint8 (H, W, 3), this is {pixels.dtype} {pixels.shape}",
            remedy="Convert it first.",
        )
    height, width = pixels.shape[:2]
    copy = read_only(np.array(pixels, order="C"))
    return Image(pixels=copy, name=source.name, stored_size=(width, height))


def _upright(picture: ImageFile.ImageFile) -> tuple[PillowImage.Image, tuple[int, int], int]:
    """Load the picture and turn it as its EXIF orientation says; also give stored size and that."""
    try:
        orientation = picture.getexif().get(ExifTags.Base.Orientation, 1)
    except Exception:  # noqa: BLE001 - broken EXIF raises anything, the pixels may still be good
        orientation = 1
    if not isinstance(orientation, int) or orientation not in _UPRIGHT:
        orientation = 1
    stored_size = picture.size
    picture.load()
    if orientation == 1:
        return picture, stored_size, 1
    if picture.format == "TIFF":  # turned by Pillow's loader, which gave the upright size before
        return picture, stored_size[::-1] if orientation >= 5 else stored_size, orientation
    return picture.transpose(_UPRIGHT[orientation]), stored_size, orientation


def _frame_note(picture: ImageFile.ImageFile) -> tuple[str, ...]:
    """Say so when the file has more than the picture shown (PSD layers are one picture)."""
    if picture.format == "PSD" or not getattr(picture, "is_animated", False):
        return ()
    return (f"first of {getattr(picture, 'n_frames', 2)} frames",)


def _in_folder(folder: Path, *, recursive: bool) -> list[Path]:
    try:
        entries = sorted(
            os.scandir(folder), key=lambda entry: (natural_key(entry.name), entry.name)
        )
    except OSError:
        return [folder]
    found: list[Path] = []
    for entry in entries:
        if entry.name.startswith("."):
            continue
        path = Path(entry.path)
        if entry.is_dir(follow_symlinks=False):
            if recursive:
                found += _in_folder(path, recursive=True)
        elif path.suffix.lower() in readable_suffixes():
            found.append(path)
    return found
