"""The picture of a state; over it, where the network saw it, a channel or the explanation."""

from PySide6.QtCore import QRectF
from PySide6.QtWidgets import QWidget

from desktop_app.core.preprocessing import input_rectangle
from desktop_app.core.records import Tensor
from desktop_app.state import LensState
from desktop_app.views.photo_canvas import PhotoCanvas
from desktop_app.views.photo_scene import Overlay, PhotoScene
from desktop_app.views.shown_field import field_on_photo
from desktop_app.views.shown_maps import is_vector, shown_channel, shown_maps
from desktop_app.views.shown_order import shown_scale
from desktop_app.views.shown_why import is_asked_why, shown_attribution, why_title


class ShownPhoto(PhotoCanvas):
    """A canvas that makes its scene of a state."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._overlaid: tuple[Tensor, int, Overlay] | None = None
        self._rendered: tuple[object, ...] = ()
        self._state = LensState()
        self._probe: tuple[int, int] | None = None

    def show_probe(self, position: tuple[int, int] | None) -> None:
        """Outline what a position (x, y) of the chosen layer's maps sees; None for nothing."""
        self._probe = position
        self._outline_field()

    def render(self, state: LensState) -> None:  # type: ignore[override]
        """Show the picture of ``state``; costs nothing where nothing has changed."""
        self._state = state
        self._outline_field()
        if state.shown is None:
            self._rendered, self._overlaid = (), None
            self.show_scene(None)
            return
        image, options = state.shown.image, state.options
        overlay = self._overlay_of(state)
        spec = None if state.model is None else state.model.preprocessing
        rendered = (image, overlay, spec, options.overlay, options.overlay_opacity)
        if rendered == self._rendered:
            return
        self._rendered = rendered
        crop = None
        if spec is not None:
            left, top, right, bottom = input_rectangle(image.size, spec)
            crop = QRectF(left, top, right - left, bottom - top)
        scene = PhotoScene(
            pixels=image.pixels,
            crop=crop,
            overlay=overlay,
            opacity=options.overlay_opacity,
            beside=options.overlay,
        )
        self.show_scene(scene)
        self.setAccessibleDescription(_sentence(state, overlaid=overlay is not None))

    def _outline_field(self) -> None:
        probe = self._probe
        self.show_field(None if probe is None else field_on_photo(self._state, probe))

    def _overlay_of(self, state: LensState) -> Overlay | None:
        """The chosen channel as an overlay: the same object as long as it is the same."""
        if is_asked_why(state):
            return self._explanation_of(state)
        maps, options = shown_maps(state), state.options
        if maps is None or is_vector(maps) or not options.overlay:
            return None
        channel = shown_channel(state, maps)
        shown = shown_scale(state, maps).range_of(maps, channel)
        if self._overlaid is not None:
            old_maps, old_channel, old = self._overlaid
            same = (old.shown, old.colormap) == (shown, options.colormap)
            if old_maps is maps and old_channel == channel and same:
                return old
        overlay = Overlay(values=maps[channel], shown=shown, colormap=options.colormap)
        self._overlaid = (maps, channel, overlay)
        return overlay

    def _explanation_of(self, state: LensState) -> Overlay | None:
        """The heat map that explains the class, in place of the channel: likewise."""
        attribution = shown_attribution(state)
        if attribution is None or not state.options.overlay:
            return None
        colormap, values = attribution.colormap(state.options.colormap), attribution.values
        if self._overlaid is not None:
            old_values, _, old = self._overlaid
            if old_values is values and old.colormap == colormap:
                return old
        overlay = Overlay(values=values, shown=attribution.shown_range, colormap=colormap)
        self._overlaid = (values, 0, overlay)
        return overlay


def _sentence(state: LensState, *, overlaid: bool) -> str:
    """What is seen, for those who do not see it."""
    if state.shown is None:
        return ""
    width, height = state.shown.image.size
    sentence = f"{state.shown.image.name}, {width} × {height}"
    if not overlaid:
        return sentence
    if is_asked_why(state):
        return f"{sentence}, {why_title(state)} over it"
    return f"{sentence}, channel {state.channel} of {state.layer} over it"
