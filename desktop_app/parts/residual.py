"""What each residual block brings to its sum, and does for a class, as part of the snapshot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from desktop_app.core.block_effects import BlockEffect
    from desktop_app.core.residual_shares import ResidualShare


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Residual:
    """Figures of one image's blocks.

    Attributes:
        entry: The image entry's number.
        shares: In the order of computation; empty where the model has no blocks.
        class_index: The class whose changes are measured; None before.
        effects: Block's name → what its branch does for that class; fills up one by one.
        measuring: Whether more of them will come.
        trouble: Why there are no figures; else empty.
    """

    entry: int
    shares: tuple[ResidualShare, ...]
    class_index: int | None = None
    effects: Mapping[str, BlockEffect] = field(default_factory=lambda: MappingProxyType({}))
    measuring: bool = False
    trouble: str = ""
