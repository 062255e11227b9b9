"""The grid's commands as intentions: what they mean depends on what is shown."""

from dataclasses import replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QWidget

from desktop_app.core.map_names import Criterion, Scale
from desktop_app.state import LensState
from desktop_app.views.grid_actions import GridActions
from desktop_app.views.grid_header import hidden_words
from desktop_app.views.picked_channels import picked, picture_of
from desktop_app.views.picture_folder import picture_folder
from desktop_app.views.shown_maps import is_vector, shown_channel, shown_maps
from desktop_app.views.shown_order import shown_order, shown_scale


class GridCommands(QObject):
    """Follows the state, and turns triggered actions into intentions.

    Signals:
        options_changed: A new :class:`~desktop_app.state.ViewOptions`.
        said: What came of a command, where the grid may look as before.
        similarity_wanted: The channel that the others are to be compared with.
        pins_toggled: Channels of the chosen layer, a tuple of int.
        copy_wanted: A :class:`~desktop_app.core.layer_picture.LayerPicture` for the clipboard.
        save_wanted: The same, and the :class:`~pathlib.Path` of the file.
    """

    options_changed = Signal(object)
    said = Signal(str)
    similarity_wanted = Signal(int)
    pins_toggled = Signal(object)
    copy_wanted = Signal(object)
    save_wanted = Signal(object, object)

    def __init__(self, actions: GridActions, window: QWidget) -> None:
        super().__init__(window)
        self._actions = actions
        self._window = window
        self._state = LensState()
        self._folder = ""
        for criterion, action in actions.sorts.items():
            action.triggered.connect(partial(self._sort, criterion))
        for scale, action in actions.scales.items():
            action.triggered.connect(partial(self._set_scale, scale))
        actions.hide_dead.triggered.connect(self._hide_dead)
        actions.pin_scale.triggered.connect(self.pin_scale)
        actions.pin.triggered.connect(self.toggle_pins)
        actions.copy.triggered.connect(self.copy)
        actions.save.triggered.connect(self.ask_where_to_save)

    def follow(self, state: LensState) -> None:
        """Take a new snapshot: what is enabled and what is checked."""
        self._state, actions = state, self._actions
        maps, options = shown_maps(state), state.options
        for action in actions.all:
            action.setEnabled(maps is not None)
        actions.scales["channel"].setEnabled(maps is not None and not is_vector(maps))
        actions.sorts[options.sort].setChecked(True)
        actions.scales[options.scale].setChecked(True)
        actions.hide_dead.setChecked(options.hide_dead)
        if maps is not None:
            shown = shown_scale(state, maps).range_of(maps, shown_channel(state, maps))
            actions.pin_scale.setEnabled(shown.low < shown.high)

    @Slot()
    def pin_scale(self) -> None:
        """Hold the numbers that are shown now for every layer and image."""
        maps = shown_maps(self._state)
        if maps is not None:
            channel = shown_channel(self._state, maps)
            shown = shown_scale(self._state, maps).range_of(maps, channel)
            self.hold_numbers((shown.low, shown.high))

    @Slot(object)
    def hold_numbers(self, ends: tuple[float, float]) -> None:
        """Hold two numbers for every layer and image."""
        if ends[0] < ends[1]:
            options = replace(self._state.options, scale="pinned", pinned_range=ends)
            self.options_changed.emit(options)

    @Slot()
    def toggle_pins(self) -> None:
        """Pin the picked channels, or let them go."""
        if channels := picked(self._state):
            self.pins_toggled.emit(channels)

    @Slot()
    def toggle_pin(self) -> None:
        """Pin the chosen channel alone, or let it go."""
        maps = shown_maps(self._state)
        if maps is not None:
            self.pins_toggled.emit((shown_channel(self._state, maps),))

    @Slot()
    def copy(self) -> None:
        """Copy the picked channels as a picture."""
        if (picture := picture_of(self._state)) is not None:
            self.copy_wanted.emit(picture)

    @Slot()
    def ask_where_to_save(self) -> None:
        """Ask for the file that the picked channels go to."""
        from desktop_app.views.channel_dialog import ChannelDialog  # noqa: PLC0415 - seldom needed

        if (picture := picture_of(self._state)) is not None:
            folder = self._folder or picture_folder(self._state)
            dialog = ChannelDialog(picture, folder, self._window)
            dialog.path_chosen.connect(partial(self._save, picture))
            dialog.open()

    def _save(self, picture: object, path: Path) -> None:
        self._folder = str(path.parent)
        self.save_wanted.emit(picture, path)

    def _sort(self, criterion: Criterion, *_checked: object) -> None:
        if criterion == "similarity":
            self.similarity_wanted.emit(self._state.channel)
        elif criterion != self._state.options.sort:
            self.options_changed.emit(replace(self._state.options, sort=criterion))

    def _set_scale(self, scale: Scale, *_checked: object) -> None:
        options = self._state.options
        if scale == "pinned" and options.pinned_range is None:
            self.pin_scale()
        elif scale != options.scale:
            self.options_changed.emit(replace(options, scale=scale))

    @Slot(bool)
    def _hide_dead(self, hidden: bool) -> None:  # noqa: FBT001 - a Qt slot's value
        self.options_changed.emit(replace(self._state.options, hide_dead=hidden))
        maps = shown_maps(self._state)
        if hidden and maps is not None:
            words = hidden_words(shown_order(self._state, maps))
            self.said.emit(f"{self._state.layer}: {words}")
