"""The samples of the empty window: which are offered, how, and where there is room for them."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QSignalSpy
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from desktop_app.core.bundled import SAMPLES, Sample
from desktop_app.state import LensState
from desktop_app.views.photo_view import PhotoView
from desktop_app.views.sample_tiles import SampleTile
from desktop_app.views.theme import current_roles
from tests.gui.window_states import model_of

LADYBUG, COFFEE, HAND = SAMPLES


@pytest.fixture
def view(qtbot: QtBot) -> PhotoView:
    view = PhotoView()
    qtbot.addWidget(view)
    view.resize(776, 271)  # what the default window leaves for it at 1280×800
    view.render(LensState())
    with qtbot.waitActive(view):
        view.show()
        view.activateWindow()
    return view


def tiles(view: PhotoView) -> list[SampleTile]:
    return [tile for tile in view.findChildren(SampleTile) if tile.isVisible()]


@pytest.mark.parametrize(
    ("name", "offered"),
    [("everyday", (LADYBUG, COFFEE)), ("signs", (HAND,)), ("my-own", SAMPLES)],
)
def test_samples_suit_the_open_model(
    view: PhotoView, name: str, offered: tuple[Sample, ...]
) -> None:
    view.render(LensState(model=model_of(name=name)))
    assert tuple(tile.sample for tile in tiles(view)) == offered


def test_samples_suit_the_model_that_is_being_loaded(view: PhotoView) -> None:
    view.render(LensState(loading_model="signs"))
    assert [tile.sample for tile in tiles(view)] == [HAND]
    view.render(LensState(model=model_of(name="everyday"), loading_model="signs"))
    assert [tile.sample for tile in tiles(view)] == [LADYBUG, COFFEE]


def test_a_sample_is_opened_by_a_click(view: PhotoView, qtbot: QtBot) -> None:
    with qtbot.waitSignal(view.samples_requested) as requested:
        qtbot.mouseClick(tiles(view)[1], Qt.MouseButton.LeftButton)
    assert requested.args == [(COFFEE,)]
    assert not tiles(view)[1].hasFocus()


@pytest.mark.parametrize("key", [Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter])
def test_a_sample_is_reached_and_opened_by_keyboard(
    view: PhotoView, qtbot: QtBot, key: Qt.Key
) -> None:
    for _ in range(10):
        if QApplication.focusWidget() is tiles(view)[0]:
            break
        qtbot.keyClick(QApplication.focusWidget() or view, Qt.Key.Key_Tab)
    qtbot.keyClick(tiles(view)[0], Qt.Key.Key_Right)
    assert tiles(view)[1].hasFocus()
    spy = QSignalSpy(view.samples_requested)
    qtbot.keyClick(tiles(view)[1], key)
    assert [spy.at(index) for index in range(spy.count())] == [[(COFFEE,)]]


def test_a_sample_says_what_it_shows(view: PhotoView) -> None:
    assert [tile.accessibleName() for tile in tiles(view)] == [
        "Open the sample: Ladybug",
        "Open the sample: Coffee",
        "Open the sample: Two fingers",
    ]


def test_a_tile_shows_the_picture_and_a_ring_for_the_keyboard(
    view: PhotoView, qtbot: QtBot
) -> None:
    tile = tiles(view)[1]

    def has_ring() -> bool:
        return tile.grab().toImage().pixelColor(tile.width() // 2, 0) == current_roles().accent

    def shows_espresso() -> bool:
        colour = tile.grab().toImage().pixelColor(tile.width() // 2, 6 + 30)
        return colour.red() > 200 and colour.blue() < 100

    qtbot.waitUntil(shows_espresso)
    assert not has_ring()
    tile.setFocus(Qt.FocusReason.TabFocusReason)
    assert has_ring()


def test_samples_stand_below_the_invitation_or_beside_it(view: PhotoView) -> None:
    (paste,) = (each for each in view.findChildren(QPushButton) if each.text() == "Paste")

    def corner_of(widget: SampleTile | QPushButton) -> tuple[int, int]:
        place = widget.mapTo(view, widget.rect().topLeft())
        return place.x(), place.y()

    assert corner_of(tiles(view)[0])[0] > corner_of(paste)[0] + paste.width()
    assert corner_of(tiles(view)[-1])[0] + tiles(view)[-1].width() < view.width()
    view.resize(776, 500)
    QApplication.processEvents()
    assert corner_of(tiles(view)[0])[1] > corner_of(paste)[1] + paste.height()


def test_where_there_is_no_room_one_button_opens_them_all(view: PhotoView, qtbot: QtBot) -> None:
    (button,) = (each for each in view.findChildren(QPushButton) if each.text() == "Samples")
    assert not button.isVisible()
    view.resize(390, 170)
    QApplication.processEvents()
    assert tiles(view) == []
    with qtbot.waitSignal(view.samples_requested) as requested:
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert requested.args == [SAMPLES]


def test_the_invitation_can_be_made_small(view: PhotoView) -> None:
    assert view.minimumSizeHint().height() <= 200
    assert view.minimumSizeHint().width() <= 300


def test_the_samples_stay_where_they_are_in_a_window_that_stays_as_large(view: PhotoView) -> None:
    def places(width: int, height: int) -> list[QPoint]:
        view.resize(width, height)
        view.render(LensState())
        QApplication.processEvents()
        return [
            shown.mapTo(view, QPoint())
            for shown in (*view.findChildren(QPushButton), *view.findChildren(SampleTile))
            if shown.isVisible()
        ]

    unstable = []
    for width in (590, 856):
        sizes = [(width, height) for height in range(150, 320, 6)]
        growing = [places(*size) for size in sizes]
        again = [places(*size) for size in reversed(sizes) for _ in range(2)]
        shrinking, repeated = again[::2], again[1::2]
        unstable += [
            size
            for size, one, other, third in zip(
                sizes, growing, reversed(shrinking), reversed(repeated), strict=True
            )
            if not one == other == third
        ]
    assert unstable == []
