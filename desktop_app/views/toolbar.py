"""The bar at the top: open, which model, what runs it, and the way to everything else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QHBoxLayout, QMenu, QPushButton, QSizePolicy, QWidget

from desktop_app.state import LensState
from desktop_app.views.actions import Actions, with_shortcut
from desktop_app.views.icons import IconButton
from desktop_app.views.model_facts import classes_phrase, model_tip, size_phrase
from desktop_app.views.picker import PickerButton
from desktop_app.views.search_button import SearchButton
from desktop_app.views.theme import on_surface

if TYPE_CHECKING:
    from desktop_app.core.records import Provider
    from desktop_app.views.model_menu import ModelMenu
    from desktop_app.views.provider_menu import ProviderMenu


class Toolbar(QWidget):
    """Buttons that name the current model and provider, and open menus to choose others."""

    model_chosen = Signal(object)
    provider_chosen = Signal(str)
    cuda_folder_forgotten = Signal()
    command_copied = Signal(str)

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
        self.provider = PickerButton("Provider")
        self.search = SearchButton(
            actions.palette.text(),
            actions.palette.shortcut().toString(QKeySequence.SequenceFormat.NativeText),
        )
        self.search.clicked.connect(actions.palette.trigger)
        self.menu = IconButton("menu", with_shortcut(actions.menu))
        self.menu.setPopupMode(IconButton.ToolButtonPopupMode.InstantPopup)
        actions.menu.triggered.connect(self._show_menu)
        self.model_menu: ModelMenu | None = None
        self.provider_menu: ProviderMenu | None = None
        self._arrange()

    def add_menus(self, menu: QMenu) -> None:
        """Build what the buttons open, once; it is not seen before a click.

        Args:
            menu: Behind the three lines.
        """
        from desktop_app.views.model_menu import ModelMenu  # noqa: PLC0415 - after the first paint
        from desktop_app.views.provider_menu import ProviderMenu  # noqa: PLC0415 - likewise

        self.menu.setMenu(menu)
        self.model_menu = ModelMenu(self._actions, self.model)
        self.model_menu.model_chosen.connect(self.model_chosen)
        self.model.setMenu(self.model_menu)
        self.provider_menu = ProviderMenu(self._actions, self.provider)
        self.provider_menu.provider_chosen.connect(self.provider_chosen)
        self.provider_menu.cuda_folder_forgotten.connect(self.cuda_folder_forgotten)
        self.provider_menu.command_copied.connect(self.command_copied)
        self.provider.setMenu(self.provider_menu)
        for each in (self.model_menu, self.provider_menu):
            each.follow(self._state)

    def render(self, state: LensState) -> None:  # type: ignore[override]  # not Qt's
        """Name the open model and what runs it."""
        self._state = state
        for menu in (self.model_menu, self.provider_menu):
            if menu is not None:
                menu.follow(state)
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
            self.provider.name_choice(
                provider.name.upper(),
                detail,
                tip=_provider_tip(provider),
                warns=provider.gpu_unused,
            )

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
        menu: QMenu | None = self.menu.menu()
        if menu is not None:
            menu.popup(self.menu.mapToGlobal(self.menu.rect().bottomLeft()))


def _provider_tip(provider: Provider) -> str:
    """What runs and why; for a GPU that stands unused, also what to do."""
    lines = [f"Runs on {provider}"]
    if provider.gpu_unused and (remedy := provider.remedy) is not None:
        lines.append(f"{remedy.what}.")
        if remedy.command:
            lines.append("A click here offers the command that does it.")
    return "\n".join(lines)
