"""What a drag offers, as far as it can be told before anything is dropped."""

from typing import Final

from PySide6.QtCore import QMimeData, Qt
from PySide6.QtGui import QDropEvent

_ENCODED: Final = ("image/png", "image/jpeg", "image/webp", "image/tiff", "image/avif",
                   "image/heic", "image/gif", "image/bmp")  # fmt: skip


def may_hold_something(offered: QMimeData) -> bool:
    """Whether a drag is worth accepting; looks at the formats only, fetches nothing."""
    return offered.hasUrls() or offered.hasImage() or encoded_format(offered) is not None


def encoded_format(offered: QMimeData) -> str | None:
    """The MIME type of the first encoded picture on offer."""
    return next((form for form in _ENCODED if offered.hasFormat(form)), None)


def accept_as_copy(event: QDropEvent) -> bool:
    """Take a copy or nothing: after a move the source would delete what was only looked at."""
    if not event.possibleActions() & Qt.DropAction.CopyAction:
        event.ignore()
        return False
    event.setDropAction(Qt.DropAction.CopyAction)
    event.accept()
    return True
