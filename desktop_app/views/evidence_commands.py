"""The commands of the evidence list as intentions: which class is the next likeliest."""

from dataclasses import replace

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QWidget

from desktop_app.core.predictions import ranking
from desktop_app.state import LensState
from desktop_app.views.evidence_actions import EvidenceActions


class EvidenceCommands(QObject):
    """Follows the state, and turns triggered actions into intentions.

    Signals:
        options_changed: A new :class:`~desktop_app.state.ViewOptions`.
        rival_chosen: Index of the class to hold against; None for none.
    """

    options_changed = Signal(object)
    rival_chosen = Signal(object)

    def __init__(self, actions: EvidenceActions, window: QWidget) -> None:
        super().__init__(window)
        self._actions = actions
        self._state = LensState()
        actions.show.triggered.connect(self._show)
        actions.next_rival.triggered.connect(self._next_rival)
        actions.no_rival.triggered.connect(self._no_rival)

    def follow(self, state: LensState) -> None:
        """Take a new snapshot: what is enabled and what is checked."""
        self._state = state
        self._actions.show.setChecked(state.options.show_evidence)
        shown = state.shown
        self._actions.next_rival.setEnabled(shown is not None and shown.classification is not None)
        self._actions.no_rival.setEnabled(state.against_class is not None)

    def _rivals(self) -> list[int]:
        """All classes but the one that is explained, the likeliest first."""
        state, shown = self._state, self._state.shown
        if shown is None or shown.classification is None:
            return []
        order = ranking(shown.classification.probabilities)
        return [index for index in order if index != state.explained_class]

    @Slot(bool)
    def _show(self, shown: bool) -> None:  # noqa: FBT001 - a Qt slot's value
        self.options_changed.emit(replace(self._state.options, show_evidence=shown))

    @Slot()
    def _next_rival(self) -> None:
        """The next likeliest after the one that is held against now."""
        rivals, against = self._rivals(), self._state.opposed_class
        if rivals:
            place = rivals.index(against) + 1 if against in rivals else 0
            self.rival_chosen.emit(rivals[place % len(rivals)])

    @Slot()
    def _no_rival(self) -> None:
        self.rival_chosen.emit(None)
