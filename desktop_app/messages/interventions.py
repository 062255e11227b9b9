"""What is asked about changes of the network, and about what its blocks bring to their sums."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from desktop_app.core.errors import LensError
from desktop_app.core.records import Activations, Image
from desktop_app.core.residual_blocks import ResidualBlock
from desktop_app.messages.base import Priority, Reply, Request

if TYPE_CHECKING:
    from desktop_app.core.block_effects import BlockEffect
    from desktop_app.core.interventions import Intervention, InterventionOutcome
    from desktop_app.core.residual_shares import ResidualShare

# --- requests ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Intervene(Request):
    """Classify one picture with parts of the network switched off or scaled.

    Attributes:
        image: Already decoded, as it is on screen.
        model: Whose parts are meant. Another one that was opened in between is not asked.
    """

    supersedes: ClassVar[bool] = True

    entry: int
    image: Image
    model: Path
    interventions: "tuple[Intervention, ...]"


@dataclass(frozen=True, slots=True)
class MeasureShares(Request):
    """What do shortcut and branch bring to each block's sum?"""

    priority: ClassVar[Priority] = Priority.ROWS
    supersedes: ClassVar[bool] = True

    entry: int
    activations: Activations
    blocks: tuple[ResidualBlock, ...]


@dataclass(frozen=True, slots=True)
class MeasureEffects(Request):
    """What does switching each block's branch off do to one class? A run per block.

    ``image`` and ``model`` are as for :class:`Intervene`.
    """

    priority: ClassVar[Priority] = Priority.FOLDER
    supersedes: ClassVar[bool] = True

    entry: int
    image: Image
    model: Path
    class_index: int


# --- replies -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Intervened(Reply):
    """Answers :class:`Intervene`."""

    number: int
    entry: int
    outcome: "InterventionOutcome"


@dataclass(frozen=True, slots=True)
class InterventionFailed(Reply):
    """Answers :class:`Intervene`; the scores before still hold."""

    number: int
    error: LensError


@dataclass(frozen=True, slots=True)
class SharesMeasured(Reply):
    """Answers :class:`MeasureShares`."""

    number: int
    entry: int
    shares: "tuple[ResidualShare, ...]"


@dataclass(frozen=True, slots=True)
class EffectMeasured(Reply):
    """Part of the answer to :class:`MeasureEffects`; one for each block, a cancelled one stops."""

    number: int
    entry: int
    effect: "BlockEffect"
    is_last: bool


@dataclass(frozen=True, slots=True)
class EffectsFailed(Reply):
    """Answers :class:`MeasureEffects` in place of what could not be had."""

    number: int
    error: LensError
