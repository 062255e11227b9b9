"""What was dropped or pasted → what is to be opened.

The best form on offer wins: a file on disk, then an encoded picture (it keeps its orientation and
colour profile), then a bitmap. A mere web address is refused with a reason, because the program
never fetches anything that it was not told to.
"""

import base64
import binascii
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import unquote_to_bytes

from PySide6.QtCore import QMimeData, QUrl
from PySide6.QtGui import QImage

from desktop_app.core.records import BytesSource, ImageSource, PixelsSource
from desktop_app.views.drag_offers import encoded_format
from desktop_app.views.qimage import from_qimage

_DATA_URL: Final = re.compile(r"""data:image/[\w.+-]+(?:;[\w=.-]+)*,[^"'\s<>]+""", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class PathsFound:
    """Files, folders and models on this machine."""

    paths: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class SourceFound:
    """One picture that is no file."""

    source: ImageSource


@dataclass(frozen=True, slots=True)
class NothingFound:
    """Nothing that can be opened, and why, in a phrase; it was "dropped" or "pasted"."""

    why: str
    how: str


Opening = PathsFound | SourceFound | NothingFound


def opening_of(offered: QMimeData, *, how: str = "dropped") -> Opening:
    """What to open of the forms in which something is offered.

    Args:
        offered: From a drop or the clipboard.
        how: "dropped" or "pasted": names a picture that has no name.
    """
    urls = offered.urls() if offered.hasUrls() else []
    local = tuple(Path(url.toLocalFile()) for url in urls if url.isLocalFile())
    if local:
        return PathsFound(local)
    if paths := _paths_in_text(offered):
        return PathsFound(paths)
    source = _picture(offered, urls, how)
    if source is not None:
        return SourceFound(source)
    return NothingFound(_why_nothing(urls), how)


def _picture(offered: QMimeData, urls: list[QUrl], how: str) -> ImageSource | None:
    remote = next((url.fileName() for url in urls if url.scheme() in {"http", "https"}), "")
    name = remote or f"{how} picture"
    form = encoded_format(offered)
    if form is not None and (content := bytes(offered.data(form).data())):
        return BytesSource(name, content)
    content = _data_url_content(offered, urls)
    if content:
        return BytesSource(f"{how} picture", content)
    if offered.hasImage():
        image = QImage(offered.imageData())
        if not image.isNull():
            return PixelsSource(name, from_qimage(image))
    return None


def _data_url_content(offered: QMimeData, urls: list[QUrl]) -> bytes:
    """The picture inside a ``data:`` address (RFC 2397), from the addresses or the markup."""
    texts = [url.toString() for url in urls if url.scheme() == "data"]
    if offered.hasHtml():
        texts += _DATA_URL.findall(offered.html())
    for text in texts:
        header, _, body = text.partition(",")
        if not header.lower().startswith("data:image/"):
            continue
        content = unquote_to_bytes(body)
        if not header.lower().endswith(";base64"):
            return content
        try:
            return base64.b64decode(content)
        except binascii.Error:
            continue
    return b""


def _paths_in_text(offered: QMimeData) -> tuple[Path, ...]:
    """Paths given as text, one a line, as file managers and terminals copy them.

    Decided by their look alone: whether they exist is for the worker to find out, because a
    disk may take seconds to answer and the window waits here.
    """
    if not offered.hasText() or offered.hasImage():
        return ()
    paths: list[Path] = []
    for line in filter(None, map(str.strip, offered.text().splitlines())):
        path = Path(QUrl(line).toLocalFile() if line.startswith("file:") else line)
        if not path.is_absolute() or "\0" in line:
            return ()
        paths.append(path)
    return tuple(paths)


def _why_nothing(urls: list[QUrl]) -> str:
    hosts = [url.host() for url in urls if url.scheme() in {"http", "https"}]
    if hosts:
        return (
            f"it is only an address at {hosts[0]}, and nothing is fetched from the network; "
            "save the picture and open the file, or copy the picture itself and paste it"
        )
    return "it holds no picture, no file and no model"
