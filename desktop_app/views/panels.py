"""How the panels share the window: two rows of panes with splitters; any but the photo can hide.

The window is shown with the places of most panels empty; what goes there follows. The arrangement
can be packed into bytes and restored, at any time. What is restored is checked first, because it
comes from a file that anything may have happened to.
"""

import json
from collections.abc import Mapping
from typing import Final, NamedTuple, get_args, get_type_hints

from PySide6.QtCore import QByteArray, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from desktop_app.core.json_values import as_json, converted
from desktop_app.views.actions import PanelName
from desktop_app.views.theme import on_surface

_SEAM: Final = 3
_UPPER_SIDES: Final = (216, 288)
_LOWER_SIDES: Final = (304, 420)
_LOWER: Final[tuple[PanelName, ...]] = ("layers", "grid", "channel")
_VERSION: Final = 1
_SPLITTERS: Final = 3


class _Packed(NamedTuple):
    """The arrangement as it is kept.

    Attributes:
        version: Of this layout of the window; another one is not restored.
        geometry: Qt's own record of place, size and maximised state.
        splitters: Qt's own record of each splitter.
        hidden: Names of the hidden panels.
    """

    version: int
    geometry: bytes
    splitters: tuple[bytes, ...]
    hidden: tuple[PanelName, ...]


class Panels(QWidget):
    """The panes below the top bar."""

    def __init__(self, photo: QWidget, seen: QWidget, parent: QWidget | None = None) -> None:
        """Arrange the panes.

        Args:
            photo: Always there, in the middle of the upper row.
            seen: The panel of that name, below the photo.
            parent: As for every widget.
        """
        super().__init__(parent)
        on_surface(self, "window")
        self._panels: dict[PanelName, QWidget] = {name: QWidget() for name in get_args(PanelName)}
        for place in self._panels.values():
            on_surface(place, "panel")
        self._panels["seen"] = seen
        panels = self._panels
        middle = QWidget()
        on_surface(middle, "ground")
        column = QVBoxLayout(middle)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(photo, 1)
        column.addWidget(seen)
        self._upper = _split(
            Qt.Orientation.Horizontal, panels["images"], middle, panels["predictions"]
        )
        self._lower = _split(
            Qt.Orientation.Horizontal, panels["layers"], panels["grid"], panels["channel"]
        )
        self._rows = _split(Qt.Orientation.Vertical, self._upper, self._lower)
        for splitter in (self._upper, self._lower):
            splitter.setStretchFactor(1, 1)
        self._rows.setStretchFactor(0, 1)
        self._rows.setStretchFactor(1, 1)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._rows)
        self._shared_out = False

    def fill(self, panels: Mapping[PanelName, QWidget]) -> None:
        """Put panels into their places, as large as those are, and hidden where those are."""
        splitters = self._splitters()
        sizes = [splitter.sizes() for splitter in splitters]
        for name, panel in panels.items():
            place, splitter = self._panels[name], self._splitter_of(name)
            hidden = place.isHidden()
            splitter.replaceWidget(splitter.indexOf(place), panel)
            panel.setHidden(hidden)
            place.deleteLater()
            self._panels[name] = panel
        if self.isVisible():  # else nothing has a size yet that would have to stay
            for splitter, wanted in zip(splitters, sizes, strict=True):
                splitter.setSizes(wanted)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Share out the room when it is first known, unless an arrangement was restored."""
        super().resizeEvent(event)
        if not self._shared_out:
            self._shared_out = True
            self._share_out(event.size().width(), event.size().height())

    def _share_out(self, width: int, height: int) -> None:
        """Give every panel its first size: the sides theirs, the middle what is left."""
        for splitter, (left, right) in ((self._upper, _UPPER_SIDES), (self._lower, _LOWER_SIDES)):
            splitter.setSizes([left, width - left - right, right])
        # As much as classes and their evidence take in the smallest window that is planned for.
        upper = round(height * 0.54)
        self._rows.setSizes([upper, height - upper])

    def set_shown(self, name: PanelName, shown: bool) -> None:  # noqa: FBT001 - a Qt slot's value
        """Show or hide a panel; it comes back as wide as it was."""
        self._panels[name].setVisible(shown)
        self._lower.setVisible(any(not self._panels[name].isHidden() for name in _LOWER))

    def hidden(self) -> tuple[PanelName, ...]:
        """Names of the hidden panels."""
        return tuple(name for name, panel in self._panels.items() if panel.isHidden())

    def pack(self, geometry: QByteArray) -> bytes:
        """The arrangement and the window's geometry as bytes."""
        states = tuple(bytes(splitter.saveState().data()) for splitter in self._splitters())
        packed = _Packed(_VERSION, bytes(geometry.data()), states, self.hidden())
        return json.dumps(packed._asdict(), default=as_json).encode()

    def unpack(self, layout: bytes) -> QByteArray | None:
        """Restore an arrangement.

        Returns:
            The window's geometry, or None where ``layout`` is nothing that :meth:`pack` made;
            then nothing is changed.
        """
        packed = _packed_in(layout)
        if packed is None or packed.version != _VERSION:
            return None
        self._shared_out = True
        for splitter, state in zip(self._splitters(), packed.splitters, strict=True):
            splitter.restoreState(QByteArray(state))
            splitter.setHandleWidth(_SEAM)
        for name in self._panels:
            self.set_shown(name, name not in packed.hidden)
        return QByteArray(packed.geometry)

    def _splitter_of(self, name: PanelName) -> QSplitter:
        return self._lower if name in _LOWER else self._upper

    def _splitters(self) -> tuple[QSplitter, QSplitter, QSplitter]:
        return self._rows, self._upper, self._lower


def _packed_in(layout: bytes) -> _Packed | None:
    """What was packed; None where ``layout`` is something else."""
    try:
        found = json.loads(layout)
        hints = get_type_hints(_Packed)
        packed = _Packed(**{name: converted(found[name], hints[name]) for name in hints})
    except (ValueError, LookupError, TypeError, RecursionError):
        return None
    return packed if len(packed.splitters) == _SPLITTERS else None


def _split(orientation: Qt.Orientation, *panes: QWidget) -> QSplitter:
    splitter = QSplitter(orientation)
    splitter.setChildrenCollapsible(False)
    splitter.setHandleWidth(_SEAM)
    for pane in panes:
        splitter.addWidget(pane)
    return splitter
