"""Two activations of one layer: their difference, and what does not fit."""

import numpy as np
import pytest

from desktop_app.core.comparison import difference, obstacle
from desktop_app.core.records import Layer, Model
from tests.gui.window_states import layer_of, model_of


def maps(*values: float) -> np.ndarray:
    """One channel per value, 1 × 2, the second pixel zero."""
    return np.array([[[value, 0]] for value in values], np.float32)


def two(*layers: Layer) -> Model:
    return model_of(layers, name="other")


def test_the_difference_is_what_b_has_more_than_a() -> None:
    found = difference(maps(1, 5), maps(4, 3))
    assert found is not None
    assert found.tolist() == [[[3, 0]], [[-2, 0]]]
    assert found.dtype == np.float32
    assert not found.flags.writeable


@pytest.mark.parametrize("shape", [(3, 1, 2), (2, 2, 2), (2, 1, 1)])
def test_other_shapes_have_no_difference(shape: tuple[int, ...]) -> None:
    assert difference(maps(1, 2), np.zeros(shape, np.float32)) is None


def test_infinities_do_not_break_the_difference() -> None:
    found = difference(maps(np.inf, 3e38), maps(np.inf, -3e38))
    assert found is not None
    assert np.isnan(found[0, 0, 0])
    assert found[1, 0, 0] == -np.inf


def test_what_does_not_fit_is_said() -> None:
    other = two(layer_of("pool1", (4, 3, 3)))
    assert obstacle(layer_of("fc5", (5,)), other) == "Other has no fc5"
    assert obstacle(layer_of("pool1", (4, 4, 4)), other) == "pool1 is 4 × 3 × 3 in Other"
    assert obstacle(layer_of("pool1", (4, 3, 3)), other) == ""
