"""What the worker does for each request: decode, preprocess, run, and say what came out.

Lives in the worker's thread and holds the sessions. An expected failure becomes a reply of its
own; anything else is left to the worker's boundary.
"""

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import singledispatchmethod
from pathlib import Path
from typing import Final

from desktop_app import paths
from desktop_app.core.batch import Outcome, classify_stream
from desktop_app.core.cancellation import Cancellation
from desktop_app.core.cuda_libraries import CudaFolders
from desktop_app.core.errors import LensError, ModelMissingError
from desktop_app.core.images import find_images, load_image, thumbnail
from desktop_app.core.model_file import load_model
from desktop_app.core.model_library import find_model, list_models
from desktop_app.core.onnx_runtime import Runtime
from desktop_app.core.predictions import top_k
from desktop_app.core.preprocessing import fit, normalise, preprocessing_steps
from desktop_app.core.records import (
    Classification,
    FileSource,
    ImageSource,
    Prediction,
    Timing,
)
from desktop_app.core.sessions import ModelSessions
from desktop_app.core.stopwatch import milliseconds_since
from desktop_app.examination import examine_program
from desktop_app.messages import (
    ActivationsReady,
    Analyse,
    AnalysisFailed,
    BatchSettled,
    Classified,
    ClassifyMany,
    Examine,
    Examined,
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
    StepsPictured,
    ThumbnailsMade,
)
from desktop_app.state import Progress

THUMBNAIL_PX: Final = 96
"""Longest side: 40 px rows stay sharp on a screen at 200 %."""
BATCH_SIZE: Final = 8
_REPLY_INTERVAL_S: Final = 0.1
"""A small network settles a thousand pictures a second; a window need not follow each batch."""


class Answers:
    """Answers requests one at a time; belongs to one thread."""

    def __init__(
        self,
        deliver: Callable[[Reply], None],
        model_folders: tuple[Path, ...],
        runtime: Runtime | None = None,
    ) -> None:
        self._deliver = deliver
        self._model_folders = model_folders
        self._runtime = runtime or Runtime(CudaFolders(own=paths.user_cuda()))
        self._sessions: ModelSessions | None = None

    @singledispatchmethod
    def answer(self, request: Request, switch: Cancellation) -> None:
        """Answer one request; the replies go to ``deliver``.

        Raises:
            Cancelled: ``switch`` was thrown.
        """
        raise NotImplementedError(type(request).__name__)

    @answer.register
    def _list_models(self, request: ListModels, _: Cancellation) -> None:
        self._deliver(ModelsListed(request.number, list_models(self._model_folders)))

    @answer.register
    def _open_model(self, request: OpenModel, _: Cancellation) -> None:
        try:
            model = load_model(find_model(request.reference, self._model_folders))
            folders = replace(self._runtime.cuda_folders, chosen=request.cuda_folder)
            self._runtime.cuda_folders = folders
            self._sessions = ModelSessions(model, request.choice, runtime=self._runtime)
        except LensError as error:
            self._deliver(ModelFailed(request.number, error))
            return
        self._deliver(ModelOpened(request.number, model, self._sessions.provider))

    @answer.register
    def _examine(self, request: Examine, _: Cancellation) -> None:
        self._deliver(Examined(request.number, examine_program(self._runtime)))

    @answer.register
    def _analyse(self, request: Analyse, switch: Cancellation) -> None:
        number, entry = request.number, request.entry
        try:
            began = time.perf_counter()
            image = load_image(request.source)
            decode_ms = milliseconds_since(began)
            switch.raise_if_cancelled()
            sessions = self._need_sessions()
            began = time.perf_counter()
            spec = sessions.model.preprocessing
            fitted = fit(image.pixels, spec)
            tensor = normalise(fitted, spec)
            preprocess_ms = milliseconds_since(began)
            began = time.perf_counter()
            probabilities = sessions.probabilities(tensor, switch)[0]
            timing = Timing(
                decode_ms=decode_ms, preprocess_ms=preprocess_ms, run_ms=milliseconds_since(began)
            )
            classification = Classification(
                probabilities=probabilities, provider=sessions.provider, timing=timing
            )
            top = top_k(probabilities, sessions.model.labels, 1)[0]
            self._deliver(Classified(number, entry, image, classification, top))
            switch.raise_if_cancelled()
            steps = preprocessing_steps(image, spec, fitted=fitted)
            self._deliver(StepsPictured(number, entry, steps))
            activations = sessions.activations(tensor, switch)
            self._deliver(ActivationsReady(number, entry, activations, sessions.provider))
        except LensError as error:
            self._deliver(AnalysisFailed(number, entry, error))

    @singledispatchmethod
    def steps(self, request: Request, switch: Cancellation) -> Iterator[None]:
        """Answer a long request step by step, so that what is more urgent goes in between.

        Raises:
            Cancelled: ``switch`` was thrown; what was answered so far has been delivered.
        """
        raise NotImplementedError(type(request).__name__)

    @steps.register
    def _list_images(self, request: ListImages, switch: Cancellation) -> Iterator[None]:
        sources: list[ImageSource] = []
        for path in request.paths:
            switch.raise_if_cancelled()
            sources.extend(FileSource(found) for found in find_images([path], recursive=True))
            yield
        self._deliver(ImagesListed(request.number, tuple(sources)))

    @steps.register
    def _make_thumbnails(self, request: MakeThumbnails, switch: Cancellation) -> Iterator[None]:
        for entry, source in request.items:
            switch.raise_if_cancelled()
            with contextlib.suppress(LensError):
                made = ((entry, thumbnail(source, THUMBNAIL_PX)),)
                self._deliver(ThumbnailsMade(request.number, made))
            yield

    @steps.register
    def _classify_many(self, request: ClassifyMany, switch: Cancellation) -> Iterator[None]:
        sessions = self._need_sessions()
        entries = [entry for entry, _ in request.items]
        total, done, failed = len(entries), 0, 0
        batch: list[Outcome] = []
        delivered = 0.0
        for outcome in classify_stream(
            [source for _, source in request.items],
            preprocessing=sessions.model.preprocessing,
            run=lambda tensor: sessions.probabilities(tensor, switch),
            batch_size=BATCH_SIZE,
            thumbnail_px=THUMBNAIL_PX,
            cancellation=switch,
        ):
            batch.append(outcome)
            done += 1
            failed += outcome.error is not None
            if done % BATCH_SIZE and done < total:
                continue
            if done < total and time.perf_counter() - delivered < _REPLY_INTERVAL_S:
                yield
                continue
            results = tuple(_result(entries[o.position], o, sessions) for o in batch)
            thumbnails = tuple(
                (entries[o.position], o.thumbnail) for o in batch if o.thumbnail is not None
            )
            progress = None if done == total else Progress(done, total, failed)
            self._deliver(
                BatchSettled(request.number, results, thumbnails, progress, sessions.provider)
            )
            batch, delivered = [], time.perf_counter()
            yield

    def _need_sessions(self) -> ModelSessions:
        if self._sessions is None:
            raise ModelMissingError(
                "cannot classify", why="no model is open", remedy="Open a model first."
            )
        return self._sessions


def _result(
    entry: int, outcome: Outcome, sessions: ModelSessions
) -> tuple[int, Prediction | None, str]:
    if outcome.probabilities is None:
        return entry, None, str(outcome.error)
    return entry, top_k(outcome.probabilities, sessions.model.labels, 1)[0], ""
