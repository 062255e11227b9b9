"""Commands whose meaning depends on what is shown: which image is next, which channel."""

from dataclasses import replace
from functools import partial

from PySide6.QtCore import QObject, Signal, Slot

from desktop_app.core.predictions import ranking
from desktop_app.state import LensState, StrongestAs, Theme
from desktop_app.views.actions import Actions, PanelName
from desktop_app.views.shown_field import fills_input
from desktop_app.views.shown_maps import shown_channel, shown_maps
from desktop_app.views.shown_order import shown_order


class StateCommands(QObject):
    """Turns triggered actions into intentions, and enables what can be done now.

    Signals:
        class_chosen: Index of the class to ask about; None: the likeliest.
        options_changed: A new :class:`~desktop_app.state.ViewOptions`.
        panel_toggled: A panel's name, and whether it is to be shown.
    """

    image_chosen = Signal(int)
    image_removed = Signal(int)
    layer_stepped = Signal(int)
    channel_chosen = Signal(int)
    class_chosen = Signal(object)
    options_changed = Signal(object)
    panel_toggled = Signal(str, bool)

    def __init__(self, actions: Actions) -> None:
        super().__init__(actions)
        self._actions = actions
        self._state = LensState()
        actions.next_failed.setEnabled(False)
        actions.next_image.triggered.connect(partial(self._step_image, 1))
        actions.previous_image.triggered.connect(partial(self._step_image, -1))
        actions.remove_image.triggered.connect(self._remove_image)
        actions.next_layer.triggered.connect(partial(self._step_layer, 1))
        actions.previous_layer.triggered.connect(partial(self._step_layer, -1))
        actions.next_channel.triggered.connect(partial(self._step_channel, 1))
        actions.previous_channel.triggered.connect(partial(self._step_channel, -1))
        actions.next_class.triggered.connect(partial(self._step_class, 1))
        actions.previous_class.triggered.connect(partial(self._step_class, -1))
        actions.top_class.triggered.connect(self._return_to_top_class)
        actions.overlay.triggered.connect(self._set_overlay)
        actions.index_folders.triggered.connect(self._set_indexing)
        actions.whole_photos.triggered.connect(self._set_whole_photos)
        for name, action in actions.panels.items():
            action.toggled.connect(partial(self._toggle_panel, name))
        for theme, action in actions.themes.items():
            action.triggered.connect(partial(self._set_theme, theme))

    def follow(self, state: LensState) -> None:
        """Take a new snapshot: what is enabled and what is checked."""
        actions = self._actions
        if state.entries is not self._state.entries:  # a pass over all of them
            failed = any(entry.status == "failed" for entry in state.entries)
            actions.next_failed.setEnabled(failed)
        self._state = state
        for action in (actions.next_image, actions.previous_image, actions.clear_images):
            action.setEnabled(bool(state.entries))
        actions.remove_image.setEnabled(state.current is not None)
        is_indexing = state.survey is not None and state.survey.progress is not None
        actions.cancel.setEnabled(state.progress is not None or is_indexing)
        classified = state.shown is not None and state.shown.classification is not None
        actions.copy_predictions.setEnabled(classified)
        for action in (actions.search_classes, actions.next_class, actions.previous_class):
            action.setEnabled(classified)
        actions.top_class.setEnabled(state.chosen_class is not None)
        for action in (
            actions.next_layer,
            actions.previous_layer,
            actions.next_channel,
            actions.previous_channel,
            actions.filter_layers,
            actions.strongest,
            actions.about_model,
            *actions.of_the_map(),
        ):
            action.setEnabled(state.model is not None)
        actions.reports.setEnabled(bool(state.reports))
        self._follow_history(state)
        actions.overlay.setChecked(state.options.overlay)
        actions.index_folders.setChecked(state.options.index_folders)
        fills = fills_input(state.model, state.layer)
        actions.whole_photos.setChecked(fills or state.options.strongest_as == "photo")
        actions.whole_photos.setEnabled(not fills)
        actions.themes[state.options.theme].setChecked(True)

    def _follow_history(self, state: LensState) -> None:
        """Name what would change: "Undo: layer"."""
        history, actions = state.history, self._actions
        undo, redo = (history.undo, history.redo) if history else ("", "")
        for action, word, names in ((actions.undo, "Undo", undo), (actions.redo, "Redo", redo)):
            action.setEnabled(bool(names))
            action.setText(f"{word}: {names}" if names else word)

    def _step_image(self, step: int, *_checked: object) -> None:
        entries, current = self._state.entries, self._state.current
        row = None if current is None else self._state.position(current)
        wanted = 0 if row is None else row + step
        if 0 <= wanted < len(entries):
            self.image_chosen.emit(entries[wanted].number)

    def _step_layer(self, step: int, *_checked: object) -> None:
        self.layer_stepped.emit(step)

    def _step_channel(self, step: int, *_checked: object) -> None:
        maps = shown_maps(self._state)
        if maps is not None:
            order = shown_order(self._state, maps)
            wanted = order.step(shown_channel(self._state, maps), step)
            if wanted is not None:
                self.channel_chosen.emit(wanted)
            return
        layer, beside = self._state.chosen_layer, self._state.channel + step
        if layer is not None and 0 <= beside < layer.shape[0]:
            self.channel_chosen.emit(beside)

    def _step_class(self, step: int, *_checked: object) -> None:
        """To the class that is a little less likely, or a little more."""
        shown, asked = self._state.shown, self._state.explained_class
        if shown is None or shown.classification is None or asked is None:
            return
        ranked = ranking(shown.classification.probabilities)
        wanted = ranked.index(asked) + step
        if 0 <= wanted < len(ranked):
            self.class_chosen.emit(ranked[wanted])

    @Slot()
    def _return_to_top_class(self) -> None:
        self.class_chosen.emit(None)

    @Slot()
    def _remove_image(self) -> None:
        if self._state.current is not None:
            self.image_removed.emit(self._state.current)

    @Slot(bool)
    def _set_overlay(self, shown: bool) -> None:  # noqa: FBT001 - a Qt slot's value
        self.options_changed.emit(replace(self._state.options, overlay=shown))

    @Slot(bool)
    def _set_indexing(self, wanted: bool) -> None:  # noqa: FBT001 - as above
        self.options_changed.emit(replace(self._state.options, index_folders=wanted))

    @Slot(bool)
    def _set_whole_photos(self, whole: bool) -> None:  # noqa: FBT001 - as above
        shown: StrongestAs = "photo" if whole else "patch"
        self.options_changed.emit(replace(self._state.options, strongest_as=shown))

    def _set_theme(self, theme: Theme, *_checked: object) -> None:
        if theme != self._state.options.theme:
            self.options_changed.emit(replace(self._state.options, theme=theme))

    def _toggle_panel(self, name: PanelName, shown: bool) -> None:  # noqa: FBT001 - as above
        self.panel_toggled.emit(name, shown)
