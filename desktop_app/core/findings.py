"""What was found out about an analysis, beyond its classes and activations, as one record.

The window has it in pieces, of which each is made only when somebody looks; who hands on what is
seen takes those that are there. Nothing is computed here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from desktop_app.core.analysis import Analysis
from desktop_app.core.attributions import Attribution
from desktop_app.core.block_effects import BlockEffect
from desktop_app.core.doubt import Doubt
from desktop_app.core.interventions import Intervention, InterventionOutcome
from desktop_app.core.logit_evidence import LogitSum
from desktop_app.core.residual_shares import ResidualShare


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Counterpart:
    """A, with which an analysis is compared, as B.

    Attributes:
        kind: What differs: ``image`` for two images through one model, ``model`` for one image
            through two.
        analysis: A's.
    """

    kind: Literal["image", "model"]
    analysis: Analysis


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Findings:
    """What has been found; what nobody has looked at is missing.

    Attributes:
        doubt: How unlike the training's pictures the image is; None where that is not known.
        attribution: The heat map that explains a class of the image; None for none.
        logit: A logit of the image, taken apart; None for none.
        shares: What each block's two ways brought to its sum, in the order of computation.
        effects: Block's name → what its branch does for a class, of those that were measured.
        interventions: What of the network is switched off or scaled.
        outcome: What exactly these do to the scores; None where that is not known.
        counterpart: None for no comparison.
    """

    doubt: Doubt | None = None
    attribution: Attribution | None = None
    logit: LogitSum | None = None
    shares: tuple[ResidualShare, ...] = ()
    effects: Mapping[str, BlockEffect] = field(default_factory=lambda: MappingProxyType({}))
    interventions: tuple[Intervention, ...] = ()
    outcome: InterventionOutcome | None = None
    counterpart: Counterpart | None = None
