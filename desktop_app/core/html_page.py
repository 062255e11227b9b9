"""What every self-contained HTML page needs: an escaping environment, a policy, pictures inside.

A page holds no script and no address but ``data:``, and its content security policy allows nothing
else. Names of files, models and classes are written by others, so templates escape every value.
"""

import base64
import hashlib
import io
from typing import TYPE_CHECKING, Final

from PIL import Image as PillowImage

from desktop_app.core.records import Pixels

if TYPE_CHECKING:
    from jinja2 import BaseLoader, Environment

_JPEG_QUALITY: Final = 82


def page_environment(loader: "BaseLoader") -> "Environment":
    """Where templates are read: every value is escaped, a missing one is an error."""
    from jinja2 import Environment, StrictUndefined  # noqa: PLC0415 - only for pages

    return Environment(
        loader=loader,
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def style_hash(style: str) -> str:
    """What the policy calls a style sheet: ``sha256-`` and the digest of its very characters.

    Content Security Policy Level 3, "Does a source list match an element for a type".
    """
    digest = hashlib.sha256(style.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"


def jpeg_address(pixels: Pixels) -> str:
    """A photo as a ``data:`` address; uint8 (h, w, 3)."""
    file = io.BytesIO()
    PillowImage.fromarray(pixels).save(file, "JPEG", quality=_JPEG_QUALITY, optimize=True)
    return _address("image/jpeg", file.getvalue())


def png_address(pixels: Pixels, *, clear: tuple[int, int, int] | None = None) -> str:
    """A drawn picture as a ``data:`` address, without loss.

    Pictures in the colours of one colour map get a palette, which is a third of the bytes.

    Args:
        pixels: uint8 (h, w, 3).
        clear: A colour that is to be transparent.
    """
    transparency: int | tuple[int, int, int] | None = clear
    picture = PillowImage.fromarray(pixels)
    if (counted := picture.getcolors(256)) is not None:
        colours = [tuple(colour) for _, colour in counted if isinstance(colour, tuple)]
        palette = PillowImage.new("P", (1, 1))
        palette.putpalette([value for colour in colours for value in colour])
        transparency = colours.index(clear) if clear in colours else None
        picture = picture.quantize(len(colours), palette=palette, dither=PillowImage.Dither.NONE)
    file = io.BytesIO()
    said = {} if transparency is None else {"transparency": transparency}
    picture.save(file, "PNG", optimize=True, **said)
    return _address("image/png", file.getvalue())


def _address(kind: str, content: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"
