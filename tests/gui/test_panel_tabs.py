"""Several views in one panel: the state says which is seen, tabs ask for another."""

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from desktop_app.state import LensState, ViewOptions
from desktop_app.views.panel_tabs import PanelTabs, Tab
from tests.gui.window_states import shown_state


@pytest.fixture
def views() -> dict[str, Tab]:
    return {
        "map": Tab("Network", "The network", QLabel("map")),
        "list": Tab("List", "All layers", QLabel("list")),
    }


@pytest.fixture
def tabs(qtbot: QtBot, views: dict[str, Tab]) -> PanelTabs:
    tabs = PanelTabs("layers_tab", "the layers", views)
    qtbot.addWidget(tabs)
    tabs.resize(300, 200)
    tabs.show()
    tabs.render(shown_state())
    return tabs


def chosen(state: LensState, tab: str) -> LensState:
    return replace(state, options=replace(state.options, layers_tab=tab))


def test_the_state_decides_which_view_is_seen(tabs: PanelTabs, views: dict[str, Tab]) -> None:
    assert views["map"].view.isVisible()
    tabs.render(chosen(shown_state(), "list"))
    assert views["list"].view.isVisible()
    assert not views["map"].view.isVisible()


def test_a_click_asks_and_changes_nothing_itself(
    tabs: PanelTabs, qtbot: QtBot, views: dict[str, Tab]
) -> None:
    with qtbot.waitSignal(tabs.options_changed) as asked:
        centre = tabs.bar.tabRect(1).center()
        qtbot.mouseClick(tabs.bar, Qt.MouseButton.LeftButton, pos=centre)
    options: ViewOptions = asked.args[0]
    assert options == replace(ViewOptions(), layers_tab="list")
    tabs.render(shown_state())
    assert views["map"].view.isVisible()


def test_arrow_keys_move_between_tabs(tabs: PanelTabs, qtbot: QtBot) -> None:
    tabs.bar.setFocus()
    with qtbot.waitSignal(tabs.options_changed) as asked:
        qtbot.keyClick(tabs.bar, Qt.Key.Key_Right)
    assert asked.args[0].layers_tab == "list"


def test_a_tab_that_the_panel_lacks_shows_the_first(qtbot: QtBot) -> None:
    only = QLabel("list")
    tabs = PanelTabs("layers_tab", "the layers", {"list": Tab("List", "All layers", only)})
    qtbot.addWidget(tabs)
    tabs.show()
    tabs.render(chosen(shown_state(), "map"))
    assert only.isVisible()
    assert not tabs.bar.isVisible()  # one view needs no row
