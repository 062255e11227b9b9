"""The commands that concern why a class: method and layer."""

from collections.abc import Sequence

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QActionGroup

from desktop_app.core.attribution.methods import METHODS
from desktop_app.core.map_names import Method
from desktop_app.views.grid_actions import AddAction, ListedUnder


class WhyActions:
    """Part of :class:`~desktop_app.views.actions.Actions`."""

    def __init__(self, add: AddAction, owner: QObject) -> None:
        group: ListedUnder = "Layers and channels"
        self.show = add(group, "Show why a class", "Ctrl+Y")
        self.next_method = add(group, "Next method of explanation", "Ctrl+Shift+Y")
        self.previous_method = add(group, "Method of explanation before", "Ctrl+Shift+U")
        self.methods: dict[Method, QAction] = {}
        one_of = QActionGroup(owner)
        for name, facts in METHODS.items():
            action = add(group, f"Explain by {facts.title}", None, checks=True)
            action.setToolTip(f"{facts.shows} ({facts.paper})")
            one_of.addAction(action)
            self.methods[name] = action
        self.at_chosen = add(group, "Explain at the chosen layer", None, checks=True)
        self.at_chosen.setToolTip("Look at the chosen layer's maps instead of the last ones")
        self.stop = add(group, "Stop explaining", None)

    @property
    def all(self) -> Sequence[QAction]:
        """Every one of them."""
        return [
            self.show,
            self.next_method,
            self.previous_method,
            *self.methods.values(),
            self.at_chosen,
            self.stop,
        ]
