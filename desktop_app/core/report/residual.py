"""The page's section on residual blocks: what shortcut and branch bring, and what that does."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from desktop_app.core.block_effects import BlockEffect
from desktop_app.core.figures import format_share, points_text, probability_text, signed_text
from desktop_app.core.report.changes import Sense, sense_of
from desktop_app.core.residual_shares import ResidualShare


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockRow:
    """One block.

    Attributes:
        name: Of the block.
        shortcut: Its part of both norms.
        branch: Likewise.
        length: The branch's part, in 0..100.
        cosine: Of the angle between both.
        change: Of the watched class's probability without the branch; empty where unmeasured.
        sense: Of the change.
        top: The class on top without the branch, where it is another one; else empty.
    """

    name: str
    shortcut: str
    branch: str
    length: float
    cosine: str
    change: str
    sense: Sense
    top: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ResidualPart:
    """All blocks.

    Attributes:
        rows: In the order of computation.
        watched: Label of the class whose changes are told; empty where none was measured.
        moves: Whether another class would be on top without some block's branch.
        unmeasured: How many blocks' changes were not measured.
    """

    rows: Sequence[BlockRow]
    watched: str
    moves: bool
    unmeasured: int


def residual_part(
    shares: Sequence[ResidualShare], effects: Mapping[str, BlockEffect], labels: Sequence[str]
) -> ResidualPart:
    """What the page shows of the blocks.

    Args:
        shares: Of every block.
        effects: Block's name → what its branch does, of those that were measured.
        labels: The model's.
    """
    rows = [_row(share, effects.get(share.block.name), labels) for share in shares]
    watched = next((labels[effect.class_index] for effect in effects.values()), "")
    return ResidualPart(
        rows=rows,
        watched=watched,
        moves=any(row.top for row in rows),
        unmeasured=sum(not row.change for row in rows),
    )


def _row(share: ResidualShare, effect: BlockEffect | None, labels: Sequence[str]) -> BlockRow:
    both = share.shortcut_norm + share.branch_norm
    change = 0.0 if effect is None else effect.probability_change
    top = ""
    if effect is not None and effect.top_index != effect.class_index:
        top = f"{labels[effect.top_index]} ({probability_text(effect.top_probability)})"
    return BlockRow(
        name=share.block.name,
        shortcut=format_share(share.shortcut_norm / both if both else 0.0),
        branch=format_share(share.branch_share),
        length=100 * share.branch_share,
        cosine=signed_text(share.cosine),
        change="" if effect is None else points_text(change),
        sense=sense_of(change),
        top=top,
    )
