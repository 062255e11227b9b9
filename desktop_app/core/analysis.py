"""Everything computed for one image with one model, in one call: for commands and notebooks.

The window has the same, but in pieces as they arrive.
"""

import time
from dataclasses import dataclass

from desktop_app.core.images import load_image
from desktop_app.core.preprocessing import fit, normalise
from desktop_app.core.records import (
    Activations,
    Classification,
    Image,
    ImageSource,
    Model,
    Timing,
)
from desktop_app.core.sessions import ModelSessions
from desktop_app.core.stopwatch import milliseconds_since


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Analysis:
    """One consistent set.

    Attributes:
        model: What computed it.
        image: Upright picture.
        classification: Scores, provider and timing.
        activations: Every named activation.
    """

    model: Model
    image: Image
    classification: Classification
    activations: Activations


def analyse(source: ImageSource, sessions: ModelSessions) -> Analysis:
    """Decode, preprocess and run one picture, as the window does.

    Raises:
        LensError: The picture cannot be read, or the model cannot be run.
    """
    began = time.perf_counter()
    image = load_image(source)
    decode_ms = milliseconds_since(began)
    began = time.perf_counter()
    spec = sessions.model.preprocessing
    tensor = normalise(fit(image.pixels, spec), spec)
    preprocess_ms = milliseconds_since(began)
    began = time.perf_counter()
    probabilities = sessions.probabilities(tensor)[0]
    timing = Timing(
        decode_ms=decode_ms, preprocess_ms=preprocess_ms, run_ms=milliseconds_since(began)
    )
    activations = sessions.activations(tensor)
    return Analysis(
        model=sessions.model,
        image=image,
        classification=Classification(
            probabilities=probabilities, provider=sessions.provider, timing=timing
        ),
        activations=activations,
    )
