"""Tells when a window is on screen for the first time: the moment to load everything else."""

from typing import Final

from PySide6.QtCore import QEvent, QObject, QTimer, Signal, Slot
from PySide6.QtWidgets import QWidget

_PATIENCE_MS: Final = 1000
"""A window on another desktop, or one that starts minimised, is not painted until it is seen."""


class FirstPaint(QObject):
    """Watches one window; belongs to it.

    Signals:
        over: Once, when the window has been painted and given to the screen, or has waited for
            that too long.
    """

    over = Signal()

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        # Not before a timer's turn: the paint event comes before the children have been painted.
        self._told = QTimer(self, singleShot=True, interval=_PATIENCE_MS)
        self._told.timeout.connect(self._tell)
        self._told.start()
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Wait no longer than this picture takes."""
        if event.type() == QEvent.Type.Paint:
            self._told.start(0)
        return super().eventFilter(watched, event)

    @Slot()
    def _tell(self) -> None:
        self._window.removeEventFilter(self)
        self.over.emit()
