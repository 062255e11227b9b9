"""The channel grid: all maps of the chosen layer at once, on one scale or each on its own."""

from dataclasses import dataclass, replace
from functools import partial
from typing import Final, cast

from PySide6.QtCore import QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QIcon, QPixmap, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QComboBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from desktop_app.core.maps import MapStatistics, map_statistics, quantise
from desktop_app.core.records import Tensor
from desktop_app.state import LensState, Scale, ViewOptions
from desktop_app.views.colormaps import CHOICES, is_diverging
from desktop_app.views.colour_bar import ColourBar, gradient_image
from desktop_app.views.figures import format_shape, format_share, format_value, format_values
from desktop_app.views.labels import ElidedLabel
from desktop_app.views.shown_maps import (
    COMPUTING,
    class_label,
    drawn_range,
    drawn_ranges,
    drawn_scale,
    is_vector,
    maps_message,
    scale_name,
    shown_channel,
    shown_maps,
)
from desktop_app.views.theme import on_surface, set_text_role
from desktop_app.views.tile_area import TileArea
from desktop_app.views.tile_picture import TileScene

_ONE_ROW_FROM_PX: Final = 700
_SWATCHES_AFTER_MS: Final = 150
_SCALES: Final[tuple[tuple[Scale, str, str], ...]] = (
    ("layer", "Scale: layer", "One range for all channels: their maps can be compared"),
    ("channel", "Scale: channel", "Each channel has its own range: faint maps become visible"),
)


@dataclass(frozen=True, slots=True, eq=False)
class _Drawn:
    """What was rendered last, to update only what has changed."""

    maps: Tensor
    scale: Scale
    colormap: str
    scene: TileScene
    statistics: MapStatistics


class ChannelGrid(QWidget):
    """The panel: layer name and shape, scale, colours, colour bar, tiles.

    Signals:
        channel_chosen: Index of a channel.
        options_changed: A new :class:`~desktop_app.state.ViewOptions`.
        layer_stepped: 1 for the next layer, -1 for the one before.
    """

    channel_chosen = Signal(int)
    options_changed = Signal(object)
    layer_stepped = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Channels of the layer")
        on_surface(self, "panel")
        self._state = LensState()
        self._drawn: _Drawn | None = None
        self._name = ElidedLabel(mode=Qt.TextElideMode.ElideMiddle)
        self._shape = QLabel()
        set_text_role(self._shape, "secondary")
        self._scale = _scale_choice()
        self._colormap = _colormap_choice()
        # Swatches come after the first paint: the tables take longer to load than the window.
        QTimer.singleShot(_SWATCHES_AFTER_MS, self, partial(_draw_swatch, self._colormap, 0))
        self._bar = ColourBar()
        self._header = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._tiles = TileArea(self._describe)
        self._tiles.setAccessibleName("Channel tiles")
        self._tiles.tile_chosen.connect(self.channel_chosen)
        self._tiles.layer_stepped.connect(self.layer_stepped)
        self._tiles.size_chosen.connect(self._on_size_chosen)
        self._scale.activated.connect(self._on_scale_chosen)
        self._colormap.activated.connect(self._on_colormap_chosen)
        self._arrange()
        self.render(self._state)

    def render(self, state: LensState) -> None:  # type: ignore[override]
        """Show the chosen layer of ``state``; costs nothing where nothing has changed."""
        self._state = state
        maps = shown_maps(state)
        if maps is not None:
            self._drawn = _draw(maps, state.options, self._drawn)
        message = maps_message(state)
        # The maps of the picture before stay, dimmed, until the new ones are there.
        drawn = self._drawn if maps is not None or message == COMPUTING else None
        self._drawn = drawn
        chosen = shown_channel(state, drawn.maps) if drawn is not None else 0
        self._tiles.show_tiles(
            drawn.scene if drawn is not None else None,
            chosen=chosen,
            edge_px=state.options.tile_px,
            message=message,
        )
        self._tiles.setAccessibleDescription(message or self._describe(chosen))
        self._render_header(state, drawn.maps if drawn is not None else None, chosen)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the choices below the layer's name where one row would cut the name short."""
        super().resizeEvent(event)
        wide = event.size().width() >= _ONE_ROW_FROM_PX
        self._header.setDirection(
            QBoxLayout.Direction.LeftToRight if wide else QBoxLayout.Direction.TopToBottom
        )

    def _render_header(self, state: LensState, maps: "Tensor | None", channel: int) -> None:
        layer = state.chosen_layer
        self._name.setText(state.layer or "No layer")
        shape = layer.shape if layer is not None else maps.shape if maps is not None else ()
        self._shape.setText(format_shape(shape) if shape else "")
        options = state.options
        vector = maps is not None and is_vector(maps)
        shown_scale = drawn_scale(maps, options) if maps is not None else options.scale
        self._scale.setCurrentIndex([name for name, *_ in _SCALES].index(shown_scale))
        self._scale.setEnabled(not vector)
        self._scale.setToolTip(
            "Every channel is one value here: only the layer has a range"
            if vector
            else _SCALES[self._scale.currentIndex()][2]
        )
        self._colormap.setCurrentIndex(max(self._colormap.findData(options.colormap), 0))
        self._bar.show_range(
            drawn_range(maps, channel, options) if maps is not None else None,
            colormap=options.colormap,
            scale=scale_name(maps, channel, options) if maps is not None else "",
        )

    def _describe(self, channel: int) -> str:
        """Number, class and figures of a channel."""
        if self._drawn is None:
            return ""
        figures, maps = self._drawn.statistics, self._drawn.maps
        label = class_label(self._state, maps, channel)
        title = f"Channel {channel} of {len(maps)}" + (f": {label}" if label else "")
        if is_vector(maps):
            return f"{title}\nvalue {format_value(float(maps[channel, 0, 0]), decimals=3)}"
        parts = (figures.minimum, figures.mean, figures.maximum)
        minimum, mean, maximum = format_values([float(part[channel]) for part in parts], decimals=3)
        zeros = format_share(float(figures.zeros[channel]))
        return f"{title}\nminimum {minimum}, mean {mean}, maximum {maximum}\nzeros {zeros}"

    def _arrange(self) -> None:
        names, choices = QHBoxLayout(), QHBoxLayout()
        for row in (names, choices):
            row.setSpacing(8)
        names.addWidget(self._name)
        names.addWidget(self._shape)
        names.addStretch(1)
        choices.addWidget(self._scale)
        choices.addWidget(self._colormap)
        choices.addStretch(1)
        choices.addWidget(self._bar)
        header = self._header
        header.setSpacing(6)
        header.addLayout(names, 1)
        header.addLayout(choices)
        column = QVBoxLayout(self)
        # The tiles bring a margin of 4 themselves, for the outline of the chosen one.
        column.setContentsMargins(10, 8, 4, 0)
        column.setSpacing(4)
        header.setContentsMargins(4, 0, 10, 0)
        column.addLayout(header)
        column.addWidget(self._tiles, 1)
        QWidget.setTabOrder(self._scale, self._colormap)
        QWidget.setTabOrder(self._colormap, self._tiles)

    @Slot(int)
    def _on_size_chosen(self, edge_px: int) -> None:
        self._change(replace(self._state.options, tile_px=edge_px))

    @Slot(int)
    def _on_scale_chosen(self, index: int) -> None:
        self._change(replace(self._state.options, scale=_SCALES[index][0]))

    @Slot(int)
    def _on_colormap_chosen(self, index: int) -> None:
        name = cast("str", self._colormap.itemData(index))
        self._change(replace(self._state.options, colormap=name))

    def _change(self, options: ViewOptions) -> None:
        if options != self._state.options:
            self.options_changed.emit(options)


def _draw(maps: Tensor, options: ViewOptions, last: _Drawn | None) -> _Drawn:
    """Colour indices and figures of a layer, as far as they are not those of the last time."""
    scale, colormap = drawn_scale(maps, options), options.colormap
    same_maps = last is not None and last.maps is maps
    if last is not None and same_maps and (last.scale, last.colormap) == (scale, colormap):
        return last
    symmetric = is_diverging(colormap)
    if (
        last is not None
        and same_maps
        and last.scale == scale
        and is_diverging(last.colormap) == symmetric
    ):
        scene = replace(last.scene, colormap=colormap)
    else:
        indices = quantise(maps, drawn_ranges(maps, options), symmetric=symmetric)
        values = maps[:, 0, 0] if is_vector(maps) else None
        scene = TileScene(indices=indices, values=values, colormap=colormap)
    statistics = last.statistics if last is not None and same_maps else map_statistics(maps)
    return _Drawn(maps, scale, colormap, scene, statistics)


def _scale_choice() -> QComboBox:
    box = QComboBox()
    box.setAccessibleName("Scale of the colours")
    for index, (_, title, explanation) in enumerate(_SCALES):
        box.addItem(title)
        box.setItemData(index, explanation, Qt.ItemDataRole.ToolTipRole)
    return box


def _colormap_choice() -> QComboBox:
    box = QComboBox()
    box.setAccessibleName("Colour map")
    box.setToolTip("Colour map; ± keeps zero in the middle, for layers with negative values")
    box.setIconSize(QSize(32, 8))
    blank = QPixmap(64, 16)
    blank.fill(Qt.GlobalColor.transparent)
    for item in CHOICES:
        box.addItem(QIcon(blank), item.title, item.name)  # with room for the swatch
    return box


def _draw_swatch(box: QComboBox, index: int) -> None:
    """Draw one colour map beside its name, and leave the next to a later turn."""
    swatch = gradient_image(CHOICES[index].name).scaled(
        64, 16, mode=Qt.TransformationMode.SmoothTransformation
    )
    box.setItemIcon(index, QIcon(QPixmap.fromImage(swatch)))
    if index + 1 < len(CHOICES):
        QTimer.singleShot(0, box, partial(_draw_swatch, box, index + 1))
