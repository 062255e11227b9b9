"""What of the window explains a class: its view and its commands, put together."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt

from desktop_app.state import LensState
from desktop_app.views.attribution_view import AttributionView
from desktop_app.views.panel_tabs import PanelTabs
from desktop_app.views.why_commands import WhyCommands

if TYPE_CHECKING:
    from desktop_app.views.main_window import MainWindow


class WhyParts(QObject):
    """Belongs to one window."""

    def __init__(self, window: "MainWindow") -> None:
        super().__init__(window)
        self._panel = window.commands.panels["channel"]
        self.view = AttributionView()
        self.view.choices.offer(window.commands.why)
        self.commands = WhyCommands(window.commands.why, window)
        self.view.options_changed.connect(window.options_changed)
        self.commands.options_changed.connect(window.options_changed)

    def render(self, state: LensState) -> None:
        """Show a snapshot."""
        self.view.render(state)
        self.commands.follow(state)

    def show(self, tabs: PanelTabs, *_checked: object) -> None:
        """Bring the view to the front, and the keys to it."""
        self._panel.setChecked(True)
        tabs.choose("why")
        self.view.choices.method.setFocus(Qt.FocusReason.ShortcutFocusReason)
