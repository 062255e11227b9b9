"""A residual network with something taken away, and every weight that remains unchanged.

What a shortcut, or a batch norm, does is seen by comparing with the same network without it: the
same layers under the same names, started from the same weights.
"""

import copy
from collections import OrderedDict

from torch import nn

from model_export.resnet import ResNet


def without_shortcuts(network: ResNet) -> nn.Sequential:
    """Copy into a plain network: one layer after the other, named as in the residual one.

    He et al. 2015, section 3.3, told backwards: there the residual network is the plain one with
    shortcuts inserted. With the shortcuts go the sums, and the convolutions and batch norms that
    stand on a shortcut; what is left of a block is relu(F(x)).

    Args:
        network: Left as it is; batch norms may have been taken away before.

    Returns:
        From float32 (N, 3, H, W) to logits, float32 (N, classes), as the residual one.
    """
    layers = OrderedDict(
        (place.name, place.module)
        for _, _, place in network.places()
        if place.role not in {"shortcut", "sum"} and place.kind != "softmax"
    )
    return copy.deepcopy(nn.Sequential(layers))


def without_batch_norms(network: ResNet) -> ResNet:
    """Copy with the identity in the place of each batch norm; names stay.

    Args:
        network: Left as it is.
    """
    bare = copy.deepcopy(network)
    norms = [name for name, module in bare.named_modules() if isinstance(module, nn.BatchNorm2d)]
    for name in norms:
        bare.set_submodule(name, nn.Identity())
    return bare
