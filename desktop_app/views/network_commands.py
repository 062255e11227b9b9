"""The commands of the network's map: from wherever the window is, they lead to it."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction

from desktop_app.views.actions import Actions
from desktop_app.views.network_canvas import ZOOM_STEP
from desktop_app.views.network_view import NetworkView
from desktop_app.views.panel_tabs import PanelTabs


class NetworkCommands(QObject):
    """Connects actions with the map; shows it first where it is hidden."""

    def __init__(self, actions: Actions, tabs: PanelTabs, view: NetworkView) -> None:
        super().__init__(actions)
        self._actions, self._tabs, self._view = actions, tabs, view
        canvas = view.canvas
        actions.show_map.triggered.connect(self._show)
        for action, act in (
            (actions.show_in_map, canvas.show_chosen),
            (actions.zoom_map_in, partial(canvas.zoom_by, ZOOM_STEP)),
            (actions.zoom_map_out, partial(canvas.zoom_by, 1 / ZOOM_STEP)),
            (actions.fit_map, canvas.fit),
            (actions.read_map, canvas.read),
        ):
            action.triggered.connect(partial(self._show_and, act))
            canvas.addAction(action)
        hint = QAction("Shift+drag zooms into a box", canvas)
        hint.setEnabled(False)
        canvas.addAction(hint)

    def _show(self, *_checked: object) -> None:
        self._actions.panels["layers"].setChecked(True)
        self._tabs.choose("map")
        self._view.canvas.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _show_and(self, act: Callable[[], object], *_checked: object) -> None:
        self._show()
        act()
