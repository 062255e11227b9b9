"""The nine strongest images: what is painted, keys and pointer, what is said without any."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QRect, QRectF, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QCheckBox, QLabel
from pytestqt.qtbot import QtBot

from desktop_app.core.network import Network, NetworkNode, ReceptiveField
from desktop_app.core.patches import PatchPicture
from desktop_app.core.records import Pixels, Preprocessing
from desktop_app.parts.survey import IndexProgress, StrongestImage, StrongestImages, Survey
from desktop_app.state import LensState
from desktop_app.views.main_window import MainWindow
from desktop_app.views.patch_geometry import framed
from desktop_app.views.strongest_painting import LINE
from desktop_app.views.strongest_tiles import StrongestTiles
from desktop_app.views.strongest_view import StrongestView
from tests.gui.map_states import painted
from tests.gui.window_states import ready, shown_state

RED, BLUE = (255, 0, 0), (0, 0, 255)


def plain(colour: tuple[int, int, int], height: int = 30, width: int = 30) -> Pixels:
    return np.full((height, width, 3), colour, np.uint8)


def picture(
    *,
    inset: tuple[float, float, float, float] = (0, 0, 1, 1),
    centre: tuple[float, float] | None = None,
) -> PatchPicture:
    """A red patch, cut from the middle of a blue photo."""
    return PatchPicture(
        photo=plain(BLUE),
        outline=(0.25, 0.25, 0.75, 0.75),
        patch=plain(RED),
        inset=inset,
        shape=1.0,
        centre=centre,
    )


def state_with(count: int, *, images: int = 12, pictures: int = 9) -> LensState:
    found = tuple(StrongestImage(entry, 5.0 - entry / 4, 3, 2) for entry in range(1, count + 1))
    made = {one.entry: picture() for one in found[:pictures]}
    strongest = StrongestImages("res2a_relu", 7, found, made)
    return replace(shown_state(count=12), survey=Survey(images=images, strongest=strongest))


def with_field(
    state: LensState, *, size: int | tuple[int, int], start: int, layer: str = "res2a_relu"
) -> LensState:
    """A network of 32 × 32 pixels, one of whose layers has this receptive field."""
    assert state.model is not None
    high, wide = (size, size) if isinstance(size, int) else size
    field = ReceptiveField(size=(high, wide), stride=(4, 4), start=(start, start))
    network = Network(nodes={layer: NetworkNode(receptive_field=field)})
    spec = Preprocessing(height=32, width=32)
    return replace(state, model=replace(state.model, network=network, preprocessing=spec))


@pytest.fixture
def view(qtbot: QtBot) -> StrongestView:
    view = StrongestView()
    qtbot.addWidget(view)
    view.resize(420, 400)
    with qtbot.waitExposed(view):
        view.show()
    view.render(state_with(9))
    return view


def box(tiles: StrongestTiles, number: int) -> QPoint:
    """The middle of a tile's picture."""
    return tiles.tile(number).center() - QPoint(0, 10)


def colour_at(tiles: StrongestTiles, point: QPoint) -> tuple[int, int, int]:
    colour: QColor = painted(tiles).pixelColor(point)
    return colour.red(), colour.green(), colour.blue()


def message(view: StrongestView) -> str:
    shown = [label.text() for label in view.findChildren(QLabel) if label.isVisible()]
    return " ".join(text for text in shown if text)


def test_nine_patches_are_painted_beside_each_other(view: StrongestView) -> None:
    tiles = view.tiles
    for number in range(9):
        assert colour_at(tiles, box(tiles, number)) == RED
        assert tiles.rect().contains(tiles.tile(number))
    assert tiles.tile(0).top() == tiles.tile(2).top() < tiles.tile(3).top()
    assert "Channel 7" in message(view)
    assert "res2a_relu · of 12" in message(view)


def test_the_whole_photo_is_shown_with_the_patch_outlined(view: StrongestView) -> None:
    tiles = view.tiles
    state = state_with(9)
    view.render(replace(state, options=replace(state.options, strongest_as="photo")))
    assert colour_at(tiles, box(tiles, 0)) == BLUE
    image = painted(tiles)
    row = tiles.tile(0).center().y() - 10
    along = {image.pixelColor(x, row).rgb() for x in range(tiles.tile(0).left(), box(tiles, 0).x())}
    assert len(along) > 2  # the outline is crossed on the way to the middle


def test_the_check_box_asks_for_whole_photos(view: StrongestView, qtbot: QtBot) -> None:
    (check,) = view.findChildren(QCheckBox)
    with qtbot.waitSignal(view.options_changed) as asked:
        qtbot.keyClick(check, Qt.Key.Key_Space)
    assert asked.args[0].strongest_as == "photo"


def test_beyond_the_input_there_is_no_picture(view: StrongestView) -> None:
    state = state_with(1)
    assert state.survey is not None
    assert state.survey.strongest is not None
    cut = replace(state.survey.strongest, pictures={1: picture(inset=(0, 0.5, 1, 1))})
    view.render(replace(state, survey=replace(state.survey, strongest=cut)))
    tiles = view.tiles
    middle = box(tiles, 0)
    assert colour_at(tiles, middle + QPoint(0, 12)) == RED
    assert colour_at(tiles, middle - QPoint(0, 12)) not in (RED, BLUE)


def lines_in(tiles: StrongestTiles, area: QRect) -> int:
    """How many colours there are: of a flat area one."""
    image = painted(tiles)
    places = ((x, area.center().y()) for x in range(area.left(), area.right()))
    return len({image.pixelColor(*place).rgb() for place in places})


def test_beyond_the_picture_is_hatched_and_the_rest_of_the_tile_is_the_panel(
    view: StrongestView,
) -> None:
    state = with_field(state_with(1), size=9, start=-4)
    assert state.survey is not None
    assert state.survey.strongest is not None
    cut = replace(state.survey.strongest, pictures={1: picture(inset=(0, 0.5, 1, 1))})
    view.render(replace(state, survey=replace(state.survey, strongest=cut)))
    tiles = view.tiles
    area = framed(QRectF(tiles.tile(0).adjusted(0, 0, 0, -LINE)), 1.0).toAlignedRect()
    upper = area.adjusted(4, 4, -4, -area.height() // 2 - 4)
    assert lines_in(tiles, upper) > 2
    beside = QRect(tiles.tile(0).left(), area.top(), area.left() - tiles.tile(0).left() - 2, 20)
    assert lines_in(tiles, beside) == 1
    outside = QPoint(tiles.tile(0).left() - 5, area.center().y())
    assert colour_at(tiles, beside.center()) == colour_at(tiles, outside)
    assert "hatched: beyond the picture" in message(view)


def test_what_is_hatched_is_told_only_where_something_can_be(view: StrongestView) -> None:
    view.render(with_field(state_with(9), size=9, start=0))
    assert "hatched" not in message(view)
    state = with_field(state_with(9), size=9, start=-4)
    view.render(replace(state, options=replace(state.options, strongest_as="photo")))
    assert "hatched" not in message(view)


@pytest.mark.parametrize(("size", "whole"), [((22, 22), True), ((21, 21), False), ((32, 9), False)])
def test_where_a_field_is_nearly_the_input_whole_photos_are_shown(
    view: StrongestView, window: MainWindow, size: tuple[int, int], *, whole: bool
) -> None:
    state = with_field(state_with(9), size=size, start=-4)
    view.render(state)
    (check,) = view.findChildren(QCheckBox)
    assert check.isChecked() == whole
    assert check.isEnabled() != whole
    assert ("two thirds" in check.toolTip()) == whole
    assert colour_at(view.tiles, box(view.tiles, 0)) == (BLUE if whole else RED)
    window.render(state)
    assert window.commands.whole_photos.isEnabled() != whole
    assert state.options.strongest_as == "patch"  # of other layers patches are shown again


def test_a_picture_that_is_not_made_yet_leaves_its_place(view: StrongestView) -> None:
    view.render(state_with(9, pictures=4))
    tiles = view.tiles
    assert colour_at(tiles, box(tiles, 3)) == RED
    assert colour_at(tiles, box(tiles, 4)) != RED


def test_arrows_move_and_enter_opens(view: StrongestView, qtbot: QtBot) -> None:
    tiles = view.tiles
    tiles.setFocus()
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_Left, Qt.Key.Key_Up, Qt.Key.Key_Up):
        qtbot.keyClick(tiles, key)
    with qtbot.waitSignal(view.image_chosen) as chosen:
        qtbot.keyClick(tiles, Qt.Key.Key_Return)
    assert chosen.args == [1]
    qtbot.keyClick(tiles, Qt.Key.Key_End)
    assert tiles.accessibleDescription().startswith("9 of 9")
    with qtbot.waitSignal(view.image_chosen) as chosen:
        qtbot.keyClick(tiles, Qt.Key.Key_Enter, Qt.KeyboardModifier.KeypadModifier)
    assert chosen.args == [9]


def test_a_double_click_opens_that_image(view: StrongestView, qtbot: QtBot) -> None:
    tiles = view.tiles
    with qtbot.waitSignal(view.image_chosen) as chosen:
        qtbot.mouseDClick(tiles, Qt.MouseButton.LeftButton, pos=box(tiles, 4))
    assert chosen.args == [5]
    with qtbot.assertNotEmitted(view.image_chosen):
        qtbot.mouseClick(tiles, Qt.MouseButton.LeftButton, pos=box(tiles, 2))
    assert tiles.accessibleDescription().startswith("3 of 9")


def test_the_description_has_name_value_and_place(view: StrongestView) -> None:
    words = view.tiles.accessibleDescription()
    assert words == "1 of 9: IMG_00001.jpg\n4.75 at (3, 2)"
    state = state_with(9)
    entries = (ready(state.entries[0], "golden retriever", 0.7), *state.entries[1:])
    view.render(replace(state, entries=entries))
    words = view.tiles.accessibleDescription()
    assert words == "1 of 9: golden retriever\nIMG_00001.jpg\n4.75 at (3, 2)"


def test_an_image_that_left_the_list_leaves_the_tiles(view: StrongestView) -> None:
    state = state_with(9)
    view.render(replace(state, entries=state.entries[1:]))
    assert view.tiles.accessibleDescription().startswith("1 of 8: IMG_00002.jpg")


def test_tiles_fit_a_narrow_panel_and_a_small_one_scrolls(view: StrongestView) -> None:
    view.resize(230, 180)
    tiles = view.tiles
    assert tiles.tile(2).right() <= tiles.width()
    assert tiles.height() > view.height() - 40


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"survey": None}, "Drop a folder"),
        ({"survey": Survey(progress=IndexProgress(12, 500))}, "Indexing 12 of 500…"),
        ({"survey": Survey(images=40, strongest=StrongestImages("x", 1))}, "None of the 40 images"),
        ({"survey": Survey(images=40)}, "Looking…"),
        ({"survey": Survey(images=40, trouble="it burst")}, "could not be found: it burst."),
        ({"survey": Survey(images=1, strongest=StrongestImages("x", 1))}, "The one image"),
    ],
)
def test_an_empty_view_says_why(view: StrongestView, change: dict[str, object], said: str) -> None:
    view.render(replace(shown_state(), **change))
    assert said in message(view)
    assert not view.tiles.isVisible()


def test_an_index_that_is_switched_off_is_said(view: StrongestView) -> None:
    state = shown_state()
    view.render(replace(state, options=replace(state.options, index_folders=False)))
    assert "not indexed" in message(view)


def test_the_command_shows_the_tab_and_the_tiles_have_the_keys(
    window: MainWindow, qtbot: QtBot
) -> None:
    window.activateWindow()
    window.render(state_with(9))
    window.options_changed.connect(
        lambda options: window.render(replace(state_with(9), options=options))
    )
    assert window.parts is not None
    window.commands.strongest.trigger()
    assert window.parts.strongest.isVisible()
    qtbot.waitUntil(window.parts.strongest.tiles.hasFocus)
    with qtbot.waitSignal(window.image_chosen) as chosen:
        qtbot.keyClick(window.parts.strongest.tiles, Qt.Key.Key_Return)
    assert chosen.args == [1]
    window.commands.whole_photos.trigger()
    assert window.commands.whole_photos.isChecked()
