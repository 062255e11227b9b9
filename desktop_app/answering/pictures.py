"""The picture being looked at: decode, preprocess, run, and say what came out."""

import time

from desktop_app.answering.bench import Bench, Table
from desktop_app.core.cancellation import Cancellation
from desktop_app.core.doubt import judge
from desktop_app.core.errors import LensError
from desktop_app.core.images import load_image
from desktop_app.core.predictions import top_k
from desktop_app.core.preprocessing import fit, normalise, preprocessing_steps
from desktop_app.core.records import Classification, Timing
from desktop_app.core.stopwatch import milliseconds_since
from desktop_app.messages import (
    ActivationsReady,
    Analyse,
    AnalysisFailed,
    Classified,
    StepsPictured,
)


class PictureAnswers:
    """Answers what concerns one picture."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self.table: Table = {Analyse: self._analyse}

    def _analyse(self, request: Analyse, switch: Cancellation) -> None:
        number, entry = request.number, request.entry
        try:
            began = time.perf_counter()
            image = load_image(request.source)
            decode_ms = milliseconds_since(began)
            switch.raise_if_cancelled()
            sessions = self._bench.need_sessions()
            began = time.perf_counter()
            spec = sessions.model.preprocessing
            fitted = fit(image.pixels, spec)
            tensor = normalise(fitted, spec)
            preprocess_ms = milliseconds_since(began)
            self._bench.keep_tensor(image, tensor)
            began = time.perf_counter()
            probabilities = sessions.probabilities(tensor, switch)[0]
            timing = Timing(
                decode_ms=decode_ms, preprocess_ms=preprocess_ms, run_ms=milliseconds_since(began)
            )
            classification = Classification(
                probabilities=probabilities, provider=sessions.provider, timing=timing
            )
            self._bench.scores.keep(
                entry, probabilities, provider=sessions.provider.name, timing=timing
            )
            top = top_k(probabilities, sessions.model.labels, 1)[0]
            self._bench.deliver(Classified(number, entry, image, classification, top))
            switch.raise_if_cancelled()
            steps = preprocessing_steps(image, spec, fitted=fitted)
            self._bench.deliver(StepsPictured(number, entry, steps))
            activations = sessions.activations(tensor, switch)
            doubt = judge(sessions.model, activations)
            self._bench.deliver(
                ActivationsReady(number, entry, activations, sessions.provider, doubt)
            )
        except LensError as error:
            if (sessions_now := self._bench.sessions) is not None:
                self._bench.scores.fail(entry, error, provider=sessions_now.provider.name)
            self._bench.deliver(AnalysisFailed(number, entry, error))
