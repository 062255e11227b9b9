"""The bar at the top: open, which model, what runs it, and the way to everything else."""

from pathlib import Path
from typing import Final

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QHBoxLayout, QMenu, QPushButton, QSizePolicy, QWidget

from desktop_app.core.records import Model, ProviderChoice
from desktop_app.state import LensState
from desktop_app.views.actions import Actions, with_shortcut
from desktop_app.views.icons import IconButton
from desktop_app.views.picker import PickerButton
from desktop_app.views.search_button import SearchButton
from desktop_app.views.theme import on_surface

_PROVIDER_TITLES: Final[dict[ProviderChoice, str]] = {
    "auto": "Automatic: CUDA if it loads, else CPU",
    "cpu": "CPU",
    "cuda": "CUDA (NVIDIA)",
}


class Toolbar(QWidget):
    """Buttons that name the current model and provider, and open menus to choose others."""

    model_chosen = Signal(object)
    provider_chosen = Signal(str)

    def __init__(self, actions: Actions, menu: QMenu, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        on_surface(self, "panel")
        self._actions = actions
        self._state = LensState()
        self.open = QPushButton("Open…")
        self.open.setToolTip(with_shortcut(actions.open))
        self.open.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.open.clicked.connect(actions.open.trigger)
        self.model = PickerButton("Model")
        self.model_menu = QMenu(self.model)
        self.model_menu.setToolTipsVisible(True)
        self.model_menu.aboutToShow.connect(self._fill_model_menu)
        self.model.setMenu(self.model_menu)
        self.provider = PickerButton("Provider")
        self.provider_menu = QMenu(self.provider)
        self.provider_menu.aboutToShow.connect(self._fill_provider_menu)
        self.provider.setMenu(self.provider_menu)
        self.search = SearchButton(
            actions.palette.text(),
            actions.palette.shortcut().toString(QKeySequence.SequenceFormat.NativeText),
        )
        self.search.clicked.connect(actions.palette.trigger)
        self.menu = IconButton("menu", with_shortcut(actions.menu))
        self.menu.setMenu(menu)
        self.menu.setPopupMode(IconButton.ToolButtonPopupMode.InstantPopup)
        actions.menu.triggered.connect(self._show_menu)
        self._arrange()

    def render(self, state: LensState) -> None:  # type: ignore[override]  # not Qt's
        """Name the open model and what runs it."""
        self._state = state
        if state.loading_model:
            self.model.name_choice(state.loading_model, "loading…")
        elif state.model is not None:
            self.model.name_choice(
                state.model.title, _size_of(state.model), tip=_facts_of(state.model)
            )
        else:
            self.model.name_choice("No model", "")
        provider = state.provider
        if provider is None:
            self.provider.name_choice("Provider", "not known yet")
        else:
            detail = provider.device or provider.reason
            self.provider.name_choice(provider.name.upper(), detail, tip=f"Runs on {provider}")

    # --- inside --------------------------------------------------------------------------------

    def _arrange(self) -> None:
        line = QHBoxLayout(self)
        line.setContentsMargins(14, 8, 14, 8)
        line.setSpacing(8)
        for control in (self.open, self.model, self.provider):
            line.addWidget(control)
        line.addStretch(1)
        line.addWidget(self.search)
        line.addWidget(self.menu)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    @Slot()
    def _show_menu(self) -> None:
        """Open the menu without waiting for its end, which a click on the button would."""
        self.menu.menu().popup(self.menu.mapToGlobal(self.menu.rect().bottomLeft()))

    @Slot()
    def _fill_model_menu(self) -> None:
        menu = self.model_menu
        menu.clear()
        group = QActionGroup(menu)
        opened = self._state.model
        offered = [
            (listing.path, listing.title or listing.name, listing.classes, listing.image_size)
            for listing in self._state.models
        ]
        if opened is not None and opened.path not in [path for path, *_ in offered]:
            edge = opened.preprocessing.height
            offered.append((opened.path, opened.title, len(opened.labels), edge))
        for path, title, classes, edge in offered:
            action = menu.addAction(f"{title}  ·  {classes:,} classes, {edge} px")
            action.setToolTip(str(path))
            action.setCheckable(True)
            action.setChecked(opened is not None and path == opened.path)
            action.setData(path)
            group.addAction(action)
        if not offered:
            menu.addAction("No models found").setEnabled(False)
        menu.addSeparator()
        menu.addAction(self._actions.open_model)
        group.triggered.connect(self._on_model)

    @Slot(QAction)
    def _on_model(self, action: QAction) -> None:
        path: Path = action.data()
        self.model_chosen.emit(path)

    @Slot()
    def _fill_provider_menu(self) -> None:
        menu = self.provider_menu
        menu.clear()
        if self._state.provider is not None:
            menu.addAction(f"Runs on {self._state.provider}").setEnabled(False)
            menu.addSeparator()
        group = QActionGroup(menu)
        for choice, title in _PROVIDER_TITLES.items():
            action = menu.addAction(title)
            action.setCheckable(True)
            action.setChecked(choice == self._state.provider_choice)
            action.setData(choice)
            group.addAction(action)
        group.triggered.connect(self._on_provider)

    @Slot(QAction)
    def _on_provider(self, action: QAction) -> None:
        self.provider_chosen.emit(action.data())


def _size_of(model: Model) -> str:
    preprocessing = model.preprocessing
    size = f"{preprocessing.width} × {preprocessing.height}"
    return f"{len(model.labels):,} classes · {size}"


def _facts_of(model: Model) -> str:
    """Where the file is, and what the program does to its probabilities, if anything."""
    if model.temperature == 1:
        return str(model.path)
    return f"{model.path}\nProbabilities are calibrated: temperature {model.temperature:.2f}"
