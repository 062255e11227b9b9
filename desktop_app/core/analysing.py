"""Image and model → classes or the whole analysis: for the window, commands and notebooks."""

import time
from dataclasses import dataclass

from desktop_app.core.analysis import Analysis
from desktop_app.core.cancellation import Cancellation
from desktop_app.core.images import load_image
from desktop_app.core.preprocessing import fit, normalise
from desktop_app.core.records import Classification, Image, ImageSource, Pixels, Tensor, Timing
from desktop_app.core.sessions import ModelSessions
from desktop_app.core.stopwatch import milliseconds_since


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ClassifiedImage:
    """A picture's classes, and what was made of it on the way there.

    Attributes:
        image: Upright picture.
        fitted: As :func:`~desktop_app.core.preprocessing.fit` gives it: uint8 (h, w, 3).
        tensor: The input tensor, float32 (1, C, H, W).
        classification: With the time that each step took.
    """

    image: Image
    fitted: Pixels
    tensor: Tensor
    classification: Classification


def classify(
    source: ImageSource, sessions: ModelSessions, cancellation: Cancellation | None = None
) -> ClassifiedImage:
    """Decode, preprocess and classify one picture; no activations yet.

    Raises:
        LensError: The picture cannot be read, or the model cannot be run.
        Cancelled: ``cancellation`` was thrown.
    """
    spec = sessions.model.preprocessing
    began = time.perf_counter()
    image = load_image(source)
    decode_ms = milliseconds_since(began)
    if cancellation is not None:
        cancellation.raise_if_cancelled()
    began = time.perf_counter()
    fitted = fit(image.pixels, spec)
    tensor = normalise(fitted, spec)
    preprocess_ms = milliseconds_since(began)
    began = time.perf_counter()
    probabilities = sessions.probabilities(tensor, cancellation)[0]
    timing = Timing(
        decode_ms=decode_ms, preprocess_ms=preprocess_ms, run_ms=milliseconds_since(began)
    )
    return ClassifiedImage(
        image=image,
        fitted=fitted,
        tensor=tensor,
        classification=Classification(
            probabilities=probabilities, provider=sessions.provider, timing=timing
        ),
    )


def analyse(source: ImageSource, sessions: ModelSessions) -> Analysis:
    """Decode, preprocess and run one picture, as the window does.

    Raises:
        LensError: The picture cannot be read, or the model cannot be run.
    """
    classified = classify(source, sessions)
    return Analysis(
        model=sessions.model,
        image=classified.image,
        classification=classified.classification,
        activations=sessions.activations(classified.tensor),
    )
