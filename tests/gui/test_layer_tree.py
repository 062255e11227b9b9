"""The layer tree: groups, names, search, choice."""

from dataclasses import replace

import pytest
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtTest import QSignalSpy
from pytestqt.qtbot import QtBot

from desktop_app.state import LensState
from desktop_app.views.layer_items import LAYER_ROLE
from desktop_app.views.layer_names import place_of
from desktop_app.views.layer_tree import LayerTree
from desktop_app.views.theme import DARK
from tests.gui.window_states import foreign_layers, layer_of, model_of, residual_layers


@pytest.fixture
def tree(qtbot: QtBot) -> LayerTree:
    panel = LayerTree()
    qtbot.addWidget(panel)
    panel.resize(300, 500)
    with qtbot.waitActive(panel):
        panel.show()
        panel.activateWindow()
    return panel


OPEN = LensState(model=model_of(), layer="res2a_relu")


def texts(tree: LayerTree, parent: QModelIndex | None = None) -> list[str]:
    above = parent or QModelIndex()
    return [tree.filter.index(row, 0, above).data() for row in range(tree.filter.rowCount(above))]


def current(tree: LayerTree) -> str:
    name: str = tree.view.currentIndex().data()
    return name


def test_a_residual_network_is_stage_block_tensor_in_the_lessons_words(tree: LayerTree) -> None:
    tree.render(OPEN)
    assert texts(tree) == ["Stem", "Stage 2 · 2 blocks", "Head"]
    stage = tree.filter.index(1, 0)
    assert texts(tree, stage) == ["Block 2a · convolutional", "Block 2b · identity"]
    block = tree.filter.index(1, 0, stage)
    assert texts(tree, block) == ["res2b_branch2a", "res2b", "res2b_relu"]
    assert tree._heading.text() == "Layers · 9"


def test_a_foreign_network_is_listed_flat_in_its_own_names(tree: LayerTree) -> None:
    tree.render(LensState(model=model_of(foreign_layers(3)), layer=None))
    assert texts(tree) == [f"/features/{i}/Conv_output_0" for i in range(3)]


@pytest.mark.parametrize(
    ("layer", "said"),
    [
        (residual_layers()[0], "Stem · convolution"),
        (residual_layers()[2], "Block 2a · shortcut, convolution"),
        (residual_layers()[4], "Block 2a · output of the block, ReLU"),
        (residual_layers()[-1], "Head · dense"),
        (layer_of("x", (3, 4, 4), kind="max-pool"), "Max pooling"),
    ],
)
def test_every_layer_has_a_place_in_words(layer: object, said: str) -> None:
    assert place_of(layer) == said  # type: ignore[arg-type]


def test_the_chosen_layer_is_marked_and_its_block_open(tree: LayerTree) -> None:
    spy = QSignalSpy(tree.layer_chosen)
    tree.render(OPEN)
    assert current(tree) == "res2a_relu"
    assert tree.view.isExpanded(tree.view.currentIndex().parent())
    tree.render(replace(OPEN, layer="res2b"))
    assert current(tree) == "res2b"
    assert spy.count() == 0


def test_a_click_on_a_tensor_chooses_it_and_on_a_block_opens_it(
    tree: LayerTree, qtbot: QtBot
) -> None:
    tree.render(OPEN)
    spy = QSignalSpy(tree.layer_chosen)
    other = tree.filter.index(1, 0, tree.filter.index(1, 0))
    assert not tree.view.isExpanded(other)
    view = tree.view
    qtbot.mouseClick(
        view.viewport(), Qt.MouseButton.LeftButton, pos=view.visualRect(other).center()
    )
    assert tree.view.isExpanded(other)
    assert spy.count() == 0
    tensor = tree.filter.index(1, 0, other)
    qtbot.mouseClick(
        view.viewport(), Qt.MouseButton.LeftButton, pos=view.visualRect(tensor).center()
    )
    assert spy.at(0) == ["res2b"]


def test_the_arrow_keys_choose_tensors_and_pass_over_groups(tree: LayerTree, qtbot: QtBot) -> None:
    tree.render(OPEN)
    spy = QSignalSpy(tree.layer_chosen)
    qtbot.keyClick(tree.view, Qt.Key.Key_Up)
    assert spy.at(0) == ["res2a"]
    tree.view.setCurrentIndex(tree.filter.index(0, 0))
    assert spy.count() == 1


def test_the_filter_wants_every_word_and_enter_opens_the_first_hit(
    tree: LayerTree, qtbot: QtBot
) -> None:
    tree.render(OPEN)
    qtbot.keyClicks(tree.search, "RELU 2b")
    assert texts(tree) == ["Stage 2 · 2 blocks"]
    with qtbot.waitSignal(tree.layer_chosen) as chosen:
        qtbot.keyClick(tree.search, Qt.Key.Key_Return)
    assert chosen.args == ["res2b_relu"]
    qtbot.keyClick(tree.search, Qt.Key.Key_Escape)
    assert len(texts(tree)) == 3


def test_a_filter_that_hides_the_chosen_layer_chooses_no_other(tree: LayerTree) -> None:
    tree.render(OPEN)
    spy = QSignalSpy(tree.layer_chosen)
    tree.search.setText("2b")
    tree.search.clear()
    assert spy.count() == 0
    assert current(tree) == "res2a_relu"


def test_shapes_and_signs_can_be_searched_for(tree: LayerTree, qtbot: QtBot) -> None:
    tree.render(LensState(model=model_of((*foreign_layers(2), layer_of("a(b", (3, 9, 9))))))
    tree.search.setText("a(b")
    assert texts(tree) == ["a(b"]
    tree.search.setText("16 × 7")
    assert len(texts(tree)) == 2


def test_a_search_without_hits_says_so(tree: LayerTree) -> None:
    tree.render(OPEN)
    tree.search.setText("transformer")
    assert tree._empty.isVisible()
    assert "transformer" in tree._empty.text()
    tree.search.clear()
    assert not tree._empty.isVisible()


def test_down_goes_from_the_field_to_the_tree(tree: LayerTree, qtbot: QtBot) -> None:
    tree.render(OPEN)
    tree.search.setFocus()
    qtbot.keyClick(tree.search, Qt.Key.Key_Down)
    assert tree.view.hasFocus()


def test_the_heading_counts_what_the_filter_leaves(tree: LayerTree) -> None:
    tree.render(OPEN)
    tree.search.setText("relu")
    assert tree._heading.text() == "Layers · 2 of 9"
    tree.search.setText("nothing of the kind")
    assert tree._heading.text() == "Layers · 0 of 9"
    tree.search.clear()
    assert tree._heading.text() == "Layers · 9"


def test_down_goes_from_a_filter_to_the_first_tensor_found(tree: LayerTree, qtbot: QtBot) -> None:
    tree.render(OPEN)
    tree.search.setText("2b branch")
    spy = QSignalSpy(tree.layer_chosen)
    qtbot.keyClick(tree.search, Qt.Key.Key_Down)
    assert tree.view.hasFocus()
    assert current(tree) == "res2b_branch2a"
    assert spy.at(0) == ["res2b_branch2a"]


def test_a_long_name_takes_the_room_of_the_shape(tree: LayerTree, qtbot: QtBot) -> None:
    named = layer_of("getitem_output_quantized_cast_output", (32, 112, 112))
    tree.render(LensState(model=model_of((named, named))))

    def shape_is_written() -> bool:
        row = tree.view.visualRect(tree.filter.index(1, 0))
        picture = tree.view.viewport().grab(row).toImage()
        small = [
            picture.pixelColor(x, y) == DARK.secondary
            for x in range(picture.width() - 60, picture.width())
            for y in range(picture.height())
        ]
        return any(small)

    tree.resize(300, 500)
    assert shape_is_written()
    tree.resize(180, 500)
    assert not shape_is_written()


def test_the_tree_is_built_once_per_model(tree: LayerTree) -> None:
    tree.render(OPEN)
    before = tree.items.invisibleRootItem().child(0)
    tree.render(replace(OPEN, layer="res2b", channel=3))
    assert tree.items.invisibleRootItem().child(0) is before
    tree.render(LensState(model=model_of(foreign_layers(1)), layer="res2b"))
    assert texts(tree) == ["/features/0/Conv_output_0"]
    assert not tree.view.currentIndex().isValid()


def test_two_thousand_tensors_are_shown_and_searched(tree: LayerTree) -> None:
    tree.render(LensState(model=model_of(foreign_layers(2000))))
    tree.search.setText("1999")
    index = tree.filter.index(0, 0)
    assert tree.filter.rowCount() == 1
    assert index.data(LAYER_ROLE).name == "/features/1999/Conv_output_0"


def test_an_empty_tree_speaks_and_cannot_be_searched(tree: LayerTree) -> None:
    tree.render(LensState())
    assert tree._empty.isVisible()
    assert not tree.search.isEnabled()
