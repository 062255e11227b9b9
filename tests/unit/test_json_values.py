"""Values from JSON as a type hint has them; everything else is refused."""

import json
from typing import Any, Literal

import pytest

from desktop_app.core.json_values import as_json, converted


@pytest.mark.parametrize(
    ("value", "hint", "wanted"),
    [
        (True, bool, True),
        (3, int, 3),
        (1, float, 1.0),
        (0.5, float, 0.5),
        ("a", str, "a"),
        (None, str | None, None),
        ("a", str | None, "a"),
        ("dark", Literal["dark", "light"], "dark"),
        (["a", "b"], tuple[str, ...], ("a", "b")),
        ([], tuple[str, ...], ()),
        ("AP8=", bytes, b"\0\xff"),
        (["AP8="], tuple[bytes, ...], (b"\0\xff",)),
    ],
)
def test_what_fits_becomes_a_value_of_the_type(value: object, hint: Any, wanted: object) -> None:
    found = converted(value, hint)
    assert (found, type(found)) == (wanted, type(wanted))


@pytest.mark.parametrize(
    ("value", "hint"),
    [
        (1, bool),
        (True, int),
        (True, float),
        (1.5, int),
        ("1", int),
        (None, str),
        (1, str | None),
        ("blue", Literal["dark", "light"]),
        ([], Literal["dark", "light"]),
        ("ab", tuple[str, ...]),
        ([1], tuple[str, ...]),
        ("not base64!", bytes),
        ("\N{SNOWMAN}", bytes),
        ({}, str),
    ],
)
def test_what_does_not_fit_is_refused(value: object, hint: Any) -> None:
    with pytest.raises(ValueError, match=r" is no |ase64|ASCII"):
        converted(value, hint)


def test_bytes_survive_json() -> None:
    packed = bytes(range(256))
    assert converted(json.loads(json.dumps(packed, default=as_json)), bytes) == packed
