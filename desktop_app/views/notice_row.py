"""One notice: what happened, why, and what to do, with the buttons that it needs."""

import html
from typing import Final

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QWidget

from desktop_app.state import BringBack, Notice, NoticeAction, Severity, ShowReport
from desktop_app.views import icons
from desktop_app.views.icons import IconButton, IconName
from desktop_app.views.theme import Surface, current_roles, on_surface

_WORDS: Final[dict[Severity, str]] = {
    "confirmation": "Done",
    "information": "Note",
    "warning": "Warning",
    "error": "Error",
}
_ICONS: Final[dict[Severity, IconName]] = {
    "confirmation": "done",
    "information": "information",
    "warning": "warning",
    "error": "error",
}


class NoticeRow(QWidget):
    """One notice, with a button where something can be done with a click."""

    closed = Signal(int)
    action_chosen = Signal(object)

    def __init__(
        self, notice: Notice, *, surface: Surface = "raised", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        on_surface(self, surface)
        self._notice = notice
        self._mark = QLabel()
        self._mark.setFixedWidth(icons.SIZE)
        self._mark.setAccessibleName(_WORDS[notice.severity])
        self.words = QLabel(_marked_up(notice))
        self.words.setWordWrap(True)
        self.words.setTextFormat(Qt.TextFormat.RichText)
        self.words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.words.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        self.setAccessibleName(f"{_WORDS[notice.severity]}: {_plain(notice)}")
        self.close_button = IconButton("close", "Close this notice")
        self.close_button.clicked.connect(lambda: self.closed.emit(notice.number))
        self.action_button = QPushButton(_action_title(notice.action))
        self.action_button.setVisible(notice.action is not None)
        self.action_button.setProperty("onRaised", True)
        self.action_button.clicked.connect(lambda: self.action_chosen.emit(notice.action))
        line = QHBoxLayout(self)
        line.setContentsMargins(12, 4, 6, 4)
        line.setSpacing(10)
        line.addWidget(self._mark)
        line.addWidget(self.words, 1)
        line.addWidget(self.action_button, 0, Qt.AlignmentFlag.AlignVCenter)
        line.addWidget(self.close_button, 0, Qt.AlignmentFlag.AlignTop)
        self._tint()

    @property
    def number(self) -> int:
        """Of the notice."""
        return self._notice.number

    def width_on_one_line(self) -> int:
        """What it takes to have all words beside each other."""
        self.words.setWordWrap(False)
        words = self.words.sizeHint().width()
        self.words.setWordWrap(True)
        return self.sizeHint().width() + words

    def changeEvent(self, event: QEvent) -> None:
        """Tint again when the palette has changed."""
        if event.type() == QEvent.Type.PaletteChange:
            self._tint()
        super().changeEvent(event)

    def _tint(self) -> None:
        roles = current_roles()
        colour = {
            "confirmation": roles.accent,
            "information": roles.accent,
            "warning": roles.warning,
            "error": roles.against,
        }
        severity = self._notice.severity
        scale = self.devicePixelRatioF()
        self._mark.setPixmap(icons.pixmap(_ICONS[severity], colour[severity], scale=scale))
        self.words.setText(_marked_up(self._notice))


def _action_title(action: NoticeAction | None) -> str:
    match action:
        case None:
            return ""
        case ShowReport():
            return "Show report"
        case BringBack():
            return "Bring back"


def _sentence(text: str) -> str:
    text = text.strip()
    return text if not text or text[-1] in ".!?…" else f"{text}."


def _plain(notice: Notice) -> str:
    return " ".join(_sentence(part) for part in (notice.what, notice.why, notice.remedy) if part)


def _marked_up(notice: Notice) -> str:
    """What in medium weight; why and remedy after it, in the second colour."""
    rest = " ".join(_sentence(_capital(part)) for part in (notice.why, notice.remedy) if part)
    secondary = current_roles().secondary.name()
    return (
        f'<span style="font-weight:500">{html.escape(_sentence(notice.what))}</span> '
        f'<span style="color:{secondary}">{html.escape(rest)}</span>'
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
