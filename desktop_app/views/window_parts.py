"""What of the window is not in its first picture: panels, menus, dialogues, drops, the palette.

Their imports and their widgets take several times as long as all the rest, so they are built when
the window is on screen. Their intentions are the window's signals.
"""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData, QObject, Qt, Slot
from PySide6.QtGui import QGuiApplication, QIcon
from PySide6.QtWidgets import QDialog

from desktop_app import paths
from desktop_app.state import BringBack, LensState, NoticeAction, ShowReport
from desktop_app.views.channel_grid import ChannelGrid
from desktop_app.views.channel_view import ChannelView
from desktop_app.views.comparison_parts import ComparisonParts
from desktop_app.views.drop_frame import DropTarget
from desktop_app.views.drops import NothingFound, Opening, PathsFound, opening_of
from desktop_app.views.evidence_commands import EvidenceCommands
from desktop_app.views.file_dialogs import FileDialogs
from desktop_app.views.grid_commands import GridCommands
from desktop_app.views.image_list import ImageList
from desktop_app.views.image_map import ImageMap
from desktop_app.views.intervention_parts import InterventionParts
from desktop_app.views.layer_tree import LayerTree
from desktop_app.views.main_menu import MainMenu
from desktop_app.views.network_commands import NetworkCommands
from desktop_app.views.network_view import NetworkView
from desktop_app.views.palette import Palette
from desktop_app.views.panel_tabs import PanelTabs, Tab
from desktop_app.views.prediction_list import PredictionList
from desktop_app.views.sharing_commands import SharingCommands
from desktop_app.views.similar_view import SimilarView
from desktop_app.views.state_commands import StateCommands
from desktop_app.views.strongest_view import StrongestView
from desktop_app.views.why_parts import WhyParts

if TYPE_CHECKING:
    from desktop_app.views.about import AboutWindow
    from desktop_app.views.main_window import MainWindow


class WindowParts(QObject):
    """Belongs to one window."""

    def __init__(self, window: "MainWindow") -> None:
        super().__init__(window)
        self._window = window
        self._state = LensState()
        window.setWindowIcon(QIcon("icon:residual-lens.svg"))
        self._about: AboutWindow | None = None
        self.state_commands = StateCommands(window.commands)
        self.dialogs = FileDialogs(window)
        self.sharing = SharingCommands(window.commands, self.dialogs)
        self.menu = MainMenu(window.commands, window)
        window.toolbar.add_menus(self.menu)
        self.images = ImageList()
        self.similar = SimilarView(self.images.rows)
        self.image_map = ImageMap(self.images.rows)
        self.predictions = PredictionList()
        self.network = NetworkView()
        self.layers = LayerTree()
        self.grid = ChannelGrid()
        self.grid_commands = GridCommands(window.commands.grid, window)
        self.evidence_commands = EvidenceCommands(window.commands.evidence, window)
        self.grid.offer(window.commands.grid)
        self.channel = ChannelView()
        self.comparison = ComparisonParts(window, self.dialogs)
        self.interventions = InterventionParts(
            window.commands,
            network=self.network,
            channel=self.channel,
            predictions=self.predictions,
        )
        self.strongest = StrongestView()
        self.why = WhyParts(window)
        self.image_tabs = PanelTabs(
            "images_tab",
            "the images",
            {
                "list": Tab("Images", "All images in a list", self.images),
                "map": Tab("Map", "All images, alike ones near each other", self.image_map),
                "similar": Tab("Similar", "The images nearest to this one", self.similar),
            },
        )
        self.layer_tabs = PanelTabs(
            "layers_tab",
            "the layers",
            {
                "map": Tab("Network", "The network as a graph", self.network),
                "list": Tab("List", "All layers in a list", self.layers),
                "residual": Tab(
                    "Residual",
                    "What shortcut and branch bring to each block",
                    self.interventions.residual,
                ),
            },
        )
        self.channel_tabs = PanelTabs(
            "channel_tab",
            "the channel",
            {
                "channel": Tab("Channel", "The channel's map, large", self.channel),
                "strongest": Tab(
                    "Strongest", "The images that excite the channel most", self.strongest
                ),
                "compare": Tab("Compare", "Two images or two models", self.comparison.view),
                "why": Tab("Why", "Which parts of the picture speak for the class", self.why.view),
            },
        )
        window.panels.fill(
            {
                "images": self.image_tabs,
                "predictions": self.predictions,
                "layers": self.layer_tabs,
                "grid": self.grid,
                "channel": self.channel_tabs,
            }
        )
        self.network_commands = NetworkCommands(window.commands, self.layer_tabs, self.network)
        self.palette = Palette(window)
        self.drops = DropTarget(window)
        self._connect_panels()
        self._connect_commands()

    def render(self, state: LensState) -> None:
        """Show a snapshot."""
        self._state = state
        for panel in (
            self.images,
            self.predictions,
            self.network,
            self.layers,
            self.grid,
            self.channel,
            self.strongest,
        ):
            panel.render(state)
        self.comparison.render(state)
        self.why.render(state)
        self.similar.render(state)
        self.image_map.render(state)
        self.interventions.render(state)
        for tabs in self._tabs():
            tabs.render(state)
        if self._about is not None:
            self._about.render(state)
        self.menu.show_recent(state.recent)
        self.state_commands.follow(state)
        self.grid_commands.follow(state)
        self.evidence_commands.follow(state)
        self.sharing.follow(state)

    def _tabs(self) -> tuple[PanelTabs, ...]:
        return self.image_tabs, self.layer_tabs, self.channel_tabs

    def open(self, opening: Opening) -> None:
        """Say what was dropped or pasted."""
        match opening:
            case PathsFound(paths):
                self._window.paths_opened.emit(paths)
            case NothingFound(why, how):
                self._window.drop_refused.emit(why, how)
            case found:
                self._window.source_received.emit(found.source)

    # --- how it hangs together -----------------------------------------------------------------

    def _connect_panels(self) -> None:
        window = self._window
        self.drops.dropped.connect(self._take)
        self.menu.recent_chosen.connect(self._on_recent)
        self.dialogs.chosen.connect(window.paths_opened)
        self.dialogs.cuda_folder_chosen.connect(window.cuda_folder_chosen)
        self.images.image_chosen.connect(window.image_chosen)
        self.images.image_removed.connect(window.image_removed)
        self.images.images_cleared.connect(window.images_cleared)
        self.images.cancel_requested.connect(window.cancel_requested)
        self.images.thumbnails_wanted.connect(window.thumbnails_wanted)
        for view in (self.similar, self.image_map):
            view.image_chosen.connect(window.image_chosen)
            view.thumbnails_wanted.connect(window.thumbnails_wanted)
        self.images.comparison_wanted.connect(self.comparison.entry_compared)
        self.comparison.options_changed.connect(window.options_changed)
        self.predictions.options_changed.connect(window.options_changed)
        self.predictions.copy_requested.connect(window.copy_predictions_requested)
        self.network.layer_chosen.connect(window.layer_chosen)
        self.layers.layer_chosen.connect(window.layer_chosen)
        self.interventions.residual.layer_chosen.connect(window.layer_chosen)
        self.interventions.options_changed.connect(window.options_changed)
        self.palette.layer_chosen.connect(window.layer_chosen)
        self.grid.channel_chosen.connect(window.channel_chosen)
        self.grid.layer_stepped.connect(window.layer_stepped)
        self.grid.options_changed.connect(window.options_changed)
        self.grid.pins_toggled.connect(self.grid_commands.toggle_pins)
        self.grid.copy_requested.connect(self.grid_commands.copy)
        self.grid.numbers_set.connect(self.grid_commands.hold_numbers)
        self.grid.probed.connect(window.photo.show_probe)
        self.grid_commands.options_changed.connect(window.options_changed)
        self.grid_commands.said.connect(window.status.say)
        self.evidence_commands.options_changed.connect(window.options_changed)
        self.channel.options_changed.connect(window.options_changed)
        self.channel.pin_toggled.connect(self.grid_commands.toggle_pin)
        self.channel.probed.connect(window.photo.show_probe)
        self.strongest.options_changed.connect(window.options_changed)
        self.strongest.image_chosen.connect(window.image_chosen)
        for tabs in self._tabs():
            tabs.options_changed.connect(window.options_changed)
        window.notices.action_chosen.connect(self._on_notice_action)

    def _connect_commands(self) -> None:
        window, following = self._window, self.state_commands
        actions = window.commands
        actions.open.triggered.connect(self.dialogs.ask_for_files)
        actions.open_folder.triggered.connect(self.dialogs.ask_for_folder)
        actions.open_model.triggered.connect(self.dialogs.ask_for_model)
        actions.cuda_folder.triggered.connect(self.dialogs.ask_for_cuda_folder)
        actions.paste.triggered.connect(self._paste)
        actions.samples.triggered.connect(self._open_samples)
        actions.copy_predictions.triggered.connect(window.copy_predictions_requested)
        actions.clear_images.triggered.connect(window.images_cleared)
        actions.cancel.triggered.connect(window.cancel_requested)
        following.image_chosen.connect(window.image_chosen)
        following.image_removed.connect(window.image_removed)
        following.layer_stepped.connect(window.layer_stepped)
        following.channel_chosen.connect(window.channel_chosen)
        following.options_changed.connect(window.options_changed)
        following.panel_toggled.connect(window.panels.set_shown)
        actions.grid.set_scale.triggered.connect(self.grid.edit_numbers)
        actions.comparing.similar.triggered.connect(partial(self._show_images_tab, "similar"))
        actions.comparing.image_map.triggered.connect(partial(self._show_images_tab, "map"))
        actions.next_failed.triggered.connect(self._show_next_failed)
        actions.strongest.triggered.connect(self._show_strongest)
        actions.filter_layers.triggered.connect(self._filter_layers)
        actions.why.show.triggered.connect(partial(self.why.show, self.channel_tabs))
        actions.search_classes.triggered.connect(self._search_classes)
        actions.changes.residual.triggered.connect(self._show_residual)
        actions.full_screen.triggered.connect(self._set_full_screen)
        actions.palette.triggered.connect(self._open_palette)
        actions.shortcuts.triggered.connect(self._show_shortcuts)
        actions.about_model.triggered.connect(self._show_model)
        actions.about.triggered.connect(self._show_about)
        actions.reports.triggered.connect(self._show_newest_report)

    # --- commands ------------------------------------------------------------------------------

    @Slot(QMimeData)
    def _take(self, offered: QMimeData, how: str = "dropped") -> None:
        self.open(opening_of(offered, how=how))

    @Slot()
    def _paste(self) -> None:
        # None where the clipboard is empty, whatever the annotation says.
        offered: QMimeData | None = QGuiApplication.clipboard().mimeData()
        self._take(QMimeData() if offered is None else offered, how="pasted")

    @Slot()
    def _open_samples(self) -> None:
        self._window.samples_requested.emit(self._state.samples)

    @Slot(object)
    def _on_recent(self, path: Path) -> None:
        self._window.paths_opened.emit((path,))

    @Slot(bool)
    def _set_full_screen(self, full: bool) -> None:  # noqa: FBT001 - a Qt slot's value
        self._window.showFullScreen() if full else self._window.showNormal()

    def _show_images_tab(self, tab: str, *_checked: object) -> None:
        self._window.commands.panels["images"].setChecked(True)
        self.image_tabs.choose(tab)
        view = self.similar.view if tab == "similar" else self.image_map.canvas
        view.setFocus(Qt.FocusReason.ShortcutFocusReason)

    @Slot()
    def _show_next_failed(self) -> None:
        self._window.commands.panels["images"].setChecked(True)
        self.image_tabs.choose("list")
        self.images.show_next_failed()

    @Slot()
    def _filter_layers(self) -> None:
        self._window.commands.panels["layers"].setChecked(True)
        self.layer_tabs.choose("list")
        self.layers.search.begin()

    @Slot()
    def _show_residual(self) -> None:
        self._window.commands.panels["layers"].setChecked(True)
        self.layer_tabs.choose("residual")

    @Slot()
    def _show_strongest(self) -> None:
        self._window.commands.panels["channel"].setChecked(True)
        self.channel_tabs.choose("strongest")
        self.strongest.tiles.setFocus(Qt.FocusReason.ShortcutFocusReason)

    @Slot()
    def _search_classes(self) -> None:
        self._window.commands.panels["predictions"].setChecked(True)
        self.predictions.search.begin()

    @Slot()
    def _open_palette(self) -> None:
        layers = () if self._state.model is None else self._state.model.layers
        self.palette.open_with(layers, [listed.action for listed in self._window.commands.listed])

    @Slot()
    def _show_shortcuts(self) -> None:
        from desktop_app.views.shortcuts_window import shortcuts_window  # noqa: PLC0415 - seldom needed

        self._show_alone(shortcuts_window(self._window.commands, self._window))

    def _show_alone(self, dialog: QDialog) -> None:
        """Show a window in the place of one that the same command has opened before."""
        for other in self._window.findChildren(QDialog):
            if other is not dialog and other.windowTitle() == dialog.windowTitle():
                dialog.move(other.pos())
                other.close()
        dialog.show()

    @Slot()
    def _show_about(self) -> None:
        from desktop_app.views.about import AboutWindow  # noqa: PLC0415 - seldom needed

        if self._about is None:
            self._about = AboutWindow(paths.resources() / "licences", self._window)
            self._about.copy_requested.connect(self._window.set_clipboard_text)
            self._about.finished.connect(self._forget_about)
            self._window.examination_requested.emit()
        self._about.render(self._state)
        self._about.show()
        self._about.raise_()

    @Slot()
    def _forget_about(self) -> None:
        self._about = None

    @Slot(object)
    def _on_notice_action(self, action: NoticeAction) -> None:
        match action:
            case ShowReport(report):
                self._show_report(report)
            case BringBack():
                self._window.images_brought_back.emit(action)

    @Slot()
    def _show_newest_report(self) -> None:
        if self._state.reports:
            self._show_report(self._state.reports[0])

    def _show_report(self, report: Path) -> None:
        from desktop_app.views.report_window import ReportWindow  # noqa: PLC0415 - seldom needed

        self._show_alone(ReportWindow(self._state.reports, report, self._window))

    @Slot()
    def _show_model(self) -> None:
        from desktop_app.views.model_window import model_window  # noqa: PLC0415 - seldom needed

        if self._state.model is not None:
            self._show_alone(model_window(self._state.model, self._window))
