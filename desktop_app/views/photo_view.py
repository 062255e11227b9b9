"""The photo view: the invitation to drop a picture, or the picture with a channel over it."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QStackedLayout, QWidget

from desktop_app.state import LensState
from desktop_app.views.drop_hint import DropHint
from desktop_app.views.theme import on_surface

if TYPE_CHECKING:
    from desktop_app.views.compared_photo import ComparedPhoto
    from desktop_app.views.shown_photo import ShownPhoto


class PhotoView(QWidget):
    """The picture is the hero; the interface steps back.

    Signals:
        open_requested: The user wants to choose files.
        paste_requested: The user wants what is on the clipboard.
        samples_requested: The user wants samples, a tuple of
            :class:`~desktop_app.core.bundled.Sample`.
    """

    open_requested = Signal()
    paste_requested = Signal()
    samples_requested = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        on_surface(self, "ground")
        self.setAccessibleName("Photo view")
        self._hint = DropHint()
        self._photo: ShownPhoto | None = None
        self._compared: ComparedPhoto | None = None
        self._layers = QStackedLayout(self)
        self._layers.addWidget(self._hint)
        self._hint.open_requested.connect(self.open_requested)
        self._hint.paste_requested.connect(self.paste_requested)
        self._hint.samples_requested.connect(self.samples_requested)

    def render(self, state: LensState) -> None:  # type: ignore[override]
        """Show the picture of ``state``; costs nothing where nothing has changed."""
        if state.shown is not None and state.comparison is not None:
            compared = self._need_compared()
            compared.render(state)
            self._layers.setCurrentWidget(compared)
            return
        if state.shown is not None:
            photo = self._need_photo()
            photo.render(state)
            self._layers.setCurrentWidget(photo)
            return
        if self._photo is not None:
            self._photo.render(state)
        self._hint.offer(state.samples)
        self._hint.show_busy("Opening the image…" if state.pending is not None else "")
        self._layers.setCurrentWidget(self._hint)

    @Slot(object)
    def show_probe(self, position: tuple[int, int] | None) -> None:
        """Outline on the photo what a position (x, y) of the maps sees; None for nothing."""
        for photo in (self._photo, self._compared):
            if photo is not None:
                photo.show_probe(position)

    def _need_photo(self) -> "ShownPhoto":
        if self._photo is None:
            # NumPy and the decoders come with the first picture, not before the window.
            from desktop_app.views.shown_photo import ShownPhoto  # noqa: PLC0415

            self._photo = ShownPhoto()
            self._layers.addWidget(self._photo)
        return self._photo

    def _need_compared(self) -> "ComparedPhoto":
        if self._compared is None:
            from desktop_app.views.compared_photo import ComparedPhoto  # noqa: PLC0415 - as above

            self._compared = ComparedPhoto()
            self._layers.addWidget(self._compared)
        return self._compared
