"""Takes a logit apart exactly: logit = Σ over channels of weight × mean + bias.

Nothing is run for it: the means are those of a run that has been, the weights are read from the
file once. Where the last layer is a weighted sum of the channels' means, this is no approximation
but what the network does: class activation mapping (Zhou et al. 2016, "Learning Deep Features for
Discriminative Localization", equation 1) before it is spread over the positions.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from desktop_app.core.errors import EvidenceError
from desktop_app.core.graph.linear_head import find_linear_head
from desktop_app.core.onnx_runtime import Runtime, constant_values
from desktop_app.core.opened_file import read_again
from desktop_app.core.records import Activations, Model, Tensor, read_only

if TYPE_CHECKING:
    from numpy.typing import NDArray

TOLERANCE: Final = 1e-3
"""What sum and logit may differ by, of all that was added up; float16 networks need it."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LogitHead:
    """The last layer's numbers.

    Attributes:
        maps: Name of the tensor whose maps are averaged.
        pooled: Name of the tensor of their means.
        logits: Name of the tensor that they give.
        weights: float32 (classes, channels), read-only.
        biases: float32 (classes,), read-only; zeros where the layer has none.
    """

    maps: str
    pooled: str
    logits: str
    weights: Tensor
    biases: Tensor


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LogitSum:
    """One image's logit of one class, taken apart; or how far it lies above another class's.

    Attributes:
        layer: The layer whose channels are added up: of maps where those can be opened.
        class_index: Of the class.
        against: Index of the class whose logit is subtracted; None for none.
        weights: float64 (channels,), read-only; of two classes their difference, like the bias.
        means: float64 (channels,), read-only: each channel's mean over its map.
        contributions: float64 (channels,), read-only: weight × mean, in units of the logit.
        bias: What is added without looking at the picture.
        logit: What the run itself gave; the sum where it was not kept.
    """

    layer: str
    class_index: int
    against: int | None
    weights: "NDArray[np.float64]"
    means: "NDArray[np.float64]"
    contributions: "NDArray[np.float64]"
    bias: float
    logit: float

    @property
    def value(self) -> float:
        """The sum of all contributions and the bias."""
        return float(self.contributions.sum()) + self.bias

    def strongest(self, count: int) -> tuple[int, ...]:
        """The channels to show: the strongest for the class first, the strongest against it last.

        Two fifths speak against it where so many do; what is 0 is never among them.
        """
        order = np.argsort(-self.contributions, kind="stable")
        pros = order[self.contributions[order] > 0]
        cons = order[self.contributions[order] < 0]
        opposing = min(len(cons), max(round(count * 0.4), count - len(pros)))
        return (*pros[: count - opposing].tolist(), *cons[len(cons) - opposing :].tolist())


def read_head(model: Model, runtime: Runtime) -> LogitHead:
    """Read the last layer's numbers from a model file; takes as long as parsing it.

    Raises:
        EvidenceError: The last layer is not a weighted sum of the channels' means.
        LensError: The file cannot be read any more.
    """
    proto = read_again(model)
    found = find_linear_head(
        proto,
        input_name=model.input_name,
        logits=model.logits_name,
        shapes={layer.name: layer.shape for layer in model.layers},
    )
    if found is None:
        raise _no_head(model)
    names = [name for name in (found.weights, found.bias) if name]
    values = constant_values(proto, names, runtime)
    if any(name not in values for name in names):
        raise _no_head(model)
    weights = values[found.weights]
    classes = len(model.labels)
    if weights.ndim != 2 or weights.shape[0 if found.classes_first else 1] != classes:
        raise _no_head(model)
    weights = weights if found.classes_first else weights.T
    bias = values[found.bias].ravel() if found.bias else np.zeros(1)
    if bias.size not in {1, classes}:
        raise _no_head(model)
    biases = np.broadcast_to(bias, classes)
    return LogitHead(
        maps=found.maps,
        pooled=found.pooled,
        logits=model.logits_name,
        weights=read_only(
            np.array(np.asarray(weights, np.float64) * found.scale, np.float32, order="C")
        ),
        biases=read_only(
            np.multiply(biases, found.bias_scale, dtype=np.float64).astype(np.float32)
        ),
    )


def take_apart(
    head: LogitHead, activations: Activations, class_index: int, *, against: int | None = None
) -> LogitSum:
    """Take a logit of one image apart.

    Args:
        head: Of the model that ran.
        activations: Of the image.
        class_index: Of the class.
        against: Index of the class that it is held against; its logit is subtracted.

    Raises:
        EvidenceError: The run did not keep the means, or they do not give the logit.
        IndexError: There is no such class.
    """
    values = activations.values
    channels = head.weights.shape[1]
    has_maps = head.maps in values and values[head.maps].ndim == 3
    if head.pooled in values:
        means = values[head.pooled].ravel().astype(np.float64)
    elif has_maps:
        means = values[head.maps].mean(axis=(1, 2), dtype=np.float64)
    else:
        raise _failure("the run did not keep the means of the last channels")
    if len(means) != channels:
        raise _failure("the last layer does not weigh each channel once")
    weights = head.weights[class_index].astype(np.float64)
    bias = float(head.biases[class_index])
    if against is not None:
        weights -= head.weights[against]
        bias -= float(head.biases[against])
    contributions = weights * means
    total = float(contributions.sum()) + bias
    logit = total
    if head.logits in values:
        logits = values[head.logits].ravel().astype(np.float64)
        logit = float(logits[class_index] - (0 if against is None else logits[against]))
        scale = float(np.abs(contributions).sum()) + abs(bias)
        if abs(total - logit) > TOLERANCE * scale:
            raise _failure("the sum of the channels is not the logit that the network gave")
    return LogitSum(
        layer=head.maps if has_maps else head.pooled,
        class_index=class_index,
        against=against,
        weights=read_only(weights),
        means=read_only(means),
        contributions=read_only(contributions),
        bias=bias,
        logit=logit,
    )


def _no_head(model: Model) -> EvidenceError:
    return EvidenceError(
        f"cannot take the logits of {model.name} apart",
        why="this model's last layer is not a weighted sum of its channels' means",
        remedy="Sort the channels by evidence instead, which needs no particular last layer.",
    )


def _failure(why: str) -> EvidenceError:
    return EvidenceError(
        "cannot take the logit apart", why=why, remedy="Sort the channels by evidence instead."
    )
