"""Pictures that are drawn without a window have the window's dark colours."""

import pytest

from desktop_app.core import picture_drawing
from desktop_app.views.theme import DARK


@pytest.mark.parametrize("role", ["window", "ground", "line", "text", "secondary", "accent"])
def test_a_role_has_the_same_colour_with_and_without_a_window(role: str) -> None:
    colour = getattr(DARK, role)
    assert getattr(picture_drawing, role.upper()) == (colour.red(), colour.green(), colour.blue())
