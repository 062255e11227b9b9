"""How a gradient goes back through convolutions and batch norms.

A convolution is linear, so its gradient is its transpose, which can be had in three ways of very
different speed (ONNX Runtime, CPU): as a convolution with the kernel turned round, where the
stride is 1; as a 1×1 convolution of the few positions that a strided 1×1 has read, with zeros put
between them; else as ConvTranspose. Kernels are turned by ordinary nodes on constants, which ONNX
Runtime works out once, when it loads.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np

from desktop_app.core.graph.tape import Gradient, Shares, Step
from desktop_app.core.graph.windows import Windows, windows_of

_LAST: Final = -(2**63)
"""As the end of a Slice with negative steps: past the first element."""


def conv(step: Step) -> Shares:
    """Conv of any rank, with groups, strides, dilations and pads."""
    kernel = step.node.input[1]
    if step.wants(1) or step.wants(2):
        step.refuse("its kernel is computed from the picture")
    sizes = step.shape(step.input)[2:]
    outputs, _, *taps = step.shape(kernel)
    windows = windows_of(
        step.attributes, sizes=sizes, counts=step.shape(step.output)[2:], kernel=taps
    )
    if step.gradient.scale is not None:  # a batch norm's factor, into the kernel of its channel
        factor = step.reshaped(step.gradient.scale, [outputs] + [1] * (1 + len(taps)))
        kernel = step.write("Mul", kernel, factor)
    if _turnable(windows):
        reach = windows.reach
        pads = [
            r - p
            for side in (windows.before, windows.after)
            for r, p in zip(reach, side, strict=True)
        ]
        back = _turned(step, kernel, pads, windows.dilations)
    elif set(taps) == {1}:
        few = _turned(step, kernel, [0, 0] * len(taps), windows.dilations)
        back = _spread(step, few, windows)
    else:
        group = step.attributes.get("group", 1)
        back = step.write(
            "ConvTranspose", step.gradient.tensor, kernel, group=group, **windows.transposed
        )
    return [(step.input, Gradient(back))]


def batch_norm(step: Step) -> Shares:
    """BatchNormalization as it runs in inference: a factor and a summand for each channel."""
    if step.attributes.get("training_mode", 0):
        step.refuse("it takes its statistics from the batch")
    _, scale, _, _, variance = step.node.input
    if any(step.wants(index) for index in range(1, 5)):
        step.refuse("its statistics are computed from the picture")
    epsilon = step.tape.constant(step.attributes.get("epsilon", 1e-5), step.tape.dtype(variance))
    deviation = step.write("Sqrt", step.write("Add", variance, epsilon))
    factor = step.write("Div", scale, deviation)
    if step.gradient.scale is not None:
        factor = step.write("Mul", factor, step.gradient.scale)
    return [(step.input, Gradient(step.gradient.tensor, factor))]


def _turnable(windows: Windows) -> bool:
    """Whether a convolution without negative pads leads back."""
    return set(windows.strides) == {1} and all(
        0 <= pad <= reach
        for pad, reach in zip(
            windows.before + windows.after, windows.reach + windows.reach, strict=True
        )
    )


def _turned(step: Step, kernel: str, pads: Sequence[int], dilations: Sequence[int]) -> str:
    """Convolve with the kernel's transpose, turned round along its spatial axes.

    The transpose, (outputs, inputs/group, …) → (inputs, outputs/group, …), is one within each
    group.
    """
    group = step.attributes.get("group", 1)
    outputs, inputs, *taps = step.shape(step.node.input[1])
    axes = list(range(2, 2 + len(taps)))
    if group == 1:
        turned = step.write("Transpose", kernel, perm=[1, 0, *axes])
    else:
        apart = step.reshaped(kernel, [group, outputs // group, inputs, *taps])
        swapped = step.write("Transpose", apart, perm=[0, 2, 1, *(axis + 1 for axis in axes)])
        turned = step.reshaped(swapped, [group * inputs, outputs // group, *taps])
    if set(taps) != {1}:
        start, end, steps = ([n] * len(axes) for n in (-1, _LAST, -1))
        turned = step.write("Slice", turned, *map(step.tape.integers, (start, end, axes, steps)))
    return step.write(
        "Conv",
        step.gradient.tensor,
        turned,
        group=group,
        kernel_shape=taps,
        dilations=list(dilations),
        pads=list(pads),
    )


def _spread(step: Step, few: str, windows: Windows) -> str:
    """Put a strided 1×1 convolution's gradient where it read, with zeros between.

    The zeros come from a transposed convolution of every channel with a single 1, which takes an
    eighth of the time that Reshape and Pad take.
    """
    channels = step.shape(step.input)[1]
    ones = step.number(np.ones((channels, *[1] * (1 + len(windows.kernel)))))
    return step.write("ConvTranspose", few, ones, group=channels, **windows.transposed)
