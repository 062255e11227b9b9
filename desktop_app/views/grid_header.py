"""The head of the channel grid: which layer, in which order, on which scale; what is pointed at."""

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QMenu, QWidget

from desktop_app.core.channel_order import ChannelOrder
from desktop_app.core.map_names import Criterion, Scale
from desktop_app.core.records import Tensor
from desktop_app.state import LensState
from desktop_app.views.compared_maps import drawn_side, side_caption
from desktop_app.views.figures import format_shape, format_value
from desktop_app.views.grid_actions import GridActions
from desktop_app.views.labels import ElidedLabel
from desktop_app.views.picker import PickerButton
from desktop_app.views.scale_bar import ScaleBar
from desktop_app.views.shown_order import is_weighing, shown_scale

_ONE_ROW_FROM_PX: Final = 760
_SORT_TITLES: Final[dict[Criterion, str]] = {
    "number": "number",
    "mean": "mean",
    "maximum": "maximum",
    "zeros": "zeros",
    "variance": "variance",
    "evidence": "evidence",
}
_SCALE_TITLES: Final[dict[Scale, str]] = {
    "layer": "layer",
    "channel": "channel",
    "images": "all images",
    "pinned": "pinned",
}
_UNTIL_INDEXED: Final = "The layer's own range, until the images that are loaded are indexed"
_OF_DIFFERENCE: Final = "A difference has a range of its own"


class GridHeader(QWidget):
    """Name, facts and readout; below or beside them order, scale and colour bar."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.name = ElidedLabel(mode=Qt.TextElideMode.ElideMiddle)
        self.facts = ElidedLabel(role="secondary")
        self.sort = PickerButton("Order of the channels")
        self.scale = PickerButton("Scale of the colours")
        self.bar = ScaleBar()
        self._facts = ""
        self._rows = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._arrange()

    def offer(self, actions: GridActions) -> None:
        """Fill the menus with commands; once."""
        sorts, scales = list(actions.sorts.values()), list(actions.scales.values())
        self.sort.setMenu(_menu(self.sort, sorts, [actions.hide_dead]))
        self.scale.setMenu(_menu(self.scale, scales, [actions.pin_scale, actions.set_scale]))
        self.bar.offer([actions.pin_scale, actions.set_scale])

    def render_state(
        self, state: LensState, maps: "Tensor | None", order: ChannelOrder | None, channel: int
    ) -> None:
        """Show a snapshot.

        Args:
            state: What is shown.
            maps: Of the chosen layer, float32 (C, H, W); None for none.
            order: Of the channels of ``maps``.
            channel: The open one.
        """
        layer, options = state.chosen_layer, state.options
        named = (state.layer or "No layer", side_caption(state))
        self.name.setText(" · ".join(part for part in named if part))
        shape = layer.shape if layer is not None else maps.shape if maps is not None else ()
        weighing = maps is not None and is_weighing(state, maps)
        missing = "no evidence" if state.evidence_error else ""
        dead = hidden_words(order) if order is not None and options.hide_dead else ""
        self._facts = _facts(shape, dead, "weighing…" if weighing else missing)
        self.facts.setText(self._facts)
        weighed = _weighed_class(state)
        self.sort.name_choice(
            f"sort: {_sort_title(state)}",
            f"for {weighed}" if weighed else "",
            tip=f"How much each channel speaks for {weighed}" if weighed else "",
        )
        scale = None if maps is None else shown_scale(state, maps)
        # Where another scale holds than was wanted, the legend of the bar says which.
        held = options.scale if scale is None else scale.kind
        difference = drawn_side(state) == "difference"
        waits = options.scale == "images" and held != "images" and not difference
        title = _SCALE_TITLES["images" if waits else held]
        tip = _OF_DIFFERENCE if difference and held != options.scale else ""
        self.scale.name_choice(f"scale: {title}", "", tip=_UNTIL_INDEXED if waits else tip)
        for button in (self.sort, self.scale):
            # The colours of the bar give way before the words.
            button.keep_title()
        for control in (self.sort, self.scale, self.bar):
            control.setEnabled(maps is not None)
        self.bar.name_colormap(options.colormap)
        self.bar.show_range(
            None if scale is None or maps is None else scale.range_of(maps, channel),
            colormap=options.colormap,
            scale="" if scale is None else scale.legend_of(channel),
        )

    def read_out(self, maps: "Tensor | None", probe: tuple[int, int, int] | None) -> None:
        """Say which value is pointed at, in place of the layer's facts.

        Args:
            maps: float32 (C, H, W).
            probe: (channel, x, y), or None for nothing.
        """
        if probe is None or maps is None:
            self.facts.setText(self._facts)
            return
        channel, x, y = probe
        value = format_value(float(maps[channel, y, x]), decimals=3)
        place = "" if maps.shape[1:] == (1, 1) else f"({x}, {y})  "
        self.facts.setText(f"channel {channel}  {place}{value}")

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the choices below the layer's name where one row would cut the name short."""
        super().resizeEvent(event)
        wide = event.size().width() >= _ONE_ROW_FROM_PX
        direction = QBoxLayout.Direction
        self._rows.setDirection(direction.LeftToRight if wide else direction.TopToBottom)

    def _arrange(self) -> None:
        names, choices = QHBoxLayout(), QHBoxLayout()
        for row in (names, choices):
            row.setSpacing(8)
        names.addWidget(self.name)
        names.addWidget(self.facts)
        names.addStretch(1)
        choices.addWidget(self.sort)
        choices.addWidget(self.scale)
        choices.addStretch(1)
        choices.addWidget(self.bar)
        self._rows.setSpacing(6)
        self._rows.addLayout(names, 1)
        self._rows.addLayout(choices)
        self._rows.setContentsMargins(4, 0, 4, 0)
        self.setLayout(self._rows)
        QWidget.setTabOrder(self.sort, self.scale)
        QWidget.setTabOrder(self.scale, self.bar)


def hidden_words(order: ChannelOrder) -> str:
    """How many channels are hidden where dead ones are; that none are is said, too."""
    if order.hidden:
        shown, total = len(order.channels), len(order.places)
        return f"{shown} of {total}, {order.hidden} dead hidden"
    return f"{order.dead} dead, pinned" if order.dead else "no dead channels"


def _menu(button: QWidget, *groups: Sequence[QAction]) -> QMenu:
    menu = QMenu(button)
    menu.setToolTipsVisible(True)
    for number, group in enumerate(groups):
        if number:
            menu.addSeparator()
        menu.addActions(list(group))
    return menu


def _sort_title(state: LensState) -> str:
    criterion = state.options.sort
    if criterion == "similarity":
        return f"like {0 if state.grid is None else state.grid.similar_to}"
    return _SORT_TITLES[criterion]


def _weighed_class(state: LensState) -> str:
    """What the channels are evidence for; empty where they are in another order."""
    index = state.explained_class
    if state.options.sort != "evidence" or state.model is None or index is None:
        return ""
    return state.model.labels[index]


def _facts(shape: tuple[int, ...], *more: str) -> str:
    parts = [format_shape(shape)] if shape else []
    return " · ".join(part for part in (*parts, *more) if part)
