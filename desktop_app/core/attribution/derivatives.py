"""Runs a network for the methods of explanation: gradients at layers and at the input, and scores.

The sessions belong to :class:`~desktop_app.core.gradient_sessions.GradientSessions`; what is asked
of them, and what their outputs mean, stands here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from desktop_app.core.cancellation import Cancellation
from desktop_app.core.errors import RunError
from desktop_app.core.gradient_sessions import GradientSessions
from desktop_app.core.onnx_runtime import ORT_ERRORS, Session, run_once
from desktop_app.core.records import Tensor

R = TypeVar("R")
_PIXELS_AT_ONCE: Final = 4 * 224 * 224
_MOST_AT_ONCE: Final = 16
"""Larger batches are not faster, and take memory."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LayerGradients:
    """What one run gives at a layer.

    Attributes:
        activation: float32 (C, h, w).
        gradient: float32 (C, h, w), of the score.
        score: What was differentiated.
        run_ms: Wall-clock milliseconds.
    """

    activation: Tensor
    gradient: Tensor
    score: float
    run_ms: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class InputGradients:
    """What one run gives at the input.

    Attributes:
        gradients: float32 (N, C, H, W), the channels second whatever the model's layout.
        scores: float64 (N,), what was differentiated.
        run_ms: Wall-clock milliseconds.
    """

    gradients: Tensor
    scores: NDArray[np.float64]
    run_ms: float


class Derivatives:
    """The derivative of one model. Belongs to one thread; only cancelling crosses threads."""

    def __init__(self, sessions: GradientSessions) -> None:
        """Prepare; nothing is loaded yet.

        Args:
            sessions: Of the model whose classes are explained.
        """
        self.model = sessions.model
        self._sessions = sessions
        self._several: bool | None = None

    def averaged_layer(self) -> str:
        """Name of the maps that the head averages.

        Raises:
            AttributionError: The head does something else.
        """
        return self._sessions.graphs.averaged_layer()

    def images_at_once(self, tensor: Tensor) -> int:
        """How many inputs like ``tensor`` one run takes."""
        height, width = self.input_size(tensor)
        if not self._takes_several(tensor):
            return 1
        return int(np.clip(_PIXELS_AT_ONCE // (height * width), 1, _MOST_AT_ONCE))

    def input_size(self, tensor: Tensor) -> tuple[int, int]:
        """(height, width) of an input tensor."""
        shape = tensor.shape[1:3] if self._channels_last else tensor.shape[2:4]
        return int(shape[0]), int(shape[1])

    def at_layer(
        self, layer: str, tensor: Tensor, weights: Tensor, switch: Cancellation
    ) -> LayerGradients:
        """Activation and gradient of a layer, for one image.

        Raises:
            GradientError: The network cannot be differentiated down to there.
            RunError: ONNX Runtime failed, on CPU too.
            Cancelled: The switch was thrown.
        """

        def run() -> LayerGradients:
            view = self._sessions.with_layer(layer, tensor.shape)
            names = [layer, view.outputs.gradient(layer), self.model.logits_name]
            given = {view.outputs.class_weights: weights}
            values, run_ms = run_once(view.session, names, tensor, switch, given)
            activation, gradient, logits = (value.astype(np.float32) for value in values)
            score = float(_scores(logits, weights)[0])
            return LayerGradients(
                activation=activation[0], gradient=gradient[0], score=score, run_ms=run_ms
            )

        return self._run(run, switch)

    def at_input(
        self, batch: Tensor, weights: Tensor, switch: Cancellation, *, guided: bool = False
    ) -> InputGradients:
        """Gradients with respect to the inputs.

        Args:
            batch: float32 (N, …), no more than :meth:`images_at_once`.
            weights: float32 (1, classes).
            switch: Stops the run.
            guided: By the rule of guided backpropagation.

        Raises:
            AttributionError: ``guided``, and the network has no ReLU.
            GradientError: The network cannot be differentiated.
            RunError: ONNX Runtime failed, on CPU too.
            Cancelled: The switch was thrown.
        """
        size = len(batch) if len(batch) == 1 else self.images_at_once(batch)
        # The view is for one size of batch: the last one is filled up.
        padded = np.concatenate([batch, np.repeat(batch[-1:], size - len(batch), axis=0)])

        def run() -> InputGradients:
            view = self._sessions.with_input(padded.shape, guided=guided)
            names = [view.outputs.gradient(self.model.input_name), self.model.logits_name]
            given = {view.outputs.class_weights: weights}
            (gradients, logits), run_ms = run_once(view.session, names, padded, switch, given)
            found = gradients[: len(batch)].astype(np.float32)
            return InputGradients(
                gradients=np.moveaxis(found, -1, 1) if self._channels_last else found,
                scores=_scores(logits[: len(batch)], weights),
                run_ms=run_ms,
            )

        return self._run(run, switch)

    def scores(
        self, batch: Tensor, weights: Tensor, switch: Cancellation
    ) -> tuple[NDArray[np.float64], float]:
        """Scores of a batch of any size up to :meth:`images_at_once`, and the milliseconds.

        Raises:
            RunError: ONNX Runtime failed, on CPU too.
            Cancelled: The switch was thrown.
        """

        def run() -> tuple[NDArray[np.float64], float]:
            names = [self.model.logits_name]
            (logits,), run_ms = run_once(self._sessions.logits(), names, batch, switch)
            return _scores(logits, weights), run_ms

        return self._run(run, switch)

    # --- inside --------------------------------------------------------------------------------

    @property
    def _channels_last(self) -> bool:
        return self.model.preprocessing.layout == "NHWC"

    def _takes_several(self, tensor: Tensor) -> bool:
        """Whether the network gives each of two pictures its scores, which one run tells."""
        if self._several is None:
            session = self._run(self._sessions.logits, Cancellation())
            self._several = session.get_inputs()[0].shape[0] != 1 and self._gives_two(
                session, tensor
            )
        return self._several

    def _gives_two(self, session: Session, tensor: Tensor) -> bool:
        pair = np.concatenate([tensor[:1], tensor[:1]])
        try:
            (logits,), _ = run_once(session, [self.model.logits_name], pair, Cancellation())
        except ORT_ERRORS:  # one picture at a time will tell what else is wrong
            return False
        return len(logits) == len(pair)

    def _run(self, run: Callable[[], R], switch: Cancellation) -> R:
        return self._sessions.run(run, switch, self._run_error)

    def _run_error(self, why: str) -> RunError:
        return RunError(
            f"cannot explain a class of {self.model.name}",
            why=why,
            remedy="Try another method, provider or model.",
        )


def _scores(logits: NDArray[Any], weights: Tensor) -> NDArray[np.float64]:
    """What is explained: (N,), the classes' logits as ``weights`` counts them."""
    flat = logits.reshape(len(logits), -1).astype(np.float64)
    counted: NDArray[np.float64] = flat @ weights[0].astype(np.float64)
    return counted
