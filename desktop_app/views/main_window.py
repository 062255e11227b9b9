"""The window: puts the panels together, passes snapshots down and intentions up.

It decides nothing. Every intention is one of its signals; whoever owns the state answers with
the next :meth:`MainWindow.render`. It is on screen before most of its parts are built: those of
:mod:`~desktop_app.views.window_parts` follow with :meth:`MainWindow.complete`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QCoreApplication, QEvent, QMimeData, Signal, Slot
from PySide6.QtGui import QCloseEvent, QGuiApplication, QResizeEvent
from PySide6.QtWidgets import QApplication, QMainWindow, QVBoxLayout, QWidget

from desktop_app.state import LensState
from desktop_app.views.actions import Actions
from desktop_app.views.confirmation import Confirmation
from desktop_app.views.early_drops import EarlyDrops
from desktop_app.views.notice_bar import NoticeBar
from desktop_app.views.panels import Panels
from desktop_app.views.photo_view import PhotoView
from desktop_app.views.preprocessing_strip import PreprocessingStrip
from desktop_app.views.status_line import StatusLine
from desktop_app.views.theme import ThemeSwitch
from desktop_app.views.toolbar import Toolbar
from desktop_app.views.window_size import first_size

if TYPE_CHECKING:
    from desktop_app.core.records import Pixels
    from desktop_app.views.window_parts import WindowParts

_TITLE = "Residual Lens"


class MainWindow(QMainWindow):
    """The one window.

    Signals:
        paths_opened: Files, folders and models, a tuple of :class:`~pathlib.Path`.
        samples_requested: A tuple of :class:`~desktop_app.core.bundled.Sample`.
        images_brought_back: A :class:`~desktop_app.state.BringBack` of a notice.
        source_received: An :data:`~desktop_app.core.records.ImageSource` that is no file.
        model_chosen: The :class:`~pathlib.Path` of a listed model.
        cuda_folder_chosen: The :class:`~pathlib.Path` with CUDA's libraries; None for no folder.
        options_changed: A new :class:`~desktop_app.state.ViewOptions`.
        thumbnails_wanted: Numbers of entries that have come into view, a tuple of int.
        drop_refused: Why nothing of a drop or the clipboard can be opened, and whether it was
            "dropped" or "pasted".
    """

    paths_opened = Signal(object)
    source_received = Signal(object)
    samples_requested = Signal(object)
    image_chosen = Signal(int)
    image_removed = Signal(int)
    images_cleared = Signal()
    images_brought_back = Signal(object)
    layer_chosen = Signal(str)
    layer_stepped = Signal(int)
    channel_chosen = Signal(int)
    model_chosen = Signal(object)
    provider_chosen = Signal(str)
    cuda_folder_chosen = Signal(object)
    examination_requested = Signal()
    options_changed = Signal(object)
    cancel_requested = Signal()
    notice_dismissed = Signal(int)
    copy_predictions_requested = Signal()
    thumbnails_wanted = Signal(object)
    drop_refused = Signal(str, str)
    close_requested = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._state = LensState()
        self._switch = ThemeSwitch(cast("QApplication", QApplication.instance()), self)
        self._switch.choose(self._state.options.theme)
        self.setWindowTitle(_TITLE)
        self.commands = Actions(self)
        self.toolbar = Toolbar(self.commands)
        self.notices = NoticeBar()
        self.photo = PhotoView()
        self.confirmation = Confirmation(self.photo)
        self.seen = PreprocessingStrip()
        self.status = StatusLine()
        self.panels = Panels(self.photo, self.seen)
        self.parts: WindowParts | None = None
        self._early_drops = EarlyDrops(self)
        self._arrange()
        self._connect()
        self.render(self._state)
        # Else the first button has the focus, and its ring, before anybody pressed a key.
        self.setFocus()

    def complete(self) -> None:
        """Build what the window's first picture does without; once, and best when it is painted."""
        if self.parts is None:
            from desktop_app.views.window_parts import WindowParts  # noqa: PLC0415 - after paint

            self.parts = WindowParts(self)
            self.parts.render(self._state)

    def open_early_drop(self) -> None:
        """Pass on what was dropped before anybody could open it; the window is complete now."""
        opening = self._early_drops.take()
        if opening is not None and self.parts is not None:
            self.parts.open(opening)

    # --- values come in ------------------------------------------------------------------------

    def render(self, state: LensState) -> None:  # type: ignore[override]  # not Qt's
        """Show a snapshot."""
        self._state = state
        self._switch.choose(state.options.theme)
        panels = (self.toolbar, self.notices, self.photo, self.confirmation, self.seen, self.status)
        for panel in panels:
            panel.render(state)
        if self.parts is not None:
            self.parts.render(state)
        name = "" if state.shown is None else state.shown.image.name
        # The dash with which Qt adds the program's name to the titles of the other windows.
        self.setWindowTitle(f"{name} — {_TITLE}" if name else _TITLE)
        # Qt lays out later whatever has other words now. A picture painted before that shows them
        # in the room of the old ones: cut, with space beside them.
        QCoreApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest.value)

    def set_thumbnail(self, number: int, pixels: Pixels) -> None:
        """The small picture of an entry, uint8 (h, w, 3), has been made."""
        if self.parts is not None:
            self.parts.images.set_thumbnail(number, pixels)

    def set_clipboard_text(self, text: str) -> None:
        """Put text on the clipboard, and say so."""
        QGuiApplication.clipboard().setText(text)
        self.status.say("Copied")

    def set_clipboard_picture(self, pixels: Pixels, png: bytes) -> None:
        """Put a picture, uint8 (h, w, 3), on the clipboard, and say so.

        Programs that take a PNG get the file, with what is written in it.
        """
        from desktop_app.views.qimage import to_qimage  # noqa: PLC0415 - after the first paint

        offered = QMimeData()
        offered.setData("image/png", png)
        offered.setImageData(to_qimage(pixels))
        QGuiApplication.clipboard().setMimeData(offered)
        self.status.say("Copied")

    def window_layout(self) -> bytes:
        """Geometry, splitters and hidden panels, packed."""
        return self.panels.pack(self.saveGeometry())

    def restore_layout(self, layout: bytes) -> None:
        """Restore what :meth:`window_layout` gave; anything else is ignored."""
        geometry = self.panels.unpack(layout)
        if geometry is None:
            return
        self.restoreGeometry(geometry)
        hidden = self.panels.hidden()
        for name, action in self.commands.panels.items():
            action.setChecked(name not in hidden)

    # --- what the desktop sends --------------------------------------------------------------

    def closeEvent(self, event: QCloseEvent) -> None:
        """Say so, and close: nothing here needs saving."""
        self.close_requested.emit()
        event.accept()

    def changeEvent(self, event: QEvent) -> None:
        """The command knows of the full screen, whoever gave it or took it away."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.WindowStateChange:
            self.commands.full_screen.setChecked(self.isFullScreen())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The palette lies over the window and must not be left beside it."""
        super().resizeEvent(event)
        if self.parts is not None:
            self.parts.palette.hide()

    # --- how it hangs together -----------------------------------------------------------------

    def _arrange(self) -> None:
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.toolbar)
        column.addSpacing(3)
        column.addWidget(self.notices)
        column.addWidget(self.panels, 1)
        column.addWidget(self.status)
        self.setCentralWidget(content)
        self.resize(first_size(self.screen().availableSize()))

    def _connect(self) -> None:
        self.toolbar.model_chosen.connect(self.model_chosen)
        self.toolbar.provider_chosen.connect(self.provider_chosen)
        self.toolbar.cuda_folder_forgotten.connect(self._forget_cuda_folder)
        self.toolbar.command_copied.connect(self.set_clipboard_text)
        for told in (self.notices, self.confirmation):
            told.notice_dismissed.connect(self.notice_dismissed)
        self.commands.quit.triggered.connect(self.close)
        self.photo.open_requested.connect(self.commands.open.trigger)
        self.photo.paste_requested.connect(self.commands.paste.trigger)
        self.photo.samples_requested.connect(self.samples_requested)

    @Slot()
    def _forget_cuda_folder(self) -> None:
        self.cuda_folder_chosen.emit(None)
