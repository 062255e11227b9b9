"""One thread that owns the sessions: requests in, frozen results out.

What a person waits for goes first: opening a model, then the picture they look at, then
thumbnails, then the folder that runs in the background, one batch at a time. A new analysis
cancels the one before it, in mid-run if need be, so that holding an arrow key down never queues
up work. Knows no Qt: replies go to a function, called from this thread.
"""

import heapq
import itertools
import logging
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from desktop_app.core.batch import Outcome, classify_stream
from desktop_app.core.cancellation import Cancellation
from desktop_app.core.errors import Cancelled, LensError, ModelMissingError
from desktop_app.core.images import find_images, load_image, thumbnail
from desktop_app.core.model_file import load_model
from desktop_app.core.model_library import find_model, list_models
from desktop_app.core.predictions import top_k
from desktop_app.core.preprocessing import preprocess, preprocessing_steps
from desktop_app.core.records import (
    Classification,
    FileSource,
    ImageSource,
    Pixels,
    Prediction,
    Timing,
)
from desktop_app.core.sessions import ModelSessions, Runtime
from desktop_app.messages import (
    ActivationsReady,
    Analyse,
    AnalysisFailed,
    BatchSettled,
    Classified,
    ClassifyMany,
    Crashed,
    ImageDecoded,
    ImagesListed,
    ListImages,
    ListModels,
    MakeThumbnails,
    ModelFailed,
    ModelOpened,
    ModelsListed,
    OpenModel,
    Reply,
    Request,
    ThumbnailsMade,
)
from desktop_app.state import Progress

THUMBNAIL_PX: Final = 96
"""Longest side: 40 px rows stay sharp on a screen at 200 %."""
BATCH_SIZE: Final = 8
_log: Final = logging.getLogger(__name__)

_PRIORITIES: Final[dict[type, int]] = {
    ListModels: 0,
    OpenModel: 0,
    ListImages: 0,
    Analyse: 1,
    MakeThumbnails: 2,
    ClassifyMany: 3,
}


class Worker:
    """Takes requests from any thread; answers from its own."""

    def __init__(
        self,
        deliver: Callable[[Reply], None],
        *,
        model_folders: tuple[Path, ...],
        runtime: Runtime | None = None,
    ) -> None:
        """Prepare the thread; :meth:`start` starts it.

        Args:
            deliver: Called from the worker's thread with every reply.
            model_folders: Where models are looked for.
            runtime: ONNX Runtime; another one in tests.
        """
        self._deliver = deliver
        self._model_folders = model_folders
        self._runtime = runtime
        self._sessions: ModelSessions | None = None
        self._wake = threading.Condition()
        self._queue: list[tuple[int, int, Request | Iterator[None], Cancellation]] = []
        self._order = itertools.count()
        self._analysis = Cancellation()
        self._many = Cancellation()
        self._closing = False
        self._thread = threading.Thread(target=self._work, name="lens-worker", daemon=True)

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def submit(self, request: Request) -> None:
        """Ask for something; returns at once."""
        switch = Cancellation()
        with self._wake:
            if isinstance(request, Analyse):
                self._analysis.cancel()
                self._analysis = switch
            elif isinstance(request, ClassifyMany):
                self._many.cancel()
                self._many = switch
            self._put(_PRIORITIES[type(request)], request, switch)

    def cancel_many(self) -> None:
        """Stop the folder run; it answers once more, with what was settled."""
        with self._wake:
            self._many.cancel()

    def close(self, timeout_s: float = 5.0) -> bool:
        """Stop everything, also in mid-run; True when the thread has ended in time."""
        with self._wake:
            self._closing = True
            self._analysis.cancel()
            self._many.cancel()
            self._wake.notify_all()
        if self._thread.is_alive():
            self._thread.join(timeout_s)
        return not self._thread.is_alive()

    # --- the thread ----------------------------------------------------------------------------

    def _put(self, priority: int, work: Request | Iterator[None], switch: Cancellation) -> None:
        heapq.heappush(self._queue, (priority, next(self._order), work, switch))
        self._wake.notify_all()

    def _work(self) -> None:
        while True:
            with self._wake:
                while not self._queue and not self._closing:
                    self._wake.wait()
                if self._closing:
                    return
                _, _, work, switch = heapq.heappop(self._queue)
            self._answer(work, switch)

    def _answer(self, work: Request | Iterator[None], switch: Cancellation) -> None:
        try:
            if isinstance(work, Iterator):
                self._next_batch(work, switch)
            elif isinstance(work, ClassifyMany):
                self._next_batch(self._classify_many(work, switch), switch)
            else:
                self._answer_whole(work, switch)
        except Cancelled:
            pass
        except Exception as error:  # noqa: BLE001 - the boundary: logged, delivered, shown
            _log.exception("The worker failed while answering %s", type(work).__name__)
            number = 0 if isinstance(work, Iterator) else work.number
            self._deliver(Crashed(number, type(work).__name__, f"{type(error).__name__}: {error}"))

    def _answer_whole(self, request: Request, switch: Cancellation) -> None:
        match request:
            case ListModels():
                models = list_models(self._model_folders)
                self._deliver(ModelsListed(request.number, models))
            case OpenModel():
                self._open_model(request)
            case ListImages():
                self._list_images(request)
            case Analyse():
                self._analyse(request, switch)
            case MakeThumbnails():
                self._make_thumbnails(request)

    def _open_model(self, request: OpenModel) -> None:
        try:
            model = load_model(find_model(request.reference, self._model_folders))
            self._sessions = ModelSessions(model, request.choice, runtime=self._runtime)
        except LensError as error:
            self._deliver(ModelFailed(request.number, error))
            return
        self._deliver(ModelOpened(request.number, model, self._sessions.provider))

    def _list_images(self, request: ListImages) -> None:
        sources: list[ImageSource] = []
        errors: list[LensError] = []
        for path in request.paths:
            try:
                sources.extend(FileSource(found) for found in find_images([path], recursive=True))
            except LensError as error:
                errors.append(error)
        self._deliver(ImagesListed(request.number, tuple(sources), tuple(errors)))

    def _analyse(self, request: Analyse, switch: Cancellation) -> None:
        try:
            began = time.perf_counter()
            image = load_image(request.source)
            decode_ms = _since(began)
            switch.raise_if_cancelled()
            self._deliver(ImageDecoded(request.number, request.entry, image))
            sessions = self._need_sessions()
            began = time.perf_counter()
            tensor = preprocess(image, sessions.model.preprocessing)
            preprocess_ms = _since(began)
            began = time.perf_counter()
            probabilities = sessions.probabilities(tensor, switch)[0]
            timing = Timing(decode_ms=decode_ms, preprocess_ms=preprocess_ms, run_ms=_since(began))
            classification = Classification(
                probabilities=probabilities, provider=sessions.provider, timing=timing
            )
            top = top_k(probabilities, sessions.model.labels, 1)[0]
            steps = preprocessing_steps(image, sessions.model.preprocessing)
            self._deliver(Classified(request.number, request.entry, classification, top, steps))
            activations = sessions.activations(tensor, switch)
            self._deliver(
                ActivationsReady(request.number, request.entry, activations, sessions.provider)
            )
        except LensError as error:
            self._deliver(AnalysisFailed(request.number, request.entry, error))

    def _make_thumbnails(self, request: MakeThumbnails) -> None:
        made: list[tuple[int, Pixels]] = []
        for entry, source in request.items:
            try:
                made.append((entry, thumbnail(source, THUMBNAIL_PX)))
            except LensError:
                continue
        self._deliver(ThumbnailsMade(request.number, tuple(made)))

    def _next_batch(self, batches: Iterator[None], switch: Cancellation) -> None:
        if next(batches, self) is None:
            with self._wake:
                self._put(_PRIORITIES[ClassifyMany], batches, switch)

    def _classify_many(self, request: ClassifyMany, switch: Cancellation) -> Iterator[None]:
        """Settle one batch per step, so that whatever is more urgent goes between two."""
        sessions = self._need_sessions()
        entries = [entry for entry, _ in request.items]
        total, done, failed = len(entries), 0, 0
        stream = classify_stream(
            [source for _, source in request.items],
            preprocessing=sessions.model.preprocessing,
            run=lambda tensor: sessions.probabilities(tensor, switch),
            batch_size=BATCH_SIZE,
            thumbnail_px=THUMBNAIL_PX,
            cancellation=switch,
        )
        try:
            for outcomes in itertools.batched(stream, BATCH_SIZE):
                results = tuple(self._result(entries[o.position], o) for o in outcomes)
                done += len(results)
                failed += sum(top is None for _, top, _ in results)
                thumbnails = tuple(
                    (entries[o.position], o.thumbnail) for o in outcomes if o.thumbnail is not None
                )
                progress = None if done == total else Progress(done, total, failed)
                self._deliver(
                    BatchSettled(request.number, results, thumbnails, progress, sessions.provider)
                )
                yield
        except Cancelled:
            self._deliver(BatchSettled(request.number, (), (), None, sessions.provider))
            raise

    def _result(self, entry: int, outcome: Outcome) -> tuple[int, Prediction | None, str]:
        if outcome.probabilities is None:
            return entry, None, str(outcome.error)
        labels = self._need_sessions().model.labels
        return entry, top_k(outcome.probabilities, labels, 1)[0], ""

    def _need_sessions(self) -> ModelSessions:
        if self._sessions is None:
            raise ModelMissingError(
                "cannot classify", why="no model is open", remedy="Open a model first."
            )
        return self._sessions


def _since(began: float) -> float:
    return (time.perf_counter() - began) * 1000
