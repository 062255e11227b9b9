"""Several views in one panel: a quiet row of tabs, and the one of them that is chosen.

Which one that is belongs to the snapshot (:class:`~desktop_app.state.ViewOptions`), because what
nobody looks at is not computed. A panel of one view has no row.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QStackedWidget, QTabBar, QVBoxLayout, QWidget

from desktop_app.state import LensState
from desktop_app.views.theme import on_surface

TabsName = Literal["layers_tab", "images_tab", "channel_tab"]
"""The field of the options that says which tab is chosen."""
_SIDE: Final = 8


@dataclass(frozen=True, slots=True)
class Tab:
    """One view of a panel.

    Attributes:
        title: One word, on the tab.
        tip: What is seen there, a phrase.
        view: The widget.
    """

    title: str
    tip: str
    view: QWidget


class PanelTabs(QWidget):
    """Shows one of its views.

    Signals:
        options_changed: A new :class:`~desktop_app.state.ViewOptions` with another tab chosen.
    """

    options_changed = Signal(object)

    def __init__(
        self, name: TabsName, title: str, tabs: Mapping[str, Tab], parent: QWidget | None = None
    ) -> None:
        """Arrange the views.

        Args:
            name: The field of the options.
            title: What the panel shows, for those who do not see it.
            tabs: By the value of that field, in order.
            parent: As for every widget.
        """
        super().__init__(parent)
        on_surface(self, "panel")
        self._name = name
        self._state = LensState()
        self._names = tuple(tabs)
        self.bar = QTabBar()
        self.bar.setAccessibleName(f"Views of {title}")
        self.bar.setDrawBase(False)
        self.bar.setExpanding(False)
        self.bar.setUsesScrollButtons(False)
        self.bar.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._views = QStackedWidget()
        for index, tab in enumerate(tabs.values()):
            self.bar.addTab(tab.title)
            self.bar.setTabToolTip(index, tab.tip)
            self._views.addWidget(tab.view)
        self.bar.currentChanged.connect(self._on_chosen)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        bar = QVBoxLayout()
        bar.setContentsMargins(_SIDE, 4, _SIDE, 0)
        bar.addWidget(self.bar)
        column.addLayout(bar)
        column.addWidget(self._views, 1)
        # Only now: without a parent it would flash as a window.
        self.bar.setVisible(len(tabs) > 1)

    def render(self, state: LensState) -> None:  # type: ignore[override]  # not Qt's
        """Show the chosen tab's view; the views themselves are rendered by who owns them."""
        self._state = state
        index = self._names.index(self._wanted()) if self._wanted() in self._names else 0
        self.bar.blockSignals(True)
        self.bar.setCurrentIndex(index)
        self.bar.blockSignals(False)
        self._views.setCurrentIndex(index)

    def choose(self, tab: str) -> None:
        """Ask for a tab."""
        if tab != self._wanted():
            changed: dict[str, Any] = {self._name: tab}
            self.options_changed.emit(replace(self._state.options, **changed))

    def _wanted(self) -> str:
        return str(getattr(self._state.options, self._name))

    @Slot(int)
    def _on_chosen(self, index: int) -> None:
        self.choose(self._names[index])
