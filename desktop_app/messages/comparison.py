"""What is asked and answered about A, with which the picture on screen is compared."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from desktop_app.core.errors import LensError
from desktop_app.core.provider_names import ProviderChoice
from desktop_app.core.records import ImageSource, Model
from desktop_app.messages.base import Priority, Reply, Request
from desktop_app.parts.comparison import Reference


@dataclass(frozen=True, slots=True)
class OpenReference(Request):
    """Load a second model beside the open one; an earlier second one stays until this works.

    Attributes:
        reference: A path, or a listed model's name.
        choice: The provider.
        cuda_folder: Where CUDA's libraries are kept; None: the usual places.
    """

    priority: ClassVar[Priority] = Priority.OPENING
    supersedes: ClassVar[bool] = True

    reference: str
    choice: ProviderChoice
    cuda_folder: Path | None = None


@dataclass(frozen=True, slots=True)
class CloseReference(Request):
    """Let the second model go. Nothing is answered."""

    priority: ClassVar[Priority] = Priority.OPENING


@dataclass(frozen=True, slots=True)
class AnalyseReference(Request):
    """Make A's analysis.

    Attributes:
        entry: The image.
        source: Where it comes from.
        by_second_model: By the second model, else by the open one.
    """

    supersedes: ClassVar[bool] = True

    entry: int
    source: ImageSource
    by_second_model: bool


@dataclass(frozen=True, slots=True)
class ReferenceOpened(Reply):
    """Answers :class:`OpenReference`."""

    number: int
    model: Model


@dataclass(frozen=True, slots=True)
class ReferenceFailed(Reply):
    """Answers :class:`OpenReference`; what was there still is."""

    number: int
    error: LensError


@dataclass(frozen=True, slots=True)
class ReferenceAnalysed(Reply):
    """Answers :class:`AnalyseReference`."""

    number: int
    reference: Reference


@dataclass(frozen=True, slots=True)
class ReferenceAnalysisFailed(Reply):
    """Answers :class:`AnalyseReference` in place of what could not be had."""

    number: int
    error: LensError
