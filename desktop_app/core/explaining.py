"""Picture, class and method → attribution: the one way in to all nine methods.

Whatever runs, runs in ONNX Runtime on the model file as it is, on the provider of the predictions.
"""

import time
from collections.abc import Callable, Generator, Mapping
from typing import Final

import numpy as np

from desktop_app.core.attribution.case import Case, Finding, Progress, Steps, at_once
from desktop_app.core.attribution.class_maps import (
    at_layer,
    cam,
    gradcam_map,
    gradcam_plus_plus_map,
    layercam_map,
)
from desktop_app.core.attribution.derivatives import Derivatives
from desktop_app.core.attribution.input_gradients import (
    gradient,
    guided_backprop,
    integrated_gradients,
    smoothgrad,
)
from desktop_app.core.attribution.methods import METHODS
from desktop_app.core.attribution.occluding import occlusion
from desktop_app.core.attributions import Attribution, Question
from desktop_app.core.cancellation import Cancellation
from desktop_app.core.errors import AttributionError
from desktop_app.core.evidence import weights_for
from desktop_app.core.map_names import Method
from desktop_app.core.records import Tensor, read_only
from desktop_app.core.stopwatch import milliseconds_since

_RUN: Final[Mapping[Method, Callable[[Case], Steps]]] = {
    "cam": at_once(cam),
    "gradcam": at_once(at_layer(gradcam_map)),
    "gradcam++": at_once(at_layer(gradcam_plus_plus_map)),
    "layercam": at_once(at_layer(layercam_map)),
    "gradient": at_once(gradient),
    "smoothgrad": smoothgrad,
    "guided-backprop": at_once(guided_backprop),
    "integrated-gradients": integrated_gradients,
    "occlusion": occlusion,
}


def explain(
    derivatives: Derivatives,
    tensor: Tensor,
    question: Question,
    *,
    progress: Progress | None = None,
    cancellation: Cancellation | None = None,
) -> Attribution:
    """Explain a class. The same call always gives the same values, on the same machine.

    Args:
        derivatives: Of the model; kept between calls, it need not load again.
        tensor: float32, one image: (1, C, H, W), or as the model's layout says.
        question: What is asked.
        progress: Is told how far slow methods are: pictures done, and of how many.
        cancellation: Stops it from another thread; loading is not stopped.

    Raises:
        AttributionError: The method does not fit the network, the layer or the class.
        LayerMissingError: There is no such layer.
        GradientError: The network cannot be differentiated down to there.
        RunError: ONNX Runtime failed, on CPU too.
        Cancelled: The switch was thrown.
    """
    steps = explaining(derivatives, tensor, question, progress=progress, cancellation=cancellation)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            found: Attribution = end.value
            return found


def explaining(
    derivatives: Derivatives,
    tensor: Tensor,
    question: Question,
    *,
    progress: Progress | None = None,
    cancellation: Cancellation | None = None,
) -> Generator[None, None, Attribution]:
    """Explain a class as :func:`explain` does, with a pause after each run of a slow method.

    What is done in the pauses is not counted in the attribution's time.
    """
    began = time.perf_counter()
    facts = METHODS[question.method]
    if question.against == question.class_index:
        raise AttributionError(
            "cannot explain a class against itself",
            why="both scores are the same",
            remedy="Choose two classes.",
        )
    switch = cancellation or Cancellation()
    switch.raise_if_cancelled()
    case = Case(
        derivatives=derivatives,
        tensor=tensor,
        weights=weights_for(
            question.class_index, len(derivatives.model.labels), against=question.against
        ),
        layer=question.layer if facts.at_layer else None,
        progress=progress or _silent,
        switch=switch,
    )
    worked_ms, steps = 0.0, _RUN[question.method](case)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            finding: Finding = end.value
            break
        worked_ms += milliseconds_since(began)
        yield
        began = time.perf_counter()
    return Attribution(
        question=question,
        values=read_only(np.ascontiguousarray(finding.values, np.float32)),
        layer=finding.layer,
        score=finding.score,
        completeness=finding.completeness,
        runs=finding.runs,
        run_ms=finding.run_ms,
        total_ms=worked_ms + milliseconds_since(began),
    )


def _silent(_done: int, _total: int) -> None:
    """Nobody wants to know."""
