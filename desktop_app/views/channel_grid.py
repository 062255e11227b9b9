"""The channel grid: all maps of the chosen layer at once, in an order and on a scale."""

from dataclasses import dataclass, replace

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop_app.core.channel_order import ChannelOrder
from desktop_app.core.map_scales import MapScale
from desktop_app.core.maps import Indices, quantise
from desktop_app.core.records import Tensor
from desktop_app.intervening import changed_by
from desktop_app.parts.grid import GridChoice, Selection
from desktop_app.state import LensState, ViewOptions
from desktop_app.views.compared_maps import drawn_state
from desktop_app.views.figures import format_share, format_value, format_values
from desktop_app.views.grid_actions import GridActions
from desktop_app.views.grid_header import GridHeader
from desktop_app.views.range_editor import RangeEditor
from desktop_app.views.shown_maps import (
    COMPUTING,
    class_label,
    is_vector,
    maps_message,
    shown_channel,
    shown_maps,
)
from desktop_app.views.shown_order import shown_order, shown_scale, shown_statistics
from desktop_app.views.theme import on_surface
from desktop_app.views.tile_area import TileArea
from desktop_app.views.tile_marks import TileMarks
from desktop_app.views.tile_menu import CommandGroup
from desktop_app.views.tile_picture import TileScene
from desktop_app.views.tile_selection import PlacesSelected

ALL_DEAD = "Every channel of this layer is zero everywhere, and dead channels are hidden"


@dataclass(frozen=True, slots=True, eq=False)
class _Drawn:
    """What was rendered last, to update only what has changed."""

    maps: Tensor
    scale: MapScale
    order: ChannelOrder
    indices: Indices
    scene: TileScene


class ChannelGrid(QWidget):
    """The panel: layer name and shape, order, scale, colour bar, tiles.

    Signals:
        channel_chosen: Number of a channel.
        channels_selected: A :class:`~desktop_app.parts.grid.Selection`.
        pins_toggled: The selected channels, or the chosen one, are to be pinned or let go.
        copy_requested: They are to be copied.
        options_changed: A new :class:`~desktop_app.state.ViewOptions`.
        numbers_set: (low, high) of a pinned scale.
        layer_stepped: 1 for the next layer, -1 for the one before.
        probed: (x, y) of the map's pixel that is pointed at, or None.
    """

    channel_chosen = Signal(int)
    channels_selected = Signal(object)
    pins_toggled = Signal()
    copy_requested = Signal()
    options_changed = Signal(object)
    numbers_set = Signal(object)
    layer_stepped = Signal(int)
    probed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Channels of the layer")
        on_surface(self, "panel")
        self._state = LensState()
        self._drawn: _Drawn | None = None
        self._probe: tuple[int, int, int] | None = None
        self._header = GridHeader()
        self._tiles = TileArea(self._describe_place)
        self._tiles.setAccessibleName("Channel tiles")
        self._arrange()
        self._connect()
        self.render(self._state)

    def offer(self, actions: GridActions) -> None:
        """Have the menus offer the commands; once."""
        self._header.offer(actions)
        self._tiles.offer(
            (
                CommandGroup("", (actions.copy, actions.save)),
                CommandGroup("Order", (*actions.sorts.values(), actions.hide_dead)),
                CommandGroup(
                    "Scale", (*actions.scales.values(), actions.pin_scale, actions.set_scale)
                ),
            )
        )

    def render(self, state: LensState) -> None:  # type: ignore[override]
        """Show the chosen layer of ``state``; costs nothing where nothing has changed."""
        self._state = state
        state = drawn_state(state)
        maps, message = shown_maps(state), maps_message(state)
        if maps is not None:
            self._drawn = _draw(maps, state, self._drawn)
        elif message != COMPUTING:
            self._drawn = None
        # Else the maps of the picture before stay, dimmed, until the new ones are there.
        drawn = self._drawn
        channel = shown_channel(state, drawn.maps) if drawn is not None else 0
        # Also of the picture before: there is nothing that could be dimmed.
        all_dead = drawn is not None and not len(drawn.order.channels)
        if maps is not None and all_dead:
            message = ALL_DEAD
        self._tiles.show_tiles(
            None if drawn is None or all_dead else drawn.scene,
            _marks(state, drawn.order, channel) if drawn is not None else TileMarks(),
            edge_px=state.options.tile_px,
            message=message,
        )
        self._tiles.setAccessibleDescription(message or self._describe(channel))
        self._header.render_state(
            state,
            None if drawn is None else drawn.maps,
            None if drawn is None else drawn.order,
            channel,
        )
        self._read_out()

    @Slot()
    def edit_numbers(self) -> None:
        """Open the fields for the numbers of a pinned scale, at the colour bar."""
        if self._drawn is not None:
            maps = self._drawn.maps
            shown = self._drawn.scale.range_of(maps, shown_channel(self._state, maps))
            editor = RangeEditor(shown, self)
            editor.range_set.connect(self.numbers_set)
            editor.open_below(self._header.bar)

    def _describe_place(self, place: int) -> str:
        return self._describe(self._channel_at(place))

    def _describe(self, channel: int) -> str:
        """Number, class and figures of a channel."""
        if self._drawn is None:
            return ""
        maps = self._drawn.maps
        label = class_label(self._state, maps, channel)
        title = f"Channel {channel} of {len(maps)}" + (f": {label}" if label else "")
        if is_vector(maps):
            return f"{title}\nvalue {format_value(float(maps[channel, 0, 0]), decimals=3)}"
        figures = shown_statistics(maps)
        parts = (figures.minimum, figures.mean, figures.maximum)
        minimum, mean, maximum = format_values([float(part[channel]) for part in parts], decimals=3)
        zeros = format_share(float(figures.zeros[channel]))
        return f"{title}\nminimum {minimum}, mean {mean}, maximum {maximum}\nzeros {zeros}"

    def _channel_at(self, place: int) -> int:
        return place if self._drawn is None else int(self._drawn.order.channels[place])

    def _arrange(self) -> None:
        column = QVBoxLayout(self)
        # The tiles bring a margin of 4 themselves, for the outline of the chosen one.
        column.setContentsMargins(10, 8, 4, 0)
        column.setSpacing(4)
        column.addWidget(self._header)
        column.addWidget(self._tiles, 1)
        QWidget.setTabOrder(self._header.bar, self._tiles)

    def _connect(self) -> None:
        tiles, bar = self._tiles, self._header.bar
        tiles.tile_chosen.connect(self._on_tile_chosen)
        tiles.tiles_selected.connect(self._on_tiles_selected)
        tiles.pins_toggled.connect(self.pins_toggled)
        tiles.copy_requested.connect(self.copy_requested)
        tiles.layer_stepped.connect(self.layer_stepped)
        tiles.size_chosen.connect(self._on_size_chosen)
        tiles.probed.connect(self._on_probed)
        bar.colormap_chosen.connect(self._on_colormap_chosen)
        bar.numbers_wanted.connect(self.edit_numbers)

    @Slot(int)
    def _on_tile_chosen(self, place: int) -> None:
        self.channel_chosen.emit(self._channel_at(place))

    @Slot(object)
    def _on_tiles_selected(self, selected: PlacesSelected) -> None:
        channel = self._channel_at
        self.channels_selected.emit(
            Selection(
                channels=tuple(channel(place) for place in selected.places),
                chosen=channel(selected.chosen),
                anchor=channel(selected.anchor),
            )
        )

    @Slot(object)
    def _on_probed(self, probe: tuple[int, int, int] | None) -> None:
        self._probe = probe
        self._read_out()
        self.probed.emit(None if probe is None else probe[1:])

    def _read_out(self) -> None:
        """Say which value the pointer rests on."""
        drawn, probe = self._drawn, self._probe
        if drawn is not None and probe is not None and probe[0] < len(drawn.order.channels):
            place, x, y = probe
            self._header.read_out(drawn.maps, (self._channel_at(place), x, y))
        else:
            self._header.read_out(None, None)

    @Slot(int)
    def _on_size_chosen(self, edge_px: int) -> None:
        self._change(replace(self._state.options, tile_px=edge_px))

    @Slot(str)
    def _on_colormap_chosen(self, name: str) -> None:
        self._change(replace(self._state.options, colormap=name))

    def _change(self, options: ViewOptions) -> None:
        if options != self._state.options:
            self.options_changed.emit(options)


def _draw(maps: Tensor, state: LensState, last: _Drawn | None) -> _Drawn:
    """Colour indices and order of a layer, as far as they are not those of the last time."""
    scale, order = shown_scale(state, maps), shown_order(state, maps)
    same = last is not None and last.maps is maps and last.scale == scale
    colormap = state.options.colormap
    if last is None or not same:
        indices = quantise(maps, scale.ranges(maps), symmetric=scale.symmetric)
    elif last.order is order and last.scene.colormap == colormap:
        return last
    else:
        indices = last.indices
    scene = TileScene(
        indices=indices,
        channels=order.channels,
        values=maps[:, 0, 0] if is_vector(maps) else None,
        colormap=colormap,
    )
    return _Drawn(maps, scale, order, indices, scene)


def _marks(state: LensState, order: ChannelOrder, chosen: int) -> TileMarks:
    """The marked places, of the channels that are shown."""
    choice = state.grid or GridChoice()
    count = len(order.places)
    places = (order.place(each) for each in choice.selected_in(state.layer) if each < count)
    anchor = order.place(choice.anchor) if choice.anchor < count else None
    changed = changed_by(state).channels(state.layer or "")
    factors = {order.place(each): factor for each, factor in changed.items() if each < count}
    return TileMarks(
        chosen=order.place(chosen),
        selected=frozenset(place for place in places if place is not None),
        anchor=0 if anchor is None else anchor,
        pinned=order.pinned,
        off=frozenset(p for p, factor in factors.items() if p is not None and factor == 0),
        scaled=frozenset(p for p, factor in factors.items() if p is not None and factor),
    )
