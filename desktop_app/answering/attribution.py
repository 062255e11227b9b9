"""Attributions: explains classes of the open model, step by step."""

from collections.abc import Iterator

from desktop_app.answering.bench import Bench, Table
from desktop_app.core.cancellation import Cancellation
from desktop_app.core.errors import LensError
from desktop_app.core.explaining import explaining
from desktop_app.core.preprocessing import preprocess
from desktop_app.messages.attribution import (
    ClassExplained,
    ExplainClass,
    ExplainingAdvanced,
    ExplainingFailed,
)


class AttributionAnswers:
    """Answers what concerns attributions."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self.table: Table = {ExplainClass: self._explain}

    def _explain(self, request: ExplainClass, switch: Cancellation) -> Iterator[None]:
        bench = self._bench

        def advance(done: int, total: int) -> None:
            bench.deliver(ExplainingAdvanced(request.number, done, total))

        try:
            model = bench.need_sessions().model
            if model.path != request.model:
                return  # the window has heard of the other model, or will, and asks anew
            attribution = yield from explaining(
                bench.need_derivatives(),
                preprocess(request.image, model.preprocessing),
                request.question,
                progress=advance,
                cancellation=switch,
            )
        except LensError as error:
            bench.deliver(ExplainingFailed(request.number, error))
            return
        bench.deliver(ClassExplained(request.number, attribution))
