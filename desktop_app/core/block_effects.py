"""What each residual block does for a class: its branch is switched off, and the scores change.

A block without its branch is its shortcut (Veit et al. 2016, "Residual networks behave like
ensembles of relatively shallow networks", section 4.1, deletes blocks in the same way). One run per
block, all through one session.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from desktop_app.core.cancellation import Cancellation
from desktop_app.core.gated_sessions import GatedSessions
from desktop_app.core.interventions import Intervention
from desktop_app.core.records import Tensor


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockEffect:
    """What the picture's scores become without one block's branch.

    Attributes:
        block: Its name.
        class_index: The class that is watched.
        probability_change: Of that class, -1..1; below 0 where the block speaks for it.
        logit_change: Of that class.
        top_index: The likeliest class without the branch.
        top_probability: Of that one.
    """

    block: str
    class_index: int
    probability_change: float
    logit_change: float
    top_index: int
    top_probability: float


def block_effects(
    gated: GatedSessions,
    tensor: Tensor,
    class_index: int,
    cancellation: Cancellation | None = None,
) -> Iterator[BlockEffect]:
    """The effect of each block, in the order of computation; each takes a run.

    Args:
        gated: Of the model.
        tensor: float32, one image: (1, C, H, W).
        class_index: The class that is watched.
        cancellation: Stops between and in runs.

    Raises:
        InterventionError: A branch cannot be switched off in this graph.
        RunError: ONNX Runtime failed.
        Cancelled: The switch was thrown.
    """
    all_off = [Intervention("branch", block.name, None, 0.0) for block in gated.model.blocks]
    for off in all_off:
        outcome = gated.run(tensor, [off], cancellation, also=all_off)
        top = int(outcome.probabilities.argmax())
        yield BlockEffect(
            block=off.place,
            class_index=class_index,
            probability_change=float(outcome.probability_changes[class_index]),
            logit_change=float(outcome.logit_changes[class_index]),
            top_index=top,
            top_probability=float(outcome.probabilities[top]),
        )
