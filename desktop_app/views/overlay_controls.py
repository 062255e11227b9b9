"""Whether and how strongly a map is drawn over the photo."""

from dataclasses import replace

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QSlider, QWidget

from desktop_app.state import ViewOptions
from desktop_app.views.theme import font, set_text_role


class OverlayControls(QWidget):
    """A check box and an opacity slider.

    Signals:
        options_changed: A new :class:`~desktop_app.state.ViewOptions`.
    """

    options_changed = Signal(object)

    def __init__(
        self, tip: str = "Draw this channel over the photo", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._options = ViewOptions()
        self._shown = QCheckBox("Over the photo")
        self._shown.setToolTip(tip)
        self._opacity = QSlider(Qt.Orientation.Horizontal)
        self._opacity.setRange(0, 100)
        self._opacity.setPageStep(10)
        self._opacity.setMinimumWidth(24)
        self._opacity.setAccessibleName("Opacity over the photo")
        self._opacity.setToolTip("Opacity over the photo")
        self._figure = QLabel()
        self._figure.setFont(font(11, tabular=True))
        self._figure.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._figure.setMinimumWidth(self._figure.fontMetrics().horizontalAdvance("100 % "))
        set_text_role(self._figure, "secondary")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self._shown)
        row.addWidget(self._opacity, 1)
        row.addWidget(self._figure)
        self._shown.toggled.connect(self._on_toggled)
        self._opacity.valueChanged.connect(self._on_opacity)
        self.show_options(self._options)

    def show_options(self, options: ViewOptions) -> None:
        """Show the overlay's part of ``options``."""
        self._options = options
        percent = round(options.overlay_opacity * 100)
        for control in (self._shown, self._opacity):
            control.blockSignals(True)
        self._shown.setChecked(options.overlay)
        self._opacity.setValue(percent)
        self._opacity.setEnabled(options.overlay)
        for control in (self._shown, self._opacity):
            control.blockSignals(False)
        self._figure.setText(f"{percent}\N{NO-BREAK SPACE}%")

    @Slot(bool)
    def _on_toggled(self, checked: bool) -> None:  # noqa: FBT001 - Qt's signal gives it so
        self.options_changed.emit(replace(self._options, overlay=checked))

    @Slot(int)
    def _on_opacity(self, percent: int) -> None:
        self.options_changed.emit(replace(self._options, overlay_opacity=percent / 100))
