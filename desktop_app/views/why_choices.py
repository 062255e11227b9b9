"""What is asked: by which method, of which layer, against which class."""

from functools import partial
from typing import Final

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QMenu, QWidget

from desktop_app.core.attribution.methods import METHODS
from desktop_app.core.figures import probability_text
from desktop_app.state import LensState
from desktop_app.views.picker import PickerButton
from desktop_app.views.shown_why import rivals
from desktop_app.views.why_actions import WhyActions

_RIVALS: Final = 12
"""Offered to be held against; the commands reach all."""


class WhyChoices(QWidget):
    """``Grad-CAM ▾  last maps ▾  and not… ▾``.

    Signals:
        rival_chosen: Index of the class to hold against; None for none.
    """

    rival_chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = LensState()
        self.method = PickerButton("Method of explanation")
        self.layer = PickerButton("Layer that is looked at")
        self.rival = PickerButton("Class that it is held against")
        self.methods, self.rivals = QMenu(self.method), QMenu(self.rival)
        self.methods.aboutToShow.connect(self._mark_method)
        self.rivals.aboutToShow.connect(self._list_rivals)
        self.method.setMenu(self.methods)
        self.rival.setMenu(self.rivals)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        for button in (self.method, self.layer, self.rival):
            row.addWidget(button)
        row.addStretch(1)

    def offer(self, actions: WhyActions) -> None:
        """Fill the menus with commands; once."""
        for name, facts in METHODS.items():
            choose = actions.methods[name].trigger
            item = self.methods.addAction(f"{facts.title}\t{facts.shows}", choose)
            item.setCheckable(True)
            item.setData(name)
        layers = QMenu(self.layer)
        layers.setToolTipsVisible(True)
        layers.addAction(actions.at_chosen)
        self.layer.setMenu(layers)

    def render(self, state: LensState) -> None:  # type: ignore[override]  # not Qt's
        """Name the choices of ``state``."""
        self._state = state
        facts, options = METHODS[state.options.method], state.options
        self.method.name_choice(facts.title, "", tip=f"{facts.shows} ({facts.paper})")
        layer = "chosen layer" if options.explain_at_chosen else "last maps"
        self.layer.name_choice(layer, "", tip="Whose maps are looked at")
        self.layer.setVisible(facts.at_layer)
        against = state.opposed_class
        labels = () if state.model is None else state.model.labels
        self.rival.name_choice(
            "and not…" if against is None else f"not {labels[against]}",
            "",
            tip="Ask why it is this class and not another one",
        )
        self.rival.setEnabled(bool(rivals(state, 1)))

    @Slot()
    def _mark_method(self) -> None:
        for item in self.methods.actions():
            item.setChecked(item.data() == self._state.options.method)

    @Slot()
    def _list_rivals(self) -> None:
        menu, against = self.rivals, self._state.opposed_class
        menu.clear()
        alone = menu.addAction("The class alone", partial(self.rival_chosen.emit, None))
        alone.setCheckable(True)
        alone.setChecked(against is None)
        menu.addSeparator()
        for row in rivals(self._state, _RIVALS):
            label = row.label.replace("&", "&&")
            text = f"not {label}\t{probability_text(row.probability)}"
            action = menu.addAction(text, partial(self.rival_chosen.emit, row.index))
            action.setCheckable(True)
            action.setChecked(row.index == against)
