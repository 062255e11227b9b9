"""How a gradient goes back through pools and means."""

from itertools import product

import numpy as np
from numpy.typing import NDArray

from desktop_app.core.graph.tape import Gradient, Shares, Step
from desktop_app.core.graph.windows import Windows, windows_of


def max_pool(step: Step) -> Shares:
    """MaxPool: to the largest of each window, by the indices that the node itself can give.

    They count positions of the whole tensor, so one scatter over the flat tensor does it; windows
    that overlap may share a position, and its gradients are added. Pads, dilations and ceil_mode
    are in the indices already.
    """
    node = step.node
    if step.attributes.get("storage_order", 0):
        step.refuse("it counts its indices by columns")
    if len(node.output) < 2 or not node.output[1]:
        del node.output[1:]
        node.output.append(step.tape.name(f"{step.output}.indices"))
    shape = step.shape(step.input)
    _windows(step)
    zeros = step.write("Expand", step.number([0]), step.tape.integers([int(np.prod(shape))]))
    flat = step.write(
        "ScatterElements",
        zeros,
        step.reshaped(node.output[1], [-1]),
        step.reshaped(step.settled(), [-1]),
        axis=0,
        reduction="add",
    )
    return [(step.input, Gradient(step.reshaped(flat, shape)))]


def average_pool(step: Step) -> Shares:
    """AveragePool: to every position of a window alike, by a transposed convolution of ones."""
    shape = step.shape(step.input)
    channels = shape[1]
    windows = _windows(step)
    shares = 1 / averaged(windows, count_pads=bool(step.attributes.get("count_include_pad", 0)))
    each = step.write("Mul", step.settled(), step.number(shares[None, None]))
    ones = step.number(np.ones((channels, 1, *windows.kernel)))
    back = step.write("ConvTranspose", each, ones, group=channels, **windows.transposed)
    return [(step.input, Gradient(back))]


def _windows(step: Step) -> Windows:
    windows = windows_of(
        step.attributes,
        sizes=step.shape(step.input)[2:],
        counts=step.shape(step.output)[2:],
        kernel=step.attributes["kernel_shape"],
    )
    if step.attributes.get("ceil_mode", 0) and windows.is_disputed:
        step.refuse("it has a window beyond the picture, which not every program counts")
    return windows


def averaged(windows: Windows, *, count_pads: bool) -> NDArray[np.float64]:
    """How many values each window of an average pool is divided by, (windows…).

    Of a window that ``ceil_mode`` lets pass the pads, only what lies on input or pads counts.
    """
    counts = np.zeros(windows.counts)
    for index in product(*(range(count) for count in windows.counts)):
        number = 1
        for axis, position in enumerate(index):
            taps = (
                position * windows.strides[axis]
                - windows.before[axis]
                + windows.dilations[axis] * np.arange(windows.kernel[axis])
            )
            low = -windows.before[axis] if count_pads else 0
            high = windows.sizes[axis] + (windows.after[axis] if count_pads else 0)
            number *= int(((taps >= low) & (taps < high)).sum())
        counts[index] = number
    return counts


def global_average_pool(step: Step) -> Shares:
    """GlobalAveragePool: to every position alike."""
    shape = step.shape(step.input)
    share = step.write("Mul", step.gradient.tensor, step.number(1 / np.prod(shape[2:])))
    spread = step.write("Expand", share, step.tape.integers(shape))
    return [(step.input, Gradient(spread, step.gradient.scale))]


def reduce_mean(step: Step) -> Shares:
    """ReduceMean: to every value of a mean alike."""
    return _reduced(step, mean=True)


def reduce_sum(step: Step) -> Shares:
    """ReduceSum: to every summand as it is."""
    return _reduced(step, mean=False)


def _reduced(step: Step, *, mean: bool) -> Shares:
    shape = step.shape(step.input)
    given = step.integers_at(1, "axes")
    if not given and step.attributes.get("noop_with_empty_axes", 0):
        return [(step.input, step.gradient)]
    axes = {axis % len(shape) for axis in given} if given else set(range(len(shape)))
    kept = [1 if axis in axes else size for axis, size in enumerate(shape)]
    share = step.reshaped(step.settled(), kept)
    if mean:
        share = step.write("Mul", share, step.number(1 / np.prod([shape[axis] for axis in axes])))
    return [(step.input, Gradient(step.write("Expand", share, step.tape.integers(shape))))]
