"""What is wanted of the grid becomes a selection, pins, an order, a request."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from desktop_app.controllers.grid import GridController
from desktop_app.conversation import Conversation
from desktop_app.core.errors import OutputError
from desktop_app.core.layer_picture import LayerPicture
from desktop_app.core.map_scales import map_scale
from desktop_app.core.records import Pixels, Tensor, read_only
from desktop_app.messages.channels import (
    ChannelsNotSaved,
    ChannelsPictured,
    ChannelsSaved,
    PictureChannels,
    SaveChannels,
)
from desktop_app.parts.grid import GridChoice, Selection
from desktop_app.state import LensState
from tests.gui.map_states import model_of
from tests.paper import Paper

MAPS: Tensor = read_only(np.arange(8, dtype=np.float32).reshape(4, 1, 2))
PICTURE = LayerPicture(
    layer="conv1", maps=MAPS, channels=(1, 2), scale=map_scale(MAPS, "layer", symmetric=False)
)
PAGE: Pixels = read_only(np.zeros((2, 2, 3), dtype=np.uint8))


@pytest.fixture
def paper() -> Paper:
    return Paper()


@pytest.fixture
def conversation(paper: Paper) -> Conversation:
    state = LensState(model=model_of({"conv1": MAPS, "pool1": MAPS}), layer="conv1")
    return Conversation(paper, paper, state)


@pytest.fixture
def grid(conversation: Conversation) -> GridController:
    return GridController(conversation)


def choice(conversation: Conversation) -> GridChoice:
    found = conversation.state.grid
    assert found is not None
    return found


def test_a_selection_opens_one_of_its_channels(
    grid: GridController, conversation: Conversation
) -> None:
    grid.select(Selection((0, 3), chosen=3, anchor=0))
    assert conversation.state.channel == 3
    assert conversation.state.channel_chosen
    assert choice(conversation).selected_in("conv1") == (0, 3)


def test_a_selection_belongs_to_its_layer(grid: GridController, conversation: Conversation) -> None:
    grid.select(Selection((0, 3), chosen=3, anchor=0))
    conversation.become(replace(conversation.state, layer="pool1"))
    assert choice(conversation).selected_in("pool1") == ()


def test_pins_are_kept_per_layer_in_the_order_they_were_set_in(
    grid: GridController, conversation: Conversation
) -> None:
    grid.toggle_pins((3, 1))
    conversation.become(replace(conversation.state, layer="pool1"))
    grid.toggle_pins((0,))
    assert choice(conversation).pinned_in("conv1") == (3, 1)
    assert choice(conversation).pinned_in("pool1") == (0,)


def test_pinning_what_is_pinned_lets_it_go_and_the_rest_is_pinned_first(
    grid: GridController, conversation: Conversation
) -> None:
    grid.toggle_pins((3,))
    grid.toggle_pins((3, 1))
    assert choice(conversation).pinned_in("conv1") == (3, 1)
    grid.toggle_pins((3, 1))
    assert choice(conversation).pins == ()


def test_sorting_by_similarity_names_its_channel_in_one_step(
    grid: GridController, conversation: Conversation
) -> None:
    seen: list[LensState] = []
    conversation.became.connect(seen.append)
    grid.sort_by_similarity(2)
    assert len(seen) == 1
    assert seen[0].options.sort == "similarity"
    assert choice(conversation).similar_to == 2


def test_the_newest_copy_goes_to_the_clipboard(
    grid: GridController, conversation: Conversation, paper: Paper
) -> None:
    grid.copy(PICTURE)
    grid.copy(PICTURE)
    first, second = paper.requests
    assert isinstance(second, PictureChannels)
    conversation.receive(ChannelsPictured(first.number, PAGE, b"first", 2))
    assert paper.picture is None
    conversation.receive(ChannelsPictured(second.number, PAGE, b"second", 2))
    assert paper.picture == (PAGE, b"second")


def test_what_was_saved_is_said_with_its_scale(
    grid: GridController, conversation: Conversation, paper: Paper
) -> None:
    path = Path("/pictures/two.png")
    grid.save(PICTURE, path)
    (request,) = paper.requests
    assert request == SaveChannels(request.number, PICTURE, path)
    conversation.receive(ChannelsSaved(request.number, path, PICTURE))
    (notice,) = conversation.state.notices
    assert notice.what == "Saved two.png"
    assert notice.why == f"2 channels of conv1, scale: layer, in {path.parent}"


def test_what_could_not_be_saved_is_said(grid: GridController, conversation: Conversation) -> None:
    error = OutputError("cannot write two.png", why="the disk is full", remedy="Make room.")
    conversation.receive(ChannelsNotSaved(1, error))
    (notice,) = conversation.state.notices
    assert (notice.severity, notice.why) == ("error", "the disk is full")
