"""What the controller asks of the worker, and what comes back.

Plain frozen records without Qt or session objects in them, so that the worker could move into a
process of its own. Every request has a number; every reply carries the number of the request it
answers, so that the controller can drop what is no longer wanted.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

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
from desktop_app.state import Progress

if TYPE_CHECKING:
    from desktop_app.core.diagnosis import Diagnosis

# --- requests ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ListModels:
    """Which models can be offered?"""

    number: int


@dataclass(frozen=True, slots=True)
class OpenModel:
    """Load a model file; the open one stays until the new one works.

    ``reference`` is what a person gives: a path, or a bundled model's name; None: the default.
    ``cuda_folder`` is where they keep CUDA's libraries; None: the usual places.
    """

    number: int
    reference: str | None
    choice: ProviderChoice
    cuda_folder: Path | None = None


@dataclass(frozen=True, slots=True)
class Examine:
    """What is installed here, which provider runs and why?"""

    number: int


@dataclass(frozen=True, slots=True)
class ListImages:
    """Which pictures are meant by these files and folders?"""

    number: int
    paths: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Analyse:
    """Decode one picture, classify it, and take all activations."""

    number: int
    entry: int
    source: ImageSource


@dataclass(frozen=True, slots=True)
class ClassifyMany:
    """Classify pictures in the background, in batches."""

    number: int
    items: tuple[tuple[int, ImageSource], ...]


@dataclass(frozen=True, slots=True)
class MakeThumbnails:
    """Small pictures for rows that have come into view."""

    number: int
    items: tuple[tuple[int, ImageSource], ...]


Request = ListModels | OpenModel | Examine | ListImages | Analyse | ClassifyMany | MakeThumbnails

# --- replies -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ModelsListed:
    """Answers :class:`ListModels`."""

    number: int
    models: tuple[ModelListing, ...]


@dataclass(frozen=True, slots=True)
class ModelOpened:
    """Answers :class:`OpenModel`."""

    number: int
    model: Model
    provider: Provider


@dataclass(frozen=True, slots=True)
class ModelFailed:
    """Answers :class:`OpenModel`; what was open still is."""

    number: int
    error: LensError


@dataclass(frozen=True, slots=True)
class Examined:
    """Answers :class:`Examine`."""

    number: int
    diagnosis: "Diagnosis"


@dataclass(frozen=True, slots=True)
class ImagesListed:
    """Answers :class:`ListImages`; a folder that cannot be read is in it, and fails as an image."""

    number: int
    sources: tuple[ImageSource, ...]


@dataclass(frozen=True, slots=True)
class Classified:
    """First answer to :class:`Analyse`."""

    number: int
    entry: int
    image: Image
    classification: Classification
    top: Prediction


@dataclass(frozen=True, slots=True)
class StepsPictured:
    """Second answer to :class:`Analyse`: what preprocessing made of the picture."""

    number: int
    entry: int
    steps: tuple[PreprocessingStep, ...]


@dataclass(frozen=True, slots=True)
class ActivationsReady:
    """Last answer to :class:`Analyse`."""

    number: int
    entry: int
    activations: Activations
    provider: Provider


@dataclass(frozen=True, slots=True)
class AnalysisFailed:
    """Answers :class:`Analyse` in place of what could not be had."""

    number: int
    entry: int
    error: LensError


@dataclass(frozen=True, slots=True)
class BatchSettled:
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
class ThumbnailsMade:
    """Answers :class:`MakeThumbnails`; unreadable pictures are left out."""

    number: int
    thumbnails: tuple[tuple[int, Pixels], ...]


@dataclass(frozen=True, slots=True)
class Crashed:
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
class UnexpectedError:
    """A programmer's error outside any request; already in the log.

    Attributes:
        message: The exception.
        report: Its crash report; None where none could be written.
    """

    message: str
    report: Path | None


@dataclass(frozen=True, slots=True)
class SettingsNotSaved:
    """The settings could not be written; told once until it works again."""

    error: LensError


Reply = (
    ModelsListed
    | ModelOpened
    | ModelFailed
    | Examined
    | ImagesListed
    | Classified
    | StepsPictured
    | ActivationsReady
    | AnalysisFailed
    | BatchSettled
    | ThumbnailsMade
    | Crashed
    | UnexpectedError
    | SettingsNotSaved
)
