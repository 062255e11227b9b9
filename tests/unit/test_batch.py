"""Folders: order, errors as values, bounded memory, cancelling."""

import io
import threading
import tracemalloc
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as PillowImage

from desktop_app.core.batch import classify_stream
from desktop_app.core.cancellation import Cancellation
from desktop_app.core.errors import Cancelled, ImageMissingError, ImageUnreadableError, RunError
from desktop_app.core.preprocessing import preprocess
from desktop_app.core.records import (
    BytesSource,
    FileSource,
    Image,
    PixelsSource,
    Preprocessing,
    Tensor,
)

SPEC = Preprocessing(height=8, width=8, scale=1.0)


def grey(level: int, *, size: int = 8) -> PixelsSource:
    return PixelsSource(str(level), np.full((size, size, 3), level, np.uint8))


def encoded(side_px: int) -> bytes:
    file = io.BytesIO()
    PillowImage.new("RGB", (side_px, side_px), (1, 2, 3)).save(file, "PNG")
    return file.getvalue()


def mean_level(batch: Tensor) -> Tensor:
    """A "model" whose first probability tells which picture it saw."""
    level = batch.mean(axis=(1, 2, 3)) / 255
    return np.stack([level, 1 - level], axis=1)


def levels(outcomes: Iterator[object]) -> list[int | None]:
    return [
        None if o.probabilities is None else round(255 * float(o.probabilities[0]))  # type: ignore[attr-defined]
        for o in outcomes
    ]


@pytest.mark.parametrize(
    ("count", "batch_size"), [(0, 4), (1, 4), (4, 4), (11, 4), (5, 1), (3, 99)]
)
def test_outcomes_come_in_order(count: int, batch_size: int) -> None:
    # Sizes differ, so that decoding ends in another order than it began.
    sources = [grey(n, size=8 + 200 * (n % 3 == 0)) for n in range(count)]
    outcomes = list(
        classify_stream(sources, preprocessing=SPEC, run=mean_level, batch_size=batch_size)
    )
    assert [o.position for o in outcomes] == list(range(count))
    assert [o.source for o in outcomes] == sources
    assert levels(iter(outcomes)) == list(range(count))


def test_batches_are_full() -> None:
    sizes: list[int] = []

    def run(batch: Tensor) -> Tensor:
        sizes.append(len(batch))
        return mean_level(batch)

    list(classify_stream(map(grey, range(10)), preprocessing=SPEC, run=run, batch_size=4))
    assert sizes == [4, 4, 2]


def test_broken_files_stop_nothing(tmp_path: Path) -> None:
    sources = [
        grey(10),
        BytesSource("broken", b"no picture"),
        FileSource(tmp_path / "gone.png"),
        grey(20),
    ]
    outcomes = list(classify_stream(sources, preprocessing=SPEC, run=mean_level, batch_size=3))
    assert levels(iter(outcomes)) == [10, None, None, 20]
    assert isinstance(outcomes[1].error, ImageUnreadableError)
    assert isinstance(outcomes[2].error, ImageMissingError)
    assert outcomes[0].error is None
    assert outcomes[0].probabilities is not None
    assert outcomes[0].probabilities.base is None  # a view would keep its whole batch alive


def test_a_batch_of_broken_files_runs_nothing() -> None:
    def run(batch: Tensor) -> Tensor:
        pytest.fail(f"ran {batch.shape}")

    sources = [BytesSource(str(n), b"broken") for n in range(5)]
    outcomes = list(classify_stream(sources, preprocessing=SPEC, run=run, batch_size=2))
    assert levels(iter(outcomes)) == [None] * 5


def test_a_failing_batch_is_run_one_by_one() -> None:
    def run(batch: Tensor) -> Tensor:
        if len(batch) > 1 or batch.max() == 2:
            raise RunError("cannot run", why="out of memory", remedy="Smaller.")
        return mean_level(batch)

    outcomes = list(classify_stream(map(grey, range(4)), preprocessing=SPEC, run=run, batch_size=4))
    assert levels(iter(outcomes)) == [0, 1, None, 3]
    assert isinstance(outcomes[2].error, RunError)


def test_thumbnails_come_from_the_decoded_picture() -> None:
    sources = [grey(7, size=64), BytesSource("broken", b"")]
    stream = classify_stream(sources, preprocessing=SPEC, run=mean_level, thumbnail_px=16)
    first, second = stream
    assert first.thumbnail is not None
    assert first.thumbnail.shape == (16, 16, 3)
    assert (first.thumbnail == 7).all()
    assert second.thumbnail is None
    plain = next(classify_stream([grey(7)], preprocessing=SPEC, run=mean_level))
    assert plain.thumbnail is None


def test_an_outcome_carries_its_input_tensor_when_asked() -> None:
    sources = [grey(3), BytesSource("torn", b"torn"), grey(5, size=40)]
    with_tensors = classify_stream(
        sources, preprocessing=SPEC, run=mean_level, batch_size=2, keep_tensors=True
    )
    first, torn, last = (outcome.tensor for outcome in with_tensors)
    assert torn is None
    for tensor, level in ((first, 3), (last, 5)):
        assert tensor is not None
        np.testing.assert_array_equal(tensor, np.full((1, 3, 8, 8), level, np.float32))
    without = classify_stream(sources, preprocessing=SPEC, run=mean_level)
    assert all(outcome.tensor is None for outcome in without)


def test_timings_are_per_picture() -> None:
    ran = threading.Event()

    def run(batch: Tensor) -> Tensor:
        ran.wait(0.04)
        return mean_level(batch)

    outcomes = list(classify_stream(map(grey, range(4)), preprocessing=SPEC, run=run, batch_size=4))
    for outcome in outcomes:
        assert outcome.timing.decode_ms > 0
        assert outcome.timing.preprocess_ms > 0
        assert outcome.timing.run_ms >= 10
    assert len({outcome.timing.run_ms for outcome in outcomes}) == 1


def test_only_so_many_are_decoded_ahead() -> None:
    taken = 0

    def sources() -> Iterator[PixelsSource]:
        nonlocal taken
        for n in range(100):
            taken += 1
            yield grey(n)

    stream = classify_stream(
        sources(), preprocessing=SPEC, run=mean_level, batch_size=2, decode_ahead=6
    )
    for seen, _ in enumerate(islice(stream, 50), start=1):
        assert taken <= seen + 6 + 2
    stream.close()  # type: ignore[attr-defined]
    assert taken < 60


@pytest.mark.parametrize("after", [0, 1, 5])
def test_cancelling_stops_soon_and_leaves_no_thread(after: int) -> None:
    switch = Cancellation()
    runs = 0

    def run(batch: Tensor) -> Tensor:
        nonlocal runs
        runs += 1
        return mean_level(batch)

    stream = classify_stream(
        map(grey, range(200)), preprocessing=SPEC, run=run, batch_size=2, cancellation=switch
    )
    seen = [next(stream) for _ in range(after)]
    switch.cancel()
    with pytest.raises(Cancelled):
        list(islice(stream, 3))  # what was run already may still come
    assert len(seen) == after
    assert runs == (after + 1) // 2
    assert not [t for t in threading.enumerate() if t.name.startswith("lens-decode")]


def test_what_is_decoded_already_is_not_run_after_cancelling(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    decoded = threading.Semaphore(0)

    def counted(image: Image, spec: Preprocessing) -> Tensor:
        tensor = preprocess(image, spec)
        decoded.release()
        return tensor

    monkeypatch.setattr("desktop_app.core.batch.preprocess", counted)
    switch = Cancellation()
    runs = 0

    def run(batch: Tensor) -> Tensor:
        nonlocal runs
        runs += 1
        for _ in range(6):  # until the next batches wait, decoded
            assert decoded.acquire(timeout=30)
        switch.cancel()
        return mean_level(batch)

    stream = classify_stream(
        map(grey, range(6)),
        preprocessing=SPEC,
        run=run,
        batch_size=2,
        decode_ahead=6,
        cancellation=switch,
    )
    with pytest.raises(Cancelled):
        list(stream)
    assert runs == 1


def test_cancelling_in_mid_run_ends_the_stream() -> None:
    def run(batch: Tensor) -> Tensor:
        raise Cancelled

    with pytest.raises(Cancelled):
        list(classify_stream([grey(1)], preprocessing=SPEC, run=run))


def test_a_fault_of_the_program_is_not_hidden() -> None:
    class Strange:
        name = "strange"

    with pytest.raises(AttributeError):
        list(classify_stream([Strange()], preprocessing=SPEC, run=mean_level))  # type: ignore[list-item]


def test_batch_size_is_checked() -> None:
    with pytest.raises(ValueError, match="at least one"):
        next(classify_stream([grey(1)], preprocessing=SPEC, run=mean_level, batch_size=0))


@pytest.mark.parametrize(("side_px", "together"), [(30, True), (40, False), (100, False)])
def test_large_pictures_are_decoded_one_at_a_time_and_small_ones_together(
    side_px: int, together: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("desktop_app.core.batch.PIXELS_AT_ONCE", 2000)
    monkeypatch.setattr("desktop_app.core.batch.DECODING_THREADS", 2)
    both_decoded = threading.Barrier(2)
    met: list[bool] = []

    def meet(image: Image, spec: Preprocessing) -> Tensor:
        try:
            both_decoded.wait(timeout=30 if together else 0.3)
        except threading.BrokenBarrierError:
            met.append(False)
        else:
            met.append(True)
        return preprocess(image, spec)

    monkeypatch.setattr("desktop_app.core.batch.preprocess", meet)
    sources = [BytesSource("square", encoded(side_px)) for _ in range(2)]
    outcomes = list(classify_stream(sources, preprocessing=SPEC, run=mean_level))
    assert [o.error for o in outcomes] == [None, None]
    assert met == [together] * 2


def test_a_picture_that_waits_for_room_is_not_decoded_after_cancelling(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("desktop_app.core.batch.PIXELS_AT_ONCE", 100)
    monkeypatch.setattr("desktop_app.core.batch.DECODING_THREADS", 2)
    switch = Cancellation()
    decoded: list[str] = []

    def cancelling(image: Image, spec: Preprocessing) -> Tensor:
        decoded.append(image.name)
        switch.cancel()
        return preprocess(image, spec)

    monkeypatch.setattr("desktop_app.core.batch.preprocess", cancelling)
    sources = [BytesSource("square", encoded(40)) for _ in range(2)]
    with pytest.raises(Cancelled):
        list(
            classify_stream(
                sources, preprocessing=SPEC, run=mean_level, batch_size=2, cancellation=switch
            )
        )
    assert len(decoded) == 1


def test_memory_stays_flat_for_ten_thousand_pictures() -> None:
    file = io.BytesIO()
    PillowImage.new("RGB", (8, 8), (1, 2, 3)).save(file, "BMP")
    source = BytesSource("tiny", file.getvalue())
    spec = Preprocessing(height=32, width=32)  # 12 kB per tensor: 123 MB if they were kept
    count = 0
    tracemalloc.start()
    try:
        for outcome in classify_stream(
            (source for _ in range(10_000)),
            preprocessing=spec,
            run=mean_level,
            batch_size=16,
            thumbnail_px=8,
        ):
            count += outcome.probabilities is not None
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert count == 10_000
    assert peak < 5e6
