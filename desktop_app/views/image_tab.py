"""What the tabs of the images beside the list have in common: frame and small pictures.

Under a heading stands a view of images, or words in its place. The small pictures of the images
that have come into view are asked for after a pause, so that scrolling past costs nothing.
"""

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QLabel, QStackedLayout, QVBoxLayout, QWidget

from desktop_app.views.image_rows import ImageRows
from desktop_app.views.labels import heading
from desktop_app.views.theme import on_surface, set_text_role


class ImageTab(QWidget):
    """A tab of the upper left panel; what it shows is its subclass's.

    Signals:
        image_chosen: Number of the entry that is to be opened.
        thumbnails_wanted: Numbers of entries that have come into view, a tuple of int.
    """

    image_chosen = Signal(int)
    thumbnails_wanted = Signal(object)

    def __init__(
        self, images: ImageRows, title: str, *, ask_after_ms: int, parent: QWidget | None = None
    ) -> None:
        """Build the frame; :meth:`hold` puts the view into it.

        Args:
            images: Keeps the small pictures.
            title: Of the empty tab.
            ask_after_ms: The pause before small pictures are asked for.
            parent: As for every widget.
        """
        super().__init__(parent)
        on_surface(self, "panel")
        self._images = images
        self.heading = heading(title)
        self.heading.setContentsMargins(14, 0, 14, 0)
        self.message = QLabel()
        self.message.setWordWrap(True)
        self.message.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self.message.setContentsMargins(14, 0, 14, 0)
        set_text_role(self.message, "secondary")
        self._ask = QTimer(self, singleShot=True, interval=ask_after_ms)
        self._ask.timeout.connect(self._ask_for_thumbnails)
        self._stack = QStackedLayout()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 8, 0, 0)
        column.setSpacing(6)
        column.addWidget(self.heading)
        column.addLayout(self._stack, 1)

    def hold(self, view: QWidget) -> None:
        """Show ``view`` where there are images; once."""
        self._stack.addWidget(view)  # only now: without a parent it would flash as a window
        self._stack.addWidget(self.message)

    def show_view(self, *, shown: bool, message: str) -> None:
        """Show the view, or words in its place, and ask for what has come into view."""
        self._stack.setCurrentIndex(0 if shown else 1)
        self.message.setText(message)
        self.ask_soon()

    def in_view(self) -> tuple[int, ...]:
        """Numbers of the entries whose small pictures are to be seen."""
        raise NotImplementedError

    def showEvent(self, event: QShowEvent) -> None:
        """Images that come into view want their pictures."""
        super().showEvent(event)
        self.ask_soon()

    @Slot()
    def ask_soon(self) -> None:
        """Ask for the small pictures in view, after the pause."""
        if not self._ask.isActive() and self.isVisible():
            self._ask.start()

    @Slot()
    def _ask_for_thumbnails(self) -> None:
        if self.isVisible() and (wanted := self._images.ask_for(self.in_view())):
            self.thumbnails_wanted.emit(wanted)
