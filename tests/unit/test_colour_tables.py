"""The colours behind the indices, above all that of zero."""

import numpy as np
import pytest
from cmap import Colormap
from numpy.testing import assert_array_equal

from desktop_app.core.colour_tables import DIVERGING, colour_table
from desktop_app.core.maps import ZERO


@pytest.mark.parametrize("name", sorted(DIVERGING))
def test_zero_has_exactly_the_middle_colour_of_a_diverging_table(name: str) -> None:
    table = colour_table(name)
    for index, place in ((ZERO, 0.5), (1, 0.0), (0, 0.0), (255, 1.0)):
        expected = np.rint(np.array(Colormap(name)(place).rgba[:3]) * 255)
        assert_array_equal(table[index], expected, err_msg=f"{index}")


def test_other_tables_run_from_the_first_to_the_last_colour() -> None:
    assert_array_equal(colour_table("gray")[[0, 128, 255], 0], [0, 128, 255])
