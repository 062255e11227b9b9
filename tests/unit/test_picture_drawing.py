"""Pictures without a window: bars for what a network gives, also where that is no number."""

import numpy as np
import pytest

from desktop_app import paths
from desktop_app.core.picture_drawing import Canvas

AREA = (10.0, 10.0, 90.0, 14.0)


def drawn(*, share: float, mark: float) -> np.ndarray:
    canvas = Canvas(100, 24, fonts=paths.resources() / "fonts")
    canvas.bar(AREA, share)
    canvas.mark(AREA, mark)
    return np.asarray(canvas.picture)


def test_a_bar_and_its_mark_move_with_their_shares() -> None:
    assert not np.array_equal(drawn(share=0.5, mark=0.2), drawn(share=0.5, mark=0.7))
    assert not np.array_equal(drawn(share=0.5, mark=0.2), drawn(share=0.9, mark=0.2))


@pytest.mark.parametrize("share", [float("nan"), 0.0])
def test_what_is_no_number_has_neither_bar_nor_mark(share: float) -> None:
    canvas = Canvas(100, 24, fonts=paths.resources() / "fonts")
    canvas.bar(AREA, 0.0)
    np.testing.assert_array_equal(drawn(share=share, mark=float("nan")), np.asarray(canvas.picture))
