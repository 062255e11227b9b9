"""Class activation maps: a layer's maps, weighed by what they do for a class.

A is the layer's activation with channels k, g = ∂y/∂A the gradient of the score y, both float32
(C, h, w); Z = h · w. All maps are (h, w), at the layer's own resolution, in units of the score
where that is said.
"""

from collections.abc import Callable
from typing import Final, TypeAlias

import numpy as np

from desktop_app.core.attribution.case import Case, Finding
from desktop_app.core.attributions import mapped_layers
from desktop_app.core.errors import AttributionError, LayerMissingError
from desktop_app.core.graph.head import no_averaged_maps
from desktop_app.core.network import ancestors
from desktop_app.core.records import Model, Tensor

_UNEVEN: Final = 1e-3
"""Of the largest weight: how far a head's gradient may be from the same number everywhere."""

MapFormula: TypeAlias = Callable[[Tensor, Tensor], Tensor]
"""Activation and gradient, float32 (C, h, w), → float32 (h, w)."""


def cam(case: Case) -> Finding:
    """Class activation map, exact for a head that averages.

    M(x, y) = Σ_k w_k A_k(x, y), w_k the class's weight of channel k: Zhou et al. 2016, "Learning
    Deep Features for Discriminative Localization", equation 2. The mean of M plus the bias is the
    logit. The weights are read as Z g, which for such a head is the same in all places, so that
    weights stored small need not be unfolded here.

    Raises:
        AttributionError: The head does something else.
    """
    layer = case.derivatives.averaged_layer()
    run = case.derivatives.at_layer(layer, case.tensor, case.weights, case.switch)
    if run.gradient.ndim != 3:  # rows of a map, or a map flattened before its mean
        raise no_averaged_maps()
    weights = run.gradient.mean(axis=(1, 2), keepdims=True)
    if np.abs(run.gradient - weights).max() > _UNEVEN * np.abs(weights).max():
        raise AttributionError(
            "cannot draw a class activation map",
            why="the network does not average its last maps evenly",
            remedy="Use Grad-CAM, which needs no particular head.",
        )
    positions = run.gradient[0].size
    values = (positions * weights * run.activation).sum(axis=0)
    return Finding(values=values, score=run.score, run_ms=run.run_ms, layer=layer)


def gradcam_map(activation: Tensor, gradient: Tensor) -> Tensor:
    """ReLU(Σ_k α_k A_k), α_k = (1/Z) Σ_ij g_k.

    Selvaraju et al. 2017, "Grad-CAM: Visual Explanations from Deep Networks via Gradient-based
    Localization", equations 1 and 2.
    """
    weights = gradient.mean(axis=(1, 2))
    return _positive(np.einsum("k,khw->hw", weights, activation))


def gradcam_plus_plus_map(activation: Tensor, gradient: Tensor) -> Tensor:
    """ReLU(Σ_k w_k A_k), w_k = Σ_ij α_k,ij ReLU(g_k,ij), α = g² / (2 g² + Σ_ab A_ab g³).

    Chattopadhyay et al. 2018, "Grad-CAM++: Generalized Gradient-Based Visual Explanations for Deep
    Convolutional Networks", equations 5, 11 and 19: for a score exp(y), whose second and third
    derivatives are powers of g in a network that is straight in pieces. The factor exp(y), the same
    everywhere, is left out, as in the authors' own code. α is 0 where its denominator is.
    """
    total = activation.sum(axis=(1, 2), keepdims=True, dtype=np.float64)
    slope = gradient.astype(np.float64)
    below = 2 * slope**2 + total * slope**3
    shares = np.divide(slope**2, below, out=np.zeros_like(slope), where=below != 0)
    weights = (shares * np.maximum(slope, 0)).sum(axis=(1, 2))
    return _positive(np.einsum("k,khw->hw", weights, activation))


def layercam_map(activation: Tensor, gradient: Tensor) -> Tensor:
    """ReLU(Σ_k ReLU(g_k) ⊙ A_k).

    Jiang et al. 2021, "LayerCAM: Exploring Hierarchical Class Activation Maps for Localization",
    equations 5 to 7.
    """
    return _positive((np.maximum(gradient, 0) * activation).sum(axis=0))


def at_layer(formula: MapFormula) -> Callable[[Case], Finding]:
    """The method that draws ``formula`` at the asked-for layer, or at the last one with maps."""

    def method(case: Case) -> Finding:
        layer = explained_layer(case.derivatives.model, case.layer)
        run = case.derivatives.at_layer(layer, case.tensor, case.weights, case.switch)
        values = formula(run.activation, run.gradient)
        return Finding(values=values, score=run.score, run_ms=run.run_ms, layer=layer)

    return method


def explained_layer(model: Model, layer: str | None) -> str:
    """The layer that is meant: ``layer``, or the last one with maps that leads to the scores.

    Raises:
        LayerMissingError: There is none of that name.
        AttributionError: It has no maps.
    """
    with_maps = mapped_layers(model)
    if layer is None and with_maps:
        before = ancestors(model.network, model.logits_name)
        return next((name for name in reversed(with_maps) if name in before), with_maps[-1])
    if layer is not None and model.layer(layer) is None:
        raise LayerMissingError(
            f"cannot explain the layer {layer}",
            why=f"{model.name} has no layer of that name",
            remedy="See 'residual-lens layers' for the names.",
        )
    if layer not in with_maps:
        raise AttributionError(
            f"cannot explain the layer {layer}" if layer else "cannot explain a layer",
            why="its channels are single numbers, without a place in the picture",
            remedy="Choose a layer with maps.",
        )
    return layer


def _positive(values: Tensor) -> Tensor:
    kept: Tensor = np.maximum(values, 0).astype(np.float32)
    return kept
