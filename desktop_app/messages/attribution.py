"""What is asked and answered about attributions: which parts of a picture speak for a class."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from desktop_app.core.attributions import Attribution, Question
from desktop_app.core.errors import LensError
from desktop_app.core.records import Image
from desktop_app.messages.base import Reply, Request


@dataclass(frozen=True, slots=True)
class ExplainClass(Request):
    """Which parts of this picture speak for a class?

    Attributes:
        image: Already decoded.
        model: Whose class is meant. Another one that was opened in between is not asked.
        question: Class and method.
    """

    supersedes: ClassVar[bool] = True
    gives_way: ClassVar[bool] = True

    image: Image
    model: Path
    question: Question


@dataclass(frozen=True, slots=True)
class ExplainingAdvanced(Reply):
    """How far :class:`ExplainClass` is: pictures given to the network, and of how many."""

    number: int
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class ClassExplained(Reply):
    """Answers :class:`ExplainClass`."""

    number: int
    attribution: Attribution


@dataclass(frozen=True, slots=True)
class ExplainingFailed(Reply):
    """Answers :class:`ExplainClass` where nothing can be told."""

    number: int
    error: LensError
