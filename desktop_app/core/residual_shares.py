"""How much of a residual block's sum comes from its branch, and how much from its shortcut.

Computed from the activations of one analysis, nothing is run again. The lesson's claim, that a
block can easily learn the identity (He et al. 2016, "Deep Residual Learning for Image
Recognition", section 3.1), becomes a number: where the branch's share is small, the block hands on
nearly what it was given.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from desktop_app.core.records import Activations, Tensor, read_only
from desktop_app.core.residual_blocks import ResidualBlock

Figures = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ResidualShare:
    """What the two ways of one block brought to its sum, for one image.

    Norms are Euclidean, over all positions (and channels). Arrays are float64 (channels,) and
    read-only.

    Attributes:
        block: Whose sum it is.
        shortcut_norm: 0 or more, like all norms.
        branch_norm: Of the whole tensor.
        cosine: Of the angle between both as vectors, -1..1; 0 where one of them is zero. Below 0
            the branch takes back some of what the shortcut brings.
        shortcut_norms: Per channel.
        branch_norms: Per channel.
        cosines: Per channel.
    """

    block: ResidualBlock
    shortcut_norm: float
    branch_norm: float
    cosine: float
    shortcut_norms: Figures
    branch_norms: Figures
    cosines: Figures

    @property
    def branch_share(self) -> float:
        """The branch's part of both norms, 0..1; 0 where there is nothing at all."""
        both = self.branch_norm + self.shortcut_norm
        return self.branch_norm / both if both else 0.0

    @property
    def branch_shares(self) -> Figures:
        """:attr:`branch_share` of each channel."""
        both = self.branch_norms + self.shortcut_norms
        return np.divide(self.branch_norms, both, out=np.zeros_like(both), where=both > 0)


def residual_shares(
    activations: Activations, blocks: Iterable[ResidualBlock]
) -> tuple[ResidualShare, ...]:
    """The shares of every block whose two ways are among the activations.

    Args:
        activations: Of one image.
        blocks: The model's.
    """
    values = activations.values
    return tuple(
        _share(block, values[block.shortcut], values[block.branch])
        for block in blocks
        if block.shortcut in values and block.branch in values
    )


def _share(block: ResidualBlock, shortcut: Tensor, branch: Tensor) -> ResidualShare:
    # A float32 sum over a million squares would lose digits: products are summed as float64.
    rows = [maps.reshape(len(maps), -1).astype(np.float64) for maps in (shortcut, branch)]
    squares = [np.einsum("cp,cp->c", one, one) for one in rows]
    products = np.einsum("cp,cp->c", rows[0], rows[1])
    norms = [np.sqrt(square) for square in squares]
    wholes = [float(np.sqrt(square.sum())) for square in squares]
    length = wholes[0] * wholes[1]
    return ResidualShare(
        block=block,
        shortcut_norm=wholes[0],
        branch_norm=wholes[1],
        cosine=float(products.sum() / length) if length else 0.0,
        shortcut_norms=read_only(norms[0]),
        branch_norms=read_only(norms[1]),
        cosines=read_only(_quotients(products, norms[0] * norms[1])),
    )


def _quotients(dividends: Figures, divisors: Figures) -> Figures:
    return np.divide(dividends, divisors, out=np.zeros_like(divisors), where=divisors > 0)
