"""The order of the classes, and what their probabilities are held against; no window needed."""

from dataclasses import replace

import numpy as np
import pytest

from desktop_app.core.records import Prediction, read_only
from desktop_app.state import LensState
from desktop_app.views.ranked_classes import RankedClasses, ranked_classes
from tests.gui.window_states import LABELS, shown_state

RANKED = tuple(
    Prediction(label, index, 0.5 / (place + 1))
    for place, (index, label) in enumerate([(3, "tabby cat"), (0, "goldfish"), (1, "Persian cat")])
)
CLASSES = RankedClasses(RANKED)


def test_the_likeliest_come_first() -> None:
    found = ranked_classes(shown_state((0.1, 0.2, 0.4, 0.05, 0.25)), RankedClasses())
    assert [each.index for each in found.ranked] == [2, 4, 1, 0, 3]
    assert found.ranked[0].label == LABELS[2]
    assert found.of(4) == found.ranked[1]
    assert found.of(None) is None


def test_the_same_scores_are_not_ranked_again() -> None:
    state = shown_state()
    found = ranked_classes(state, RankedClasses())
    assert ranked_classes(replace(state, channel=3), found) is found
    assert ranked_classes(LensState(), found).ranked == ()


@pytest.mark.parametrize(
    ("words", "places"),
    [((), (1, 2, 3)), (("cat",), (1, 3)), (("cat", "pers"), (3,)), (("x",), ())],
)
def test_classes_are_found_by_all_words_with_their_places(
    words: tuple[str, ...], places: tuple[int, ...]
) -> None:
    assert CLASSES.named(words) == (places, tuple(RANKED[place - 1] for place in places))


def test_classes_that_are_asked_about_follow_with_their_places() -> None:
    assert CLASSES.likeliest(2, {0, None}) == ((), RANKED[:2])
    assert CLASSES.likeliest(1, {1, 3}) == ((0, 3), (RANKED[0], RANKED[2]))
    assert CLASSES.likeliest(9, {1}) == ((), RANKED)


def test_changes_of_the_network_are_marked_before_those_to_a() -> None:
    beside = replace(CLASSES, in_a={0: 0.75})
    assert beside.baseline(RANKED) == ((None, 0.75, None), "in A")
    assert beside.marks_a(RANKED)
    assert not beside.marks_a(RANKED[:1])
    changed = replace(beside, untouched=read_only(np.array([0.5, 0.25, 0, 1], np.float32)))
    assert changed.baseline(RANKED) == ((1.0, 0.5, 0.25), "untouched")
    assert not changed.marks_a(RANKED)
    assert CLASSES.baseline(RANKED) == ((), "")
