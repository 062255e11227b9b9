"""The predictions: bars, number of them, search over all classes, copying."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QSignalSpy
from pytestqt.qtbot import QtBot

from desktop_app.core.figures import probability_text
from desktop_app.state import LensState
from desktop_app.views.prediction_list import PredictionList
from desktop_app.views.prediction_rows import (
    CHOSEN_ROLE,
    PLACE_ROLE,
    PREDICTION_ROLE,
    ROW_HEIGHT,
)
from desktop_app.views.theme import DARK
from tests.gui.window_states import classification_of, model_of, shown_state


@pytest.fixture
def panel(qtbot: QtBot) -> PredictionList:
    panel = PredictionList()
    qtbot.addWidget(panel)
    panel.resize(300, 400)
    with qtbot.waitActive(panel):
        panel.show()
        panel.activateWindow()
    return panel


def labels(panel: PredictionList) -> list[str]:
    rows = panel.rows
    return [rows.index(row).data(PREDICTION_ROLE).label for row in range(rows.rowCount())]


@pytest.mark.parametrize(
    ("probability", "said"),
    [
        (0.712, "71.2 %"),
        (0.0005, "0.1 %"),
        (0.00049, "< 0.1 %"),
        (1e-9, "< 0.1 %"),
        (0.0, "0.0 %"),
        (0.99949, "99.9 %"),
        (0.99951, "> 99.9 %"),
        (1.0, "100.0 %"),
    ],
)
def test_probabilities_are_neither_rounded_to_none_nor_to_certainty(
    probability: float, said: str
) -> None:
    assert probability_text(probability).replace("\N{NO-BREAK SPACE}", " ") == said


def test_the_likeliest_come_first_and_as_many_as_asked_for(panel: PredictionList) -> None:
    state = shown_state((0.1, 0.5, 0.05, 0.3, 0.05))
    panel.render(replace(state, options=replace(state.options, top_k=3)))
    assert labels(panel) == ["goldfish", "tabby cat", "golden retriever"]
    panel.render(state)
    assert len(labels(panel)) == 5


def test_the_number_of_bars_is_an_intention(panel: PredictionList, qtbot: QtBot) -> None:
    panel.render(shown_state())
    with qtbot.waitSignal(panel.options_changed) as changed:
        qtbot.keyClick(panel.count, Qt.Key.Key_Up)
    assert changed.args[0].top_k == 6
    spy = QSignalSpy(panel.options_changed)
    panel.render(replace(shown_state(), options=replace(shown_state().options, top_k=9)))
    assert panel.count.value() == 9
    assert spy.count() == 0


def test_every_class_can_be_found(panel: PredictionList, qtbot: QtBot) -> None:
    state = shown_state()
    panel.render(replace(state, options=replace(state.options, top_k=1)))
    qtbot.keyClicks(panel.search, "CAT")
    assert labels(panel) == ["tabby cat", "Persian cat"]
    assert panel._heading.text() == "2 of 5 classes"
    qtbot.keyClicks(panel.search, " pers")
    assert labels(panel) == ["Persian cat"]
    qtbot.keyClick(panel.search, Qt.Key.Key_Escape)
    assert labels(panel) == ["golden retriever"]


def test_a_class_that_was_searched_for_says_its_place_among_all(panel: PredictionList) -> None:
    def places() -> list[str]:
        return [panel.rows.index(row).data(PLACE_ROLE) for row in range(panel.rows.rowCount())]

    panel.render(shown_state((0.1, 0.5, 0.05, 0.3, 0.05)))
    panel.search.setText("gold")
    assert labels(panel) == ["goldfish", "golden retriever"]
    assert places() == ["no. 1", "no. 3"]
    said = panel.rows.index(1).data(Qt.ItemDataRole.AccessibleTextRole)
    assert said.replace("\N{NO-BREAK SPACE}", " ") == "golden retriever, 10.0 %, no. 3"
    panel.search.clear()
    assert places() == [""] * 5


def test_a_class_that_is_not_there_is_said_to_be_missing(
    panel: PredictionList, qtbot: QtBot
) -> None:
    panel.render(shown_state())
    qtbot.keyClicks(panel.search, "zebra")
    assert panel._empty.isVisible()
    assert "zebra" in panel._empty.text()


def test_a_thousand_classes_are_listed_without_a_widget_each(panel: PredictionList) -> None:
    names = tuple(f"class {index}" for index in range(1000))
    shown = shown_state().shown
    assert shown is not None
    probabilities = np.linspace(0, 1, 1000) / 500
    shown = replace(shown, classification=classification_of(list(probabilities)))
    children = len(panel.findChildren(object))
    panel.render(replace(shown_state(), model=model_of(labels=names), shown=shown))
    panel.search.setText("class")
    assert panel.rows.rowCount() == 1000
    assert labels(panel)[0] == "class 999"
    assert len(panel.findChildren(object)) - children < 20
    assert panel.search.placeholderText() == "Search 1,000 classes"


def test_copying_is_an_intention_by_button_menu_and_key(
    panel: PredictionList, qtbot: QtBot
) -> None:
    panel.render(shown_state())
    spy = QSignalSpy(panel.copy_requested)
    qtbot.mouseClick(panel.copy, Qt.MouseButton.LeftButton)
    qtbot.keyClick(panel.view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    menu = panel.open_menu()
    menu.actions()[0].trigger()
    menu.deleteLater()
    assert spy.count() == 3


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (LensState(), "No model is open."),
        (LensState(loading_model="signs"), "Loading signs…"),
        (LensState(model=model_of()), "The likeliest classes of an image appear here."),
        (LensState(model=model_of(), pending=1), "Classifying…"),
    ],
)
def test_an_empty_panel_says_what_it_waits_for(
    panel: PredictionList, state: LensState, said: str
) -> None:
    panel.render(state)
    assert panel._empty.text() == said
    assert panel._empty.isVisible()
    assert not panel.copy.isEnabled()


def test_the_bar_is_as_long_as_the_probability(panel: PredictionList) -> None:
    panel.render(shown_state((0.5, 0.5, 0, 0, 0)))
    row = panel.view.visualRect(panel.rows.index(0))
    picture = panel.view.viewport().grab().toImage()
    middle = row.top() + 3 + 21 + 3
    blue = [x for x in range(row.width()) if picture.pixelColor(x, middle) == DARK.accent]
    track = [x for x in range(row.width()) if picture.pixelColor(x, middle) == DARK.line]
    assert len(blue) / (len(blue) + len(track)) == pytest.approx(0.5, abs=0.02)


# --- asking about a class ------------------------------------------------------------------------


def test_a_click_on_a_class_asks_about_it(panel: PredictionList, qtbot: QtBot) -> None:
    panel.render(shown_state((0.1, 0.5, 0.05, 0.3, 0.05)))
    row = panel.view.visualRect(panel.rows.index(1))
    with qtbot.waitSignal(panel.class_chosen) as chosen:
        qtbot.mouseClick(panel.view.viewport(), Qt.MouseButton.LeftButton, pos=row.center())
    assert chosen.args == [3]


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space])
def test_a_class_is_asked_about_by_keyboard(
    key: Qt.Key, panel: PredictionList, qtbot: QtBot
) -> None:
    panel.render(shown_state((0.1, 0.5, 0.05, 0.3, 0.05)))
    panel.view.setFocus()
    qtbot.keyClick(panel.view, Qt.Key.Key_Down)
    qtbot.keyClick(panel.view, Qt.Key.Key_Down)
    asked = panel.view.currentIndex().data(PREDICTION_ROLE).index
    with qtbot.waitSignal(panel.class_chosen) as chosen:
        qtbot.keyClick(panel.view, key)
    assert chosen.args == [asked]


def test_escape_or_the_cross_returns_to_the_likeliest_class(
    panel: PredictionList, qtbot: QtBot
) -> None:
    spy = QSignalSpy(panel.class_chosen)
    panel.render(shown_state())
    panel.view.setFocus()
    qtbot.keyClick(panel.view, Qt.Key.Key_Escape)
    assert spy.count() == 0
    panel.render(replace(shown_state(), chosen_class=2))
    qtbot.keyClick(panel.view, Qt.Key.Key_Escape)
    qtbot.mouseClick(panel.asked.back, Qt.MouseButton.LeftButton)
    assert [spy.at(index) for index in range(spy.count())] == [[None], [None]]


def test_the_class_that_is_asked_about_is_marked_and_named(panel: PredictionList) -> None:
    panel.render(shown_state())
    assert not panel.asked.isVisible()
    panel.render(replace(shown_state(), chosen_class=1))
    index = panel.rows.index(1)
    assert [panel.rows.index(row).data(CHOSEN_ROLE) for row in range(5)].index(True) == 1
    said = index.data(Qt.ItemDataRole.AccessibleTextRole)
    assert said.endswith("asked about")
    assert panel.asked.isVisible()
    assert panel.asked.text.text() == f"Asking about: {index.data(PREDICTION_ROLE).label}"
    row = panel.view.visualRect(index)
    picture = panel.view.viewport().grab().toImage()
    assert picture.pixelColor(row.left() + 6, row.center().y()) == DARK.accent


def test_an_asked_class_below_the_first_few_is_listed_with_its_place(
    panel: PredictionList,
) -> None:
    state = shown_state((0.1, 0.5, 0.05, 0.3, 0.05))
    state = replace(state, options=replace(state.options, top_k=2))
    panel.render(replace(state, chosen_class=4))
    assert panel.rows.rowCount() == 3
    last = panel.rows.index(2)
    assert (last.data(PREDICTION_ROLE).index, last.data(PLACE_ROLE)) == (4, "no. 5")
    assert panel.rows.index(0).data(PLACE_ROLE) == ""
    panel.render(state)
    assert panel.rows.rowCount() == 2


def test_an_asked_class_below_the_fold_is_scrolled_into_view(
    panel: PredictionList, qtbot: QtBot
) -> None:
    state = shown_state((0.1, 0.5, 0.05, 0.3, 0.05))
    state = replace(state, options=replace(state.options, top_k=4))
    panel.render(state)
    panel.view.setMaximumHeight(3 * ROW_HEIGHT)
    qtbot.waitUntil(lambda: panel.view.height() == 3 * ROW_HEIGHT)
    panel.render(replace(state, chosen_class=4))

    def is_in_view() -> bool:
        return panel.view.viewport().rect().contains(panel.view.visualRect(panel.rows.index(4)))

    assert is_in_view()
    panel.view.setMaximumHeight(2 * ROW_HEIGHT)
    qtbot.waitUntil(lambda: panel.view.height() == 2 * ROW_HEIGHT)
    assert is_in_view()
    panel.view.verticalScrollBar().setValue(0)
    panel.render(replace(state, chosen_class=4))
    assert not is_in_view()


def test_a_long_name_is_cut_with_a_tooltip(panel: PredictionList) -> None:
    name = "a class with a name that is much longer than the panel will ever be wide"
    state = replace(shown_state(), model=model_of(labels=(name, "b", "c", "d", "e")))
    panel.render(replace(state, chosen_class=0))
    assert panel.asked.text.text().endswith("…")
    assert name in panel.asked.text.toolTip()
    assert panel.width() == 300


def test_enter_in_the_search_asks_about_the_first_class_found(
    qtbot: QtBot, panel: PredictionList
) -> None:
    panel.render(shown_state())
    panel.search.setFocus()
    qtbot.keyClicks(panel.search, "cat")
    with qtbot.waitSignal(panel.class_chosen) as asked:
        qtbot.keyClick(panel.search, Qt.Key.Key_Return)
    assert asked.args == [3]  # tabby cat
    assert panel.search.text() == ""


def test_escape_in_the_search_empties_it_before_it_returns_to_the_likeliest_class(
    panel: PredictionList, qtbot: QtBot
) -> None:
    spy = QSignalSpy(panel.class_chosen)
    panel.render(replace(shown_state(), chosen_class=3))
    panel.search.setFocus()
    qtbot.keyClicks(panel.search, "cat")
    qtbot.keyClick(panel.search, Qt.Key.Key_Escape)
    assert (panel.search.text(), spy.count()) == ("", 0)
    qtbot.keyClick(panel.search, Qt.Key.Key_Escape)
    assert [spy.at(index) for index in range(spy.count())] == [[None]]


def test_down_leads_from_the_search_into_the_list(qtbot: QtBot, panel: PredictionList) -> None:
    panel.show()
    panel.render(shown_state())
    panel.search.setFocus()
    qtbot.keyClicks(panel.search, "fish")
    qtbot.keyClick(panel.search, Qt.Key.Key_Down)
    with qtbot.waitSignal(panel.class_chosen) as asked:
        qtbot.keyClick(panel.view, Qt.Key.Key_Return)
    assert asked.args == [1]  # goldfish
