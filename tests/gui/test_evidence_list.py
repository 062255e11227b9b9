"""The evidence below the predictions: bars, sum, opening channels, one class against another."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent, QImage
from PySide6.QtTest import QSignalSpy
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop_app.core.logit_evidence import LogitSum
from desktop_app.core.records import read_only
from desktop_app.parts.logit_evidence import LogitEvidence
from desktop_app.state import LensState
from desktop_app.views.evidence_rows import CHANNEL_ROLE, NUMBER_ROLE, signed
from desktop_app.views.figures import MINUS
from desktop_app.views.main_window import MainWindow
from desktop_app.views.prediction_list import PredictionList
from desktop_app.views.prediction_rows import PREDICTION_ROLE, RIVAL_ROLE
from desktop_app.views.theme import DARK
from tests.gui.window_states import model_of, shown_state

CONTRIBUTIONS = (2.411, -0.708, 0.934, 0.0, 1.617, -1.182, 0.2, 0.05)
BIAS = 0.25
TIP, SAID = Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole


def state_of(
    *, against: int | None = None, chosen: int | None = None, error: str = ""
) -> LensState:
    """``golden retriever`` on screen, its logit taken apart into the channels of res2b_relu."""
    values = read_only(np.array(CONTRIBUTIONS))
    index = 0 if chosen is None else chosen
    found = LogitSum(
        layer="res2b_relu", class_index=index, against=against, weights=values,
        means=read_only(np.ones(8)), contributions=values, bias=BIAS,
        logit=float(values.sum()) + BIAS,
    )  # fmt: skip
    evidence = LogitEvidence(
        image=1, class_index=index, against=against, found=None if error else found, error=error
    )
    return replace(
        shown_state(), chosen_class=chosen, against_class=against, logit_evidence=evidence
    )


@pytest.fixture
def panel(qtbot: QtBot) -> PredictionList:
    panel = PredictionList()
    qtbot.addWidget(panel)
    panel.resize(300, 460)
    with qtbot.waitActive(panel):
        panel.show()
        panel.activateWindow()
    return panel


def rows(panel: PredictionList, role: int = NUMBER_ROLE) -> list[object]:
    listed = panel.evidence.rows
    return [listed.index(row).data(role) for row in range(listed.rowCount())]


def test_the_strongest_channels_for_and_against_are_listed(panel: PredictionList) -> None:
    panel.render(state_of())
    assert panel.evidence.isVisible()
    assert rows(panel, CHANNEL_ROLE) == [0, 4, 2, 1, 5]
    assert rows(panel) == ["+2.41", "+1.62", "+0.93", f"{MINUS}0.71", f"{MINUS}1.18"]
    assert panel.evidence.heading.toolTip() == (
        "Evidence for “golden retriever” · channels of res2b_relu"
    )
    assert rows(panel, SAID)[0] == "channel 0, +2.41, for it"
    assert rows(panel, SAID)[4] == f"channel 5, {MINUS}1.18, against it"
    assert "weight +2.411000 × mean 1.000000 = +2.411000" in str(rows(panel, TIP)[0])


def test_the_sum_is_the_logit_to_the_digits_shown(panel: PredictionList) -> None:
    panel.render(state_of())
    total = sum(CONTRIBUTIONS) + BIAS
    assert panel.evidence.sum.text() == f"sum of 8 channels + bias = {total:.2f}, the logit"
    tip = panel.evidence.sum.toolTip()
    for number in (sum(CONTRIBUTIONS), BIAS, total):
        assert signed(number, 6) in tip


def colours(picture: QImage, row: int, panel: PredictionList) -> tuple[list[int], list[int]]:
    view = panel.evidence.view
    area = view.visualRect(panel.evidence.rows.index(row))
    across = range(area.left() + 12, area.right() - 12)
    blue = [x for x in across if picture.pixelColor(x, area.center().y()) == DARK.accent]
    orange = [x for x in across if picture.pixelColor(x, area.center().y()) == DARK.against]
    return blue, orange


def test_bars_grow_from_the_middle_blue_for_and_orange_against(panel: PredictionList) -> None:
    panel.render(state_of())
    picture = panel.evidence.view.viewport().grab().toImage()
    longest, against = colours(picture, 0, panel), colours(picture, 4, panel)
    assert longest[0]
    assert not longest[1]
    assert against[1]
    assert not against[0]
    assert max(against[1]) < min(longest[0])
    shares = len(against[1]) / len(longest[0])
    assert shares == pytest.approx(1.182 / 2.411, abs=0.05)


def test_a_click_opens_the_channel_in_its_layer(panel: PredictionList, qtbot: QtBot) -> None:
    panel.render(state_of())
    view = panel.evidence.view
    place = view.visualRect(panel.evidence.rows.index(1)).center()
    with qtbot.waitSignal(panel.evidence.channel_opened) as opened:
        qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert opened.args == ["res2b_relu", 4]


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space])
def test_a_channel_is_opened_by_keyboard(key: Qt.Key, panel: PredictionList, qtbot: QtBot) -> None:
    panel.render(state_of())
    view = panel.evidence.view
    view.setFocus()
    for _ in range(2):
        qtbot.keyClick(view, Qt.Key.Key_Down)
    chosen = view.currentIndex().data(CHANNEL_ROLE)
    with qtbot.waitSignal(panel.evidence.channel_opened) as opened:
        qtbot.keyClick(view, key)
    assert opened.args == ["res2b_relu", chosen]


def test_the_open_channel_is_marked(panel: PredictionList) -> None:
    panel.render(replace(state_of(), layer="res2b_relu", channel=4))
    assert [str(said).endswith(", open") for said in rows(panel, SAID)] == [
        False, True, False, False, False,
    ]  # fmt: skip
    view = panel.evidence.view
    area = view.visualRect(panel.evidence.rows.index(1))
    picture = view.viewport().grab().toImage()
    assert picture.pixelColor(area.left() + 6, area.center().y()) == DARK.accent
    panel.render(replace(state_of(), layer="res2a_relu", channel=4))  # another layer's
    assert not any(str(said).endswith(", open") for said in rows(panel, SAID))


@pytest.mark.parametrize("change", [{"image": 2}, {"class_index": 1}, {"against": 3}])
def test_the_evidence_of_something_else_is_not_shown(
    change: dict[str, int], panel: PredictionList
) -> None:
    state = state_of()
    assert state.logit_evidence is not None
    panel.render(state)
    height = panel.evidence.height()
    panel.render(replace(state, logit_evidence=replace(state.logit_evidence, **change)))
    assert rows(panel) == []
    assert panel.evidence.sum.text() == ""
    assert panel.evidence.height() == height  # nothing jumps while it is waited for


def test_a_model_without_such_a_head_says_so(panel: PredictionList) -> None:
    panel.render(state_of(error="This model's last layer is not a weighted sum of its means."))
    message = panel.evidence.message
    assert message.isVisible()
    assert "last layer" in message.text()
    assert message.height() >= message.heightForWidth(message.width())
    assert not panel.evidence.view.isVisible()
    panel.render(state_of())
    assert not panel.evidence.message.isVisible()
    assert panel.evidence.view.isVisible()


def test_it_is_there_only_with_predictions_and_where_it_is_wanted(panel: PredictionList) -> None:
    panel.render(LensState(model=model_of()))
    assert not panel.evidence.isVisible()
    panel.render(state_of())
    assert panel.evidence.isVisible()
    hidden = replace(state_of().options, show_evidence=False)
    panel.render(replace(state_of(), options=hidden))
    assert not panel.evidence.isVisible()


@pytest.mark.parametrize(
    ("height", "top_k", "channels"), [(460, 5, 5), (360, 5, 3), (300, 5, 2), (460, 20, 5)]
)
def test_where_room_is_short_fewer_channels_are_shown_and_the_bars_scroll(
    height: int, top_k: int, channels: int, panel: PredictionList
) -> None:
    panel.resize(300, height)
    options = replace(state_of().options, top_k=top_k)
    panel.render(replace(state_of(), options=options))
    assert panel.evidence.rows.rowCount() == channels
    assert rows(panel)[0] == "+2.41"
    assert rows(panel)[-1] == f"{MINUS}1.18"
    view = panel.evidence.view
    assert (
        view.viewport().height()
        >= view.visualRect(panel.evidence.rows.index(channels - 1)).bottom()
    )
    assert panel.view.height() > 60
    assert panel.height() == height


def test_small_numbers_get_more_decimals(panel: PredictionList) -> None:
    state = state_of()
    assert state.logit_evidence is not None
    assert state.logit_evidence.found is not None
    small = replace(state.logit_evidence.found, contributions=np.array([0.0712, -0.0043]))
    panel.render(replace(state, logit_evidence=replace(state.logit_evidence, found=small)))
    assert rows(panel) == ["+0.071", f"{MINUS}0.004"]


def test_it_says_that_it_is_of_the_untouched_network_while_changes_hold(
    panel: PredictionList, monkeypatch: pytest.MonkeyPatch
) -> None:
    panel.render(state_of())
    assert "untouched" not in panel.evidence.heading.text()
    monkeypatch.setattr("desktop_app.views.evidence_list.shown_outcome", lambda _state: object())
    panel.render(state_of())
    assert panel.evidence.heading.text() == "“golden retriever” in the untouched network"
    assert panel.evidence.heading.toolTip().endswith("in the untouched network")
    panel.render(state_of(against=1))
    assert panel.evidence.heading.text().startswith("“golden ")
    assert panel.evidence.heading.text().endswith(" and not “goldfish”, untouched")


# --- one class against another -------------------------------------------------------------------


def test_the_heading_and_the_sum_tell_both_classes(panel: PredictionList) -> None:
    panel.render(state_of(against=3))
    assert panel.evidence.heading.text() == "“golden retriever” and not “tabby cat”"
    assert panel.evidence.sum.text().endswith("the difference")
    assert "difference of the weights" in str(rows(panel, TIP)[0])
    marked = [panel.rows.index(row).data(RIVAL_ROLE) for row in range(5)]
    assert marked.index(True) == 3
    assert panel.rows.index(3).data(SAID).endswith("held against")


def test_long_names_are_cut_and_stay_whole_in_the_tooltip(panel: PredictionList) -> None:
    names = tuple(f"a class with a name {n} that is much longer than any panel" for n in range(5))
    panel.render(replace(state_of(against=3), model=model_of(labels=names)))
    text = panel.evidence.heading.text()
    assert text.count("…”") == 2
    assert " and not " in text
    assert names[0] in panel.evidence.heading.toolTip()
    assert names[3] in panel.evidence.heading.toolTip()
    assert panel.width() == 300


def test_the_menu_of_a_class_holds_it_against_the_explained_one(
    panel: PredictionList, qtbot: QtBot
) -> None:
    panel.render(state_of())
    menu = panel.open_menu(panel.rows.index(1))
    with qtbot.waitSignal(panel.rival_chosen) as chosen:
        menu.actions()[0].trigger()
    assert menu.actions()[0].text() == "Why “golden retriever” and not this?"
    assert chosen.args == [1]
    menu.deleteLater()
    own = panel.open_menu(panel.rows.index(0))
    assert [action.text() for action in own.actions()] == ["Copy predictions"]
    own.deleteLater()
    panel.render(state_of(against=1))
    held = panel.open_menu(panel.rows.index(1))
    assert held.actions()[0].text() == "Ask about the class alone"
    with qtbot.waitSignal(panel.rival_chosen) as chosen:
        held.actions()[0].trigger()
    assert chosen.args == [None]
    held.deleteLater()


def test_the_menu_opens_at_the_pointer_or_at_the_keyboards_row(
    panel: PredictionList, qtbot: QtBot
) -> None:
    panel.render(state_of())
    panel.view.customContextMenuRequested.disconnect()  # else a menu would open
    places = QSignalSpy(panel.view.customContextMenuRequested)
    panel.view.setCurrentIndex(panel.rows.index(2))
    place = QPoint(40, 10)
    for reason in (QContextMenuEvent.Reason.Mouse, QContextMenuEvent.Reason.Keyboard):
        event = QContextMenuEvent(reason, place, panel.view.mapToGlobal(place))
        QApplication.sendEvent(panel.view.viewport(), event)
    found = [panel.view.indexAt(places.at(n)[0]).row() for n in range(places.count())]
    assert found == [0, 2]


def test_shift_enter_holds_a_class_against_and_lets_it_go(
    panel: PredictionList, qtbot: QtBot
) -> None:
    panel.render(state_of())
    panel.view.setFocus()
    panel.view.setCurrentIndex(panel.rows.index(2))
    held = panel.rows.index(2).data(PREDICTION_ROLE).index
    with qtbot.waitSignal(panel.rival_chosen) as chosen:
        qtbot.keyClick(panel.view, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    assert chosen.args == [held]
    panel.render(state_of(against=held))
    with qtbot.waitSignal(panel.rival_chosen) as chosen:
        qtbot.keyClick(panel.view, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    assert chosen.args == [None]


@pytest.mark.parametrize("list_name", ["view", "evidence"])
def test_escape_takes_the_other_class_away_before_the_chosen_one(
    list_name: str, panel: PredictionList, qtbot: QtBot
) -> None:
    view = panel.view if list_name == "view" else panel.evidence.view
    rivals, classes = QSignalSpy(panel.rival_chosen), QSignalSpy(panel.class_chosen)
    panel.render(state_of(chosen=1, against=3))
    view.setFocus()
    qtbot.keyClick(view, Qt.Key.Key_Escape)
    assert (rivals.count(), classes.count()) == (1, 0)
    panel.render(state_of(chosen=1))
    qtbot.keyClick(view, Qt.Key.Key_Escape)
    assert (rivals.count(), classes.count()) == (1, 1)


def test_the_cross_takes_the_other_class_away(panel: PredictionList, qtbot: QtBot) -> None:
    panel.render(state_of())
    assert not panel.evidence.back.isVisible()
    panel.render(state_of(against=3))
    with qtbot.waitSignal(panel.rival_chosen) as chosen:
        qtbot.mouseClick(panel.evidence.back, Qt.MouseButton.LeftButton)
    assert chosen.args == [None]
    assert panel.evidence.back.height() <= panel.evidence.heading.height()


def test_a_class_held_against_below_the_first_few_is_listed(panel: PredictionList) -> None:
    state = state_of(against=4)
    panel.render(replace(state, options=replace(state.options, top_k=2)))
    assert panel.rows.rowCount() == 3
    assert panel.rows.index(2).data(RIVAL_ROLE)


@pytest.mark.parametrize(
    ("against", "command", "chosen"),
    [(None, "next_rival", 1), (1, "next_rival", 2), (4, "next_rival", 1), (3, "no_rival", None)],
)
def test_commands_step_along_the_likelihood(
    against: int | None, command: str, chosen: int | None, window: MainWindow, qtbot: QtBot
) -> None:
    window.render(state_of(against=against))
    assert window.parts is not None
    with qtbot.waitSignal(window.parts.evidence_commands.rival_chosen) as asked:
        getattr(window.commands.evidence, command).trigger()
    assert asked.args == [chosen]


def test_a_command_hides_and_shows_it(window: MainWindow, qtbot: QtBot) -> None:
    window.render(state_of())
    action = window.commands.evidence.show
    assert action.isChecked()
    with qtbot.waitSignal(window.options_changed) as changed:
        action.trigger()
    assert changed.args[0].show_evidence is False


def test_all_of_it_fits_at_the_size_that_is_planned_for(window: MainWindow) -> None:
    window.render(state_of())
    assert window.parts is not None
    panel = window.parts.predictions
    assert panel.evidence.rows.rowCount() == 5
    assert panel.view.verticalScrollBar().maximum() == 0
