"""Which weights decay, and which part of the learning rate each takes."""

from typing import Any

from torch import nn

from model_export.recipes import Recipe
from model_export.resnet import ResNet


def parameter_groups(network: ResNet, recipe: Recipe) -> list[tuple[float, dict[str, Any]]]:
    """The optimiser's groups, each with its share of the learning rate.

    By stage where the recipe's stages learn at different rates. Decay is for the weights of
    convolutions and of the dense layer; none for norms and biases.
    """
    groups: dict[tuple[float, float], list[nn.Parameter]] = {}
    for stage, _, place in network.places():
        for parameter in place.module.parameters():
            decay = recipe.weight_decay if parameter.ndim > 1 else 0.0
            groups.setdefault((recipe.stage_rate_share(stage), decay), []).append(parameter)
    return [
        (share, {"params": parameters, "weight_decay": decay})
        for (share, decay), parameters in groups.items()
    ]
