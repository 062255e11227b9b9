"""Evidence in the last layer: takes logits apart with the open model's own weights."""

from desktop_app.answering.bench import Bench, Table
from desktop_app.core.cancellation import Cancellation
from desktop_app.core.errors import LensError
from desktop_app.core.logit_evidence import LogitHead, read_head, take_apart
from desktop_app.core.records import Model
from desktop_app.messages.logit_evidence import LogitTakenApart, TakeLogitApart, TakingApartFailed


class LogitAnswers:
    """Answers what concerns logits; reads a model's last layer when first asked, and keeps it."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._read: tuple[Model, LogitHead | LensError] | None = None
        self.table: Table = {TakeLogitApart: self._take_apart}

    def _take_apart(self, request: TakeLogitApart, _: Cancellation) -> None:
        bench = self._bench
        try:
            model = bench.need_sessions().model
            if model.path != request.model:
                return  # the window has heard of the other model, or will, and asks anew
            found = take_apart(
                self._head_of(model),
                request.activations,
                request.class_index,
                against=request.against,
            )
        except LensError as error:
            bench.deliver(TakingApartFailed(request.number, error))
            return
        bench.deliver(LogitTakenApart(request.number, found))

    def _head_of(self, model: Model) -> LogitHead:
        """The model's last layer; that it has none is kept as well."""
        if self._read is None or self._read[0] is not model:
            self._read = None  # first, so that there is room for the new one
            try:
                self._read = model, read_head(model, self._bench.runtime)
            except LensError as error:
                self._read = model, error
        head = self._read[1]
        if isinstance(head, LensError):
            raise head
        return head
