"""The menu under the provider badge: what runs and why, what else to ask for, CUDA's folder."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QLabel, QMenu, QWidgetAction

from desktop_app.views.state_menu import StateMenu
from desktop_app.views.theme import set_text_role

if TYPE_CHECKING:
    from desktop_app.core.provider_names import ProviderChoice
    from desktop_app.core.records import Provider

_TITLES: Final[dict[ProviderChoice, str]] = {
    "auto": "Automatic: CUDA if it loads, else CPU",
    "cpu": "CPU",
    "cuda": "CUDA (NVIDIA)",
}
_LONGEST_PATH_PX: Final = 280
_ADVICE_WIDTH: Final = 410
_ADVICE_MARGINS: Final = (36, 3, 24, 5)
"""As a menu's own lines are indented."""


class ProviderMenu(StateMenu):
    """Filled anew whenever it opens.

    Signals:
        provider_chosen: A :data:`~desktop_app.core.provider_names.ProviderChoice`.
        cuda_folder_forgotten: No folder with CUDA's libraries is to be preferred any more.
        command_copied: The command line that mends what keeps the GPU from running.
    """

    provider_chosen = Signal(str)
    cuda_folder_forgotten = Signal()
    command_copied = Signal(str)

    # --- inside --------------------------------------------------------------------------------

    @Slot()
    def _fill(self) -> None:
        self.clear()
        if self._state.provider is not None:
            self._add_what_runs(self._state.provider)
        for choice, title in _TITLES.items():
            action = self.addAction(title)
            action.setCheckable(True)
            action.setChecked(choice == self._state.provider_choice)
            action.setData(choice)
            self._group.addAction(action)
        self.addSeparator()
        self.addAction(self._actions.cuda_folder)
        if (folder := self._state.cuda_folder) is not None:
            name = self.fontMetrics().elidedText(
                str(folder), Qt.TextElideMode.ElideMiddle, _LONGEST_PATH_PX
            )
            forget = self.addAction(f"Forget {name.replace('&', '&&')}")
            forget.setToolTip(str(folder))
            forget.triggered.connect(self.cuda_folder_forgotten)

    def _add_what_runs(self, provider: Provider) -> None:
        self.addAction(f"Runs on {provider}").setEnabled(False)
        if provider.gpu_unused and (remedy := provider.remedy) is not None:
            self.addAction(_advice(f"{remedy.what}.", self))
            if remedy.command:
                copy = self.addAction("Copy the command")
                copy.setToolTip(remedy.command)
                copy.triggered.connect(self._on_copy)
        self.addSeparator()

    @Slot(QAction)
    def _on_chosen(self, action: QAction) -> None:
        self.provider_chosen.emit(action.data())

    @Slot()
    def _on_copy(self) -> None:
        remedy = None if self._state.provider is None else self._state.provider.remedy
        if remedy is not None:
            self.command_copied.emit(remedy.command)


def _advice(text: str, menu: QMenu) -> QWidgetAction:
    """Words that take as many lines as they need, which a menu's own entries cannot."""
    label = QLabel(text)
    label.setWordWrap(True)
    label.setContentsMargins(*_ADVICE_MARGINS)
    set_text_role(label, "secondary")
    label.ensurePolished()
    label.setFixedWidth(_ADVICE_WIDTH)
    label.setFixedHeight(label.heightForWidth(_ADVICE_WIDTH))
    action = QWidgetAction(menu)
    action.setText(text)
    action.setDefaultWidget(label)
    action.setEnabled(False)
    return action
