"""Shares of shortcut and branch against sums that are easily made by hand."""

import numpy as np
import pytest
from numpy.typing import NDArray

from desktop_app.core.records import Activations
from desktop_app.core.residual_blocks import ResidualBlock
from desktop_app.core.residual_shares import ResidualShare, residual_shares

BLOCK = ResidualBlock(
    name="2b",
    branch="branch",
    shortcut="shortcut",
    summed="sum",
    output="sum",
    layers=("branch", "sum"),
    channels=2,
)


def share_of(shortcut: NDArray[np.float32], branch: NDArray[np.float32]) -> ResidualShare:
    activations = Activations(values={"shortcut": shortcut, "branch": branch}, run_ms=0)
    (share,) = residual_shares(activations, [BLOCK])
    return share


def maps(*channels: float) -> NDArray[np.float32]:
    """Constant maps of 2×2: a norm of twice the value."""
    return np.repeat(np.array(channels, np.float32), 4).reshape(-1, 2, 2)


def test_norms_and_shares_per_block_and_per_channel() -> None:
    share = share_of(maps(3, 4), maps(1, 0))
    assert share.shortcut_norms.tolist() == [6, 8]
    assert share.branch_norms.tolist() == [2, 0]
    assert (share.shortcut_norm, share.branch_norm) == (10, 2)
    assert share.branch_share == pytest.approx(2 / 12)
    assert share.branch_shares.tolist() == [0.25, 0]
    assert not share.branch_norms.flags.writeable


@pytest.mark.parametrize(("branch", "cosine"), [((3, 4), 1), ((-3, -4), -1), ((4, -3), 0)])
def test_the_cosine_tells_whether_the_branch_adds_or_takes_back(
    branch: tuple[float, float], cosine: float
) -> None:
    assert share_of(maps(3, 4), maps(*branch)).cosine == pytest.approx(cosine)


def test_cosines_per_channel_know_nothing_of_the_others() -> None:
    assert share_of(maps(3, 4), maps(4, -3)).cosines.tolist() == [1, -1]


def test_a_branch_of_zeros_is_the_identity() -> None:
    share = share_of(maps(3, 4), maps(0, 0))
    assert (share.branch_share, share.cosine) == (0, 0)
    assert share.cosines.tolist() == [0, 0]


def test_nothing_at_all_has_no_share() -> None:
    share = share_of(maps(0, 0), maps(0, 0))
    assert (share.branch_share, share.cosine) == (0, 0)
    assert share.branch_shares.tolist() == [0, 0]


def test_long_sums_keep_their_digits() -> None:
    large = np.full((1, 2000, 2000), 0.1, np.float32)
    share = share_of(large, large)
    assert share.branch_norm == pytest.approx(float(np.float32(0.1)) * 2000, rel=1e-12)


def test_blocks_whose_ways_were_not_recorded_are_left_out() -> None:
    assert residual_shares(Activations(values={"branch": maps(1)}, run_ms=0), [BLOCK]) == ()
