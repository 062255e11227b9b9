"""How gradients flow through a plain and a residual network while both begin to learn.

The networks take the same steps on the same batches and differ in nothing but the shortcuts.
Measured is the L2 norm ‖∂L/∂W‖ of each layer's gradient (L: mean cross entropy of the batch, W:
the kernel without its bias) as back-propagation gives it, before the optimiser turns it into a
step. It depends on a layer's shape, so it compares one layer between networks or over time;
layers of one network compare by ‖∂L/∂W‖/‖W‖ (You et al. 2017, "Large batch training of
convolutional networks", section 4), for which ‖W‖ is kept as well.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final, Literal, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional
from tqdm import tqdm

from desktop_app.core.errors import LensError
from desktop_app.core.records import read_only
from model_export.measuring import normalise
from model_export.plain_network import without_batch_norms, without_shortcuts
from model_export.prepared_images import LabelledPixels
from model_export.presets import Preset
from model_export.recipes import RecipeError
from model_export.resnet import ResNet

NetworkKind = Literal["plain", "residual"]

MOMENTUM: Final = 0.9
"""Of SGD (He et al. 2015, section 3.4)."""
LAST_STEPS: Final = 10
"""What the end of a run is told from; the gradient of one batch may be ten times the next's."""


class NoGradientsError(LensError):
    """There is nothing to measure: the gradients are no numbers from the first step on."""

    code = "gradients-not-finite"


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowSettings:
    """One comparison.

    Attributes:
        preset: Of the residual network.
        batch_norms: Compare networks with batch norm (True), without (False), or both.
        seed: Of the initialisation, 0 or more.
        steps: That each network takes, 2 or more.
        batch_size: Images a step, 2 or more.
        rate: The learning rate, constant, above 0.
    """

    preset: Preset
    batch_norms: tuple[bool, ...] = (True, False)
    seed: int = 0
    steps: int = 60
    batch_size: int = 32
    rate: float = 0.001

    def __post_init__(self) -> None:
        problems = {
            "seed": self.seed >= 0,
            "steps": self.steps >= 2,
            "batch_size": self.batch_size >= 2,
            "rate": 0 < self.rate < math.inf,
        }
        for name, valid in problems.items():
            if not valid:
                raise RecipeError(
                    "cannot compare gradients with these settings",
                    why=f"{name.replace('_', ' ')} cannot be {getattr(self, name)!r} here",
                    remedy="Steps and batch size are 2 or more, the rate is above 0, the seed is "
                    "not below 0.",
                )

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Flow:
    """What the gradients of one network did.

    Arrays are float64, read-only, one row a step taken: one at least, and fewer than were asked
    for where the network diverged.

    Attributes:
        kind: With shortcuts (``residual``) or without (``plain``).
        batch_norm: Whether it has batch norms.
        layers: The L convolutions and the dense layer that both kinds have, from the input on;
            convolutions on shortcuts are not among them.
        losses: (S,), mean cross entropy of the step's batch in nats, before the step.
        gradient_norms: (S, L), ‖∂L/∂W‖ before the step.
        weight_norms: (S, L), ‖W‖ before the step.
    """

    kind: NetworkKind
    batch_norm: bool
    layers: tuple[str, ...]
    losses: NDArray[np.float64] = field(repr=False)
    gradient_norms: NDArray[np.float64] = field(repr=False)
    weight_norms: NDArray[np.float64] = field(repr=False)

    @property
    def last_norms(self) -> NDArray[np.float64]:
        """(L,), medians of the gradient norms over the last steps, :data:`LAST_STEPS` at most."""
        return np.median(self.gradient_norms[-LAST_STEPS:], axis=0)

    @property
    def last_loss(self) -> float:
        """Mean over the same steps, in nats."""
        return float(self.losses[-LAST_STEPS:].mean())

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON; numbers with six digits."""
        return {
            "kind": self.kind,
            "batch_norm": self.batch_norm,
            "layers": list(self.layers),
            "losses": _rounded(self.losses),
            "gradient_norms": [_rounded(row) for row in self.gradient_norms],
            "weight_norms": [_rounded(row) for row in self.weight_norms],
        }


class WatchedNetwork:
    """A network in training whose gradients are measured at every step.

    Args:
        network: To train.
        layers: Name → layer of the network; its convolutions and dense layers are watched.
        rate: The learning rate.
    """

    def __init__(self, network: nn.Module, layers: Mapping[str, nn.Module], *, rate: float) -> None:
        self.network = network.train()
        self.weights = {
            name: layer.weight
            for name, layer in layers.items()
            if isinstance(layer, nn.Conv2d | nn.Linear)
        }
        self.optimiser = torch.optim.SGD(network.parameters(), lr=rate, momentum=MOMENTUM)
        self.losses: list[float] = []
        self.gradient_norms: list[NDArray[np.float64]] = []
        self.weight_norms: list[NDArray[np.float64]] = []
        self.diverged = False

    def take_step(self, inputs: Tensor, targets: Tensor) -> None:
        """Measure, then learn; neither any more once a number is not finite.

        Args:
            inputs: float32 (N, 3, H, W), preprocessed.
            targets: int64 (N,), classes.

        Raises:
            NoGradientsError: That was so at the first step.
        """
        if self.diverged:
            return
        self.optimiser.zero_grad()
        loss = functional.cross_entropy(self.network(inputs), targets)
        loss.backward()  # type: ignore[no-untyped-call]
        value = float(loss.detach())
        gradients = _norms(cast("Tensor", weight.grad) for weight in self.weights.values())
        weights = _norms(weight.detach() for weight in self.weights.values())
        if not np.isfinite([value, *gradients, *weights]).all():
            if not self.losses:
                raise NoGradientsError(
                    "cannot compare gradients",
                    why="those of a network overflow before it has learnt anything",
                    remedy="Choose --batch-norm with, another preset, or fewer layers.",
                )
            self.diverged = True
            return
        self.losses.append(value)
        self.gradient_norms.append(gradients)
        self.weight_norms.append(weights)
        self.optimiser.step()

    def flow(self, kind: NetworkKind, *, batch_norm: bool) -> Flow:
        """What has been measured so far, of one step at least."""
        return Flow(
            kind=kind,
            batch_norm=batch_norm,
            layers=tuple(self.weights),
            losses=read_only(np.array(self.losses)),
            gradient_norms=read_only(np.array(self.gradient_norms)),
            weight_norms=read_only(np.array(self.weight_norms)),
        )


def compare_flows(
    settings: FlowSettings,
    images: LabelledPixels,
    *,
    device: str = "cpu",
    progress: bool = True,
) -> tuple[Flow, ...]:
    """Train plain and residual networks side by side and watch their gradients.

    Args:
        settings: Of the comparison.
        images: One or more, taken in their order; after the last comes the first again.
        device: ``cpu`` or ``cuda``.
        progress: Show a bar on standard error.

    Returns:
        For each of ``settings.batch_norms``: the plain network's, then the residual one's.

    Raises:
        NoGradientsError: A network's gradients are not finite at the first step.
    """
    pairs = {norm: _pair(settings, batch_norm=norm, device=device) for norm in settings.batch_norms}
    preprocessing = settings.preset.preprocessing()
    with tqdm(total=settings.steps, unit=" steps", disable=not progress) as bar:
        for step in range(settings.steps):
            batch = np.arange(settings.batch_size) + step * settings.batch_size
            batch %= len(images)
            pixels = torch.from_numpy(images.pixels[batch]).to(device).float()
            inputs = normalise(pixels, preprocessing).contiguous(memory_format=torch.channels_last)
            targets = torch.from_numpy(images.targets[batch]).to(device)
            for pair in pairs.values():
                for network in pair.values():
                    network.take_step(inputs, targets)
            bar.update()
    return tuple(
        network.flow(kind, batch_norm=batch_norm)
        for batch_norm, pair in pairs.items()
        for kind, network in pair.items()
    )


def _pair(
    settings: FlowSettings, *, batch_norm: bool, device: str
) -> dict[NetworkKind, WatchedNetwork]:
    """Both networks, with the same weights wherever both have them."""
    residual = ResNet(settings.preset, seed=settings.seed)
    if not batch_norm:
        residual = without_batch_norms(residual)
    residual.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    plain = without_shortcuts(residual)
    both = dict(plain.named_children())
    named = residual.named_layers()
    return {
        "plain": WatchedNetwork(plain, both, rate=settings.rate),
        "residual": WatchedNetwork(
            residual, {name: named[name] for name in both}, rate=settings.rate
        ),
    }


def _norms(tensors: Iterable[Tensor]) -> NDArray[np.float64]:
    """L2 norms, summed in float64: squares of a vanished gradient underflow float32."""
    norms = [torch.linalg.vector_norm(tensor, dtype=torch.float64) for tensor in tensors]
    return torch.stack(norms).cpu().numpy()


def _rounded(values: NDArray[np.float64]) -> list[float]:
    return [float(f"{value:.6g}") for value in values]
