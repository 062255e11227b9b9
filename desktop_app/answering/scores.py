"""What the open model said of every image so far: kept here, for a table of all of them.

The window keeps the likeliest class of a row alone; ten thousand images with twenty classes each
would make every snapshot heavy.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from desktop_app.core.errors import LensError, NotClassifiedError
from desktop_app.core.prediction_tables import Report, report
from desktop_app.core.provider_names import ProviderName
from desktop_app.core.records import (
    FileSource,
    ImageSource,
    Model,
    Prediction,
    Tensor,
    Timing,
)
from desktop_app.state import TOP_K_RANGE

_KEPT: Final = TOP_K_RANGE[1]
_NO_TIME: Final = Timing(decode_ms=0.0, preprocess_ms=0.0, run_ms=0.0)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Scored:
    """One image: its likeliest classes, or why there are none."""

    provider: ProviderName
    timing: Timing
    indices: NDArray[np.int32] | None = None
    probabilities: "Tensor | None" = None
    error: LensError | None = None


class Scores:
    """Belongs to the worker's thread; holds what one model said."""

    def __init__(self) -> None:
        self._scored: dict[int, _Scored] = {}

    def forget(self) -> None:
        """Another model is open: nothing of this holds any more."""
        self._scored.clear()

    def keep(
        self, entry: int, probabilities: Tensor, *, provider: ProviderName, timing: Timing
    ) -> None:
        """Image ``entry`` has been classified; float32 (classes,)."""
        order = np.argsort(-probabilities, kind="stable")[:_KEPT].astype(np.int32)
        self._scored[entry] = _Scored(
            provider=provider, timing=timing, indices=order, probabilities=probabilities[order]
        )

    def fail(
        self,
        entry: int,
        error: LensError,
        *,
        provider: ProviderName,
        timing: Timing = _NO_TIME,
    ) -> None:
        """Image ``entry`` could not be classified; classes that are known stay."""
        known = self._scored.get(entry)
        if known is None or known.error is not None:
            self._scored[entry] = _Scored(provider=provider, timing=timing, error=error)

    def report_of(
        self, entry: int, source: ImageSource, model: Model, *, top_k: int, provider: ProviderName
    ) -> Report:
        """What is said of one image; one that waits for its turn has an error that says so.

        Args:
            entry: Its number.
            source: Where it comes from.
            model: The open one.
            top_k: Classes, at most those that a window shows.
            provider: What runs now, for an image that has not been run.
        """
        scored = self._scored.get(entry) or _Scored(
            provider=provider, timing=_NO_TIME, error=_not_classified(source)
        )
        return report(
            str(source.path) if isinstance(source, FileSource) else source.name,
            model=model.name,
            provider=scored.provider,
            predictions=_predictions(scored, model, top_k),
            timing=scored.timing,
            error=scored.error,
        )


def _predictions(scored: _Scored, model: Model, top_k: int) -> tuple[Prediction, ...]:
    if scored.indices is None or scored.probabilities is None:
        return ()
    pairs = zip(scored.indices.tolist(), scored.probabilities.tolist(), strict=True)
    return tuple(
        Prediction(label=model.labels[index], index=index, probability=probability)
        for index, probability in list(pairs)[:top_k]
    )


def _not_classified(source: ImageSource) -> LensError:
    return NotClassifiedError(
        f"{source.name} is not classified",
        why="the folder run has not reached it, or was stopped",
        remedy="Let it go on, and export again.",
    )
