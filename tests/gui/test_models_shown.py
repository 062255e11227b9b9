"""What the window says of models: the menu with figures and terms, the tooltip, the two windows."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QSignalSpy
from PySide6.QtWidgets import QDialog, QTextBrowser, QWidgetAction
from pytestqt.qtbot import QtBot

from desktop_app.core.records import CARD_SCHEMA, Accuracy, Card, Model, ModelListing
from desktop_app.state import LensState
from desktop_app.views.main_window import MainWindow
from desktop_app.views.model_facts import listed_phrase, model_rows, model_tip
from desktop_app.views.model_menu import ModelMenu
from desktop_app.views.theme import DARK
from tests.gui.window_states import listing, model_of

TERMS = "Non-commercial research and education only"
MEASURED = Accuracy(name="val", images=10_000, top1=0.5631, top5=0.8012)
LABELS = tuple(f"German shepherd {number}" for number in range(200))


@pytest.fixture
def everyday() -> Model:
    model = model_of(labels=LABELS, name="everyday")
    card = Card(
        schema=CARD_SCHEMA,
        title="Everyday things",
        labels=LABELS,
        preprocessing=model.preprocessing,
        training={
            "data_set": "tiny",
            "images": 98_000,
            "preset": "torchvision",
            "date": "2026-11-21",
            "recipe": {"epochs": 12},
        },
        accuracy=(MEASURED, replace(MEASURED, name="val without copies", images=9_990)),
        licence=TERMS,
        source="Trained from scratch & <carefully>",
        weights_sha256="0123456789abcdef" * 4,
    )
    return replace(model, title=card.title, card=card, temperature=1.25)


@pytest.fixture
def bundled() -> tuple[ModelListing, ...]:
    everyday = replace(
        listing("everyday"), title="Everyday things", classes=200,
        accuracy=(MEASURED,), licence=TERMS, source="Trained from scratch",
    )  # fmt: skip
    return everyday, replace(listing("signs"), licence="MIT")


@pytest.fixture
def window(
    qtbot: QtBot, everyday: Model, bundled: tuple[ModelListing, ...]
) -> Iterator[MainWindow]:
    window = MainWindow()
    window.complete()
    qtbot.addWidget(window)
    window.resize(1280, 800)
    with qtbot.waitActive(window):
        window.show()
        window.activateWindow()
    window.render(LensState(model=everyday, models=bundled))
    return window


@pytest.fixture
def menu(window: MainWindow) -> Iterator[ModelMenu]:
    menu = window.toolbar.model_menu
    menu.popup(window.mapToGlobal(QPoint(90, 40)))
    yield menu
    menu.close()


def models_in(menu: ModelMenu) -> list[QAction]:
    return [action for action in menu.actions() if isinstance(action, QWidgetAction)]


# --- the menu ------------------------------------------------------------------------------------


def test_the_menu_ticks_the_open_model_and_tells_terms_and_place(menu: ModelMenu) -> None:
    first, second = models_in(menu)
    assert [first.isChecked(), second.isChecked()] == [True, False]
    assert first.toolTip() == f"Licence: {TERMS}\nTrained from scratch\n/models/everyday.onnx"


def test_a_row_has_a_line_for_title_figures_and_terms(menu: ModelMenu) -> None:
    first, second = (menu.actionGeometry(action) for action in models_in(menu))
    assert first.height() == second.height() >= 3 * 13
    assert first.width() <= 480


def test_the_menu_is_used_by_keyboard_and_shows_where_one_is(menu: ModelMenu, qtbot: QtBot) -> None:
    chosen = QSignalSpy(menu.model_chosen)
    place = menu.actionGeometry(models_in(menu)[1])

    def ground() -> str:
        return menu.grab().toImage().pixelColor(place.right() - 4, place.center().y()).name()

    assert ground() == DARK.raised.name()
    for _ in range(2):
        qtbot.keyClick(menu, Qt.Key.Key_Down)
    assert ground() == DARK.selection.name()
    qtbot.keyClick(menu, Qt.Key.Key_Return)
    assert [chosen.at(i) for i in range(chosen.count())] == [[Path("/models/signs.onnx")]]


def test_the_menu_is_used_by_mouse(menu: ModelMenu, qtbot: QtBot) -> None:
    place = menu.actionGeometry(models_in(menu)[1]).center()
    with qtbot.waitSignal(menu.model_chosen) as chosen:
        qtbot.mouseClick(menu.childAt(place) or menu, Qt.MouseButton.LeftButton, pos=place)
    assert chosen.args == [Path("/models/signs.onnx")]


def test_a_model_is_chosen_once_however_often_the_menu_was_open(
    menu: ModelMenu, window: MainWindow
) -> None:
    for _ in range(3):
        menu.aboutToShow.emit()
    spy = QSignalSpy(window.model_chosen)
    models_in(menu)[1].trigger()
    assert spy.count() == 1
    assert len(models_in(menu)) == 2


def test_without_models_the_menu_says_so(window: MainWindow) -> None:
    window.render(LensState())
    window.toolbar.model_menu.aboutToShow.emit()
    first, *rest = window.toolbar.model_menu.actions()
    assert first.text() == "No models found"
    assert not first.isEnabled()
    assert [action.isEnabled() for action in rest if action.text() == "About the model"] == [False]


# --- the words -----------------------------------------------------------------------------------


def test_an_accuracy_always_comes_with_its_number_of_images(
    bundled: tuple[ModelListing, ...],
) -> None:
    line = listed_phrase(bundled[0]).replace("\N{NO-BREAK SPACE}", " ")
    assert line == "200 classes · 64 px · 56.3 % of 10,000 images right"
    assert listed_phrase(bundled[1]) == "5 classes · 64 px"


def test_the_tooltip_tells_accuracy_terms_and_calibration(
    window: MainWindow, everyday: Model
) -> None:
    tip = window.toolbar.model.toolTip().replace("\N{NO-BREAK SPACE}", " ")
    assert tip.splitlines() == [
        "/models/everyday.onnx",
        "56.3 % of 10,000 images right",
        f"Licence: {TERMS}",
        "Probabilities are calibrated: temperature 1.25",
    ]
    assert model_tip(model_of()) == "/models/pets.onnx"


def test_a_model_is_described_by_its_card(everyday: Model) -> None:
    rows = dict(model_rows(everyday))
    accuracy = rows["Accuracy"].replace("\N{NO-BREAK SPACE}", " ").splitlines()
    assert accuracy[0] == "56.3 % of 10,000 images right, 80.1 % among the first five (val)"
    assert len(accuracy) == 2
    assert rows["Classes"].startswith("200: German shepherd 0, ")
    assert rows["Classes"].endswith(", …")
    assert rows["Trained"] == ("98,000 images of tiny, 12 epochs, network torchvision, 2026-11-21")
    assert rows["Licence"] == TERMS


@pytest.mark.parametrize("training", [{}, {"recipe": "by hand"}, {"images": "many"}])
def test_a_card_may_leave_facts_of_training_out(
    everyday: Model, training: dict[str, object]
) -> None:
    assert everyday.card is not None
    model = replace(everyday, card=replace(everyday.card, training=training))
    assert "None" not in dict(model_rows(model)).get("Trained", "")


def test_a_model_without_a_card_says_what_was_assumed() -> None:
    model = replace(model_of(), assumptions=("Scaled to 0..1.", "Labels are not known."))
    assert dict(model_rows(model))["No card"] == "Scaled to 0..1. Labels are not known."


# --- the windows ---------------------------------------------------------------------------------


def test_the_window_about_the_model_can_be_read_without_scrolling(
    window: MainWindow, qtbot: QtBot
) -> None:
    window.commands.about_model.trigger()
    (dialog,) = window.findChildren(QDialog)
    text = dialog.findChild(QTextBrowser)
    assert isinstance(text, QTextBrowser)
    assert "Trained from scratch & <carefully>" in text.toPlainText()
    assert TERMS in text.toPlainText()
    assert text.verticalScrollBar().maximum() == 0
    assert text.horizontalScrollBar().maximum() == 0
    assert not dialog.isModal()
    title = text.document().begin()
    boxes = [text.document().documentLayout().blockBoundingRect(b) for b in (title, title.next())]
    assert boxes[1].top() - boxes[0].bottom() >= 12  # the title stands apart from its rows
    with qtbot.waitSignal(dialog.destroyed):
        dialog.close()


def test_nothing_is_said_of_a_model_that_is_not_there(window: MainWindow) -> None:
    window.render(LensState())
    assert not window.commands.about_model.isEnabled()


def test_about_tells_the_terms_of_every_model_whole(window: MainWindow, qtbot: QtBot) -> None:
    window.commands.about.trigger()
    (dialog,) = window.findChildren(QDialog)
    text = dialog.findChild(QTextBrowser)
    assert isinstance(text, QTextBrowser)
    words = text.toPlainText()
    assert f"Everyday things\n{TERMS}\nSigns\nMIT" in words
    assert "Rachel Michetti" in words
    with qtbot.waitSignal(dialog.destroyed):
        dialog.close()
