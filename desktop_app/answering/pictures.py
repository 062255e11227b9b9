"""The picture being looked at: decode, preprocess, run, and say what came out."""

from desktop_app.answering.bench import Bench, Table
from desktop_app.core.analysing import classify
from desktop_app.core.cancellation import Cancellation
from desktop_app.core.doubt import judge
from desktop_app.core.errors import LensError
from desktop_app.core.predictions import top_k
from desktop_app.core.preprocessing import preprocessing_steps
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
            sessions = self._bench.need_sessions()
            classified = classify(request.source, sessions, switch)
            image, tensor = classified.image, classified.tensor
            self._bench.keep_tensor(image, tensor)
            classification = classified.classification
            self._bench.scores.keep(
                entry,
                classification.probabilities,
                provider=sessions.provider.name,
                timing=classification.timing,
            )
            top = top_k(classification.probabilities, sessions.model.labels, 1)[0]
            self._bench.deliver(Classified(number, entry, image, classification, top))
            switch.raise_if_cancelled()
            steps = preprocessing_steps(
                image, sessions.model.preprocessing, fitted=classified.fitted
            )
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
