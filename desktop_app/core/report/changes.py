"""The page's section on changes of the network: what is off or scaled, and what that does."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from desktop_app.core.figures import points_text, probability_text
from desktop_app.core.interventions import Intervention, InterventionOutcome
from desktop_app.core.predictions import ranking
from desktop_app.core.view_file import View

Sense = Literal["more", "less", ""]
"""Which way a change of a probability goes; empty where it is written as none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedRow:
    """One class; lengths are in 0..100, the mark is None where there is nothing to mark."""

    label: str
    untouched: str
    changed: str
    change: str
    sense: Sense
    length: float
    mark: float | None
    chosen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangesPart:
    """The changes that hold.

    Attributes:
        changes: Each in words.
        rows: The likeliest classes of either network, those of the changed one first; none where
            its scores are not known.
    """

    changes: Sequence[str]
    rows: Sequence[ChangedRow]


def changes_part(
    view: View,
    interventions: Sequence[Intervention],
    outcome: InterventionOutcome | None,
    labels: Sequence[str],
) -> ChangesPart:
    """What the page shows of the changes.

    Args:
        view: Says how many classes, and which are asked about.
        interventions: That hold.
        outcome: Of exactly these; None where it is not known.
        labels: The model's.
    """
    rows = [] if outcome is None else _rows(view, outcome, labels)
    return ChangesPart(changes=[str(one) for one in interventions], rows=rows)


def sense_of(change: float) -> Sense:
    """Which way a change of a probability goes."""
    if math.isnan(change) or points_text(change).startswith("±"):
        return ""
    return "more" if change > 0 else "less"


def _percentage(probability: float) -> float | None:
    """0..100; None for NaN, which a network may give."""
    return None if math.isnan(probability) else 100 * float(probability)


def _rows(view: View, outcome: InterventionOutcome, labels: Sequence[str]) -> list[ChangedRow]:
    changed, untouched = outcome.probabilities, outcome.untouched_probabilities
    order = ranking(changed)
    likeliest = {*order[: view.top_k], *ranking(untouched)[: view.top_k]}
    shown = likeliest | {view.chosen_class, view.against_class}
    return [
        ChangedRow(
            label=labels[index],
            untouched=probability_text(float(untouched[index])),
            changed=probability_text(float(changed[index])),
            change=points_text(float(changed[index] - untouched[index])),
            sense=sense_of(float(changed[index] - untouched[index])),
            length=_percentage(changed[index]) or 0.0,
            mark=_percentage(untouched[index]),
            chosen=index == view.chosen_class,
        )
        for index in order
        if index in shown
    ]
