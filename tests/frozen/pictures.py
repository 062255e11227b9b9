"""One photo of a cup of coffee, in every form that people have photos in.

What a form needs to be decoded (libheif, libavif, libtiff, OpenJPEG…) are libraries of their own,
which freezing could have forgotten. All show the same, so the answer must be the same.
"""

from pathlib import Path
from typing import Any, Final

import numpy as np
import pillow_heif
from PIL import Image, ImageOps

SAMPLE: Final = Path(__file__).parents[2] / "resources" / "samples" / "coffee.jpg"
LABEL: Final = "espresso"
EXIF_ORIENTATION: Final = 0x0112

_SAVED_AS: Final[dict[str, dict[str, Any]]] = {
    "photo.jpg": {"quality": 92},
    "photo.png": {},
    "photo.webp": {"quality": 90},
    "photo.avif": {"quality": 90},
    "photo.jp2": {},
    "photo.bmp": {},
    "lzw.tiff": {"compression": "tiff_lzw"},
    "zstd.tiff": {"compression": "zstd"},
    "jpeg.tiff": {"compression": "jpeg"},
}


def make_photo(path: Path) -> Path:
    """Write the photo as a JPEG: the sample, cut a little, so that it is a file of its own."""
    _photo().save(path, quality=92)
    return path


def make_photos(folder: Path) -> list[Path]:
    """Write the photo in each form into ``folder``; returns the paths in order."""
    photo = _photo()
    for name, options in _SAVED_AS.items():
        photo.save(folder / name, **options)
    pillow_heif.from_pillow(photo).save(folder / "photo.heic", quality=90)
    grey = np.asarray(photo.convert("L"), np.uint16) * 257
    Image.fromarray(grey).save(folder / "sixteen-bit.png")
    exif = Image.Exif()
    exif[EXIF_ORIENTATION] = 6  # to be turned a quarter clockwise before it is looked at
    photo.transpose(Image.Transpose.ROTATE_90).save(folder / "lying.jpg", exif=exif)
    return sorted(folder.iterdir())


def _photo() -> Image.Image:
    with Image.open(SAMPLE) as sample:
        return ImageOps.crop(sample.convert("RGB"), border=4)
