"""The photo view: the picture with the chosen channel over it, or the invitation to drop one."""

from PySide6.QtCore import QRectF, Signal
from PySide6.QtWidgets import QStackedLayout, QWidget

from desktop_app.core.records import Tensor
from desktop_app.state import LensState
from desktop_app.views.drop_hint import DropHint
from desktop_app.views.photo_canvas import PhotoCanvas
from desktop_app.views.photo_scene import Overlay, PhotoScene
from desktop_app.views.shown_maps import drawn_range, is_vector, shown_channel, shown_maps
from desktop_app.views.theme import on_surface


class PhotoView(QWidget):
    """The picture is the hero; the interface steps back.

    Signals:
        open_requested: The user wants to choose files.
        paste_requested: The user wants what is on the clipboard.
        samples_requested: The user wants samples, a tuple of
            :class:`~desktop_app.core.bundled.Sample`.
    """

    open_requested = Signal()
    paste_requested = Signal()
    samples_requested = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        on_surface(self, "ground")
        self.setAccessibleName("Photo view")
        self._overlaid: tuple[Tensor, int, Overlay] | None = None
        self._rendered: tuple[object, ...] = ()
        self._canvas, self._hint = PhotoCanvas(), DropHint()
        self._layers = QStackedLayout(self)
        self._layers.addWidget(self._hint)
        self._layers.addWidget(self._canvas)
        self._hint.open_requested.connect(self.open_requested)
        self._hint.paste_requested.connect(self.paste_requested)
        self._hint.samples_requested.connect(self.samples_requested)

    def render(self, state: LensState) -> None:  # type: ignore[override]
        """Show the picture of ``state``; costs nothing where nothing has changed."""
        if state.shown is None:
            self._canvas.show_scene(None)
            self._rendered, self._overlaid = (), None
            self._hint.offer(state.samples)
            self._hint.show_busy("Opening the image…" if state.pending is not None else "")
            self._layers.setCurrentWidget(self._hint)
            return
        image, options = state.shown.image, state.options
        overlay = self._overlay(state)
        spec = None if state.model is None else state.model.preprocessing
        rendered = (image, overlay, spec, options.overlay, options.overlay_opacity)
        if rendered == self._rendered:
            return
        self._rendered = rendered
        crop = None
        if spec is not None:
            # The decoders come with it: imported with the first picture, not before the window.
            from desktop_app.core.preprocessing import input_rectangle  # noqa: PLC0415

            left, top, right, bottom = input_rectangle(image.size, spec)
            crop = QRectF(left, top, right - left, bottom - top)
        scene = PhotoScene(
            pixels=image.pixels,
            crop=crop,
            overlay=overlay,
            opacity=options.overlay_opacity,
            beside=options.overlay,
        )
        self._canvas.show_scene(scene)
        self._canvas.setAccessibleDescription(_sentence(state, overlaid=overlay is not None))
        self._layers.setCurrentWidget(self._canvas)

    def _overlay(self, state: LensState) -> Overlay | None:
        """The chosen channel as an overlay: the same object as long as it is the same."""
        maps, options = shown_maps(state), state.options
        if maps is None or is_vector(maps) or not options.overlay:
            return None
        channel = shown_channel(state, maps)
        shown = drawn_range(maps, channel, options)
        if self._overlaid is not None:
            old_maps, old_channel, old = self._overlaid
            same = (old.shown, old.colormap) == (shown, options.colormap)
            if old_maps is maps and old_channel == channel and same:
                return old
        overlay = Overlay(values=maps[channel], shown=shown, colormap=options.colormap)
        self._overlaid = (maps, channel, overlay)
        return overlay


def _sentence(state: LensState, *, overlaid: bool) -> str:
    """What is seen, for those who do not see it."""
    if state.shown is None:
        return ""
    width, height = state.shown.image.size
    sentence = f"{state.shown.image.name}, {width} × {height}"
    return f"{sentence}, channel {state.channel} of {state.layer} over it" if overlaid else sentence
