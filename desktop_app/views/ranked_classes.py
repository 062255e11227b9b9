"""The classes of a picture in order, and what each probability is held against.

While the network is changed, that is the untouched network's probability; while comparing, A's, by
the names of the classes, and then a class stands where the likelier of the two puts it.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from desktop_app.core.predictions import top_k
from desktop_app.core.records import Prediction, Tensor
from desktop_app.intervening import shown_outcome
from desktop_app.state import LensState
from desktop_app.views.compared_maps import reference_of

Found = tuple[tuple[int, ...], tuple[Prediction, ...]]
"""Places of some classes among all, the likeliest is 1, 0 says none; and the classes."""


@dataclass(frozen=True, slots=True, eq=False)
class RankedClasses:
    """All classes of the picture on screen.

    Attributes:
        ranked: The likeliest first; empty until there are scores.
        in_a: Probabilities in A by index, of those classes that A has too.
        scores: What they were ranked by, float32 (classes,).
        of_a: And that of A.
        untouched: float32 (classes,), of the unchanged network; None where nothing is changed.
    """

    ranked: tuple[Prediction, ...] = ()
    in_a: Mapping[int, float] = field(default_factory=dict)
    scores: "Tensor | None" = None
    of_a: "Tensor | None" = None
    untouched: "Tensor | None" = None

    def of(self, index: int | None) -> Prediction | None:
        """The class of that index."""
        return next((each for each in self.ranked if each.index == index), None)

    def named(self, words: Collection[str]) -> Found:
        """Those that have all of ``words``, case-folded, in their names."""
        places = tuple(
            place
            for place, each in enumerate(self.ranked, 1)
            if all(word in each.label.casefold() for word in words)
        )
        return places, tuple(self.ranked[place - 1] for place in places)

    def likeliest(self, count: int, asked: Collection[int | None]) -> Found:
        """The first few, and with their places those of ``asked`` that are not among them."""
        found = self.ranked[:count]
        further = enumerate(self.ranked[len(found) :], len(found) + 1)
        more = tuple((place, each) for place, each in further if each.index in asked)
        if not more:
            return (), found
        places = tuple(place for place, _ in more)
        return (*[0] * len(found), *places), (*found, *(each for _, each in more))

    def baseline(self, found: tuple[Prediction, ...]) -> tuple[tuple[float | None, ...], str]:
        """What the probabilities of ``found`` are held against, and what that is called."""
        if self.untouched is not None:
            return tuple(float(self.untouched[each.index]) for each in found), "untouched"
        if self.in_a:
            return tuple(self.in_a.get(each.index) for each in found), "in A"
        return (), ""

    def marks_a(self, found: tuple[Prediction, ...]) -> bool:
        """Whether A's probability is marked on some of the bars."""
        return self.untouched is None and any(each.index in self.in_a for each in found)


def ranked_classes(state: LensState, before: RankedClasses) -> RankedClasses:
    """The classes of ``state``; in the order of ``before`` where that is of the same scores."""
    scores, untouched = _scores(state)
    of_a = _scores_of_a(state)
    if scores is before.scores and of_a is before.of_a:
        return before if untouched is before.untouched else replace(before, untouched=untouched)
    labels = () if state.model is None else state.model.labels
    ranked = () if scores is None else top_k(scores, labels, len(labels))
    in_a: dict[int, float] = {}
    if of_a is not None:
        there = dict(zip(_labels_of_a(state), of_a.tolist(), strict=True))
        in_a = {each.index: there[each.label] for each in ranked if each.label in there}
        ranked = tuple(
            sorted(ranked, key=lambda each: -max(each.probability, in_a.get(each.index, 0.0)))
        )
    return RankedClasses(ranked, in_a, scores, of_a, untouched)


def _scores_of_a(state: LensState) -> "Tensor | None":
    reference = reference_of(state)
    if reference is None or reference.classification is None:
        return None
    return reference.classification.probabilities


def _labels_of_a(state: LensState) -> tuple[str, ...]:
    comparison = state.comparison
    return () if comparison is None or comparison.model is None else comparison.model.labels


def _scores(state: LensState) -> "tuple[Tensor | None, Tensor | None]":
    """Probabilities to show, and those of the untouched network where it is changed."""
    outcome = shown_outcome(state)
    if outcome is not None:
        return outcome.probabilities, outcome.untouched_probabilities
    shown = state.shown
    if shown is None or shown.classification is None:
        return None, None
    return shown.classification.probabilities, None
