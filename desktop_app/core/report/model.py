"""The page's sections on the model: what its card says, and what its layers were of the image."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from desktop_app.core.analysis import Analysis
from desktop_app.core.console import path_text
from desktop_app.core.figures import format_shape, format_share, format_value
from desktop_app.core.records import Accuracy, Model, Preprocessing
from desktop_app.core.view_file import View


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerRow:
    """One layer of the table; ``length`` is the share of zeros in 0..100."""

    name: str
    kind: str
    shape: str
    mean: str
    zeros: str
    length: float
    chosen: bool


def model_facts(model: Model) -> list[tuple[str, str]]:
    """What the card says, as (name, text); of a file without one, what was assumed."""
    card = model.card
    facts = [
        ("Model", path_text(model.title)),
        ("Name", path_text(model.name)),
        ("Classes", f"{len(model.labels)}"),
        ("Input", _input_text(model.preprocessing)),
        ("Temperature", f"{model.temperature:g}"),
    ]
    if card is None:
        return [*facts, *(("Assumed", each) for each in model.assumptions)]
    return [
        *facts,
        ("Licence", card.licence or "not said"),
        ("Source", card.source or "not said"),
        ("Weights (SHA-256)", card.weights_sha256 or "not said"),
    ]


def _input_text(spec: Preprocessing) -> str:
    shorter = f", shorter side {spec.shorter_side}" if spec.shorter_side is not None else ""
    rule = "stretched" if spec.resize_rule == "stretch" else f"centre crop{shorter}"
    return f"{spec.width} × {spec.height} {spec.channel_order}, {rule}, {spec.interpolation}"


def accuracies(model: Model) -> Sequence[tuple[str, str, str, str]]:
    """What was measured, as (name, images, top-1, top-5); nothing without a card."""
    return [_accuracy(each) for each in (model.card.accuracy if model.card else ())]


def _accuracy(accuracy: Accuracy) -> tuple[str, str, str, str]:
    top5 = "–" if accuracy.top5 is None else format_share(accuracy.top5)
    return accuracy.name, f"{accuracy.images:,}", format_share(accuracy.top1), top5


def layer_rows(view: View, analysis: Analysis) -> list[LayerRow]:
    """Every layer whose activation there is, in the order of computation."""
    rows = []
    for layer in analysis.model.layers:
        maps = analysis.activations.values.get(layer.name)
        if maps is None:
            continue
        zeros = 1 - np.count_nonzero(maps) / maps.size
        rows.append(
            LayerRow(
                name=layer.name,
                kind=layer.kind,
                shape=format_shape(layer.shape),
                mean=format_value(float(maps.mean(dtype=np.float64)), decimals=3),
                zeros=format_share(zeros),
                length=100 * zeros,
                chosen=layer.name == view.layer,
            )
        )
    return rows
