"""Any of Pillow's modes to sRGB with 8 bits: profile, depth, palette, ink, transparency.

The second half of decoding. Every rule that changes a value is a note on the image, so that a
person can see what was done to their picture before the network saw it.
"""

import functools
import io
from typing import Final

import numpy as np
from PIL import Image as PillowImage
from PIL import ImageCms

_DEEP_MODES: Final = frozenset({"I;16", "I;16B", "I;16L", "I;16N", "I", "F"})
_ALPHA_MODES: Final = {"RGBA": "RGB", "LA": "L"}
_STRAIGHTENED: Final = {"RGBa": "RGBA", "La": "LA", "PA": "RGBA"}

# ICC.1:2022, table 19: the data colour space signatures that fit Pillow's modes.
_PROFILE_SPACES: Final = {"RGB": "RGB ", "L": "GRAY", "CMYK": "CMYK", "LAB": "Lab "}


def to_srgb(picture: PillowImage.Image) -> tuple[PillowImage.Image, tuple[str, ...]]:
    """Convert a loaded picture to sRGB.

    Deep grey is scaled to 8 bits, palettes and inks are converted, an embedded ICC profile is
    followed (perceptual intent), and transparency is put over white.

    Args:
        picture: Loaded, in any mode Pillow has.

    Returns:
        The picture in mode ``RGB``, and what was done to it as short phrases.
    """
    notes: list[str] = []
    profile = picture.info.get("icc_profile")
    picture, alpha = _split_alpha(picture, notes)
    picture = _follow_profile(picture, profile, notes)
    if alpha is not None and alpha.getextrema() != (255, 255):
        white = PillowImage.new("RGB", picture.size, "white")
        white.paste(picture, mask=alpha)
        picture = white
        notes.append("transparency shown over white")
    return picture, tuple(notes)


def _split_alpha(
    picture: PillowImage.Image, notes: list[str]
) -> tuple[PillowImage.Image, PillowImage.Image | None]:
    """Give the colours in one of the modes L, RGB, CMYK, LAB, and the opacity in L, if any."""
    key = picture.info.get("transparency")
    if picture.mode in _DEEP_MODES:
        alpha = None
        if isinstance(key, int):  # tRNS of a 16-bit grey PNG: the one value that is transparent
            opaque = np.asarray(picture) != key
            alpha = PillowImage.fromarray(opaque.astype(np.uint8) * np.uint8(255))
        return _eight_bits(picture, notes), alpha
    if picture.mode in _STRAIGHTENED:
        picture = picture.convert(_STRAIGHTENED[picture.mode])
    elif picture.mode == "P" or (key is not None and picture.mode in {"1", "L", "RGB"}):
        picture = picture.convert("RGBA" if key is not None else "RGB")
    elif picture.mode == "1":
        picture = picture.convert("L")
    if picture.mode in _ALPHA_MODES:
        return picture.convert(_ALPHA_MODES[picture.mode]), picture.getchannel("A")
    if picture.mode not in _PROFILE_SPACES:
        picture = picture.convert("RGB")
    return picture, None


def _eight_bits(picture: PillowImage.Image, notes: list[str]) -> PillowImage.Image:
    """Scale 16-bit, 32-bit and floating-point grey to mode ``L``.

    16-bit values are taken as 0..65535; so are Pillow's 32-bit integers where they fit (that is
    how it opens 16-bit PGM), and floats within 0..1 as 0..1. The range of anything else is
    unknown: its own minimum becomes black and its maximum white. Not-a-number becomes black.
    """
    values = np.asarray(picture)
    if picture.mode.startswith("I;16"):
        notes.append("16 bits reduced to 8")
        return PillowImage.fromarray(((values.astype(np.uint32) + 128) // 257).astype(np.uint8))
    finite = np.nan_to_num(values.astype(np.float64), nan=0.0, posinf=0.0, neginf=0.0)
    low, high = float(finite.min()), float(finite.max())
    ceiling = 1.0 if picture.mode == "F" else 65535.0
    if low >= 0.0 and high <= ceiling:
        low, high = 0.0, ceiling
        notes.append(
            "floating point reduced to 8 bits" if picture.mode == "F" else "16 bits reduced to 8"
        )
    else:
        notes.append(f"values {low:g} to {high:g} stretched to 8 bits")
    scaled = (finite - low) * (255.0 / max(high - low, np.finfo(np.float64).tiny))
    return PillowImage.fromarray(np.rint(scaled).astype(np.uint8))


def _follow_profile(
    picture: PillowImage.Image, profile: bytes | None, notes: list[str]
) -> PillowImage.Image:
    """Convert a picture in L, RGB, CMYK or LAB to sRGB by its profile, or plainly without one."""
    if profile or picture.mode == "LAB":
        try:
            transform, description = _transform(profile or b"", picture.mode)
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
            notes.append("ignored a colour profile that is damaged or does not fit")
        else:
            if transform is not None:
                notes.append(f"converted from {description}")
                return transform.apply(picture)
    if picture.mode == "CMYK":
        notes.append("converted from CMYK without a profile")
    if picture.mode == "LAB":  # no plain conversion exists; the lightness is a fair picture
        picture = picture.getchannel("L")
    return picture if picture.mode == "RGB" else picture.convert("RGB")


@functools.lru_cache(maxsize=16)
def _transform(profile: bytes, mode: str) -> tuple[ImageCms.ImageCmsTransform | None, str]:
    """Build the way from a profile to sRGB, once for all pictures of a folder.

    Returns:
        The transform, None where it changes no value by more than one step (most photographs
        carry some edition of sRGB itself), and the profile's name.

    Raises:
        ImageCms.PyCMSError: The profile is damaged.
        ValueError: The profile is of another colour space than the picture.
    """
    if profile:
        opened = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    else:
        opened = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))
    if opened.profile.xcolor_space != _PROFILE_SPACES[mode]:
        msg = f"a {opened.profile.xcolor_space} profile on a {mode} picture"
        raise ValueError(msg)
    transform = ImageCms.buildTransform(opened, ImageCms.createProfile("sRGB"), mode, "RGB")
    assert isinstance(transform, ImageCms.ImageCmsTransform)  # noqa: S101 - for the type checker
    description = " ".join(ImageCms.getProfileDescription(opened).split())[:60] or "its profile"
    if mode in {"L", "RGB"}:
        probe = _probe(mode)
        before = np.asarray(probe.convert("RGB"), np.int16)
        after = np.asarray(transform.apply(probe), np.int16)
        if np.abs(after - before).max() <= 1:
            return None, description
    return transform, description


def _probe(mode: str) -> PillowImage.Image:
    """Every grey level, or a cube of 9 × 9 × 9 colours."""
    if mode == "L":
        return PillowImage.fromarray(np.arange(256, dtype=np.uint8)[None])
    steps = np.linspace(0, 255, 9).astype(np.uint8)
    cube = np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(1, -1, 3)
    return PillowImage.fromarray(cube)
