"""Switching the open channel off, or scaling it."""

from typing import Final

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSlider, QWidget

from desktop_app.core.interventions import LARGEST_FACTOR, can_scale
from desktop_app.intervening import changed_by
from desktop_app.state import LensState
from desktop_app.views.theme import font, set_text_role

_STEPS: Final = 20
"""To a factor of 1: one step is a twentieth."""
_OFF, _ON = "Switch off", "Switch on"


class GateControls(QWidget):
    """A button and a slider for the factor.

    Signals:
        channel_scaled: Layer, channel, and the factor that it shall have.
    """

    channel_scaled = Signal(str, int, float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._layer, self._channel, self._factor = "", 0, 1.0
        self.factor = QSlider(Qt.Orientation.Horizontal)
        self.factor.setRange(0, round(LARGEST_FACTOR * _STEPS))
        self.factor.setValue(_STEPS)
        self.factor.setPageStep(_STEPS // 4)
        self.factor.setMinimumWidth(24)
        self.factor.setAccessibleName("Factor of the channel")
        self._figure = QLabel()
        self._figure.setFont(font(11, tabular=True))
        self._figure.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._figure.setMinimumWidth(self._figure.fontMetrics().horizontalAdvance("× 0.00 "))
        set_text_role(self._figure, "secondary")
        self.switch = QPushButton(_ON)
        self.switch.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.switch.setMinimumWidth(self.switch.sizeHint().width())
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.factor, 1)
        row.addWidget(self._figure)
        row.addWidget(self.switch)
        self.factor.valueChanged.connect(self._on_slid)
        self.switch.clicked.connect(self._on_switched)
        self.render(LensState())

    def render(self, state: LensState) -> None:  # type: ignore[override]  # not Qt's
        """Show the factor of the open channel."""
        self._layer, self._channel = state.layer or "", state.channel
        self._factor = changed_by(state).factor("channel", self._layer, self._channel)
        possible = state.model is not None and can_scale(state.model, self._layer)
        self.setEnabled(possible)
        tip = "" if possible else "Channels can be switched off in layers with maps"
        self.factor.setToolTip(tip or "Factor of this channel, for all that reads it")
        self.switch.setToolTip(tip or "Switch this channel off or on (Ctrl+T)")
        self.factor.blockSignals(True)
        self.factor.setValue(round(self._factor * _STEPS))
        self.factor.blockSignals(False)
        self._figure.setText(f"× {self._factor:.2f}")
        self.switch.setText(_ON if self._factor == 0 else _OFF)

    @Slot(int)
    def _on_slid(self, step: int) -> None:
        self.channel_scaled.emit(self._layer, self._channel, step / _STEPS)

    @Slot()
    def _on_switched(self) -> None:
        factor = 1.0 if self._factor == 0 else 0.0
        self.channel_scaled.emit(self._layer, self._channel, factor)
