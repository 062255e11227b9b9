"""What the controller asks of the worker, and what comes back.

Plain frozen records without Qt or session objects in them, so that the worker could move into a
process of its own. Every request has a number; every reply carries the number of the request it
answers, so that the controller can drop what is no longer wanted. These are the messages about
models and pictures; those of other areas stand in modules beside this one.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from desktop_app.core.doubt import Doubt
from desktop_app.core.errors import LensError
from desktop_app.core.provider_names import ProviderChoice
from desktop_app.core.records import (
    Activations,
    Classification,
    Image,
    ImageSource,
    Model,
    ModelListing,
    Pixels,
    Prediction,
    PreprocessingStep,
    Provider,
)
from desktop_app.messages.base import Priority, Reply, Request
from desktop_app.state import Progress

if TYPE_CHECKING:
    from desktop_app.core.diagnosis import Diagnosis

# --- requests ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ListModels(Request):
    """Which models can be offered?"""

    priority: ClassVar[Priority] = Priority.LISTING


@dataclass(frozen=True, slots=True)
class OpenModel(Request):
    """Load a model file; the open one stays until the new one works.

    ``reference`` is what a person gives: a path, or a bundled model's name; None: the default.
    ``cuda_folder`` is where they keep CUDA's libraries; None: the usual places.
    """

    priority: ClassVar[Priority] = Priority.OPENING

    reference: str | None
    choice: ProviderChoice
    cuda_folder: Path | None = None


@dataclass(frozen=True, slots=True)
class Examine(Request):
    """What is installed here, which provider runs and why?"""


@dataclass(frozen=True, slots=True)
class ListImages(Request):
    """Which pictures are meant by these files and folders?"""

    priority: ClassVar[Priority] = Priority.OPENING

    paths: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Analyse(Request):
    """Decode one picture, classify it, and take all activations."""

    supersedes: ClassVar[bool] = True

    entry: int
    source: ImageSource


@dataclass(frozen=True, slots=True)
class ClassifyMany(Request):
    """Classify pictures in the background, in batches."""

    priority: ClassVar[Priority] = Priority.FOLDER
    supersedes: ClassVar[bool] = True

    items: tuple[tuple[int, ImageSource], ...]


@dataclass(frozen=True, slots=True)
class MakeThumbnails(Request):
    """Small pictures for rows that have come into view."""

    priority: ClassVar[Priority] = Priority.ROWS
    newest_first: ClassVar[bool] = True

    items: tuple[tuple[int, ImageSource], ...]


# --- replies -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ModelsListed(Reply):
    """Answers :class:`ListModels`."""

    number: int
    models: tuple[ModelListing, ...]


@dataclass(frozen=True, slots=True)
class ModelOpened(Reply):
    """Answers :class:`OpenModel`."""

    number: int
    model: Model
    provider: Provider


@dataclass(frozen=True, slots=True)
class ModelFailed(Reply):
    """Answers :class:`OpenModel`; what was open still is."""

    number: int
    error: LensError


@dataclass(frozen=True, slots=True)
class Examined(Reply):
    """Answers :class:`Examine`."""

    number: int
    diagnosis: "Diagnosis"


@dataclass(frozen=True, slots=True)
class ImagesListed(Reply):
    """Answers :class:`ListImages`; a folder that cannot be read is in it, and fails as an image."""

    number: int
    sources: tuple[ImageSource, ...]


@dataclass(frozen=True, slots=True)
class Classified(Reply):
    """First answer to :class:`Analyse`."""

    number: int
    entry: int
    image: Image
    classification: Classification
    top: Prediction


@dataclass(frozen=True, slots=True)
class StepsPictured(Reply):
    """Second answer to :class:`Analyse`: what preprocessing made of the picture."""

    number: int
    entry: int
    steps: tuple[PreprocessingStep, ...]


@dataclass(frozen=True, slots=True)
class ActivationsReady(Reply):
    """Last answer to :class:`Analyse`; ``doubt`` is None where the card tells nothing of it."""

    number: int
    entry: int
    activations: Activations
    provider: Provider
    doubt: Doubt | None = None


@dataclass(frozen=True, slots=True)
class AnalysisFailed(Reply):
    """Answers :class:`Analyse` in place of what could not be had."""

    number: int
    entry: int
    error: LensError


@dataclass(frozen=True, slots=True)
class BatchSettled(Reply):
    """Part of the answer to :class:`ClassifyMany`.

    Attributes:
        number: The request's.
        results: (entry, top prediction or None, error sentence or "") per image.
        thumbnails: (entry, uint8 (h, w, 3)) per decoded image.
        progress: None with the last batch; a cancelled run sends nothing more.
        provider: What ran.
    """

    number: int
    results: tuple[tuple[int, Prediction | None, str], ...]
    thumbnails: tuple[tuple[int, Pixels], ...]
    progress: Progress | None
    provider: Provider


@dataclass(frozen=True, slots=True)
class ThumbnailsMade(Reply):
    """Answers :class:`MakeThumbnails`; unreadable pictures are left out."""

    number: int
    thumbnails: tuple[tuple[int, Pixels], ...]


@dataclass(frozen=True, slots=True)
class Crashed(Reply):
    """A programmer's error while answering a request; already in the log.

    Attributes:
        number: The request's.
        request: Its kind.
        message: The exception.
        report: Its crash report; None where none could be written.
    """

    number: int
    request: str
    message: str
    report: Path | None = None


# --- what nobody asked for ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class UnexpectedError(Reply):
    """A programmer's error outside any request; already in the log.

    Attributes:
        message: The exception.
        report: Its crash report; None where none could be written.
    """

    message: str
    report: Path | None


@dataclass(frozen=True, slots=True)
class SettingsNotSaved(Reply):
    """The settings could not be written; told once until it works again."""

    error: LensError
