"""Why this class: method, class held against, layer; the heat map, its numbers and its progress."""

from typing import Final

import numpy as np
from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QLabel,
    QStyle,
    QVBoxLayout,
    QWidget,
)

from desktop_app.core.attribution.methods import METHODS
from desktop_app.core.attribution_text import figures_of, place_text, question_text, scale_text
from desktop_app.core.attributions import Attribution
from desktop_app.core.figures import format_value
from desktop_app.core.maps import quantise
from desktop_app.state import LensState
from desktop_app.views.colormaps import is_diverging
from desktop_app.views.colour_bar import ColourBar
from desktop_app.views.explaining_progress import ExplainingProgress
from desktop_app.views.figure_table import FigureTable
from desktop_app.views.labels import ElidedLabel
from desktop_app.views.map_canvas import MapCanvas
from desktop_app.views.overlay_controls import OverlayControls
from desktop_app.views.scrolled import scrolled
from desktop_app.views.shown_why import (
    is_asked_why,
    shown_attribution,
    why_message,
    why_title,
)
from desktop_app.views.theme import on_surface, set_text_role
from desktop_app.views.why_choices import WhyChoices

_SIDE: Final = 14
_SPACE: Final = 12
_BESIDE_FROM_PX: Final = 400
"""From this width on the figures stand beside the map instead of below it."""
_MAP_PX: Final = (112, 420)
_MAP_SHARE: Final = 0.48
"""Of the width, where the figures stand beside it."""
_ROWS: Final = (
    "logit",
    "lead of the logit",
    "adds up to",
    "should be",
    "completeness error",
    "runs of the network",
    "under pointer",
)
_UNPROBED: Final = "–"


class AttributionView(QWidget):
    """The panel at the lower right, on the tab "Why".

    Signals:
        options_changed: A new :class:`~desktop_app.state.ViewOptions`.
        rival_chosen: Index of the class to hold against; None for none.
        stop_wanted: What is being computed is not wanted any more.
        again_wanted: What was stopped is wanted after all.
    """

    options_changed = Signal(object)
    rival_chosen = Signal(object)
    stop_wanted = Signal()
    again_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Why a class")
        on_surface(self, "panel")
        self._drawn: tuple[Attribution, str] | None = None
        self.title, self.subtitle = ElidedLabel(role="title"), ElidedLabel(role="secondary")
        self.choices = WhyChoices()
        self.shows = _words()
        self.message = _words()
        self.message.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.bar, self.canvas, self.figures = ColourBar(), MapCanvas(), FigureTable(_ROWS)
        self.canvas.setAccessibleName("Heat map")
        self.overlay = OverlayControls("Draw the heat map over the photo")
        self.progress = ExplainingProgress()
        self._halves = QBoxLayout(QBoxLayout.Direction.TopToBottom)
        self._arrange()
        self.canvas.probed.connect(self._on_probed)
        self.overlay.options_changed.connect(self.options_changed)
        self.choices.rival_chosen.connect(self.rival_chosen)
        self.progress.stop_wanted.connect(self.stop_wanted)
        self.progress.again_wanted.connect(self.again_wanted)
        self.render(LensState())

    def render(self, state: LensState) -> None:  # type: ignore[override]  # not Qt's
        """Show the explanation of ``state``; costs nothing while another tab is shown."""
        if not is_asked_why(state):
            return
        options = state.options
        attribution, message = shown_attribution(state), why_message(state)
        self.title.setText(why_title(state))
        self.choices.render(state)
        self.shows.setText(METHODS[options.method].shows)
        self.progress.render_explanation(state.attribution)
        self.message.setText(message)
        self.message.setVisible(bool(message))
        for part in (self.bar, self.canvas, self.figures, self.overlay):
            part.setVisible(attribution is not None)
        self.overlay.show_options(options)
        if attribution is None:
            self._drawn = None
            self.subtitle.setText("")
            return
        self.subtitle.setText(_subtitle(state, attribution))
        self._fit_map()
        self._draw(attribution, attribution.colormap(options.colormap))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the figures beside the map or below it, as the width allows."""
        super().resizeEvent(event)
        self._fit_map()

    def _fit_map(self) -> None:
        """Give the map as much as leaves it in view whole, and the figures their place."""
        beside = self.width() >= _BESIDE_FROM_PX
        self._halves.setDirection(
            QBoxLayout.Direction.LeftToRight if beside else QBoxLayout.Direction.TopToBottom
        )
        # As if the scroll bar were there: its coming must not cut the map off.
        bar = self.style().pixelMetric(QStyle.PixelMetric.PM_ScrollBarExtent, None, self)
        inner = self.width() - 2 * _SIDE - bar
        across = round((inner - _SPACE) * _MAP_SHARE) if beside else inner
        lines = (self.title, self.subtitle, self.choices, self.bar, self.overlay)
        taken = sum(part.sizeHint().height() for part in lines) + self.shows.heightForWidth(inner)
        down = self.height() - taken - 5 * _SPACE
        edge = min(max(min(across, down), _MAP_PX[0]), _MAP_PX[1])
        if edge != self.canvas.width():
            self.canvas.setFixedSize(edge, edge)

    def _draw(self, attribution: Attribution, colormap: str) -> None:
        drawn = (attribution, colormap)
        if drawn == self._drawn:
            return
        self._drawn = drawn
        shown = attribution.shown_range
        ranges = np.array([[shown.low, shown.high]])
        indices = quantise(attribution.values[None], ranges, symmetric=is_diverging(colormap))
        self.canvas.show_map(indices[0], colormap)
        self.bar.show_range(shown, colormap=colormap, scale=scale_text(attribution))
        figures = dict(figures_of(attribution))
        for name in _ROWS:
            self.figures.show_figure(name, figures.get(name, ""))
        self.figures.show_figure("under pointer", self._read_out())

    @Slot(object)
    def _on_probed(self, _pixel: object) -> None:
        self.figures.show_figure("under pointer", self._read_out())

    def _read_out(self) -> str:
        """Position and value of the probed place."""
        probe = self.canvas.probe()
        if probe is None or self._drawn is None:
            return _UNPROBED
        x, y = probe
        return f"({x}, {y})  {format_value(float(self._drawn[0].values[y, x]), decimals=3)}"

    def _arrange(self) -> None:
        heading = QVBoxLayout()
        heading.setContentsMargins(_SIDE, 6, _SIDE, 0)
        heading.setSpacing(0)
        heading.addWidget(self.title)
        heading.addWidget(self.subtitle)
        content = QWidget()
        content.setAutoFillBackground(False)
        inner = QVBoxLayout(content)
        inner.setContentsMargins(_SIDE, 0, _SIDE, _SIDE)
        inner.setSpacing(8)
        for part in (self.choices, self.shows, self.progress, self.message, self.bar):
            inner.addWidget(part)
        figures = QVBoxLayout()
        figures.addWidget(self.figures)
        figures.addStretch(1)
        self._halves.setSpacing(_SPACE)
        self._halves.addWidget(self.canvas, 0, Qt.AlignmentFlag.AlignLeft)
        self._halves.addLayout(figures, 1)
        inner.addLayout(self._halves)
        inner.addStretch(1)
        scroll = scrolled(content)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(heading)
        column.addWidget(scroll, 1)
        foot = QVBoxLayout()
        foot.setContentsMargins(_SIDE, 0, _SIDE, 6)
        foot.addWidget(self.overlay)
        column.addLayout(foot)
        self.setMinimumWidth(220)


def _subtitle(state: LensState, attribution: Attribution) -> str:
    """What the map is of; its class only where that is not the one asked about now."""
    method = METHODS[attribution.question.method].title
    parts = [method, place_text(attribution)]
    labels = () if state.model is None else state.model.labels
    asked = f"Why {question_text(attribution.question, labels)}"
    if asked != why_title(state):
        parts.append(f"still {asked[0].lower()}{asked[1:]}")
    if state.interventions is not None and state.interventions.active:
        parts.append("of the untouched network")
    return " · ".join(parts)


def _words() -> QLabel:
    label = QLabel()
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    set_text_role(label, "secondary")
    return label
