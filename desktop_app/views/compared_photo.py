"""The photos of A and B side by side, each with the same channel over it, moving as one."""

from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from desktop_app.core.figures import probability_text
from desktop_app.core.maps import ValueRange
from desktop_app.core.predictions import top_k
from desktop_app.core.preprocessing import input_rectangle
from desktop_app.core.records import Classification, Image, Model, Preprocessing, Tensor
from desktop_app.state import LensState, Side, ViewOptions
from desktop_app.views.compared_maps import (
    maps_of_a,
    maps_of_b,
    message_of_a,
    name_of,
    reference_of,
)
from desktop_app.views.labels import ElidedLabel
from desktop_app.views.photo_canvas import PhotoCanvas
from desktop_app.views.photo_geometry import Zoom
from desktop_app.views.photo_scene import Overlay, PhotoScene
from desktop_app.views.shown_field import field_on_photo, field_on_photo_of_a
from desktop_app.views.shown_maps import COMPUTING, is_vector, shown_channel
from desktop_app.views.shown_order import shown_scale
from desktop_app.views.side_sign import SideSign
from desktop_app.views.theme import on_surface, set_text_role

_SIDE: Final = 16
_GAP: Final = 8
_NAME_PX: Final = 96


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Seen:
    """What one half shows; compared field by field, the arrays by identity."""

    image: Image | None
    spec: Preprocessing | None
    maps: "Tensor | None"
    channel: int
    shown: ValueRange
    options: ViewOptions

    def same(self, other: "_Seen | None") -> bool:
        return (
            other is not None
            and self.image is other.image
            and self.spec == other.spec
            and self.maps is other.maps
            and self.channel == other.channel
            and (self.shown, self.options) == (other.shown, other.options)
        )


class ComparedPhoto(QWidget):
    """Two photos in place of one while something is compared."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        on_surface(self, "ground")
        self._state = LensState()
        self._probe: tuple[int, int] | None = None
        self.a, self.b = _Half("a"), _Half("b")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.a, 1)
        row.addWidget(self.b, 1)
        self.a.canvas.zoom_changed.connect(self._b_follows)
        self.b.canvas.zoom_changed.connect(self._a_follows)

    def show_probe(self, position: "tuple[int, int] | None") -> None:
        """Outline on both what a position (x, y) of the maps sees; None for nothing."""
        self._probe = position
        self._outline_fields()

    def render(self, state: LensState) -> None:  # type: ignore[override]
        """Show both; costs nothing where nothing has changed."""
        self._state = state
        comparison, shown, reference = state.comparison, state.shown, reference_of(state)
        if comparison is None or shown is None:
            return
        a, b = maps_of_a(state), maps_of_b(state)
        one = b if b is not None else a
        channel = 0 if one is None else shown_channel(state, one)
        range_shown = ValueRange(0, 0)
        if one is not None:
            range_shown = shown_scale(state, one, side="b").range_of(one, channel)
        image_a = None if reference is None else reference.image
        if image_a is None and comparison.kind == "model":
            image_a = shown.image  # the same picture, whatever the second model makes of it
        was_b = self.b.image
        for half, image, model, maps in (
            (self.a, image_a, comparison.model, a),
            (self.b, shown.image, state.model, b),
        ):
            half.show_photo(
                _Seen(
                    image=image,
                    spec=None if model is None else model.preprocessing,
                    maps=_overlaid(maps, channel, state.options),
                    channel=channel,
                    shown=range_shown,
                    options=state.options,
                )
            )
        of_a = None if reference is None else reference.classification
        self.a.show_caption(
            name_of(state, "a"), _result(comparison.model, of_a) or message_of_a(state, COMPUTING)
        )
        self.b.show_caption(name_of(state, "b"), _result(state.model, shown.classification))
        if was_b is not None and shown.image is not was_b:
            self._b_follows()  # the next picture is looked at where the one before was
        self._outline_fields()

    def _outline_fields(self) -> None:
        state, probe = self._state, self._probe
        self.a.canvas.show_field(None if probe is None else field_on_photo_of_a(state, probe))
        self.b.canvas.show_field(None if probe is None else field_on_photo(state, probe))

    @Slot()
    def _a_follows(self) -> None:
        _follow(self.b.canvas, self.a.canvas)

    @Slot()
    def _b_follows(self) -> None:
        _follow(self.a.canvas, self.b.canvas)


class _Half(QWidget):
    """A caption and a photo."""

    def __init__(self, side: Side) -> None:
        super().__init__()
        self._seen: _Seen | None = None
        self.sign = SideSign(side)
        self.name = ElidedLabel(mode=Qt.TextElideMode.ElideMiddle)
        self.result = ElidedLabel(role="secondary")
        self.result.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.canvas = PhotoCanvas()
        self.canvas.setAccessibleName("Photo of A" if side == "a" else "Photo of B")
        self._nothing = QLabel()
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        set_text_role(self._nothing, "secondary")
        caption = QHBoxLayout()
        caption.setContentsMargins(_SIDE, 8, _SIDE, 0)
        caption.setSpacing(_GAP)
        caption.addWidget(self.sign)
        caption.addWidget(self.name)
        caption.addWidget(self.result)
        caption.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(caption)
        column.addWidget(self.canvas, 1)
        column.addWidget(self._nothing, 1)

    @property
    def image(self) -> Image | None:
        """What is shown."""
        return None if self._seen is None else self._seen.image

    def show_caption(self, name: str, result: str) -> None:
        """Say what the side is of, and what came of it."""
        self.name.setText(name)
        self.result.setText(result)
        self._nothing.setText(result)
        self._share_out()
        self.canvas.setAccessibleDescription(" · ".join(part for part in (name, result) if part))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Share the caption's room out anew."""
        super().resizeEvent(event)
        self._share_out()

    def _share_out(self) -> None:
        """The class is seen whole; the name gives way, as far as it can still be told."""
        room = self.width() - 2 * _SIDE - self.sign.sizeHint().width() - 2 * _GAP
        wanted = self.result.sizeHint().width()
        self.name.setMaximumWidth(max(room - wanted, _NAME_PX))

    def show_photo(self, seen: _Seen) -> None:
        """Show one picture, or the place of one."""
        self.canvas.setVisible(seen.image is not None)
        self._nothing.setVisible(seen.image is None)
        if seen.same(self._seen):
            return
        self._seen = seen
        if seen.image is None:
            self.canvas.show_scene(None)
            return
        crop = None
        if seen.spec is not None:
            left, top, right, bottom = input_rectangle(seen.image.size, seen.spec)
            crop = QRectF(left, top, right - left, bottom - top)
        overlay = None
        if seen.maps is not None:
            overlay = Overlay(
                values=seen.maps[seen.channel], shown=seen.shown, colormap=seen.options.colormap
            )
        self.canvas.show_scene(
            PhotoScene(
                pixels=seen.image.pixels,
                crop=crop,
                overlay=overlay,
                opacity=seen.options.overlay_opacity,
                beside=False,
            )
        )


def _overlaid(maps: "Tensor | None", channel: int, options: ViewOptions) -> "Tensor | None":
    """The maps of which one lies over a photo; None where there is none to lay."""
    if maps is None or is_vector(maps) or channel >= len(maps) or not options.overlay:
        return None
    return maps


def _result(model: Model | None, classification: Classification | None) -> str:
    """The likeliest class: "golden retriever · 71.2 %"."""
    if model is None or classification is None:
        return ""
    best = top_k(classification.probabilities, model.labels, 1)[0]
    return f"{best.label} · {probability_text(best.probability)}"


def _follow(moved: PhotoCanvas, other: PhotoCanvas) -> None:
    """Look at the same part of the other photo: as far from its middle, in its own size."""
    here, there = moved.panes(), other.panes()
    if not here or not there:
        return
    zoom = moved.zoom()
    along = there[0].region.width() / here[0].region.width()
    down = there[0].region.height() / here[0].region.height()
    shift = QPointF(zoom.shift.x() * along, zoom.shift.y() * down)
    other.look_as(Zoom(zoom.factor, shift))
