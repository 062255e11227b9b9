"""The line at the foot: which model, what runs it and why, and how long each part took."""

from typing import Final

from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtWidgets import QHBoxLayout, QWidget

from desktop_app.state import LensState
from desktop_app.views.labels import ElidedLabel
from desktop_app.views.theme import font, on_surface, set_text_role

_SAID_MS: Final = 1800
_TOLD_FROM: Final = 4
"""Fewer images are indexed before anybody could read that they are."""


class StatusLine(QWidget):
    """``Everyday 200 · CPU: no NVIDIA driver found          decode 9.1 ms · …``."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        on_surface(self, "window")
        self.what = ElidedLabel(role="secondary")
        self.times = ElidedLabel(role="secondary", mode=Qt.TextElideMode.ElideLeft)
        for label, name in ((self.what, "Model and provider"), (self.times, "Times")):
            label.setFont(font(11, tabular=True))
            label.setAccessibleName(name)
        self.times.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        line = QHBoxLayout(self)
        line.setContentsMargins(14, 4, 14, 5)
        line.setSpacing(16)
        line.addWidget(self.what, 1)
        line.addWidget(self.times)
        self._state = LensState()
        self._said = QTimer(self)
        self._said.setSingleShot(True)
        self._said.setInterval(_SAID_MS)
        self._said.timeout.connect(self._fall_silent)

    def render(self, state: LensState) -> None:  # type: ignore[override]  # not Qt's
        """Show what runs, what is under way, and the times of the picture on screen."""
        self._state = state
        if not self._said.isActive():
            self._fall_silent()
        self.times.setText(" · ".join(_times(state)))

    def say(self, done: str) -> None:
        """Say for a moment what has just been done, in place of what runs."""
        set_text_role(self.what, "text")
        self.what.setText(done)
        self._said.start()

    @Slot()
    def _fall_silent(self) -> None:
        set_text_role(self.what, "secondary")
        self.what.setText(" · ".join(_what(self._state)))


def _what(state: LensState) -> list[str]:
    parts = []
    if state.model is not None:
        parts.append(state.model.title)
    if state.provider is not None:
        device = f" ({state.provider.device})" if state.provider.device else ""
        parts.append(f"{state.provider}{device}")
    if state.loading_model:
        parts.append(f"loading {state.loading_model}…")
    indexing = None if state.survey is None else state.survey.progress
    if state.progress is not None and indexing is not None:
        parts.append(f"classified {state.progress.done:,} of {state.progress.total:,}")
        parts.append(f"indexed {indexing.done:,}")
    elif state.progress is not None:
        parts.append(f"{state.progress.done:,} of {state.progress.total:,} images")
    elif indexing is not None and indexing.total >= _TOLD_FROM:
        parts.append(f"indexing {indexing.done:,} of {indexing.total:,}")
    elif state.pending is not None:
        parts.append("opening…")
    return parts


def _times(state: LensState) -> list[str]:
    shown = state.shown
    if shown is None or shown.classification is None:
        return []
    timing = shown.classification.timing
    parts = [
        f"decode {timing.decode_ms:.1f} ms",
        f"preprocess {timing.preprocess_ms:.1f} ms",
        f"run {timing.run_ms:.1f} ms",
    ]
    if shown.activations is not None:
        parts.append(f"all layers {shown.activations.run_ms:.0f} ms")
    return parts
