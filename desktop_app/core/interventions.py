"""Interventions: what of a network is switched off or scaled, and what that did to the scores.

A person names channels and branches; :func:`gates_for` says which gates of the graph
(:mod:`~desktop_app.core.graph.gates`) those are and what they are fed.
:mod:`~desktop_app.core.gated_sessions` runs them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from desktop_app.core.errors import InterventionError
from desktop_app.core.graph.gates import GatePlace
from desktop_app.core.records import Model, Provider, Tensor, read_only

InterventionKind = Literal["channel", "branch"]
LARGEST_FACTOR: Final = 2.0


@dataclass(frozen=True, slots=True)
class Intervention:
    """One change of the network.

    Attributes:
        kind: ``channel`` scales a channel of a layer wherever the layer is read; ``branch`` scales
            what a residual block's branch gives to the sum, and nothing else.
        place: The layer's name, or the block's.
        channel: Index; None for a whole branch.
        factor: 0 to 2: 0 is off, 1 leaves it as it is.
    """

    kind: InterventionKind
    place: str
    channel: int | None
    factor: float

    @property
    def target(self) -> tuple[InterventionKind, str, int | None]:
        """What is changed, whatever the factor."""
        return self.kind, self.place, self.channel

    def __str__(self) -> str:
        what = (
            f"branch of {self.place}"
            if self.kind == "branch"
            else f"channel {self.channel} of {self.place}"
        )
        return f"{what} off" if self.factor == 0 else f"{what} × {self.factor:.2f}"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class InterventionOutcome:
    """The scores of one image with and without the interventions, from the same session.

    Attributes:
        probabilities: float32 (classes,), at the card's temperature, read-only, like the rest.
        logits: float32 (classes,), before temperature and softmax.
        untouched_probabilities: With every gate at 1.
        untouched_logits: With every gate at 1.
        provider: What ran.
    """

    probabilities: Tensor
    logits: Tensor
    untouched_probabilities: Tensor
    untouched_logits: Tensor
    provider: Provider

    @property
    def probability_changes(self) -> Tensor:
        """What the interventions added to each probability, -1..1."""
        return self.probabilities - self.untouched_probabilities

    @property
    def logit_changes(self) -> Tensor:
        """What the interventions added to each logit."""
        return self.logits - self.untouched_logits


def gates_for(model: Model, interventions: Iterable[Intervention]) -> Mapping[GatePlace, Tensor]:
    """The gates that the interventions need, each with its factors.

    Args:
        model: Whose layers and blocks are named.
        interventions: Factors at one place multiply.

    Returns:
        Place → float32 (1, channels, 1, 1), read-only.

    Raises:
        InterventionError: There is no such layer, channel or block; a layer without maps.
    """
    gates: dict[GatePlace, Tensor] = {}
    for intervention in interventions:
        place = _place_of(model, intervention)
        factors = gates.setdefault(place, np.ones((1, place.channels, 1, 1), np.float32))
        chosen = slice(None) if intervention.channel is None else intervention.channel
        factors[0, chosen] *= np.float32(intervention.factor)
    return {place: read_only(factors) for place, factors in gates.items()}


def can_change(model: Model, intervention: Intervention) -> bool:
    """Whether the model has that place."""
    try:
        _place_of(model, intervention)
    except InterventionError:
        return False
    return True


def can_scale(model: Model, layer: str) -> bool:
    """Whether the channels of a layer can be switched off: those of maps can."""
    found = model.layer(layer)
    return found is not None and len(found.shape) == 3


def _place_of(model: Model, intervention: Intervention) -> GatePlace:
    what = f"cannot change the {intervention}".removesuffix(" off")
    if intervention.kind == "branch":
        block = model.block(intervention.place)
        if block is None:
            raise InterventionError(
                what,
                why=f"{model.name} has no residual block {intervention.place}",
                remedy="Choose a block of the open model.",
            )
        place = GatePlace(block.branch, block.channels, reader=block.summed)
    else:
        layer = model.layer(intervention.place)
        if layer is None or len(layer.shape) != 3:
            raise InterventionError(
                what,
                why=f"{intervention.place} is no layer with maps",
                remedy="Choose a layer whose channels are maps.",
            )
        place = GatePlace(layer.name, layer.shape[0])
    channel = intervention.channel
    if channel is not None and not 0 <= channel < place.channels:
        raise InterventionError(
            what,
            why=f"{intervention.place} has the channels 0 to {place.channels - 1}",
            remedy="Choose one of them.",
        )
    return place
