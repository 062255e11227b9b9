"""What every request and every reply has: a number, and for a request its place in the queue.

Each area of the program has its messages in a module of its own; what all areas rely on stands
here and in the package itself.
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import ClassVar


class Priority(IntEnum):
    """What the worker takes first: the less a person can do without it, the sooner."""

    OPENING = 0
    """Everything else waits for it: a model, what a drop holds."""
    LOOKING = 1
    """The picture that is being looked at, and what was asked for about it."""
    ROWS = 2
    """Small pictures and lists that have come into view."""
    LISTING = 3
    """What a menu will offer."""
    FOLDER = 4
    """Goes on in the background."""


@dataclass(frozen=True, slots=True)
class Request:
    """Asks the worker for something.

    Attributes:
        number: Every answer carries it.
    """

    priority: ClassVar[Priority] = Priority.LOOKING
    supersedes: ClassVar[bool] = False
    """Whether it cancels the earlier requests of its type, also in mid-run."""
    newest_first: ClassVar[bool] = False
    """Whether it goes before earlier requests of its priority."""
    gives_way: ClassVar[bool] = False
    """Whether later requests of its priority go between its steps."""

    number: int


class Reply:
    """What the worker says; most replies carry the number of the request that they answer."""

    __slots__ = ()
