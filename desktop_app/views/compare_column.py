"""One of the three maps of a comparison: whose it is, the map, and its figures below it."""

from typing import Final

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from desktop_app.core.maps import ValueRange, map_statistics, quantise
from desktop_app.core.records import Tensor
from desktop_app.state import Side
from desktop_app.views.colormaps import is_diverging
from desktop_app.views.figure_table import FigureTable
from desktop_app.views.figures import format_value, format_values
from desktop_app.views.labels import ElidedLabel
from desktop_app.views.map_canvas import MapCanvas
from desktop_app.views.side_sign import SideSign
from desktop_app.views.theme import set_text_role

_ROWS: Final[dict[Side, tuple[str, ...]]] = {
    "a": ("here", "mean", "max"),
    "b": ("here", "mean", "max"),
    "difference": ("here", "mean", "largest"),
}
"""Of a difference the value that is furthest from zero, with its sign: it may be below."""
_UNPROBED: Final = "–"
_SPOKEN: Final[dict[Side, str]] = {"a": "Map of A", "b": "Map of B", "difference": "B minus A"}


class CompareColumn(QWidget):
    """Shows one channel of one side.

    Signals:
        probed: As of :class:`~desktop_app.views.map_canvas.MapCanvas`.
    """

    probed = Signal(object)

    def __init__(self, side: Side, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._values: Tensor | None = None
        self.sign = SideSign(side)
        self.name = ElidedLabel(role="secondary", mode=Qt.TextElideMode.ElideMiddle)
        self.canvas = MapCanvas()
        self.canvas.setAccessibleName(_SPOKEN[side])
        self.canvas.probed.connect(self.probed)
        self.message = QLabel()
        self.message.setWordWrap(True)
        self.message.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self.message.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        set_text_role(self.message, "secondary")
        self._side = side
        self.figures = FigureTable(_ROWS[side])
        self._arrange()

    def set_edge(self, edge: int) -> None:
        """Draw the map in a square of this edge; the column is as wide."""
        self.canvas.setFixedSize(edge, edge)
        self.message.setFixedSize(edge, edge)
        self.setFixedWidth(edge)

    def show_name(self, name: str) -> None:
        """Say what the side is of."""
        self.name.setText(name)

    def show_values(
        self, values: "Tensor | None", *, shown: ValueRange, colormap: str, message: str
    ) -> None:
        """Show one map, or say why there is none.

        Args:
            values: float32 (h, w).
            shown: Values of the first and the last colour.
            colormap: Name of the table.
            message: What stands in place of a map.
        """
        self._values = values
        self.canvas.setVisible(values is not None)
        self.message.setVisible(values is None)
        self.message.setText(message)
        self.figures.setVisible(values is not None)
        if values is None:
            self.canvas.show_map(None, colormap)
            return
        ranges = np.array([[shown.low, shown.high]])
        indices = quantise(values[None], ranges, symmetric=is_diverging(colormap))
        self.canvas.show_map(indices[0], colormap)
        figures = map_statistics(values[None])
        least, most = float(figures.minimum[0]), float(figures.maximum[0])
        largest = least if self._side == "difference" and -least > most else most
        texts = format_values([float(figures.mean[0]), largest])
        for name, text in zip(_ROWS[self._side][1:], texts, strict=True):
            self.figures.show_figure(name, "" if values.size == 1 else text)
        self.show_probe(self.canvas.probe())  # it may rest while the map changes

    def let_go(self) -> None:
        """Keep nothing of the map that was shown last."""
        self._values = None

    def show_probe(self, pixel: "tuple[int, int] | None") -> None:
        """Mark a pixel (x, y) as if the pointer were here, and read its value out."""
        self.canvas.show_probe(pixel)
        values = self._values
        if values is None:
            return
        if values.size == 1:
            pixel = (0, 0)
        inside = pixel is not None and pixel[1] < values.shape[0] and pixel[0] < values.shape[1]
        text = _UNPROBED
        if pixel is not None and inside:
            text = format_value(float(values[pixel[1], pixel[0]]))
        self.figures.show_figure("here", text)

    def _arrange(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(6)
        head.addWidget(self.sign)
        head.addWidget(self.name, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addLayout(head)
        column.addWidget(self.canvas)
        column.addWidget(self.message)
        column.addWidget(self.figures)
        column.addStretch(1)
        self.message.hide()
