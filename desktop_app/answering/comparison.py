"""A second model beside the open one, and the analysis of what is compared with.

Its sessions live here for as long as the comparison does: two models are as much memory again.
"""

from dataclasses import replace

from desktop_app.answering.bench import Bench, Table
from desktop_app.core.analysing import classify
from desktop_app.core.cancellation import Cancellation
from desktop_app.core.doubt import judge
from desktop_app.core.errors import LensError
from desktop_app.core.model_file import load_model
from desktop_app.core.model_library import find_model
from desktop_app.core.preprocessing import preprocessing_steps
from desktop_app.core.records import ImageSource
from desktop_app.core.sessions import ModelSessions
from desktop_app.messages.comparison import (
    AnalyseReference,
    CloseReference,
    OpenReference,
    ReferenceAnalysed,
    ReferenceAnalysisFailed,
    ReferenceFailed,
    ReferenceOpened,
)
from desktop_app.parts.comparison import Reference


class ComparisonAnswers:
    """Answers what concerns A."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._second: ModelSessions | None = None
        self.table: Table = {
            OpenReference: self._open,
            CloseReference: self._close,
            AnalyseReference: self._analyse,
        }

    def _open(self, request: OpenReference, switch: Cancellation) -> None:
        bench = self._bench
        try:
            model = load_model(find_model(request.reference, bench.model_folders))
            switch.raise_if_cancelled()
            folders = replace(bench.runtime.cuda_folders, chosen=request.cuda_folder)
            bench.runtime.cuda_folders = folders
            self._second = ModelSessions(model, request.choice, runtime=bench.runtime)
        except LensError as error:
            bench.deliver(ReferenceFailed(request.number, error))
            return
        bench.deliver(ReferenceOpened(request.number, model))

    def _close(self, _request: CloseReference, _: Cancellation) -> None:
        self._second = None
        self._bench.has_freed = True

    def _analyse(self, request: AnalyseReference, switch: Cancellation) -> None:
        try:
            sessions = self._second if request.by_second_model else self._bench.need_sessions()
            if sessions is None:
                return  # the comparison has ended meanwhile
            reference = _analysis(request.entry, request.source, sessions, switch)
        except LensError as error:
            self._bench.deliver(ReferenceAnalysisFailed(request.number, error))
            return
        self._bench.deliver(ReferenceAnalysed(request.number, reference))


def _analysis(
    entry: int, source: ImageSource, sessions: ModelSessions, switch: Cancellation
) -> Reference:
    """Everything from one image and one model."""
    classified = classify(source, sessions, switch)
    image, spec = classified.image, sessions.model.preprocessing
    activations = sessions.activations(classified.tensor, switch)
    return Reference(
        entry,
        image,
        steps=preprocessing_steps(image, spec, fitted=classified.fitted),
        classification=classified.classification,
        activations=activations,
        doubt=judge(sessions.model, activations),
    )
