"""What the window has for comparing: the tab, the menu of second models, the commands.

Its signals are intentions, taken by :mod:`desktop_app.controllers.comparison`.
"""

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from desktop_app.state import LensState
from desktop_app.views.compare_view import CompareView
from desktop_app.views.compared_maps import SIDE_SIGNS
from desktop_app.views.comparison_menu import ComparisonMenu

if TYPE_CHECKING:
    from desktop_app.views.file_dialogs import FileDialogs
    from desktop_app.views.main_window import MainWindow


class ComparisonParts(QObject):
    """Belongs to one window.

    Signals:
        image_kept: The picture on screen is to be kept as A.
        entry_compared: An entry is to be opened beside the picture on screen.
        model_chosen: The :class:`~pathlib.Path` of the model that is to be A.
        swap_requested: A and B are to be exchanged.
        end_requested: The comparison is to end.
        options_changed: A new :class:`~desktop_app.state.ViewOptions`.
    """

    image_kept = Signal()
    entry_compared = Signal(int)
    model_chosen = Signal(object)
    swap_requested = Signal()
    end_requested = Signal()
    options_changed = Signal(object)

    def __init__(self, window: "MainWindow", dialogs: "FileDialogs") -> None:
        super().__init__(window)
        self._window = window
        self._state = LensState()
        actions = window.commands.comparing
        self._actions = actions
        self.view = CompareView()
        self.menu = ComparisonMenu(window.commands, window)
        self.menu.model_chosen.connect(self.model_chosen)
        self.menu.file_wanted.connect(dialogs.ask_for_second_model)
        dialogs.second_model_chosen.connect(self.model_chosen)
        self.view.image_wanted.connect(self.image_kept)
        self.view.model_wanted.connect(self._ask_for_model)
        self.view.swap_requested.connect(self.swap_requested)
        self.view.end_requested.connect(self.end_requested)
        self.view.probed.connect(window.photo.show_probe)
        self.view.options_changed.connect(self.options_changed)
        actions.image.triggered.connect(self.image_kept)
        actions.model.triggered.connect(self._ask_for_model)
        actions.swap.triggered.connect(self.swap_requested)
        actions.end.triggered.connect(self.end_requested)
        actions.next_side.triggered.connect(self._show_next_side)

    def render(self, state: LensState) -> None:
        """Show a snapshot."""
        self._state = state
        self.view.render(state)
        self.menu.follow(state)
        actions, comparison, shown = self._actions, state.comparison, state.shown
        actions.image.setEnabled(shown is not None and shown.activations is not None)
        actions.model.setEnabled(state.model is not None)
        for action in (actions.swap, actions.next_side, actions.end):
            action.setEnabled(comparison is not None)

    @Slot()
    def _ask_for_model(self) -> None:
        seen = self.view.second if self.view.second.isVisible() else self._window.photo
        self.menu.open_over(seen)

    @Slot()
    def _show_next_side(self) -> None:
        sides = list(SIDE_SIGNS)
        options = self._state.options
        following = sides[(sides.index(options.side) + 1) % len(sides)]
        self.options_changed.emit(replace(options, side=following))
