"""Evidence: runs the derivative of the open model."""

from desktop_app.answering.bench import Bench, Table
from desktop_app.core.cancellation import Cancellation
from desktop_app.core.errors import LensError
from desktop_app.core.evidence import weights_for
from desktop_app.core.preprocessing import fit, normalise
from desktop_app.messages.evidence import ChannelsWeighed, WeighChannels, WeighingFailed


class EvidenceAnswers:
    """Answers what concerns the evidence for a class."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self.table: Table = {WeighChannels: self._weigh}

    def _weigh(self, request: WeighChannels, switch: Cancellation) -> None:
        bench = self._bench
        try:
            model = bench.need_sessions().model
            if model.path != request.model:
                return  # the window has heard of the other model, or will, and asks anew
            spec = model.preprocessing
            tensor = normalise(fit(request.image.pixels, spec), spec)
            weights = weights_for(request.class_index, len(model.labels))
            evidence = bench.need_gradients().evidence(tensor, weights, switch)
        except LensError as error:
            bench.deliver(WeighingFailed(request.number, error))
            return
        bench.deliver(ChannelsWeighed(request.number, evidence))
