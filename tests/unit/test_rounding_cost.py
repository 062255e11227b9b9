"""Answers of a file beside those of its checkpoint: what is counted, and what is too much."""

from collections.abc import Sequence

import numpy as np
import pytest

from model_export.classified import Classified

pytestmark = pytest.mark.torch
SURE = ((0.9, 0.1), (0.1, 0.9))


def answers(
    pairs: Sequence[tuple[int, int]],
    *,
    positions: Sequence[int] | None = None,
    shares: Sequence[tuple[float, float]] = SURE,
) -> Classified:
    """One image per (true class, predicted class), of two classes."""
    return Classified(
        name="made test",
        labels=("a", "b"),
        probabilities=np.array([shares[predicted] for _, predicted in pairs], np.float32),
        targets=np.array([true for true, _ in pairs], np.int64),
        positions=np.arange(len(pairs)) if positions is None else np.array(positions, np.int64),
    )


RIGHT, WRONG = (0, 0), (0, 1)


def test_changed_answers_are_counted_by_what_they_cost() -> None:
    from model_export.rounding_cost import compare_answers

    before = answers([RIGHT] * 3997 + [WRONG] * 3)
    after = answers([WRONG] * 5 + [RIGHT] * 3995)
    cost = compare_answers(after, before, "int8")
    assert (cost.images, cost.changed, cost.lost, cost.gained) == (4000, 8, 5, 3)
    # 5 or more of 8 coins, or 3 or fewer: 2 · 93 / 256.
    assert cost.chance == pytest.approx(186 / 256)
    assert cost.as_dict() == {
        "images": 4000, "changed": 8, "lost": 5, "gained": 3, "chance": 0.7266,
    }  # fmt: skip


def test_answers_that_stay_wrong_in_another_way_are_changed_and_cost_nothing() -> None:
    from model_export.rounding_cost import compare_answers

    shares = ((0.8, 0.1, 0.1), (0.1, 0.8, 0.1), (0.1, 0.1, 0.8))
    before, after = (answers([(0, seen)], shares=shares) for seen in (1, 2))
    cost = compare_answers(after, before, "int8")
    assert (cost.changed, cost.lost, cost.gained, cost.chance) == (1, 0, 0, 1.0)


@pytest.mark.parametrize(("storage", "bearable"), [("float16", 2), ("int8", 10)])
def test_rounding_may_cost_a_bounded_share(storage: str, bearable: int) -> None:
    from model_export.mismatches import AccuracyDiffersError
    from model_export.rounding_cost import compare_answers

    def turned(*, lost: int, gained: int) -> Classified:
        once_right = [WRONG] * lost + [RIGHT] * (2000 - lost)
        return answers([*once_right, *[RIGHT] * gained, *[WRONG] * (2000 - gained)])

    before = turned(lost=0, gained=0)
    after = turned(lost=20 + bearable, gained=20)
    assert compare_answers(after, before, storage).lost == 20 + bearable  # type: ignore[arg-type]
    after = turned(lost=20 + bearable + 1, gained=20)
    with pytest.raises(AccuracyDiffersError, match=f"{2000 - bearable - 1} with the file"):
        compare_answers(after, before, storage)  # type: ignore[arg-type]


@pytest.mark.parametrize("storage", ["float16", "int8"])
def test_of_few_images_none_may_be_lost(storage: str) -> None:
    from model_export.mismatches import AccuracyDiffersError
    from model_export.rounding_cost import compare_answers

    before, after = answers([RIGHT] * 120), answers([WRONG] + [RIGHT] * 119)
    with pytest.raises(AccuracyDiffersError, match="120 of 120 right with the checkpoint, 119"):
        compare_answers(after, before, storage)  # type: ignore[arg-type]


def test_float32_may_turn_only_what_hangs_in_the_balance() -> None:
    from model_export.mismatches import AccuracyDiffersError
    from model_export.rounding_cost import compare_answers

    level = ((0.50005, 0.49995), (0.49995, 0.50005))
    before, after = (answers([seen] * 3, shares=level) for seen in (RIGHT, WRONG))
    assert compare_answers(after, before, "float32").lost == 3
    before, after = answers([WRONG] * 3), answers([RIGHT] * 3)  # to the better, and yet a fault
    with pytest.raises(AccuracyDiffersError, match="3 of 3 images get another answer"):
        compare_answers(after, before, "float32")


def test_images_that_only_one_could_read_are_left_out() -> None:
    from model_export.rounding_cost import compare_answers

    before = answers([RIGHT, WRONG, RIGHT], positions=[0, 1, 4])
    after = answers([WRONG, RIGHT, RIGHT, RIGHT], positions=[1, 2, 4, 5])
    cost = compare_answers(after, before, "int8")
    assert (cost.images, cost.changed) == (2, 0)
