"""A comparison, large: A, B and what B has more, on scales that can be compared, with one probe."""

from dataclasses import replace
from typing import Final

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QStyle,
    QVBoxLayout,
    QWidget,
)

from desktop_app.core.maps import ValueRange
from desktop_app.core.records import Tensor
from desktop_app.state import LensState, Side
from desktop_app.views.colour_bar import ColourBar
from desktop_app.views.compare_column import CompareColumn
from desktop_app.views.compared_maps import (
    SIDE_SIGNS,
    difference_colormap,
    difference_of,
    is_itself,
    layer_obstacle,
    maps_of_a,
    maps_of_b,
    message_of_a,
    name_of,
)
from desktop_app.views.labels import ElidedLabel
from desktop_app.views.scrolled import scrolled
from desktop_app.views.shown_maps import (
    COMPUTING,
    maps_message,
    shown_channel,
)
from desktop_app.views.shown_order import shown_scale
from desktop_app.views.theme import on_surface, set_text_role

_SIDE: Final = 14
_SPACE: Final = 10
_MAP_PX: Final = (64, 260)
_NOTHING: Final = ValueRange(0, 0)


class CompareView(QWidget):
    """The tab of the lower right panel.

    Signals:
        options_changed: A new :class:`~desktop_app.state.ViewOptions`.
        image_wanted: The picture on screen is to be kept as A.
        model_wanted: Another model is to be chosen as A.
        swap_requested: A and B are to be exchanged.
        end_requested: The comparison is to end.
        probed: (x, y) of the maps' pixel that is pointed at, or None.
    """

    options_changed = Signal(object)
    image_wanted = Signal()
    model_wanted = Signal()
    swap_requested = Signal()
    end_requested = Signal()
    probed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Comparison")
        on_surface(self, "panel")
        self._state = LensState()
        self._rendered: tuple[object, ...] = ()
        self._title = ElidedLabel("Compare", role="title")
        self._subtitle = ElidedLabel(role="secondary", mode=Qt.TextElideMode.ElideMiddle)
        self.swap = QPushButton("Swap")
        self.swap.setToolTip("Exchange A and B")
        self.swap.clicked.connect(self.swap_requested)
        self.end = QPushButton("End")
        self.end.setToolTip("End the comparison")
        self.end.clicked.connect(self.end_requested)
        self.a, self.b = CompareColumn("a"), CompareColumn("b")
        self.difference = CompareColumn("difference")
        self.bar, self.difference_bar = ColourBar(), ColourBar()
        self.side = _side_choice()
        self.side.activated.connect(self._on_side_chosen)
        self._hint = _wrapped()
        self._empty = _wrapped()
        self.keep, self.second = QPushButton("Compare with this image"), QPushButton()
        self.second.setText("Compare with another model…")
        self.keep.clicked.connect(self.image_wanted)
        self.second.clicked.connect(self.model_wanted)
        self._content, self._invitation = QWidget(), QWidget()
        for column in self.columns():
            column.probed.connect(self._on_probed)
        self._arrange()
        self.render(self._state)

    def columns(self) -> tuple[CompareColumn, ...]:
        """A, B and the difference."""
        return self.a, self.b, self.difference

    def render(self, state: LensState) -> None:  # type: ignore[override]
        """Show the chosen channel of both; costs nothing where nothing has changed."""
        self._state = state
        if state.comparison is None:
            self._let_maps_go()  # seen or not: they are many, and nobody comes back to them
        if state.options.channel_tab != "compare":
            return  # not looked at
        comparing = state.comparison is not None
        self._content.setVisible(comparing)
        self._invitation.setVisible(not comparing)
        for control in (self.side, self.swap, self.end):
            control.setVisible(comparing)
        whole = state.shown is not None and state.shown.activations is not None
        self.keep.setEnabled(whole)
        self.second.setEnabled(state.model is not None)
        if state.comparison is None:
            self._title.setText("Compare")
            self._subtitle.setText("")
            return
        a, b = maps_of_a(state), maps_of_b(state)
        self._title.setText(f"Channel {state.channel}")
        self._subtitle.setText(state.layer or "")
        self._hint.setText(_hint_of(state))
        self._hint.setVisible(bool(self._hint.text()))
        self.side.setCurrentIndex(self.side.findData(state.options.side))
        for column, side in zip(self.columns(), SIDE_SIGNS, strict=True):
            column.show_name(name_of(state, side))
        options = state.options
        texts = (message_of_a(state, COMPUTING), maps_message(state), _scales(a, b, state))
        rendered = (a, b, state.channel, options, *texts)
        if not _same(rendered, self._rendered):
            self._rendered = rendered
            self._render_maps(a, b, state)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Share the width among the three maps."""
        super().resizeEvent(event)
        bar = self.style().pixelMetric(QStyle.PixelMetric.PM_ScrollBarExtent, None, self)
        edge = (self.width() - 2 * _SIDE - bar - 2 * _SPACE) // 3
        for column in self.columns():
            column.set_edge(min(max(edge, _MAP_PX[0]), _MAP_PX[1]))

    def _let_maps_go(self) -> None:
        if self._rendered:
            self._rendered = ()
            for column in self.columns():
                column.let_go()

    def _render_maps(self, a: "Tensor | None", b: "Tensor | None", state: LensState) -> None:
        options = state.options
        one = b if b is not None else a
        channel = state.channel if one is None else shown_channel(state, one)
        scale = None if one is None else shown_scale(state, one, side="b")
        shown = _NOTHING if one is None or scale is None else scale.range_of(one, channel)
        over_both = a is not None and b is not None and len(a) == len(b)
        shown_of_a = shown
        if a is not None and not over_both and channel < len(a):
            shown_of_a = shown_scale(state, a, side="a").range_of(a, channel)
        for column, maps, own, message in (
            (self.a, a, shown_of_a, message_of_a(state, COMPUTING)),
            (self.b, b, shown, maps_message(replace(state, options=replace(options, side="b")))),
        ):
            column.show_values(
                None if maps is None or channel >= len(maps) else maps[channel],
                shown=own,
                colormap=options.colormap,
                message=message,
            )
        whose = "A, B: " if over_both else "B: " if a is not None and b is not None else ""
        self.bar.show_range(
            None if one is None else shown,
            colormap=options.colormap,
            scale="" if scale is None else whose + scale.legend_of(channel),
        )
        self._render_difference(a, b, channel)

    def _render_difference(self, a: "Tensor | None", b: "Tensor | None", channel: int) -> None:
        state = self._state
        colormap = difference_colormap(state.options.colormap)
        maps = difference_of(a, b)
        scale = None if maps is None else shown_scale(state, maps, side="difference")
        reach = None if maps is None or scale is None else scale.range_of(maps, channel)
        self.difference.show_values(
            None if maps is None else maps[channel],
            shown=reach or _NOTHING,
            colormap=colormap,
            message="Nothing to subtract" if a is not None and b is not None else "",
        )
        legend = "" if scale is None else scale.legend_of(channel)
        self.difference_bar.show_range(
            reach, colormap=colormap, scale=f"{SIDE_SIGNS['difference']}: {legend}"
        )

    @Slot(object)
    def _on_probed(self, pixel: object) -> None:
        for column in self.columns():
            column.show_probe(pixel if isinstance(pixel, tuple) else None)
        self.probed.emit(pixel)

    @Slot(int)
    def _on_side_chosen(self, index: int) -> None:
        side: Side = self.side.itemData(index)
        if side != self._state.options.side:
            self.options_changed.emit(replace(self._state.options, side=side))

    def _arrange(self) -> None:
        heading = QHBoxLayout()
        heading.setContentsMargins(_SIDE, 8, _SIDE, 0)
        heading.setSpacing(8)
        names = QVBoxLayout()
        names.setSpacing(0)
        names.addWidget(self._title)
        names.addWidget(self._subtitle)
        heading.addLayout(names, 1)
        heading.addWidget(self.side, 0, Qt.AlignmentFlag.AlignTop)
        heading.addWidget(self.swap, 0, Qt.AlignmentFlag.AlignTop)
        heading.addWidget(self.end, 0, Qt.AlignmentFlag.AlignTop)
        maps = QHBoxLayout()
        maps.setSpacing(_SPACE)
        for each in self.columns():
            maps.addWidget(each, 0, Qt.AlignmentFlag.AlignTop)
        maps.addStretch(1)
        inner = QVBoxLayout(self._content)
        inner.setContentsMargins(_SIDE, 0, _SIDE, 0)
        inner.setSpacing(4)
        inner.addWidget(self._hint)
        inner.addLayout(maps)
        inner.addWidget(self.bar)
        inner.addWidget(self.difference_bar)
        inner.addStretch(1)
        self._empty.setText(
            "Keep the picture on screen as A, then open another one: both stand side by side, "
            "on one scale, with their difference. Or have a second model look at the same picture."
        )
        invitation = QVBoxLayout(self._invitation)
        invitation.setContentsMargins(_SIDE, 0, _SIDE, _SIDE)
        invitation.setSpacing(8)
        for part in (self._empty, self.keep, self.second):
            invitation.addWidget(part)
        invitation.addStretch(1)
        self._fill_column(heading)

    def _fill_column(self, heading: QHBoxLayout) -> None:
        scroll = scrolled(self._content, self._invitation)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(heading)
        column.addWidget(scroll, 1)
        self.setMinimumWidth(220)


def _scales(a: "Tensor | None", b: "Tensor | None", state: LensState) -> object:
    """What the maps are drawn on: also what is known of other images may change it."""
    one = b if b is not None else a
    return None if one is None else shown_scale(state, one, side="b")


def _same(one: tuple[object, ...], other: tuple[object, ...]) -> bool:
    """Whether nothing has changed: the maps by identity, the rest by value."""
    maps_stay = all(a is b for a, b in zip(one[:2], other[:2], strict=True)) if other else False
    return maps_stay and one[2:] == other[2:]


def _hint_of(state: LensState) -> str:
    """What a person should know before they read the maps; mostly nothing."""
    comparison = state.comparison
    if comparison is None:
        return ""
    if comparison.loading and comparison.model is not None:
        return f"Loading {comparison.loading}…"
    if is_itself(state):
        return "This picture is kept as A. Open another one: it becomes B."
    if clause := layer_obstacle(state):
        return f"No difference here: {clause}. Choose a layer that both have."
    return ""


def _side_choice() -> QComboBox:
    box = QComboBox()
    box.setAccessibleName("Maps in the grid")
    box.setToolTip("Whose maps the grid and the tab Channel show")
    for side, sign in SIDE_SIGNS.items():
        box.addItem(f"Grid: {sign}", side)
    return box


def _wrapped() -> QLabel:
    label = QLabel()
    label.setWordWrap(True)
    set_text_role(label, "secondary")
    return label
