"""A comparison on screen: three maps, two photos, marks in the predictions, and its commands."""

import gc
import weakref
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop_app import comparing
from desktop_app.core.colour_tables import is_diverging
from desktop_app.core.map_names import Scale
from desktop_app.core.maps import ValueRange, channel_ranges, layer_range
from desktop_app.core.network import Network, NetworkNode, ReceptiveField
from desktop_app.core.records import Preprocessing, read_only
from desktop_app.state import LensState
from desktop_app.views import compared_maps
from desktop_app.views.channel_grid import ChannelGrid
from desktop_app.views.compare_view import CompareView
from desktop_app.views.compared_maps import difference_of, over_both
from desktop_app.views.compared_photo import ComparedPhoto
from desktop_app.views.main_window import MainWindow
from desktop_app.views.picked_channels import picture_of
from desktop_app.views.prediction_list import PredictionList
from desktop_app.views.roles import DARK, LIGHT
from tests.gui.comparison_states import compared, ramp, second_model
from tests.gui.map_states import painted, without_activations
from tests.gui.window_states import listing


@pytest.fixture
def view(qtbot: QtBot) -> CompareView:
    view = CompareView()
    qtbot.addWidget(view)
    view.resize(420, 420)
    view.show()
    return view


@pytest.fixture
def photo(qtbot: QtBot) -> ComparedPhoto:
    photo = ComparedPhoto()
    qtbot.addWidget(photo)
    photo.resize(700, 260)
    photo.show()
    return photo


def figures(view: CompareView, name: str) -> list[str]:
    return [column.figures.figure(name) for column in view.columns()]


# --- the tab -------------------------------------------------------------------------------------


def test_a_and_b_are_drawn_on_one_scale_and_the_difference_about_zero(view: CompareView) -> None:
    view.render(compared())
    assert view.bar.numbers() == ("0.00", "8.00")
    assert view.difference_bar.numbers() == ("−6.00", "6.00")
    assert [column.figures.figure("max") for column in (view.a, view.b)] == ["2.00", "8.00"]
    assert figures(view, "mean") == ["1.00", "4.00", "3.00"]
    corner = view.a.canvas.map_rect().bottomRight() - QPoint(3, 3)
    of_a, of_b = (painted(each.canvas).pixelColor(corner) for each in (view.a, view.b))
    assert of_a.lightness() < of_b.lightness()


def test_the_difference_tells_what_is_furthest_from_zero_with_its_sign(view: CompareView) -> None:
    view.render(compared())
    assert view.difference.figures.figure("largest") == "6.00"
    view.render(compared({"conv1": ramp(low=1, high=12)}))
    assert view.difference.figures.figure("largest") == "−4.00"


@pytest.mark.parametrize("dark", [True, False])
def test_blue_means_that_b_has_more_as_in_the_predictions(
    view: CompareView, monkeypatch: pytest.MonkeyPatch, *, dark: bool
) -> None:
    monkeypatch.setattr(compared_maps, "current_roles", lambda: DARK if dark else LIGHT)
    view.render(compared({"conv1": ramp(low=-1, high=9)}))
    area = view.difference.canvas.map_rect()
    image = painted(view.difference.canvas)
    corners = area.topLeft() + QPoint(3, 3), area.bottomRight() - QPoint(3, 3)
    more, less = (image.pixelColor(corner) for corner in corners)
    assert more.blue() > more.red() + 50
    assert less.red() > less.blue() + 50
    bar = view.difference_bar
    ends = painted(bar)
    gradient = bar.gradient_rect()
    left = ends.pixelColor(gradient.left() + 4, gradient.center().y())
    right = ends.pixelColor(gradient.right() - 4, gradient.center().y())
    assert left.red() > left.blue()
    assert right.blue() > right.red()


def test_chosen_signed_colours_stay_those_of_the_difference() -> None:
    assert compared_maps.difference_colormap("crameri:vik") == "crameri:vik"


def test_the_scale_reaches_as_far_as_a_where_that_is_further(view: CompareView) -> None:
    view.render(compared({"conv1": ramp(low=-1, high=9)}))
    assert view.bar.numbers() == ("−1.00", "9.00")


def test_the_value_under_the_pointer_is_read_out_in_all_three(
    view: CompareView, qtbot: QtBot
) -> None:
    view.render(compared())
    canvas = view.b.canvas
    place = canvas.map_rect().bottomRight() - QPoint(2, 2)
    qtbot.mouseMove(canvas, place - QPoint(30, 30))
    qtbot.mouseMove(canvas, place)
    assert figures(view, "here") == ["2.00", "8.00", "6.00"]
    qtbot.keyClick(view.a.canvas, Qt.Key.Key_Left)
    assert figures(view, "here")[0] != "–"


def test_a_resting_probe_reads_out_what_lies_under_it_now(view: CompareView, qtbot: QtBot) -> None:
    view.render(compared())
    qtbot.keyClick(view.a.canvas, Qt.Key.Key_Left)
    before = figures(view, "here")
    view.render(compared({"conv1": ramp(low=0, high=4)}))
    assert figures(view, "here")[0] != before[0]
    assert figures(view, "here")[1] == before[1]
    other = {"conv1": ramp(low=0, high=2, edge=3)}
    with qtbot.waitSignal(view.probed) as blocker:  # the outline on the photos goes, too
        view.render(compared(a=other, kind="model", model=second_model(other)))
    assert blocker.args == [None]
    assert figures(view, "here")[:2] == ["–", "–"]


def test_whose_map_it_is_stands_above_each(view: CompareView) -> None:
    view.render(compared())
    assert [column.name.text() for column in view.columns()] == ["cat.jpg", "dog.jpg", ""]
    assert [column.sign.accessibleName() for column in view.columns()] == ["A", "B", "B − A"]


def test_without_a_comparison_the_tab_says_how_to_begin(view: CompareView, qtbot: QtBot) -> None:
    view.render(replace(compared(), comparison=None))
    with qtbot.waitSignal(view.image_wanted):
        qtbot.mouseClick(view.keep, Qt.MouseButton.LeftButton)
    with qtbot.waitSignal(view.model_wanted):
        qtbot.keyClick(view.second, Qt.Key.Key_Space)
    view.render(replace(without_activations(compared()), comparison=None))
    assert not view.keep.isEnabled()


def test_a_layer_that_models_do_not_share_is_said_so(view: CompareView) -> None:
    other = {"conv1": ramp(low=0, high=2, edge=3)}
    view.render(compared(a=other, kind="model", model=second_model(other)))
    text = view._hint.text()
    assert "conv1 is 3 × 3 × 3 in Other" in text
    assert view.difference.message.isVisible()
    assert view.a.canvas.isVisible()  # what there is stays comparable by eye
    assert view.bar.numbers() == ("0.00", "8.00")


def test_a_layer_that_the_second_model_lacks_is_said_so(view: CompareView) -> None:
    other = {"pool1": ramp(low=0, high=2)}
    view.render(compared(a=other, kind="model", model=second_model(other)))
    assert view.a.message.text() == "Other has no conv1"
    assert view.b.canvas.isVisible()


def test_single_values_are_compared_as_values(view: CompareView) -> None:
    a = {"fc3": np.array([1, 2, 3], np.float32).reshape(3, 1, 1)}
    b = {"fc3": np.array([4, 1, 3], np.float32).reshape(3, 1, 1)}
    view.render(compared(a, b, layer="fc3"))
    assert figures(view, "here") == ["1.00", "4.00", "3.00"]
    assert view.bar.numbers() == ("1.00", "4.00")


def test_the_picture_that_was_just_kept_says_what_comes_next(view: CompareView) -> None:
    state = compared()
    assert state.comparison is not None
    assert state.comparison.reference is not None
    assert state.shown is not None
    activations = state.shown.activations
    itself = replace(state.comparison.reference, number=1, activations=activations)
    view.render(replace(state, comparison=replace(state.comparison, reference=itself)))
    assert "Open another one" in view._hint.text()


# --- the photos ----------------------------------------------------------------------------------


def test_both_photos_stand_side_by_side_with_names_and_classes(photo: ComparedPhoto) -> None:
    photo.render(compared())
    assert (photo.a.name.text(), photo.b.name.text()) == ("cat.jpg", "dog.jpg")
    assert photo.a.result.text().startswith("one · 70.0")
    assert photo.b.result.text().startswith("zero · 60.0")


def test_the_photos_zoom_and_move_as_one(photo: ComparedPhoto, qtbot: QtBot) -> None:
    photo.render(compared())
    photo.a.canvas.zoom_by(4)
    assert photo.b.canvas.zoom().factor == 4
    qtbot.keyClick(photo.b.canvas, Qt.Key.Key_Right)
    here, there = photo.b.canvas.zoom().shift, photo.a.canvas.zoom().shift
    assert here.x() > 0
    assert there.x() == pytest.approx(here.x() * 60 / 40)  # A is 60 pixels wide, B 40
    qtbot.mouseDClick(photo.a.canvas, Qt.MouseButton.LeftButton, pos=QPoint(40, 40))
    assert photo.b.canvas.zoom().factor == 1


def test_the_next_picture_is_looked_at_where_the_one_before_was(photo: ComparedPhoto) -> None:
    state = compared()
    photo.render(state)
    photo.a.canvas.zoom_by(3, QPointF(60, 60))
    assert state.shown is not None
    image = replace(state.shown.image, pixels=state.shown.image.pixels.copy())
    photo.render(replace(state, shown=replace(state.shown, number=2, image=image)))
    assert photo.b.canvas.zoom().factor == 3


def test_what_the_probed_position_sees_is_outlined_on_both(photo: ComparedPhoto) -> None:
    state = compared()
    assert state.model is not None
    assert state.comparison is not None
    field = ReceptiveField(size=(3, 3), stride=(10, 10), start=(0, 0))
    network = Network(nodes={"conv1": NetworkNode(receptive_field=field)})
    model = replace(state.model, network=network, preprocessing=Preprocessing(height=30, width=30))
    state = replace(state, model=model, comparison=replace(state.comparison, model=model))
    photo.render(state)
    photo.show_probe((1, 2))
    # The input tensor begins at column 15 of A's 60, at column 5 of B's 40.
    assert photo.a.canvas.field() == QRectF(25, 20, 3, 3)
    assert photo.b.canvas.field() == QRectF(15, 20, 3, 3)
    photo.show_probe(None)
    assert photo.a.canvas.field() is None


def test_the_window_shows_two_photos_only_while_comparing(window: MainWindow) -> None:
    state = compared()
    window.render(state)
    assert window.photo._compared is not None
    assert window.photo._compared.isVisible()
    window.render(replace(state, comparison=None))
    assert not window.photo._compared.isVisible()


# --- grid and predictions ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("side", "caption", "numbers"),
    [
        ("a", "A · cat.jpg", ("0.00", "8.00")),
        ("b", "B · dog.jpg", ("0.00", "8.00")),
        ("difference", "B − A", ("−6.00", "6.00")),
    ],
)
def test_the_grid_says_whose_maps_it_draws(
    qtbot: QtBot, side: str, caption: str, numbers: tuple[str, str]
) -> None:
    grid = ChannelGrid()
    qtbot.addWidget(grid)
    state = compared()
    grid.render(replace(state, options=replace(state.options, side=side)))
    assert caption in grid._header.name.text()
    assert grid._header.bar.numbers() == numbers


@pytest.mark.parametrize(
    ("scale", "title"),
    [("images", "layer"), ("pinned", "layer"), ("layer", "layer"), ("channel", "channel")],
)
def test_the_choice_of_scale_names_what_holds_for_a_difference(
    qtbot: QtBot, scale: Scale, title: str
) -> None:
    grid = ChannelGrid()
    qtbot.addWidget(grid)
    state = compared()
    options = replace(state.options, side="difference", scale=scale, pinned_range=(0.0, 1.0))
    grid.render(replace(state, options=options))
    choice = grid._header.scale
    assert choice.title == f"scale: {title}"
    assert ("range of its own" in choice.toolTip()) == (title != scale)


@pytest.mark.parametrize("side", ["a", "b"])
def test_each_channels_own_scale_covers_both(qtbot: QtBot, side: str) -> None:
    grid = ChannelGrid()
    qtbot.addWidget(grid)
    a = {"conv1": read_only(ramp(low=-1, high=2) * np.array([1, 9, 1]).reshape(3, 1, 1))}
    state = compared({"conv1": a["conv1"].astype(np.float32)})
    options = replace(state.options, side=side, scale="channel")
    grid.render(replace(state, options=options, channel=1))
    assert grid._header.bar.numbers() == ("−9.00", "18.00")
    grid.render(replace(state, options=options, channel=0))
    assert grid._header.bar.numbers() == ("−1.00", "8.00")


@pytest.mark.parametrize(("of_a", "of_b"), [(2, 5), (5, 2)])
@pytest.mark.parametrize("scale", ["layer", "channel"])
def test_maps_that_do_not_fit_are_each_drawn_on_their_own_scale(
    qtbot: QtBot, scale: Scale, of_a: int, of_b: int
) -> None:
    a = {"conv1": ramp(low=0, high=2, channels=of_a)}
    b = {"conv1": ramp(low=0, high=8, channels=of_b)}
    state = compared(a, b, kind="model", model=second_model(a))
    view = CompareView()
    grid = ChannelGrid()
    qtbot.addWidget(view)
    qtbot.addWidget(grid)
    for side, high in (("a", "2.00"), ("b", "8.00"), ("a", "2.00")):
        options = replace(state.options, side=side, scale=scale)
        grid.render(replace(state, options=options, channel=4))
        view.render(replace(state, options=options, channel=4))
        assert grid._header.bar.numbers() == ("0.00", high)
    options = replace(state.options, scale=scale)
    view.render(replace(state, options=options, channel=1))
    for column in (view.a, view.b):  # the greatest value has the last colour on both
        assert column.canvas._indices is not None
        assert int(column.canvas._indices.max()) == 255
    assert view.bar.toolTip().startswith("Scale: B: ")


def test_a_channels_scale_covers_both_whatever_their_size_and_values() -> None:
    a = np.stack([np.full((2, 2), np.nan, np.float32), np.ones((2, 2), np.float32)])
    b = np.array([[[5, 6]], [[0, -3]]], np.float32)
    assert channel_ranges(over_both(a, b)).tolist() == [[5, 6], [-3, 1]]
    singles = over_both(a[:, :1, :1], b[:, :, :1])
    assert singles.shape == (4, 1, 1)
    assert layer_range(singles) == ValueRange(0, 5)


def test_nothing_is_kept_of_maps_that_are_gone(qtbot: QtBot) -> None:
    view = CompareView()
    grid = ChannelGrid()
    qtbot.addWidget(view)
    qtbot.addWidget(grid)
    a, b = ramp(low=0, high=2), ramp(low=0, high=8)
    state: LensState | None = compared({"conv1": a}, {"conv1": b})
    assert state is not None
    made = [weakref.ref(over_both(a, b)), weakref.ref(difference_of(a, b))]  # type: ignore[type-var]
    for side in ("a", "b", "difference"):
        shown = replace(state, options=replace(state.options, side=side, scale="channel"))
        grid.render(shown)
        view.render(shown)
    del shown
    alone = comparing.end(state)
    grid.render(alone)
    view.render(alone)
    of_a, of_b = weakref.ref(a), weakref.ref(b)
    del state, a
    gc.collect()
    assert of_a() is None
    assert [one() for one in made] == [None, None]
    del alone, b
    grid.render(LensState())
    view.render(LensState())
    gc.collect()
    assert of_b() is None


def test_the_colours_of_a_difference_are_not_kept_as_chosen(qtbot: QtBot) -> None:
    grid = ChannelGrid()
    qtbot.addWidget(grid)
    state = compared()
    state = replace(state, options=replace(state.options, side="difference"))
    grid.render(state)
    with qtbot.waitSignal(grid.options_changed) as blocker:
        grid._on_size_chosen(40)
    assert blocker.args is not None
    assert blocker.args[0].colormap == "inferno"


def test_predictions_carry_a_as_a_mark_and_the_change_as_a_signed_number(qtbot: QtBot) -> None:
    view = PredictionList()
    qtbot.addWidget(view)
    view.render(compared())
    said = [
        view.rows.index(row).data(Qt.ItemDataRole.AccessibleTextRole)
        for row in range(view.rows.rowCount())
    ]
    # The likeliest in either of the two comes first.
    assert [text.replace("\N{NO-BREAK SPACE}", " ") for text in said] == [
        "one, 30.0 %, −40.0 percentage points against 70.0 % in A",
        "zero, 60.0 %, +50.0 percentage points against 10.0 % in A",
        "two, 10.0 %, −10.0 percentage points against 20.0 % in A",
    ]
    assert view._heading.text() == "Predictions of B · line marks A"
    view.render(replace(compared(), comparison=None))
    assert view._heading.text() == "Predictions"
    first = view.rows.index(0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert first == "zero, 60.0\N{NO-BREAK SPACE}%"


@pytest.mark.parametrize(
    ("side", "image"),
    [("a", "cat.jpg"), ("b", "dog.jpg"), ("difference", "dog.jpg − cat.jpg")],
)
def test_a_picture_of_channels_says_what_it_is_of(dressed: None, side: str, image: str) -> None:
    state = compared()
    picture = picture_of(replace(state, options=replace(state.options, side=side)))
    assert picture is not None
    assert picture.image == image
    assert is_diverging(picture.colormap) == (side == "difference")


# --- commands ------------------------------------------------------------------------------------


def test_every_intention_has_a_key(window: MainWindow, qtbot: QtBot) -> None:
    state = compared()
    window.render(state)
    assert window.parts is not None
    parts = window.parts.comparison
    for signal, key, modifiers in (
        (parts.image_kept, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier),
        (parts.swap_requested, Qt.Key.Key_J, Qt.KeyboardModifier.ControlModifier),
        (
            parts.end_requested,
            Qt.Key.Key_J,
            Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier,
        ),
    ):
        with qtbot.waitSignal(signal):
            qtbot.keyClick(window, key, modifiers)
    with qtbot.waitSignal(window.options_changed) as blocker:
        qtbot.keyClick(window, Qt.Key.Key_D, Qt.KeyboardModifier.ControlModifier)
    assert blocker.args is not None
    assert blocker.args[0].side == "difference"


def test_what_cannot_be_done_is_disabled(window: MainWindow) -> None:
    window.render(LensState())
    commands = window.commands
    for action in (
        commands.comparing.image,
        commands.comparing.model,
        commands.comparing.swap,
        commands.comparing.next_side,
        commands.comparing.end,
    ):
        assert not action.isEnabled()


def test_another_model_is_chosen_from_a_menu_by_key(window: MainWindow, qtbot: QtBot) -> None:
    state = replace(compared(), models=(listing("pets"), listing("signs")))
    window.render(replace(state, comparison=None))
    assert window.parts is not None
    window.commands.comparing.model.trigger()
    menu = window.parts.comparison.menu
    assert menu.isVisible()
    with qtbot.waitSignal(window.parts.comparison.model_chosen) as blocker:
        qtbot.keyClick(menu, Qt.Key.Key_Down)
        qtbot.keyClick(menu, Qt.Key.Key_Return)
    assert blocker.args == [Path("/models/signs.onnx")]


def test_an_entry_of_the_list_is_compared_with_the_one_on_screen(
    window: MainWindow, qtbot: QtBot
) -> None:
    state = replace(compared(), comparison=None)
    second = replace(state.entries[0], number=2)
    window.render(replace(state, entries=(*state.entries, second)))
    assert window.parts is not None
    images = window.parts.images
    menus = [images.open_menu_for(row) for row in (0, 1)]
    first, other = (
        next(a for a in menu.actions() if a.text().startswith("Compare")) for menu in menus
    )
    assert not first.isEnabled()  # it is the one on screen
    with qtbot.waitSignal(window.parts.comparison.entry_compared) as blocker:
        other.trigger()
    assert blocker.args == [2]
    for menu in menus:
        menu.close()
        menu.deleteLater()
    QApplication.processEvents()
