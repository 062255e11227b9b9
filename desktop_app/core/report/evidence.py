"""The page's section on evidence: a logit as the sum of what its channels add."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from desktop_app.core.figures import decimals_for, format_value, signed_text
from desktop_app.core.logit_evidence import LogitSum

_CHANNELS: Final = 16
_EXACT: Final = 6
"""Decimals of the proof that the sum is what the run gave."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceRow:
    """One channel; ``length`` is in -100..100, the longest bar's being either."""

    channel: int
    contribution: str
    weight: str
    mean: str
    length: float


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidencePart:
    """A logit, taken apart; or the difference of two.

    Attributes:
        label: Of the class.
        against: Label of the class whose logit is subtracted; empty for none.
        layer: Whose channels are added up.
        rows: The strongest for the class first, the strongest against it last.
        others: How many channels are not among them.
        rest: What those add.
        bias: What is added without looking at the picture.
        total: Of everything.
        exact_total: With more decimals.
        exact_logit: What the run itself gave, with as many.
    """

    label: str
    against: str
    layer: str
    rows: Sequence[EvidenceRow]
    others: int
    rest: str
    bias: str
    total: str
    exact_total: str
    exact_logit: str


def evidence_part(found: LogitSum, labels: Sequence[str]) -> EvidencePart:
    """What the page shows of a logit.

    Args:
        found: The logit.
        labels: The model's.
    """
    channels = found.strongest(_CHANNELS)
    values = [float(found.contributions[channel]) for channel in channels]
    largest = max((abs(value) for value in values), default=0.0)
    decimals = decimals_for(largest)
    rows = [
        EvidenceRow(
            channel=channel,
            contribution=signed_text(value, decimals=decimals),
            weight=signed_text(float(found.weights[channel]), decimals=4),
            mean=format_value(float(found.means[channel]), decimals=4),
            length=100 * value / largest if largest else 0.0,
        )
        for channel, value in zip(channels, values, strict=True)
    ]
    return EvidencePart(
        label=labels[found.class_index],
        against="" if found.against is None else labels[found.against],
        layer=found.layer,
        rows=rows,
        others=len(found.contributions) - len(rows),
        rest=signed_text(float(found.contributions.sum()) - sum(values), decimals=decimals),
        bias=signed_text(found.bias, decimals=decimals),
        total=signed_text(found.value, decimals=decimals),
        exact_total=signed_text(found.value, decimals=_EXACT),
        exact_logit=signed_text(found.logit, decimals=_EXACT),
    )
