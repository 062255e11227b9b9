"""The commands about why a class as intentions: what they mean depends on what is shown."""

from dataclasses import replace
from functools import partial

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QWidget

from desktop_app.core.attribution.methods import METHODS
from desktop_app.core.map_names import Method
from desktop_app.state import LensState
from desktop_app.views.why_actions import WhyActions


class WhyCommands(QObject):
    """Follows the state, and turns triggered actions into intentions.

    Signals:
        options_changed: A new :class:`~desktop_app.state.ViewOptions`.
        stop_wanted: What is being computed is not wanted any more.
    """

    options_changed = Signal(object)
    stop_wanted = Signal()

    def __init__(self, actions: WhyActions, parent: QWidget) -> None:
        super().__init__(parent)
        self._actions = actions
        self._state = LensState()
        actions.next_method.triggered.connect(partial(self._step_method, 1))
        actions.previous_method.triggered.connect(partial(self._step_method, -1))
        for method, action in actions.methods.items():
            action.triggered.connect(partial(self._choose, method))
        actions.at_chosen.triggered.connect(self._look_at_chosen)
        actions.stop.triggered.connect(self.stop_wanted)

    def follow(self, state: LensState) -> None:
        """Take a new snapshot: what is enabled and what is checked."""
        self._state, actions, options = state, self._actions, state.options
        for action in actions.all:
            action.setEnabled(state.model is not None)
        actions.methods[options.method].setChecked(True)
        actions.at_chosen.setEnabled(METHODS[options.method].at_layer)
        actions.at_chosen.setChecked(options.explain_at_chosen)
        running = state.attribution is not None and state.attribution.asked is not None
        actions.stop.setEnabled(running)

    def _step_method(self, step: int, *_checked: object) -> None:
        names = list(METHODS)
        place = names.index(self._state.options.method) + step
        self._choose(names[place % len(names)])

    def _choose(self, method: Method, *_checked: object) -> None:
        self._change(method=method)

    @Slot(bool)
    def _look_at_chosen(self, chosen: bool) -> None:  # noqa: FBT001 - a Qt slot's value
        self._change(explain_at_chosen=chosen)

    def _change(self, **changed: object) -> None:
        """Change options; who chooses how to explain wants to see it."""
        options = replace(self._state.options, channel_tab="why", **changed)  # type: ignore[arg-type]
        if options != self._state.options:
            self.options_changed.emit(options)
