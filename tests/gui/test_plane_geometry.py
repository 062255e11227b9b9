"""Where points of the image map lie, which is meant, and which have room for a picture."""

import numpy as np
import pytest
from PySide6.QtCore import QPointF, QRectF, QSizeF

from desktop_app.views.plane_geometry import (
    PlaneView,
    fitting,
    nearest_point,
    next_point,
    tag_place,
    with_room,
)

ROOM = QRectF(10, 20, 200, 100)


def points(*pairs: tuple[float, float]) -> np.ndarray:
    return np.array(pairs, np.float32)


def test_all_points_fit_with_one_unit_for_both_directions_and_y_upwards() -> None:
    placed = fitting(points((0, 0), (4, 1)), ROOM).to_view(points((0, 0), (4, 1), (2, 0.5)))
    assert placed.tolist() == [[10, 95], [210, 45], [110, 70]]


@pytest.mark.parametrize("same", [points(), points((3, 3)), points((3, 3), (3, 3))])
def test_points_that_span_nothing_lie_in_the_middle(same: np.ndarray) -> None:
    same = same.reshape(-1, 2)
    placed = fitting(same, ROOM).to_view(same)
    assert placed == pytest.approx(np.tile([110.0, 70.0], (len(same), 1)), abs=1e-3)


def test_zooming_keeps_what_is_under_the_pointer_within_limits() -> None:
    fit = fitting(points((0, 0), (4, 1)), ROOM)
    about = QPointF(60, 30)
    inverse = (
        (about.x() - 110) / fit.scale + fit.middle[0],
        (70 - about.y()) / fit.scale + fit.middle[1],
    )
    closer = fit.zoomed(3, about, fit)
    assert closer.to_view(points(inverse)) == pytest.approx(np.array([[60, 30]]), abs=1e-3)
    assert fit.zoomed(0.01, about, fit).scale == fit.scale
    assert fit.zoomed(1e9, about, fit).scale == pytest.approx(fit.scale * 200)


def test_panning_moves_points_with_the_pointer() -> None:
    view = PlaneView(ROOM, (0.0, 0.0), 10.0)
    before, after = (each.to_view(points((1, 2))) for each in (view, view.panned(QPointF(7, -3))))
    assert (after - before).tolist() == [[7, -3]]


def test_the_nearest_point_is_meant_if_it_is_near() -> None:
    placed = np.array([[0.0, 0.0], [10.0, 0.0]])
    assert nearest_point(placed, QPointF(7, 1), within=5) == 1
    assert nearest_point(placed, QPointF(5, 30), within=5) is None
    assert nearest_point(np.empty((0, 2)), QPointF(0, 0), within=5) is None


def test_arrows_go_to_the_nearest_point_that_way() -> None:
    placed = np.array([[0.0, 0.0], [10.0, 2.0], [9.0, 8.5], [-5.0, 0.0], [1.0, -20.0]])
    assert next_point(placed, 0, "right") == 1
    assert next_point(placed, 0, "left") == 3
    assert next_point(placed, 0, "up") == 4
    assert next_point(placed, 1, "down") == 2
    assert next_point(placed, 3, "left") is None


def test_what_lies_that_way_at_all_is_better_than_staying() -> None:
    placed = np.array([[0.0, 0.0], [1.0, 50.0]])
    assert next_point(placed, 0, "right") == 1


def test_pictures_never_overlap_and_the_first_have_their_place() -> None:
    placed = np.random.default_rng(2).uniform(0, 300, size=(3000, 2))
    order = np.array([2999, *range(3000)])
    found = with_room(placed, order, edge=30, room=QRectF(0, 0, 300, 300))
    assert found[0] == 2999
    assert len(found) == len(set(found)) > 40
    chosen = placed[found]
    apart = np.abs(chosen[:, None] - chosen[None]).max(axis=2)
    np.fill_diagonal(apart, np.inf)
    assert apart.min() >= 30


def test_points_outside_get_no_picture() -> None:
    placed = np.array([[-5.0, 5.0], [5.0, 5.0]])
    assert with_room(placed, np.arange(2), edge=30, room=QRectF(0, 0, 9, 9)) == [1]


TAG = QSizeF(60, 16)


def square_at(x: float, y: float, edge: float = 10) -> QRectF:
    return QRectF(x - edge / 2, y - edge / 2, edge, edge)


def test_a_tag_stands_close_below_its_point_where_nothing_is_in_the_way() -> None:
    field = tag_place(TAG, square_at(100, 60), ROOM, [])
    assert (field.center().x(), field.top()) == (100, 70)


@pytest.mark.parametrize("place", [(10, 20), (210, 20), (10, 120), (210, 120), (100, 118)])
def test_a_tag_stays_in_its_room_and_beside_its_point(place: tuple[float, float]) -> None:
    of = square_at(*place)
    field = tag_place(TAG, of, ROOM, [])
    assert ROOM.contains(field)
    assert not field.intersects(of)


def test_a_tag_goes_where_it_covers_least() -> None:
    below, above = square_at(100, 80, 26), square_at(100, 40, 26)
    field = tag_place(TAG, square_at(100, 60), ROOM, [below, above])
    assert field.left() == 110
