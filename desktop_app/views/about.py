"""The window about the program: what runs and why, versions, places, licences; all to be copied.

The examination runs in the worker's thread. Until its answer comes, the window says so.
"""

from dataclasses import replace
from html import escape
from pathlib import Path
from typing import Final

from PySide6.QtCore import QEvent, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QFont, QTextOption
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from desktop_app import __version__
from desktop_app.core.diagnosis import Diagnosis
from desktop_app.core.diagnosis_text import as_text, sections
from desktop_app.core.records import ModelListing
from desktop_app.state import LensState
from desktop_app.views import icons
from desktop_app.views.desktop_facts import desktop_facts
from desktop_app.views.licences_window import licences_window
from desktop_app.views.theme import current_roles, font, set_text_role

_SIZE: Final = QSize(720, 640)
_SIDE: Final = 24
_MARK: Final = 52
_NAME_WIDTH: Final = 132
_HEADING: Final = "padding-top:14px; font-weight:500"
_SAID_MS: Final = 1800
_WAITING: Final = "Looking at this machine…"
_TERMS: Final = (
    "Residual Lens: MIT licence. Made with Qt (LGPL 3), ONNX Runtime (MIT) and the type family "
    "Inter (SIL Open Font License). Sample: coffee by Rachel Michetti (CC0)."
)


class AboutWindow(QDialog):
    """Shows the state's diagnosis, and hands the same text as ``doctor`` prints to the clipboard.

    Signals:
        copy_requested: The text.
    """

    copy_requested = Signal(str)

    def __init__(self, licences: Path, parent: QWidget) -> None:
        """Build the window; :meth:`render` fills it.

        Args:
            licences: The folder with the licences of what is bundled.
            parent: The window it belongs to.
        """
        super().__init__(parent)
        self.setWindowTitle("About Residual Lens")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._licences = licences
        self._found: Diagnosis | None = None  # as it came, and with the desktop:
        self._diagnosis: Diagnosis | None = None
        self._error = ""
        self._models: tuple[ModelListing, ...] = ()
        self._mark = QLabel()
        self._mark.setFixedSize(_MARK, _MARK)
        self.text = QTextBrowser()
        self.text.setAccessibleName("About this program and this machine")
        self.text.setFont(_literal_font())
        self.text.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.text.setCursorWidth(0)  # nothing can be written here; what is selected shows itself
        # Paths have no spaces, so words may break anywhere.
        self.text.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.licences_button = QPushButton("Licences…")
        self.licences_button.clicked.connect(self._show_licences)
        self.copy_button = QPushButton("Copy")
        self.copy_button.setToolTip("Copy all of this as text, as 'residual-lens doctor' prints it")
        self.copy_button.clicked.connect(self._copy)
        self.close_button = QPushButton("Close")
        self.close_button.clicked.connect(self.close)
        self.close_button.setDefault(True)
        self._said = QTimer(self, singleShot=True, interval=_SAID_MS)
        self._said.timeout.connect(self._fall_silent)
        self._arrange()
        self._show()

    def render(self, state: LensState) -> None:  # type: ignore[override]  # not Qt's
        """Show what is known of this machine."""
        shown = state.diagnosis, state.diagnosis_error, state.models
        if shown == (self._found, self._error, self._models):
            return  # what has been selected stays so
        self._found, self._error, self._models = shown
        self._diagnosis = self._found and replace(self._found, desktop=desktop_facts(self))
        self._show()

    def changeEvent(self, event: QEvent) -> None:
        """Colour again when the palette has changed."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._show()

    # --- inside --------------------------------------------------------------------------------

    def _arrange(self) -> None:
        title = QLabel(f"Residual Lens {__version__}")
        set_text_role(title, "title")
        words = QLabel(
            "See what a residual network does with your own picture.\n"
            "Nothing you open leaves this machine: the program never uses the network."
        )
        set_text_role(words, "secondary")
        beside = QVBoxLayout()
        beside.setSpacing(4)
        beside.addWidget(title)
        beside.addWidget(words)
        head = QHBoxLayout()
        head.setSpacing(18)
        head.addWidget(self._mark)
        head.addLayout(beside, 1)
        foot = QHBoxLayout()
        foot.setSpacing(8)
        foot.addWidget(self.licences_button)
        foot.addStretch(1)
        foot.addWidget(self.copy_button)
        foot.addWidget(self.close_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(_SIDE, _SIDE, _SIDE, 18)
        column.setSpacing(16)
        column.addLayout(head)
        column.addWidget(self.text, 1)
        column.addLayout(foot)
        self.resize(_SIZE.boundedTo(self.screen().availableSize() - QSize(40, 60)))

    def _show(self) -> None:
        colour, scale = current_roles().text, self.devicePixelRatioF()
        self._mark.setPixmap(icons.pixmap("residual-lens", colour, size=_MARK, scale=scale))
        self.copy_button.setEnabled(self._diagnosis is not None)
        place = self.text.verticalScrollBar().value()
        self.text.setHtml(self._page())
        self.text.verticalScrollBar().setValue(place)

    def _page(self) -> str:
        """One table, so that every name and every value begins where the others do."""
        quiet = current_roles().secondary.name()
        rows = []
        if self._diagnosis is None:
            failed = self._error and f"This machine could not be examined: {self._error}"
            rows.append(_line(failed or _WAITING, f"color:{quiet}"))
        else:
            remedy = self._diagnosis.cuda.remedy
            command = remedy.command if remedy else ""
            for heading, found in sections(self._diagnosis):
                rows.append(_line(heading, _HEADING))
                rows += [_row(name, value, quiet, code=value == command) for name, value in found]
        rows += [_line("Licences", _HEADING), _line(_TERMS, "")]
        licensed = [model for model in self._models if model.licence]
        rows += [_row(model.title, model.licence, quiet) for model in licensed]
        return f'<table width="100%" cellpadding="0" cellspacing="0">{"".join(rows)}</table>'

    @Slot()
    def _copy(self) -> None:
        if self._diagnosis is not None:
            self.copy_requested.emit(as_text(self._diagnosis))
            self.copy_button.setText("Copied")
            self._said.start()

    @Slot()
    def _fall_silent(self) -> None:
        self.copy_button.setText("Copy")

    @Slot()
    def _show_licences(self) -> None:
        licences_window(self._licences, self).show()


def _literal_font() -> QFont:
    """Inter without its contextual alternates, which draw the x of "6.1 x86_64" as a ×."""
    literal = font(13)
    literal.setFeature(QFont.Tag("calt"), 0)
    return literal


def _line(text: str, style: str) -> str:
    """A line over both columns."""
    return f'<tr><td colspan="2" style="padding-bottom:6px; {style}">{escape(text)}</td></tr>'


def _row(name: str, value: str, quiet: str, *, code: bool = False) -> str:
    """A name in the second colour, and a value."""
    face = "font-family:monospace" if code else ""
    return (
        f'<tr><td width="{_NAME_WIDTH}" style="padding-bottom:5px; color:{quiet}">{escape(name)}'
        f'</td><td style="padding-bottom:5px"><span style="{face}">{escape(value)}</span></td></tr>'
    )
