"""What is asked and answered about a logit: what each channel adds to it."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from desktop_app.core.errors import LensError
from desktop_app.core.logit_evidence import LogitSum
from desktop_app.core.records import Activations
from desktop_app.messages.base import Reply, Request


@dataclass(frozen=True, slots=True)
class TakeLogitApart(Request):
    """What does each channel add to this class's logit? Nothing is run for it.

    Attributes:
        activations: Of the picture.
        model: That gave them. Another one that was opened in between is not asked.
        class_index: Of the class.
        against: Index of the class that it is held against; None for none.
    """

    supersedes: ClassVar[bool] = True

    activations: Activations
    model: Path
    class_index: int
    against: int | None = None


@dataclass(frozen=True, slots=True)
class LogitTakenApart(Reply):
    """Answers :class:`TakeLogitApart`."""

    number: int
    found: LogitSum


@dataclass(frozen=True, slots=True)
class TakingApartFailed(Reply):
    """Answers :class:`TakeLogitApart` where the logit is no such sum."""

    number: int
    error: LensError
