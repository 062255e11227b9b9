"""Folders: decode ahead in threads, run in batches, stream one outcome per picture.

Memory stays flat however many and however large the pictures are: only ``decode_ahead`` input
tensors exist at any time, a decoded picture lives only until its tensor and thumbnail are made,
and the threads share a budget of pixels. A file that
cannot be read is an outcome like any other and stops nothing.
"""

import itertools
import os
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from desktop_app.core.cancellation import Cancellation
from desktop_app.core.errors import LensError, RunError
from desktop_app.core.images import load_image, shrunk
from desktop_app.core.pixel_budget import PixelBudget
from desktop_app.core.preprocessing import preprocess
from desktop_app.core.records import (
    ImageSource,
    Pixels,
    Preprocessing,
    Tensor,
    Timing,
    read_only,
)
from desktop_app.core.stopwatch import milliseconds_since

DECODING_THREADS: Final = min(4, os.cpu_count() or 1)

PIXELS_AT_ONCE: Final = 64_000_000
"""Pixels in all decoding threads together: some 15 bytes each while colours are converted, so
1 GB. Four photos of a phone fit, of the very large ones there is one at a time."""

Run = Callable[[Tensor], Tensor]
"""float32 input tensors (N, …) → probabilities (N, classes); raises :class:`RunError`."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Outcome:
    """What became of one picture: probabilities, or the error that prevented them.

    Attributes:
        position: In the order given, from 0.
        source: Which picture.
        probabilities: float32 (classes,), read-only; None after an error.
        error: Why there are none.
        timing: Its own decoding and preprocessing, and its share of its batch's run.
        thumbnail: uint8 (h, w, 3), when one was asked for and the picture could be decoded.
        tensor: The input tensor, float32, when it was asked for and the picture could be decoded.
    """

    position: int
    source: ImageSource
    probabilities: "Tensor | None" = None
    error: LensError | None = None
    timing: Timing
    thumbnail: "Pixels | None" = None
    tensor: "Tensor | None" = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Prepared:
    """A picture on its way: the outcome so far, and the tensor that is still to be run."""

    outcome: Outcome
    tensor: "Tensor | None" = None


def classify_stream(
    sources: Iterable[ImageSource],
    *,
    preprocessing: Preprocessing,
    run: Run,
    batch_size: int = 8,
    decode_ahead: int | None = None,
    thumbnail_px: int | None = None,
    keep_tensors: bool = False,
    cancellation: Cancellation | None = None,
) -> Iterator[Outcome]:
    """Classify any number of pictures, in order.

    Decoding goes on in threads of its own while ``run`` works; ``run`` itself is called from the
    thread that iterates. When a batch fails, its pictures are run one by one, so that a batch
    which is too large for a GPU does not lose them.

    Args:
        sources: The pictures; consumed only as far as is decoded ahead.
        preprocessing: The model's.
        run: The model.
        batch_size: Pictures per run, at least 1.
        decode_ahead: Pictures decoded and waiting, at most; two batches when None.
        thumbnail_px: Longest side of the thumbnails, made from the decoded picture; none when
            None.
        keep_tensors: Whether an outcome carries its input tensor, so that more can be run on it
            without decoding the picture again.
        cancellation: Stops the stream from any thread.

    Yields:
        One outcome per source, in the order of the sources.

    Raises:
        Cancelled: The switch was thrown; what was yielded before stays good.
        ValueError: ``batch_size`` below 1.
    """
    if batch_size < 1:
        msg = f"a batch has at least one image, not {batch_size}"
        raise ValueError(msg)
    switch = cancellation or Cancellation()
    ahead = max(batch_size, decode_ahead or 2 * batch_size)
    numbered = enumerate(sources)
    waiting: deque[Future[_Prepared]] = deque()
    pool = ThreadPoolExecutor(DECODING_THREADS, thread_name_prefix="lens-decode")

    budget = PixelBudget(PIXELS_AT_ONCE)

    def prepare(position: int, source: ImageSource) -> _Prepared:
        switch.raise_if_cancelled()
        with budget.share() as take:

            def wait_for_room(pixels: int) -> None:
                take(pixels)
                switch.raise_if_cancelled()

            return _prepare(position, source, preprocessing, thumbnail_px, wait_for_room)

    def refill() -> None:
        for position, source in itertools.islice(numbered, ahead - len(waiting)):
            waiting.append(pool.submit(prepare, position, source))

    try:
        refill()
        while waiting:
            batch = [waiting.popleft().result() for _ in range(min(batch_size, len(waiting)))]
            refill()
            switch.raise_if_cancelled()
            for prepared, outcome in zip(batch, _run_batch(batch, run), strict=True):
                yield replace(outcome, tensor=prepared.tensor) if keep_tensors else outcome
            switch.raise_if_cancelled()
    finally:
        pool.shutdown(cancel_futures=True)


def _prepare(
    position: int,
    source: ImageSource,
    preprocessing: Preprocessing,
    thumbnail_px: int | None,
    wait_for_room: Callable[[int], None],
) -> _Prepared:
    began = time.perf_counter()
    waited_ms = 0.0

    def wait(pixels: int) -> None:
        nonlocal waited_ms
        start = time.perf_counter()
        wait_for_room(pixels)
        waited_ms = milliseconds_since(start)

    try:
        image = load_image(source, before_decoding=wait)
    except LensError as error:
        timing = Timing(
            decode_ms=milliseconds_since(began) - waited_ms, preprocess_ms=0.0, run_ms=0.0
        )
        failed = Outcome(position=position, source=source, error=error, timing=timing)
        return _Prepared(outcome=failed)
    decode_ms = milliseconds_since(began) - waited_ms
    began = time.perf_counter()
    tensor = preprocess(image, preprocessing)
    timing = Timing(decode_ms=decode_ms, preprocess_ms=milliseconds_since(began), run_ms=0.0)
    thumbnail = None if thumbnail_px is None else shrunk(image.pixels, thumbnail_px)
    outcome = Outcome(position=position, source=source, timing=timing, thumbnail=thumbnail)
    return _Prepared(outcome=outcome, tensor=tensor)


def _run_batch(batch: list[_Prepared], run: Run) -> Iterator[Outcome]:
    tensors = [prepared.tensor for prepared in batch if prepared.tensor is not None]
    scores = iter(_scores(tensors, run))
    for prepared in batch:
        if prepared.tensor is None:
            yield prepared.outcome
            continue
        score, run_ms = next(scores)
        timing = replace(prepared.outcome.timing, run_ms=run_ms)
        if isinstance(score, LensError):
            yield replace(prepared.outcome, timing=timing, error=score)
        else:
            yield replace(prepared.outcome, timing=timing, probabilities=score)


def _scores(tensors: list[Tensor], run: Run) -> "list[tuple[Tensor | RunError, float]]":
    """Each tensor's probabilities or error, and its share of the time in ms."""
    if not tensors:
        return []
    began = time.perf_counter()
    try:
        probabilities = run(np.concatenate(tensors))
    except RunError as error:
        if len(tensors) == 1:
            return [(error, milliseconds_since(began))]
        return [score for tensor in tensors for score in _scores([tensor], run)]
    share = milliseconds_since(began) / len(tensors)
    # Copies: a row that is a view would keep its whole batch alive.
    return [(read_only(row.copy()), share) for row in probabilities]
