"""Every command of the window as a Qt action: the one place with their names and shortcuts."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, get_args

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QWidget

from desktop_app.state import Theme
from desktop_app.views.comparing_actions import ComparingActions
from desktop_app.views.evidence_actions import EvidenceActions
from desktop_app.views.grid_actions import GridActions
from desktop_app.views.intervention_actions import InterventionActions
from desktop_app.views.why_actions import WhyActions

Group = Literal[
    "Images", "Layers and channels", "Changing the network", "Comparing", "View", "Program"
]
PanelName = Literal["images", "seen", "predictions", "layers", "grid", "channel"]
_PANEL_TITLES: Final[dict[PanelName, str]] = {
    "images": "Images",
    "seen": "What the network saw",
    "predictions": "Predictions",
    "layers": "Layers",
    "grid": "Channel grid",
    "channel": "Channel",
}
_THEME_TITLES: Final[dict[Theme, str]] = {
    "system": "Theme of the desktop",
    "dark": "Dark theme",
    "light": "Light theme",
}


@dataclass(frozen=True, slots=True)
class Listed:
    """An action with the heading under which it is listed."""

    group: Group
    action: QAction


class Actions(QObject):
    """The commands. They belong to the window, so that their shortcuts work all over it."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self.listed: list[Listed] = []
        add, key = self._add, QKeySequence.StandardKey
        self.open = add("Images", "Open…", key.Open)
        self.open_folder = add("Images", "Open folder…", "Ctrl+Shift+O")
        self.paste = add("Images", "Paste an image", key.Paste)
        self.samples = add("Images", "Open the samples", None)
        self.copy_predictions = add("Images", "Copy predictions", "Ctrl+Shift+C")
        self.save_view = add("Images", "Save view…", key.Save)
        self.open_view = add("Images", "Open view…", None)
        self.save_picture = add("Images", "Save picture of the view…", None)
        self.export_report = add("Images", "Export report…", None)
        self.export_predictions = add("Images", "Export predictions…", None)
        self.next_image = add("Images", "Next image", "Ctrl+PgDown")
        self.previous_image = add("Images", "Previous image", "Ctrl+PgUp")
        self.next_failed = add("Images", "Next failed image", None)
        self.remove_image = add("Images", "Remove image", None)
        self.clear_images = add("Images", "Remove all images", None)
        self.cancel = add("Images", "Cancel the folder run", "Ctrl+.")
        self.index_folders = add(
            "Images", "Index folders for the strongest images", None, checks=True
        )
        self.next_layer = add("Layers and channels", "Next layer", "Alt+Down")
        self.previous_layer = add("Layers and channels", "Previous layer", "Alt+Up")
        self.next_channel = add("Layers and channels", "Next channel", "Alt+Right")
        self.previous_channel = add("Layers and channels", "Previous channel", "Alt+Left")
        self.overlay = add("Layers and channels", "Channel over the photo", "Ctrl+E", checks=True)
        self.grid = GridActions(add, self)
        self.changes = InterventionActions(add)
        self.comparing = ComparingActions(add)
        self.filter_layers = add("Layers and channels", "Filter layers", "Ctrl+L")
        self._add_map()
        self.search_classes = add("Layers and channels", "Search the classes", key.Find)
        self.next_class = add("Layers and channels", "Ask about the next class", "Alt+PgDown")
        self.previous_class = add("Layers and channels", "Ask about the class before", "Alt+PgUp")
        self.top_class = add("Layers and channels", "Ask about the likeliest class", "Alt+Home")
        self.evidence = EvidenceActions(add)
        self.why = WhyActions(add, self)
        self.undo, self.redo = self._add_history()
        self.strongest = add("View", "Strongest images of the channel", "Ctrl+Shift+T")
        self.whole_photos = add("View", "Strongest images as whole photos", None, checks=True)
        self.panels: dict[PanelName, QAction] = {
            name: self._add_panel(name, title, number)
            for number, (name, title) in enumerate(_PANEL_TITLES.items(), 1)
        }
        self.themes = self._add_themes()
        self.full_screen = add("View", "Full screen", "F11", checks=True)
        self._add_program()

    def in_group(self, group: Group) -> Sequence[QAction]:
        """The actions of one heading, in order."""
        return [listed.action for listed in self.listed if listed.group == group]

    def of_the_map(self) -> tuple[QAction, ...]:
        """What concerns the map of the network."""
        return (
            self.show_map,
            self.show_in_map,
            self.zoom_map_in,
            self.zoom_map_out,
            self.fit_map,
            self.read_map,
        )

    @staticmethod
    def groups() -> tuple[Group, ...]:
        """The headings, in order."""
        return get_args(Group)

    def _add(
        self,
        group: Group,
        text: str,
        shortcut: QKeySequence.StandardKey | str | None,
        *,
        checks: bool = False,
    ) -> QAction:
        action = QAction(text, self._window)
        action.setCheckable(checks)
        if shortcut is not None:
            action.setShortcut(QKeySequence(shortcut))
        self._window.addAction(action)
        self.listed.append(Listed(group, action))
        return action

    def _add_program(self) -> None:
        add = self._add
        self.open_model = add("Program", "Open model file…", "Ctrl+M")
        self.about_model = add("Program", "About the model", None)
        self.cuda_folder = add("Program", "CUDA libraries folder…", None)
        self.palette = add("Program", "Search layers and commands", "Ctrl+Shift+P")
        self.menu = add("Program", "Menu", "F10")
        self.shortcuts = add("Program", "Keyboard shortcuts", "F1")
        self.reports = add("Program", "Crash reports…", None)
        self.about = add("Program", "About Residual Lens", None)
        self.quit = add("Program", "Quit", "Ctrl+Q")

    def _add_history(self) -> tuple[QAction, QAction]:
        undo = self._add("View", "Undo", QKeySequence.StandardKey.Undo)
        return undo, self._add("View", "Redo", "Ctrl+Shift+Z")

    def _add_panel(self, name: PanelName, title: str, number: int) -> QAction:
        action = self._add("View", f"Show or hide {title[0].lower()}{title[1:]}", f"Ctrl+{number}",
                           checks=True)  # fmt: skip
        action.setObjectName(name)
        action.setChecked(True)
        return action

    def _add_map(self) -> None:
        """What concerns the map of the network."""
        add = self._add
        self.show_map = add("Layers and channels", "Show the network map", "Ctrl+G")
        self.show_in_map = add("Layers and channels", "Show the chosen layer in the map", None)
        self.zoom_map_in = add("Layers and channels", "Zoom into the network map", None)
        self.zoom_map_out = add("Layers and channels", "Zoom out of the network map", None)
        self.fit_map = add("Layers and channels", "Fit the whole network into the map", None)
        self.read_map = add("Layers and channels", "Network map at reading size", None)

    def _add_themes(self) -> dict[Theme, QAction]:
        group = QActionGroup(self)
        themes: dict[Theme, QAction] = {}
        for theme, title in _THEME_TITLES.items():
            action = self._add("View", title, None, checks=True)
            group.addAction(action)
            themes[theme] = action
        return themes


def with_shortcut(action: QAction) -> str:
    """An action's name for a tooltip: "Open (Ctrl+O)"."""
    text = action.text().removesuffix("…")
    keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
    return f"{text} ({keys})" if keys else text
