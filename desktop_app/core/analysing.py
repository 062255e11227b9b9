"""Image and model → analysis, in one call: for commands and notebooks."""

import time

from desktop_app.core.analysis import Analysis
from desktop_app.core.images import load_image
from desktop_app.core.preprocessing import fit, normalise
from desktop_app.core.records import Classification, ImageSource, Timing
from desktop_app.core.sessions import ModelSessions
from desktop_app.core.stopwatch import milliseconds_since


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
