"""What of the network is switched off or scaled, as part of the snapshot.

The changes hold for every picture that is looked at until they are taken back. They are one tuple
of values, so that undo can restore it; what they did to the scores is computed anew from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from desktop_app.core.interventions import (
        Intervention,
        InterventionKind,
        InterventionOutcome,
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Interventions:
    """The changes that hold, and their outcome.

    Attributes:
        active: In the order in which they were made; no two at one place.
        outcome: What the last ones that were run did to the scores; None before.
        entry: The image entry that ``outcome`` is of.
        ran: The changes that ``outcome`` is of.
    """

    active: tuple[Intervention, ...] = ()
    outcome: InterventionOutcome | None = None
    entry: int | None = None
    ran: tuple[Intervention, ...] = ()

    def factor(self, kind: InterventionKind, place: str, channel: int | None = None) -> float:
        """The factor there; 1 where nothing is changed."""
        target = (kind, place, channel)
        return next((one.factor for one in self.active if one.target == target), 1.0)

    def channels(self, layer: str) -> dict[int, float]:
        """Channel → factor, of those changed in a layer."""
        return {
            one.channel: one.factor
            for one in self.active
            if one.kind == "channel" and one.place == layer and one.channel is not None
        }
