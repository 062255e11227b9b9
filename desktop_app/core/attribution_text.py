"""An attribution in words: what is asked, of what, and the numbers that belong to it."""

from collections.abc import Sequence

from desktop_app.core.attribution.methods import METHODS
from desktop_app.core.attributions import Attribution, Question
from desktop_app.core.figures import format_values


def question_text(question: Question, labels: Sequence[str]) -> str:
    """``golden retriever and not cocker spaniel``."""
    label = labels[question.class_index]
    return label if question.against is None else f"{label} and not {labels[question.against]}"


def place_text(attribution: Attribution) -> str:
    """Where the map lives: ``res5c_relu, 7 × 7`` or ``input, 224 × 224``."""
    height, width = attribution.values.shape
    return f"{attribution.layer or 'input'}, {height} × {width}"


def figures_of(attribution: Attribution) -> tuple[tuple[str, str], ...]:
    """The figures of an attribution, each with its name."""
    score_name = "logit" if attribution.question.against is None else "lead of the logit"
    (score,) = format_values([attribution.score])
    figures = [(score_name, score)]
    if (sums := attribution.completeness) is not None:
        total, difference, error = format_values([sums.total, sums.difference, sums.error])
        figures += [
            ("adds up to", total),
            ("should be", difference),
            ("completeness error", error),
        ]
    if METHODS[attribution.question.method].slow:
        figures.append(("runs of the network", str(attribution.runs)))
    return tuple(figures)


def scale_text(attribution: Attribution) -> str:
    """What the ends of the colours mean."""
    return "99th percentile" if attribution.is_capped else "map"
