"""The bar at the top: open, which model, what runs it, and the way to everything else."""

from typing import Final

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QHBoxLayout, QMenu, QPushButton, QSizePolicy, QWidget

from desktop_app.core.records import ProviderChoice
from desktop_app.state import LensState
from desktop_app.views.actions import Actions, with_shortcut
from desktop_app.views.icons import IconButton
from desktop_app.views.model_facts import classes_phrase, model_tip, size_phrase
from desktop_app.views.model_menu import ModelMenu
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

    def __init__(self, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        on_surface(self, "panel")
        self._actions = actions
        self._state = LensState()
        self.open = QPushButton("Open…")
        self.open.setToolTip(with_shortcut(actions.open))
        self.open.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.open.clicked.connect(actions.open.trigger)
        self.model = PickerButton("Model")
        self.model_menu = ModelMenu(actions, self.model)
        self.model_menu.model_chosen.connect(self.model_chosen)
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
        self.menu.setPopupMode(IconButton.ToolButtonPopupMode.InstantPopup)
        actions.menu.triggered.connect(self._show_menu)
        self._arrange()

    def render(self, state: LensState) -> None:  # type: ignore[override]  # not Qt's
        """Name the open model and what runs it."""
        self._state = state
        self.model_menu.follow(state)
        if state.loading_model:
            self.model.name_choice(state.loading_model, "loading…")
        elif state.model is not None:
            classes = classes_phrase(len(state.model.labels))
            size = size_phrase(state.model.preprocessing)
            self.model.name_choice(
                state.model.title, f"{classes} · {size}", tip=model_tip(state.model)
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
