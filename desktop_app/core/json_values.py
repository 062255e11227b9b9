"""Values from JSON as a type hint has them: the little that settings need.

msgspec, which reads the cards of models, does this too. It takes 10 ms to import, and the window,
which has to be there at once, reads its settings first.
"""

import base64
from types import NoneType, UnionType
from typing import Any, Literal, get_args, get_origin


def converted(value: object, hint: Any) -> Any:  # noqa: ANN401 - whatever the hint says
    """``value`` as the value of a field.

    Args:
        value: As :func:`json.loads` gives it.
        hint: A plain type, ``bytes`` (base64 in JSON), a union, a Literal of words, or a tuple of
            any length.

    Raises:
        ValueError: It is something else.
    """
    kind, choices = get_origin(hint), get_args(hint)
    if kind is UnionType:
        return converted(value, NoneType if value is None else choices[0])
    if kind is tuple and isinstance(value, list):
        return tuple(converted(each, choices[0]) for each in value)
    if hint is bytes and isinstance(value, str):
        return base64.b64decode(value, validate=True)
    if hint is float and type(value) is int:
        return float(value)
    if value in choices if kind is Literal else type(value) is hint:
        return value
    msg = f"{value!r} is no {hint}"
    raise ValueError(msg)


def as_json(value: bytes) -> str:
    """What :func:`json.dumps` is told to do with bytes."""
    return base64.b64encode(value).decode("ascii")
