"""The chosen channel, large: map, value under the pointer, figures, histogram, overlay."""

from typing import Final, TypeAlias

import numpy as np
from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QGridLayout,
    QLabel,
    QStyle,
    QVBoxLayout,
    QWidget,
)

from desktop_app.core.map_scales import MapScale
from desktop_app.core.maps import map_statistics, quantise
from desktop_app.core.records import Tensor
from desktop_app.state import LensState, ViewOptions
from desktop_app.views.channel_facts import bars_of, is_before_change, subtitle_of
from desktop_app.views.colour_bar import ColourBar
from desktop_app.views.compared_maps import drawn_options
from desktop_app.views.figure_table import FigureTable
from desktop_app.views.figures import format_share, format_value, format_values
from desktop_app.views.gate_controls import GateControls
from desktop_app.views.histogram_plot import HistogramPlot
from desktop_app.views.icons import IconButton
from desktop_app.views.labels import ElidedLabel
from desktop_app.views.map_canvas import MapCanvas
from desktop_app.views.overlay_controls import OverlayControls
from desktop_app.views.scrolled import scrolled
from desktop_app.views.shown_maps import (
    COMPUTING,
    is_vector,
    maps_message,
    shown_channel,
    shown_maps,
)
from desktop_app.views.shown_order import shown_scale
from desktop_app.views.theme import on_surface, set_text_role

_SIDE: Final = 14
_SPACE: Final = 12
_CLOSE: Final = 4
_BESIDE_FROM_PX: Final = 400
"""From this width on the figures stand beside the map instead of below it."""
_PIN: Final = QSize(26, 24)
_MAP_PX: Final = (112, 360)
_NEXT_PX: Final = 56
"""Of what stands below the map as much is in sight, at least, as shows that there is more."""
_ROWS: Final = ("value", "minimum", "mean", "maximum", "zeros", "not finite", "under pointer")
_UNPROBED: Final = "–"
_Rendered: TypeAlias = "tuple[Tensor | None, int, ViewOptions, MapScale | None]"


class ChannelView(QWidget):
    """The panel at the lower right.

    Signals:
        options_changed: A new :class:`~desktop_app.state.ViewOptions`.
        pin_toggled: The chosen channel is to be pinned or let go.
        probed: (x, y) of the map's pixel that is pointed at, or None.
    """

    options_changed = Signal(object)
    pin_toggled = Signal()
    probed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Chosen channel")
        on_surface(self, "panel")
        self._rendered: _Rendered | None = None
        self._map: Tensor | None = None
        self._title = QLabel("Channel")
        set_text_role(self._title, "title")
        self._subtitle = ElidedLabel(role="secondary", mode=Qt.TextElideMode.ElideMiddle)
        self._pin = IconButton("pin", "Pin this channel to the front of the grid")
        self._pin.setCheckable(True)
        self._pin.setFixedSize(_PIN)
        self._message = QLabel()
        self._message.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._message.setWordWrap(True)
        set_text_role(self._message, "secondary")
        self._canvas, self._bar = MapCanvas(), ColourBar()
        self._figures, self._histogram = FigureTable(_ROWS), HistogramPlot()
        self._overlay = OverlayControls()
        self.gate = GateControls()
        self._heading, self._foot = QGridLayout(), QVBoxLayout()
        keeping = self.gate.sizePolicy()
        keeping.setRetainSizeWhenHidden(True)
        self.gate.setSizePolicy(keeping)
        self._gate_beside = False
        self._content = QWidget()
        self._halves = QBoxLayout(QBoxLayout.Direction.TopToBottom)
        self._arrange()
        self._pin.clicked.connect(self.pin_toggled)
        self._canvas.probed.connect(self._on_probed)
        self._overlay.options_changed.connect(self.options_changed)
        self.render(LensState())

    def render(self, state: LensState) -> None:  # type: ignore[override]
        """Show the chosen channel of ``state``; costs nothing where nothing has changed."""
        maps, message = shown_maps(state), maps_message(state)
        self._overlay.show_options(state.options)
        self.gate.render(state)
        self.gate.setVisible(maps is not None or message == COMPUTING)
        if message == COMPUTING and self._map is not None:
            # The channel of the picture before stays for the moment that computing takes.
            self._content.setEnabled(False)
            return
        channel = 0 if maps is None else shown_channel(state, maps)
        scale = None if maps is None else shown_scale(state, maps)
        options = drawn_options(state)
        rendered = (maps, channel, options, scale)
        self._content.setEnabled(True)
        self._content.setVisible(maps is not None)
        self._overlay.setVisible(maps is not None and not is_vector(maps))
        self._message.setVisible(maps is None)
        self._message.setText(message)
        pinned = () if state.grid is None else state.grid.pinned_in(state.layer)
        self._pin.setEnabled(maps is not None)
        self._pin.setChecked(maps is not None and channel in pinned)
        self._subtitle.setText(subtitle_of(state, maps, channel))
        self._canvas.set_dimmed(is_before_change(state, channel))
        if self._rendered is not None and _same(rendered, self._rendered):
            return
        self._rendered = rendered
        self._map = None if maps is None else maps[channel]
        if maps is None or scale is None:
            self._title.setText("Channel")
            self._canvas.show_map(None, options.colormap)
            return
        self._title.setText(f"Channel {channel}")
        self._render_map(maps, channel, scale, options.colormap)
        self._render_figures(maps[channel : channel + 1], single=is_vector(maps))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put what belongs together beside each other or below, as the width allows."""
        super().resizeEvent(event)
        beside = self.width() >= _BESIDE_FROM_PX
        self._halves.setDirection(
            QBoxLayout.Direction.LeftToRight if beside else QBoxLayout.Direction.TopToBottom
        )
        if beside != self._gate_beside:
            self._gate_beside = beside
            self._arrange_heading(beside=beside)
        edge = min(self._room_across(beside=beside), self._room_down(beside=beside))
        edge = min(max(edge, _MAP_PX[0]), _MAP_PX[1])
        self._canvas.setFixedSize(edge, edge)

    def _room_across(self, *, beside: bool) -> int:
        """The width for the map, as if the scroll bar were there: its coming must not cut it."""
        bar = self.style().pixelMetric(QStyle.PixelMetric.PM_ScrollBarExtent, None, self)
        inner = self.width() - 2 * _SIDE - bar
        return (inner - _SPACE) // 2 if beside else inner

    def _room_down(self, *, beside: bool) -> int:
        """The height for the map so that it is seen whole, and what is below it begins."""
        fixed = (self._heading, self._bar, self._foot)
        room = self.height() - sum(part.sizeHint().height() for part in fixed) - 2 * _CLOSE
        return room if beside else room - _NEXT_PX

    def _render_map(self, maps: Tensor, channel: int, scale: MapScale, colormap: str) -> None:
        values = scale.range_of(maps, channel)
        ranges = np.array([[values.low, values.high]])
        indices = quantise(maps[channel : channel + 1], ranges, symmetric=scale.symmetric)
        self._canvas.show_map(indices[0], colormap)
        self._bar.show_range(values, colormap=colormap, scale=scale.legend_of(channel))

    def _render_figures(self, one: Tensor, *, single: bool) -> None:
        """Show the figures of float32 (1, H, W)."""
        figures = map_statistics(one)
        parts = (figures.minimum, figures.mean, figures.maximum)
        texts = format_values([float(part[0]) for part in parts], decimals=3)
        for name, text in zip(("minimum", "mean", "maximum"), texts, strict=True):
            self._figures.show_figure(name, "" if single else text)
        value = format_value(float(one[0, 0, 0]), decimals=3)
        self._figures.show_figure("value", value if single else "")
        zeros = float(figures.zeros[0])
        self._figures.show_figure("zeros", "" if single else format_share(zeros))
        missing = int(figures.not_finite[0])
        self._figures.show_figure("not finite", str(missing) if missing else "")
        self._figures.show_figure("under pointer", "" if single else self._read_out())
        self._histogram.setVisible(not single)
        self._histogram.show_bars(None if single else bars_of(one[0], zeros=zeros))

    @Slot(object)
    def _on_probed(self, pixel: object) -> None:
        if self._map is not None and self._map.size > 1:
            self._figures.show_figure("under pointer", self._read_out())
        self.probed.emit(pixel)

    def _read_out(self) -> str:
        """Position and value of the probed pixel, which may rest while the map changes."""
        probe = self._canvas.probe()
        if probe is None or self._map is None:
            return _UNPROBED
        x, y = probe
        return f"({x}, {y})  {format_value(float(self._map[y, x]), decimals=3)}"

    def _arrange(self) -> None:
        left, right = QVBoxLayout(), QVBoxLayout()
        for part in (left, right):
            part.setSpacing(8)
        left.addWidget(self._canvas, 0, Qt.AlignmentFlag.AlignLeft)
        left.addStretch(1)
        right.addWidget(self._histogram)
        right.addWidget(self._figures)
        right.addStretch(1)
        self._halves.setSpacing(_SPACE)
        self._halves.addLayout(left, 1)
        self._halves.addLayout(right, 1)
        inner = QVBoxLayout(self._content)
        inner.setContentsMargins(_SIDE, 0, _SIDE, _CLOSE)
        inner.setSpacing(_CLOSE)
        inner.addWidget(self._bar)  # across the panel: long numbers leave it room for colours
        inner.addLayout(self._halves)
        inner.addStretch(1)
        scroll = scrolled(self._content, self._message)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(self._heading)
        column.addWidget(scroll, 1)
        self._foot.setContentsMargins(_SIDE, _CLOSE, _SIDE, _SPACE)
        self._foot.addWidget(self._overlay)
        column.addLayout(self._foot)
        self.setMinimumWidth(220)
        self._arrange_heading(beside=False)

    def _arrange_heading(self, *, beside: bool) -> None:
        """Put the switch of the channel beside its name, or, where that is too narrow, below."""
        heading = self._heading
        for part in (self._title, self._pin, self._subtitle, self.gate):
            heading.removeWidget(part)
        heading.setContentsMargins(_SIDE, 6, _SIDE, 0)
        heading.setHorizontalSpacing(_SPACE)
        heading.setVerticalSpacing(2)
        heading.setColumnStretch(1, 1)
        heading.addWidget(self._title, 0, 0)
        heading.addWidget(self._pin, 0, 2)
        heading.addWidget(self._subtitle, 1, 0, 1, 3)
        place = (0, 1, 1, 1) if beside else (2, 0, 1, 3)
        heading.addWidget(self.gate, *place)


def _same(one: _Rendered, other: _Rendered) -> bool:
    return one[0] is other[0] and one[1:] == other[1:]
