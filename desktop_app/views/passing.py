"""When a confirmation has been seen long enough: the one place that decides it.

Its time counts only while somebody can read it and does nothing with it: it is on screen, its
window is the active one, and neither the pointer nor the keyboard is in it. Whatever interrupts
gives it its whole time anew.
"""

from typing import Final

from PySide6.QtCore import QEvent, QObject, QTimer, Signal, Slot
from PySide6.QtWidgets import QApplication, QWidget

PASSES_AFTER_MS: Final = 6000
"""Two lines are read in three seconds; whoever looked elsewhere gets as much again."""

_DECIDING: Final = (
    QEvent.Type.Enter,
    QEvent.Type.Leave,
    QEvent.Type.Show,
    QEvent.Type.Hide,
    QEvent.Type.WindowActivate,
    QEvent.Type.WindowDeactivate,
)


class Passing(QObject):
    """Watches a widget that says something in passing.

    Signals:
        passed: It has been seen long enough.
    """

    passed = Signal()

    def __init__(self, said: QWidget) -> None:
        super().__init__(said)
        self._said = said
        self._time = QTimer(self, singleShot=True, interval=PASSES_AFTER_MS)
        self._time.timeout.connect(self.passed)
        said.installEventFilter(self)
        application = QApplication.instance()
        if isinstance(application, QApplication):
            application.focusChanged.connect(self._decide)

    @property
    def is_counting(self) -> bool:
        """Whether it goes unless something happens."""
        return self._time.isActive()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Decide anew when the pointer, the screen or the window has changed."""
        if event.type() in _DECIDING:
            self._decide()
        return super().eventFilter(watched, event)

    @Slot()
    def _decide(self) -> None:
        said, focused = self._said, QApplication.focusWidget()
        is_used = said.underMouse() or (focused is not None and said.isAncestorOf(focused))
        if is_used or not said.isVisible() or not said.isActiveWindow():
            self._time.stop()
        elif not self._time.isActive():
            self._time.start()
