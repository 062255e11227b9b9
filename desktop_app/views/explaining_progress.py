"""How far an explanation is, and the way to stop it; after that, the way to have it after all."""

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QPushButton, QWidget

from desktop_app.core.attribution.methods import METHODS
from desktop_app.parts.attribution import Explanation


class ExplainingProgress(QWidget):
    """A thin bar and a button; there only while a slow method runs or was stopped.

    Signals:
        stop_wanted: It is to be stopped.
        again_wanted: It is to be begun again.
    """

    stop_wanted = Signal()
    again_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName("Progress of the explanation")
        self.button = QPushButton()
        self._stopped = False
        self.button.clicked.connect(self._on_clicked)
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(10)
        line.addWidget(self.bar, 1, Qt.AlignmentFlag.AlignVCenter)
        line.addWidget(self.button)
        self.hide()

    def render_explanation(self, explanation: Explanation | None) -> None:
        """Follow what is computed."""
        asked = None if explanation is None else explanation.asked
        self._stopped = explanation is not None and explanation.stopped
        slow = asked is not None and METHODS[asked.method].slow
        self.setVisible(slow or self._stopped)
        if explanation is None:
            return
        self.bar.setMaximum(explanation.total if slow else 1)  # 0, not known: the bar runs
        self.bar.setValue(explanation.done if slow else 0)
        self.bar.setVisible(slow)
        self.button.setText("Explain" if self._stopped else "Cancel")
        tip = "Begin again" if self._stopped else "Stop; the map before it stays"
        self.button.setToolTip(tip)
        name = "Explain the class" if self._stopped else "Cancel the explanation"
        self.button.setAccessibleName(name)

    @Slot()
    def _on_clicked(self) -> None:
        (self.again_wanted if self._stopped else self.stop_wanted).emit()
