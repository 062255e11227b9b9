"""The nearest images as a list, and all of them as a map."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetrics, QWheelEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop_app.core.records import FileSource, Prediction
from desktop_app.parts.similarity import (
    ImagePlane,
    SimilarImage,
    SimilarImages,
    Similarity,
)
from desktop_app.state import ImageEntry, ImagesTab, LensState
from desktop_app.views import image_map_canvas
from desktop_app.views.dot_picture import dot_picture
from desktop_app.views.figures import format_share
from desktop_app.views.image_map import ImageMap
from desktop_app.views.image_map_axes import AXIS, axis_texts
from desktop_app.views.image_rows import ImageRows
from desktop_app.views.main_window import MainWindow
from desktop_app.views.similar_view import SimilarView, similarity_text
from desktop_app.views.theme import font
from tests.gui.map_states import painted
from tests.gui.window_states import shown_state

SQUARE = np.array([[0, 0], [10, 0], [10, 10], [0, 10], [5, 5]], np.float32)
RED = np.full((8, 8, 3), (255, 0, 0), np.uint8)


def state_on(tab: ImagesTab, *, count: int = 5, indexed: bool = True) -> LensState:
    """Image 1 on screen, its neighbours known, all images on a square and in its middle."""
    entries = tuple(
        ImageEntry(
            n, FileSource(Path(f"/photos/{n}.jpg")), "ready", Prediction(f"class {n}", n, 0.5)
        )
        for n in range(1, count + 1)
    )
    nearest = SimilarImages(
        1,
        is_indexed=indexed,
        images=(SimilarImage(3, 0.91), SimilarImage(2, 0.5)) if indexed else (),
        among=count,
    )
    plane = ImagePlane(tuple(range(1, count + 1)), SQUARE[:count], (0.34, 0.12))
    state = shown_state()
    return replace(
        state,
        entries=entries,
        options=replace(state.options, images_tab=tab),
        similarity=Similarity(nearest, plane),
    )


@pytest.fixture
def rows(qtbot: QtBot) -> ImageRows:
    return ImageRows()


@pytest.fixture
def similar(qtbot: QtBot, rows: ImageRows) -> SimilarView:
    view = SimilarView(rows)
    qtbot.addWidget(view)
    view.resize(240, 300)
    view.show()
    return view


@pytest.fixture
def image_map(qtbot: QtBot, rows: ImageRows) -> ImageMap:
    view = ImageMap(rows)
    qtbot.addWidget(view)
    view.resize(400, 400)
    view.show()
    return view


def words(view: SimilarView) -> list[str]:
    model = view.rows
    return [
        model.index(row).data(Qt.ItemDataRole.AccessibleTextRole) for row in range(model.rowCount())
    ]


# --- the list ------------------------------------------------------------------------------------


def test_the_nearest_are_listed_with_their_similarity(similar: SimilarView) -> None:
    similar.render(state_on("similar"))
    assert words(similar) == [
        "class 3, .50 · 3.jpg, similarity 0.91",
        "class 2, .50 · 2.jpg, similarity 0.50",
    ]
    assert similar.heading.text() == "Nearest to IMG_00001.jpg"


def test_a_click_and_return_open_an_image(similar: SimilarView, qtbot: QtBot) -> None:
    similar.render(state_on("similar"))
    place = similar.view.visualRect(similar.rows.index(1)).center()
    with qtbot.waitSignal(similar.image_chosen) as blocker:
        qtbot.mouseClick(similar.view.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert blocker.args == [2]
    similar.view.setFocus()
    qtbot.keyClick(similar.view, Qt.Key.Key_Up)
    with qtbot.waitSignal(similar.image_chosen) as blocker:
        qtbot.keyClick(similar.view, Qt.Key.Key_Return)
    assert blocker.args == [3]


def test_small_pictures_are_asked_for_and_shown(
    similar: SimilarView, rows: ImageRows, qtbot: QtBot
) -> None:
    state = state_on("similar")
    rows.show_entries(state.entries)
    with qtbot.waitSignal(similar.thumbnails_wanted) as blocker:
        similar.render(state)
    assert blocker.args == [(3, 2)]
    rows.set_thumbnail(3, RED)
    frame = similar.view.visualRect(similar.rows.index(0)).topLeft() + QPoint(30, 25)
    assert painted(similar.view.viewport()).pixelColor(frame).name() == "#ff0000"


def test_why_there_is_no_list_is_said(similar: SimilarView) -> None:
    similar.render(state_on("similar", indexed=False))
    assert "not indexed yet" in similar.message.text()
    similar.render(replace(state_on("similar"), similarity=None))
    assert similar.message.text() == "Looking for similar images…"
    alone = state_on("similar")
    nobody = Similarity(SimilarImages(1, is_indexed=True, images=(), among=1))
    similar.render(replace(alone, similarity=nobody))
    assert "No other image" in similar.message.text()
    similar.render(replace(alone, shown=None, similarity=None))
    assert similar.message.text().startswith("Open images")


def test_why_nothing_could_be_found_is_said(similar: SimilarView, image_map: ImageMap) -> None:
    failed = Similarity(nearest_error="it burst", plane_error="it sank")
    similar.render(replace(state_on("similar"), similarity=failed))
    assert similar.message.text() == "Similar images could not be found: it burst."
    image_map.render(replace(state_on("map"), similarity=failed))
    assert image_map.message.text() == "The images could not be placed: it sank."


def test_images_that_are_gone_are_not_listed(similar: SimilarView) -> None:
    state = state_on("similar")
    similar.render(state)
    similar.render(replace(state, entries=state.entries[:2]))
    assert [text.split(",")[0] for text in words(similar)] == ["class 2"]


@pytest.mark.parametrize(
    ("similarity", "text"), [(1.0, "1.00"), (0.998, "0.99"), (0.4, "0.40"), (-0.25, "−0.25")]
)
def test_only_equals_are_one(similarity: float, text: str) -> None:
    assert similarity_text(similarity) == text


# --- the map -------------------------------------------------------------------------------------


def place_of(image_map: ImageMap, number: int) -> QPoint:
    point = image_map.canvas.point(number)
    assert point is not None
    return point.toPoint()


def test_images_lie_where_the_components_put_them_y_upwards(image_map: ImageMap) -> None:
    image_map.render(state_on("map"))
    first, second, third = (place_of(image_map, number) for number in (1, 2, 3))
    assert first.x() < second.x()
    assert abs(first.y() - second.y()) <= 1
    assert third.y() < second.y()
    assert image_map.heading.text() == "Map of 5 images"


def test_a_click_opens_the_image_under_it(image_map: ImageMap, qtbot: QtBot) -> None:
    image_map.render(state_on("map"))
    with qtbot.waitSignal(image_map.image_chosen) as blocker:
        qtbot.mouseClick(
            image_map.canvas, Qt.MouseButton.LeftButton, pos=place_of(image_map, 3) + QPoint(3, 2)
        )
    assert blocker.args == [3]


def test_arrows_go_to_the_nearest_image_that_way_and_return_opens_it(
    image_map: ImageMap, qtbot: QtBot
) -> None:
    image_map.render(state_on("map"))
    canvas = image_map.canvas
    canvas.setFocus(Qt.FocusReason.TabFocusReason)
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Up):
        qtbot.keyClick(canvas, key)
    assert canvas.accessibleDescription() == "class 3 · 3.jpg"
    with qtbot.waitSignal(image_map.image_chosen) as blocker:
        qtbot.keyClick(canvas, Qt.Key.Key_Return)
    assert blocker.args == [3]


def test_the_wheel_zooms_dragging_pans_and_opens_nothing(image_map: ImageMap, qtbot: QtBot) -> None:
    image_map.render(state_on("map"))
    canvas = image_map.canvas
    before = place_of(image_map, 5)
    turn = QWheelEvent(
        QPointF(before),
        canvas.mapToGlobal(QPointF(before)),
        QPoint(),
        QPoint(0, 240),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(canvas, turn)
    assert (place_of(image_map, 5) - before).manhattanLength() <= 1  # under the pointer it stays
    spread = place_of(image_map, 5).x() - place_of(image_map, 1).x()
    with qtbot.assertNotEmitted(image_map.image_chosen):
        qtbot.mousePress(canvas, Qt.MouseButton.LeftButton, pos=before)
        qtbot.mouseMove(canvas, before + QPoint(20, 0))
        qtbot.mouseMove(canvas, before + QPoint(40, 0))
        qtbot.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=before + QPoint(40, 0))
    assert place_of(image_map, 5).x() == before.x() + 40
    qtbot.keyClick(canvas, Qt.Key.Key_0)
    assert place_of(image_map, 5) == before
    assert spread > place_of(image_map, 5).x() - place_of(image_map, 1).x()


def test_a_hand_that_trembles_clicks_all_the_same(image_map: ImageMap, qtbot: QtBot) -> None:
    image_map.render(state_on("map"))
    canvas, place = image_map.canvas, place_of(image_map, 5)
    with qtbot.waitSignal(image_map.image_chosen):
        qtbot.mousePress(canvas, Qt.MouseButton.LeftButton, pos=place)
        qtbot.mouseMove(canvas, place + QPoint(2, 1))
        qtbot.mouseMove(canvas, place + QPoint(3, 2))
        qtbot.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=place + QPoint(3, 2))
    assert place_of(image_map, 5) == place


def test_hovering_names_an_image(image_map: ImageMap, qtbot: QtBot) -> None:
    image_map.render(state_on("map"))
    before = painted(image_map.canvas)
    qtbot.mouseMove(image_map.canvas, place_of(image_map, 4))
    assert painted(image_map.canvas) != before
    QApplication.sendEvent(image_map.canvas, QEvent(QEvent.Type.Leave))
    assert painted(image_map.canvas) == before


def shows(state: LensState, number: int) -> LensState:
    assert state.shown is not None
    return replace(state, shown=replace(state.shown, number=number))


def test_the_keys_start_from_the_image_on_screen_whenever_that_changes(
    image_map: ImageMap, qtbot: QtBot
) -> None:
    state = state_on("map")
    image_map.render(state)
    canvas = image_map.canvas
    canvas.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.keyClick(canvas, Qt.Key.Key_Right)
    assert canvas.accessibleDescription() == "class 2 · 2.jpg"
    image_map.render(shows(state, 4))
    assert canvas.accessibleDescription() == "class 4 · 4.jpg"
    image_map.render(replace(shows(state, 4), pending=3))
    assert canvas.accessibleDescription() == "class 4 · 4.jpg"


def test_keys_that_went_on_while_an_image_opened_are_not_called_back(
    image_map: ImageMap, qtbot: QtBot
) -> None:
    state = state_on("map")
    image_map.render(state)
    canvas = image_map.canvas
    canvas.setFocus(Qt.FocusReason.TabFocusReason)
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Return, Qt.Key.Key_Up):
        qtbot.keyClick(canvas, key)
    image_map.render(shows(state, 2))
    assert canvas.accessibleDescription() == "class 3 · 3.jpg"


@pytest.mark.parametrize("width", [190, 400])
def test_no_name_covers_an_axis_or_its_own_point(
    image_map: ImageMap, rows: ImageRows, width: int
) -> None:
    state = state_on("map")
    rows.show_entries(state.entries)
    image_map.resize(width, 300)
    image_map.render(state)
    canvas = image_map.canvas
    plot = QRectF(canvas.rect()).adjusted(AXIS, 0, 0, -AXIS)
    for has_picture in (False, True):
        if has_picture:
            rows.set_thumbnail(1, RED)
        for row in range(5):
            field, text = canvas.tag(row)
            point = canvas.point(row + 1)
            assert point is not None
            assert plot.contains(field)
            assert text
            assert not field.contains(point)
            gap = min(abs(field.top() - point.y()), abs(field.bottom() - point.y()))
            assert gap < 12 or has_picture  # next to the dot, not to a picture that is not there


def test_both_axes_speak_alike(qtbot: QtBot) -> None:
    metrics = QFontMetrics(font(11, tabular=True))
    for room in (400.0, 200.0, 130.0, 20.0):
        first, second = axis_texts((0.168, 0.138), metrics, room)
        assert first.replace("1 · 16.8", "2 · 13.8") == second
    wide, _ = axis_texts((0.168, 0.138), metrics, 400)
    assert wide == f"component 1 · {format_share(0.168)} of the variance"


@pytest.mark.parametrize("explained", [(0.168, 0.138), (0.5, 0.072), (0.121, 0.072)])
def test_an_axis_never_cuts_words_that_could_be_shorter(explained: tuple[float, float]) -> None:
    metrics = QFontMetrics(font(11, tabular=True))
    shortest = axis_texts(explained, metrics, 0)
    for room in range(20, 300):
        texts = axis_texts(explained, metrics, room)
        cut = [metrics.elidedText(t, Qt.TextElideMode.ElideRight, room) != t for t in texts]
        assert not any(cut) or texts == shortest


def test_pictures_are_asked_for_and_shown_where_there_is_room(
    image_map: ImageMap, rows: ImageRows, qtbot: QtBot
) -> None:
    state = state_on("map")
    rows.show_entries(state.entries)
    with qtbot.waitSignal(image_map.thumbnails_wanted) as blocker:
        image_map.render(state)
    assert blocker.args is not None
    assert set(blocker.args[0]) == {1, 2, 3, 4, 5}
    rows.set_thumbnail(5, RED)
    place = place_of(image_map, 5)
    assert painted(image_map.canvas).pixelColor(place).name() == "#ff0000"


def test_an_image_that_was_removed_leaves_the_map_at_once(image_map: ImageMap) -> None:
    state = state_on("map")
    image_map.render(state)
    image_map.render(replace(state, entries=state.entries[:4]))
    assert image_map.canvas.point(5) is None
    assert image_map.heading.text() == "Map of 4 images"


def test_an_image_that_came_for_one_that_went_moves_no_other(
    image_map: ImageMap, rows: ImageRows
) -> None:
    state = state_on("map")
    image_map.render(state)
    newest = replace(state.entries[4], number=6)
    other = replace(state, entries=(state.entries[0], *state.entries[2:], newest))
    image_map.render(other)
    fresh = ImageMap(rows)
    fresh.resize(image_map.size())
    fresh.canvas.resize(image_map.canvas.size())
    fresh.render(other)
    for number in (1, 3, 4, 5):
        assert place_of(image_map, number) == place_of(fresh, number)
    assert image_map.canvas.point(2) is None
    fresh.deleteLater()


def test_what_moves_no_point_places_none(
    image_map: ImageMap, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = state_on("map")
    image_map.render(state)
    before = painted(image_map.canvas)
    placed: list[int] = []
    real = image_map_canvas.with_room

    def counted(*args: Any, **how: Any) -> list[int]:
        placed.append(1)
        return real(*args, **how)

    monkeypatch.setattr(image_map_canvas, "with_room", counted)
    image_map.render(replace(state, channel=2))
    again = replace(state.entries[4], top=Prediction("other", 9, 0.9))
    image_map.render(replace(state, entries=(*state.entries[:4], again)))
    assert placed == []
    assert painted(image_map.canvas) != before  # in another colour all the same
    assert state.shown is not None
    image_map.render(replace(state, shown=replace(state.shown, number=4)))
    assert placed == [1]


def test_while_classes_arrive_the_map_is_looked_at_as_before(image_map: ImageMap) -> None:
    state = state_on("map")
    image_map.render(state)
    image_map.canvas.zoom_by(4)
    before = image_map.canvas.view()
    again = replace(state.entries[4], top=Prediction("other", 9, 0.9))
    image_map.render(replace(state, entries=(*state.entries[:4], again)))
    assert image_map.canvas.view() == before


def test_an_empty_map_says_why(image_map: ImageMap) -> None:
    state = state_on("map")
    image_map.render(replace(state, similarity=None))
    assert image_map.message.text() == "Placing the images…"
    nothing = ImagePlane((), np.empty((0, 2), np.float32), (0.0, 0.0))
    image_map.render(replace(state, similarity=Similarity(plane=nothing)))
    assert "No image is indexed yet" in image_map.message.text()
    image_map.render(replace(state, similarity=None, entries=()))
    assert image_map.message.text().startswith("Open a folder")


def test_dots_are_round_and_have_their_colour(qtbot: QtBot) -> None:
    from PySide6.QtCore import QSize

    picture = dot_picture(
        np.array([[10.5, 10.5], [0.5, 10.5], [99.0, 0.0]]),
        np.array([0xFF0000, 0x00FF00, 0x0000FF], np.uint32),
        size=QSize(20, 20),
        diameter=7,
    )
    assert picture.pixelColor(10, 10).name() == "#ff0000"
    assert picture.pixelColor(0, 10).name() == "#00ff00"
    assert picture.pixelColor(13, 13).alpha() < 128
    assert picture.pixelColor(10, 16).alpha() == 0


@pytest.mark.parametrize(("action", "tab"), [("similar", "similar"), ("image_map", "map")])
def test_both_tabs_have_a_command(
    window: MainWindow, qtbot: QtBot, action: str, tab: ImagesTab
) -> None:
    window.render(state_on("list"))
    with qtbot.waitSignal(window.options_changed) as blocker:
        getattr(window.commands.comparing, action).trigger()
    assert blocker.args is not None
    assert blocker.args[0].images_tab == tab
