"""The window: puts the panels together, passes snapshots down and intentions up.

It decides nothing. Every intention is one of its signals; whoever owns the state answers with
the next :meth:`MainWindow.render`.
"""

from pathlib import Path
from typing import cast

from PySide6.QtCore import QMimeData, Signal, Slot
from PySide6.QtGui import QCloseEvent, QGuiApplication, QIcon, QResizeEvent
from PySide6.QtWidgets import QApplication, QMainWindow, QVBoxLayout, QWidget

from desktop_app.core.records import Pixels
from desktop_app.state import LensState
from desktop_app.views.actions import Actions
from desktop_app.views.channel_grid import ChannelGrid
from desktop_app.views.channel_view import ChannelView
from desktop_app.views.drop_frame import DropTarget
from desktop_app.views.drops import NothingFound, PathsFound, opening_of
from desktop_app.views.file_dialogs import FileDialogs
from desktop_app.views.image_list import ImageList
from desktop_app.views.layer_tree import LayerTree
from desktop_app.views.main_menu import MainMenu
from desktop_app.views.notice_bar import NoticeBar
from desktop_app.views.palette import Palette
from desktop_app.views.panels import Panels
from desktop_app.views.photo_view import PhotoView
from desktop_app.views.prediction_list import PredictionList
from desktop_app.views.preprocessing_strip import PreprocessingStrip
from desktop_app.views.state_commands import StateCommands
from desktop_app.views.status_line import StatusLine
from desktop_app.views.theme import ThemeSwitch
from desktop_app.views.toolbar import Toolbar
from desktop_app.views.window_size import first_size

_TITLE = "Residual Lens"


class MainWindow(QMainWindow):
    """The one window.

    Signals:
        paths_opened: Files, folders and models, a tuple of :class:`~pathlib.Path`.
        samples_requested: A tuple of :class:`~desktop_app.core.bundled.Sample`.
        source_received: An :data:`~desktop_app.core.records.ImageSource` that is no file.
        model_chosen: The :class:`~pathlib.Path` of a listed model.
        options_changed: A new :class:`~desktop_app.state.ViewOptions`.
        thumbnails_wanted: Numbers of entries that have come into view, a tuple of int.
        drop_refused: Why nothing of a drop or the clipboard can be opened.
    """

    paths_opened = Signal(object)
    source_received = Signal(object)
    samples_requested = Signal(object)
    image_chosen = Signal(int)
    image_removed = Signal(int)
    images_cleared = Signal()
    layer_chosen = Signal(str)
    layer_stepped = Signal(int)
    channel_chosen = Signal(int)
    model_chosen = Signal(object)
    provider_chosen = Signal(str)
    options_changed = Signal(object)
    cancel_requested = Signal()
    notice_dismissed = Signal(int)
    copy_predictions_requested = Signal()
    thumbnails_wanted = Signal(object)
    drop_refused = Signal(str)
    close_requested = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._state = LensState()
        self._switch = ThemeSwitch(cast("QApplication", QApplication.instance()), self)
        self._switch.choose(self._state.options.theme)
        self.setWindowTitle(_TITLE)
        self.setWindowIcon(QIcon("icon:residual-lens.svg"))
        self.commands = Actions(self)
        self.state_commands = StateCommands(self.commands)
        self.dialogs = FileDialogs(self)
        self.menu = MainMenu(self.commands, self)
        self.toolbar = Toolbar(self.commands, self.menu)
        self.notices = NoticeBar()
        self.images = ImageList()
        self.photo = PhotoView()
        self.seen = PreprocessingStrip()
        self.predictions = PredictionList()
        self.layers = LayerTree()
        self.grid = ChannelGrid()
        self.channel = ChannelView()
        self.status = StatusLine()
        self._arrange()
        self.palette_popup = Palette(self)
        self.drops = DropTarget(self)
        self._connect_panels()
        self._connect_commands()
        self.render(self._state)
        # Else the first button has the focus, and its ring, before anybody pressed a key.
        self.setFocus()

    # --- values come in ------------------------------------------------------------------------

    def render(self, state: LensState) -> None:  # type: ignore[override]  # not Qt's
        """Show a snapshot."""
        self._state = state
        self._switch.choose(state.options.theme)
        for panel in (
            self.toolbar, self.notices, self.images, self.photo, self.seen, self.predictions,
            self.layers, self.grid, self.channel, self.status,
        ):  # fmt: skip
            panel.render(state)
        self.menu.show_recent(state.recent)
        self.state_commands.follow(state)
        name = "" if state.shown is None else state.shown.image.name
        self.setWindowTitle(f"{name} – {_TITLE}" if name else _TITLE)

    def set_thumbnail(self, number: int, pixels: Pixels) -> None:
        """The small picture of an entry, uint8 (h, w, 3), has been made."""
        self.images.set_thumbnail(number, pixels)

    def set_clipboard_text(self, text: str) -> None:
        """Put text on the clipboard, and say so."""
        QGuiApplication.clipboard().setText(text)
        self.status.say("Copied")

    def window_layout(self) -> bytes:
        """Geometry, splitters and hidden panels, packed."""
        return self.panels.pack(self.saveGeometry())

    def restore_layout(self, layout: bytes) -> None:
        """Restore what :meth:`window_layout` gave; anything else is ignored."""
        geometry = self.panels.unpack(layout)
        if geometry is None:
            return
        self.restoreGeometry(geometry)
        hidden = self.panels.hidden()
        for name, action in self.commands.panels.items():
            action.setChecked(name not in hidden)

    # --- what the desktop sends --------------------------------------------------------------

    def closeEvent(self, event: QCloseEvent) -> None:
        """Say so, and close: nothing here needs saving."""
        self.close_requested.emit()
        event.accept()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The palette lies over the window and must not be left beside it."""
        super().resizeEvent(event)
        self.palette_popup.hide()

    # --- how it hangs together -----------------------------------------------------------------

    def _arrange(self) -> None:
        self.panels = Panels(
            self.photo,
            {
                "images": self.images,
                "seen": self.seen,
                "predictions": self.predictions,
                "layers": self.layers,
                "grid": self.grid,
                "channel": self.channel,
            },
        )
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.toolbar)
        column.addSpacing(3)
        column.addWidget(self.notices)
        column.addWidget(self.panels, 1)
        column.addWidget(self.status)
        self.setCentralWidget(content)
        self.resize(first_size(self.screen().availableSize()))

    def _connect_panels(self) -> None:
        self.toolbar.model_chosen.connect(self.model_chosen)
        self.toolbar.provider_chosen.connect(self.provider_chosen)
        self.drops.dropped.connect(self._take)
        self.menu.recent_chosen.connect(self._on_recent)
        self.dialogs.chosen.connect(self.paths_opened)
        self.notices.notice_dismissed.connect(self.notice_dismissed)
        self.images.image_chosen.connect(self.image_chosen)
        self.images.image_removed.connect(self.image_removed)
        self.images.images_cleared.connect(self.images_cleared)
        self.images.cancel_requested.connect(self.cancel_requested)
        self.images.thumbnails_wanted.connect(self.thumbnails_wanted)
        self.photo.open_requested.connect(self.commands.open.trigger)
        self.photo.paste_requested.connect(self.commands.paste.trigger)
        self.photo.samples_requested.connect(self.samples_requested)
        self.predictions.options_changed.connect(self.options_changed)
        self.predictions.copy_requested.connect(self.copy_predictions_requested)
        self.layers.layer_chosen.connect(self.layer_chosen)
        self.palette_popup.layer_chosen.connect(self.layer_chosen)
        self.grid.channel_chosen.connect(self.channel_chosen)
        self.grid.layer_stepped.connect(self.layer_stepped)
        self.grid.options_changed.connect(self.options_changed)
        self.channel.options_changed.connect(self.options_changed)

    def _connect_commands(self) -> None:
        actions, following = self.commands, self.state_commands
        actions.open.triggered.connect(self.dialogs.ask_for_files)
        actions.open_folder.triggered.connect(self.dialogs.ask_for_folder)
        actions.open_model.triggered.connect(self.dialogs.ask_for_model)
        actions.paste.triggered.connect(self._paste)
        actions.samples.triggered.connect(self._open_samples)
        actions.copy_predictions.triggered.connect(self.copy_predictions_requested)
        actions.clear_images.triggered.connect(self.images_cleared)
        actions.cancel.triggered.connect(self.cancel_requested)
        following.image_chosen.connect(self.image_chosen)
        following.image_removed.connect(self.image_removed)
        following.layer_stepped.connect(self.layer_stepped)
        following.channel_chosen.connect(self.channel_chosen)
        following.options_changed.connect(self.options_changed)
        following.panel_toggled.connect(self.panels.set_shown)
        actions.filter_layers.triggered.connect(self._filter_layers)
        actions.search_classes.triggered.connect(self._search_classes)
        actions.full_screen.triggered.connect(self._set_full_screen)
        actions.palette.triggered.connect(self._open_palette)
        actions.shortcuts.triggered.connect(self._show_shortcuts)
        actions.about_model.triggered.connect(self._show_model)
        actions.about.triggered.connect(self._show_about)
        actions.quit.triggered.connect(self.close)

    # --- commands ------------------------------------------------------------------------------

    @Slot(QMimeData)
    def _take(self, offered: QMimeData, how: str = "dropped") -> None:
        match opening_of(offered, how=how):
            case PathsFound(paths):
                self.paths_opened.emit(paths)
            case NothingFound(why):
                self.drop_refused.emit(why)
            case found:
                self.source_received.emit(found.source)

    @Slot()
    def _paste(self) -> None:
        self._take(QGuiApplication.clipboard().mimeData(), how="pasted")

    @Slot()
    def _open_samples(self) -> None:
        self.samples_requested.emit(self._state.samples)

    @Slot(object)
    def _on_recent(self, path: Path) -> None:
        self.paths_opened.emit((path,))

    @Slot(bool)
    def _set_full_screen(self, full: bool) -> None:  # noqa: FBT001 - a Qt slot's value
        self.showFullScreen() if full else self.showNormal()

    @Slot()
    def _filter_layers(self) -> None:
        self.commands.panels["layers"].setChecked(True)
        self.layers.search.begin()

    @Slot()
    def _search_classes(self) -> None:
        self.commands.panels["predictions"].setChecked(True)
        self.predictions.search.begin()

    @Slot()
    def _open_palette(self) -> None:
        layers = () if self._state.model is None else self._state.model.layers
        self.palette_popup.open_with(layers, [listed.action for listed in self.commands.listed])

    @Slot()
    def _show_shortcuts(self) -> None:
        from desktop_app.views.about import shortcuts_window  # noqa: PLC0415 - seldom needed

        shortcuts_window(self.commands, self).show()

    @Slot()
    def _show_about(self) -> None:
        from desktop_app.views.about import about_window  # noqa: PLC0415 - seldom needed

        about_window(self._state.models, self).show()

    @Slot()
    def _show_model(self) -> None:
        from desktop_app.views.model_window import model_window  # noqa: PLC0415 - seldom needed

        if self._state.model is not None:
            model_window(self._state.model, self).show()
