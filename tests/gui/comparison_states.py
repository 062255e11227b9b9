"""States in which something is compared, with maps that can be told apart."""

from dataclasses import replace

import numpy as np

from desktop_app.core.records import Activations, Image, Model, Tensor, read_only
from desktop_app.parts.comparison import Comparison, ComparisonKind, Reference
from desktop_app.state import LensState
from tests.gui.map_states import model_of, state_of, striped
from tests.gui.window_states import classification_of

A_SCORES = (0.1, 0.7, 0.2)
B_SCORES = (0.6, 0.3, 0.1)


def ramp(*, low: float, high: float, channels: int = 3, edge: int = 4) -> Tensor:
    """Each channel from ``low`` at the upper left to ``high`` at the lower right."""
    one = np.linspace(low, high, edge * edge, dtype=np.float32).reshape(1, edge, edge)
    return read_only(np.repeat(one, channels, axis=0))


def compared(
    a: "dict[str, Tensor] | None" = None,
    b: "dict[str, Tensor] | None" = None,
    *,
    layer: str = "conv1",
    kind: ComparisonKind = "image",
    model: Model | None = None,
) -> LensState:
    """Image B, ``dog.jpg``, with A beside it; A's maps go to 2, B's to 8."""
    b = {"conv1": ramp(low=0, high=8)} if b is None else b
    state = state_of(b, layer=layer)
    assert state.shown is not None
    shown = replace(state.shown, classification=classification_of(B_SCORES))
    reference = Reference(
        1 if kind == "model" else 7,
        Image(striped(60, 30), "cat.jpg", (60, 30)),
        classification=classification_of(A_SCORES),
        activations=Activations(
            values={"conv1": ramp(low=0, high=2)} if a is None else a, run_ms=1.0
        ),
    )
    options = replace(state.options, channel_tab="compare")
    comparison = Comparison(kind, model or state.model, reference)
    return replace(state, shown=shown, comparison=comparison, options=options)


def second_model(values: "dict[str, Tensor]") -> Model:
    return replace(model_of(values), name="other", title="Other")
