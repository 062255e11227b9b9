"""The menu behind the three lines: everything that the window can do, with its shortcut."""

from pathlib import Path

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from desktop_app.views.actions import Actions
from desktop_app.views.why_actions import WhyActions

_LONGEST_PATH_PX = 420


class MainMenu(QMenu):
    """The one menu.

    Signals:
        recent_chosen: A :class:`~pathlib.Path` of the recent files.
    """

    recent_chosen = Signal(object)

    def __init__(self, actions: Actions, parent: QWidget) -> None:
        super().__init__(parent)
        self._paths: tuple[Path, ...] = ()
        self.addActions([actions.open, actions.open_folder])
        self.recent = self.addMenu("Open recent")
        self.recent.setToolTipsVisible(True)
        self.recent.aboutToShow.connect(self._fill_recent)
        self.recent.triggered.connect(self._on_recent)
        self.addActions([actions.paste, actions.samples, actions.open_model])
        self.addSeparator()
        self.addActions([actions.save_view, actions.open_view, actions.save_picture])
        self.addActions([actions.export_report, actions.export_predictions])
        self.addSeparator()
        self.addActions([actions.copy_predictions, actions.grid.copy, actions.grid.save])
        self.addActions([actions.remove_image, actions.clear_images])
        self.addActions([actions.cancel, actions.index_folders])
        self.addSeparator()
        self._fill_go(self.addMenu("Go"), actions)
        change = self.addMenu("Change the network")
        change.addActions(list(actions.changes.changing))
        compare = self.addMenu("Compare")
        compare.addActions(list(actions.in_group("Comparing")))
        self._fill_view(self.addMenu("View"), actions)
        self.addAction(actions.palette)
        self.addSeparator()
        self.addAction(actions.cuda_folder)
        self.addActions([actions.shortcuts, actions.about_model, actions.reports])
        self.addActions([actions.about, actions.quit])

    @staticmethod
    def _fill_go(go: QMenu, actions: Actions) -> None:
        go.addActions([actions.next_image, actions.previous_image, actions.next_failed])
        go.addSeparator()
        go.addActions([actions.next_layer, actions.previous_layer])
        go.addActions([actions.next_channel, actions.previous_channel])
        go.addSeparator()
        go.addActions([actions.show_map, actions.show_in_map, actions.strongest])
        go.addSeparator()
        go.addActions([actions.next_class, actions.previous_class, actions.top_class])
        go.addSeparator()
        go.addActions([actions.filter_layers, actions.search_classes])

    def _fill_view(self, view: QMenu, actions: Actions) -> None:
        """What changes how things are looked at."""
        view.addActions([actions.undo, actions.redo])
        view.addSeparator()
        view.addActions(list(actions.panels.values()))
        view.addSeparator()
        view.addActions([actions.overlay, actions.whole_photos, *actions.changes.looking])
        view.addActions(list(actions.evidence.all))
        order = view.addMenu("Order of the channels")
        order.addActions([*actions.grid.sorts.values(), actions.grid.hide_dead, actions.grid.pin])
        scale = view.addMenu("Scale")
        scale.addActions(list(actions.grid.scales.values()))
        scale.addActions([actions.grid.pin_scale, actions.grid.set_scale])
        self._fill_why(view.addMenu("Why a class"), actions.why)
        view.addSeparator()
        view.addActions([actions.zoom_map_in, actions.zoom_map_out])
        view.addActions([actions.fit_map, actions.read_map])
        view.addSeparator()
        view.addActions(list(actions.themes.values()))
        view.addSeparator()
        view.addAction(actions.full_screen)

    @staticmethod
    def _fill_why(why: QMenu, actions: WhyActions) -> None:
        why.setToolTipsVisible(True)
        why.addAction(actions.show)
        why.addSeparator()
        why.addActions([*actions.methods.values()])
        why.addActions([actions.next_method, actions.previous_method])
        why.addSeparator()
        why.addActions([actions.at_chosen])
        why.addAction(actions.stop)

    def show_recent(self, paths: tuple[Path, ...]) -> None:
        """Offer the recently opened files."""
        self._paths = paths
        self.recent.setEnabled(bool(paths))

    @Slot()
    def _fill_recent(self) -> None:
        self.recent.clear()
        for path in self._paths:
            text = self.fontMetrics().elidedText(
                str(path), Qt.TextElideMode.ElideMiddle, _LONGEST_PATH_PX
            )
            action = self.recent.addAction(text.replace("&", "&&"))
            action.setToolTip(str(path))
            action.setData(path)

    @Slot(QAction)
    def _on_recent(self, action: QAction) -> None:
        self.recent_chosen.emit(action.data())
