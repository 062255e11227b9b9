"""What other areas know, in the grid: ranges over all images, and evidence for a class."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from desktop_app.core.records import Tensor, read_only
from desktop_app.parts.evidence import Evidence
from desktop_app.state import LensState, ViewOptions
from desktop_app.views.grid_header import GridHeader
from tests.gui.grid_parts import Grid
from tests.gui.map_states import state_of

MAPS: Tensor = read_only(np.arange(4 * 2 * 2, dtype=np.float32).reshape(4, 2, 2))


@dataclass(frozen=True)
class Survey:
    images: int
    ranges: dict[str, tuple[float, float]]


@dataclass(frozen=True, eq=False)
class Beyond(LensState):
    survey: Survey | None = None


def shown(*, options: ViewOptions, layer: str = "layer", **beyond: object) -> LensState:
    state = state_of({"layer": MAPS, "other": MAPS[:2]}, layer=layer, options=options)
    known: dict[str, Any] = {
        name: getattr(state, name) for name in ("model", "entries", "shown", "layer", "options")
    }
    return Beyond(**known, **beyond)  # type: ignore[arg-type]


@pytest.fixture
def grid(qtbot: QtBot) -> Grid:
    grid = Grid()
    qtbot.addWidget(grid)
    with qtbot.waitExposed(grid):
        grid.show()
    return grid


def test_the_range_over_all_images_is_named_with_their_number(grid: Grid) -> None:
    survey = Survey(37, {"layer": (-1.0, 40.0)})
    state = shown(options=ViewOptions(scale="images"), survey=survey)
    grid.show_state(state)
    header = grid.part(GridHeader)
    assert header.scale.title == "scale: all images"
    assert header.bar.toolTip() == "Scale: over 37 images. Inferno, from −1.00 to 40.00."
    grid.show_state(replace(state, layer="other"))
    assert "for now" in header.bar.toolTip()


def test_the_order_follows_the_evidence_as_soon_as_it_is_known(grid: Grid) -> None:
    scores = read_only(np.array([0.5, -2, 3, 0], dtype=np.float32))
    state = shown(options=ViewOptions(sort="evidence"))
    grid.show_state(state)
    assert [grid.tiles.channel_at(place) for place in range(4)] == [0, 1, 2, 3]
    assert "weighing…" in grid.part(GridHeader).facts.text()
    found = Evidence(image=1, layer="layer", class_index=0, scores=scores)
    weighed = replace(state, evidence=found)
    grid.show_state(weighed)
    assert [grid.tiles.channel_at(place) for place in range(4)] == [2, 0, 3, 1]
    assert "weighing…" not in grid.part(GridHeader).facts.text()
    # The scores of one layer say nothing of another.
    grid.show_state(replace(weighed, layer="other"))
    assert [grid.tiles.channel_at(place) for place in range(2)] == [0, 1]
