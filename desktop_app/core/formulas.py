"""How one activation follows from others: the few operators that NumPy computes in a moment.

A tapped run need not deliver what can be had later by a formula. ``graph/derivations.py`` finds
the formulas in a model's graph, ``derived_activations.py`` computes them when somebody looks.
Values are float32 (C, H, W) throughout, vectors are (C, 1, 1).

u is float32's unit roundoff, 6e-8. Clipping and adding give bit for bit what ONNX Runtime gives
from the same values. The other two are rounded in another order; their bounds stand with them
(Higham 2002, "Accuracy and Stability of Numerical Algorithms", sections 2.2 and 3.5).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from desktop_app.core.records import Tensor

_PRODUCTS_PER_PASS: Final = 40
"""Multiplications of a matrix product in the time in which one value goes through memory once, as
measured with OpenBLAS on one AVX-512 core; without AVX it is a quarter."""


class Formula(Protocol):
    """How a layer's activation is computed from those of its inputs."""

    @property
    def inputs(self) -> tuple[str, ...]:
        """The layers that it is computed from."""

    def cost(self, values: int) -> float:
        """For a result of so many values: values that go through memory once in the same time."""

    def of(self, inputs: Sequence[Tensor]) -> Tensor:
        """The activation; a new array."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Clipped:
    """Relu and Clip: values below ``low`` become ``low``, above ``high`` ``high``."""

    inputs: tuple[str, ...]
    low: float = 0.0
    high: float = math.inf

    def cost(self, values: int) -> float:
        """See :class:`Formula`."""
        return values if math.isinf(self.high) else 2 * values

    def of(self, inputs: Sequence[Tensor]) -> Tensor:
        """See :class:`Formula`."""
        clipped = np.maximum(inputs[0], np.float32(self.low))
        if not math.isinf(self.high):
            np.minimum(clipped, np.float32(self.high), out=clipped)
        return clipped


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Added:
    """Add and Sum of activations of one shape, from left to right."""

    inputs: tuple[str, ...]

    def cost(self, values: int) -> float:
        """See :class:`Formula`."""
        return (len(self.inputs) - 1) * values

    def of(self, inputs: Sequence[Tensor]) -> Tensor:
        """See :class:`Formula`."""
        total = np.add(inputs[0], inputs[1])
        for other in inputs[2:]:
            np.add(total, other, out=total)
        return total


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scaled:
    """BatchNormalization in use (Ioffe and Szegedy 2015, algorithm 2, step 11): scale·x + shift.

    Forward it is well conditioned whatever gamma is; only the way back, from a batch norm to its
    convolution, would divide by it. The error is below 4u (|scale·x| + |shift|) per value.

    Attributes:
        inputs: The normalised layer.
        scale: float32 (C, 1, 1), gamma / sqrt(variance + epsilon).
        shift: float32 (C, 1, 1), beta - mean·scale.
    """

    inputs: tuple[str, ...]
    scale: Tensor
    shift: Tensor

    def cost(self, values: int) -> float:
        """See :class:`Formula`."""
        return 2 * values

    def of(self, inputs: Sequence[Tensor]) -> Tensor:
        """See :class:`Formula`."""
        scaled = np.multiply(inputs[0], self.scale)
        return np.add(scaled, self.shift, out=scaled)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Mixed:
    """Conv with a 1×1 kernel, which is one matrix product over all positions.

    The error is below (I + 1) u sum(|kernel|·|x|) per value, and in practice near its root.

    Attributes:
        inputs: The convolved layer.
        kernel: float32 (O, I).
        bias: float32 (O, 1), or None.
        stride: (down, right).
    """

    inputs: tuple[str, ...]
    kernel: NDArray[np.float32]
    bias: NDArray[np.float32] | None = None
    stride: tuple[int, int] = (1, 1)

    def cost(self, values: int) -> float:
        """See :class:`Formula`."""
        return values * (1 + len(self.kernel[0]) / _PRODUCTS_PER_PASS)

    def of(self, inputs: Sequence[Tensor]) -> Tensor:
        """See :class:`Formula`."""
        down, right = self.stride
        kept = inputs[0][:, ::down, ::right]  # (I, h, w)
        mixed = self.kernel @ kept.reshape(len(kept), -1)  # (O, h·w)
        if self.bias is not None:
            mixed += self.bias
        result: Tensor = mixed.reshape(-1, *kept.shape[1:])
        return result
