"""Where the windows of convolutions and pools lie: sizes, strides and pads of each spatial axis.

ONNX operators, "Conv", "MaxPool" and "AveragePool": ``auto_pad`` in place of explicit pads, and
``ceil_mode``, which lets a last window reach beyond the pads.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Windows:
    """The windows along the spatial axes; every field has one number for each.

    Attributes:
        sizes: Of the input, in positions.
        counts: How many windows there are: the output's size.
        kernel: Taps of a window.
        strides: From window to window.
        dilations: From tap to tap.
        before: Positions of padding that the first window may use.
        after: The same at the other end.
    """

    sizes: tuple[int, ...]
    counts: tuple[int, ...]
    kernel: tuple[int, ...]
    strides: tuple[int, ...]
    dilations: tuple[int, ...]
    before: tuple[int, ...]
    after: tuple[int, ...]

    @property
    def reach(self) -> tuple[int, ...]:
        """From a window's first tap to its last, per axis."""
        return tuple(d * (k - 1) for d, k in zip(self.dilations, self.kernel, strict=True))

    @property
    def beyond(self) -> tuple[int, ...]:
        """By how much the last window passes the input's end; negative where it stays short."""
        return tuple(
            (count - 1) * stride + reach + 1 - before - size
            for count, stride, reach, before, size in zip(
                self.counts, self.strides, self.reach, self.before, self.sizes, strict=True
            )
        )

    @property
    def is_disputed(self) -> bool:
        """Whether ``ceil_mode`` would give a window that begins beyond the input.

        ONNX leaves it out, ONNX Runtime does not everywhere, so the sizes are not to be relied on.
        """
        axes = zip(self.strides, self.reach, self.before, self.after, self.sizes, strict=True)
        return any(
            -(-(before + size + after - reach - 1) // stride) * stride >= before + size
            for stride, reach, before, after, size in axes
        )

    @property
    def transposed(self) -> dict[str, list[int]]:
        """Attributes of the ConvTranspose that leads from the windows back to the input."""
        return {
            "kernel_shape": list(self.kernel),
            "strides": list(self.strides),
            "dilations": list(self.dilations),
            "pads": [*self.before, *(max(over, 0) for over in self.beyond)],
            "output_padding": [max(-over, 0) for over in self.beyond],
        }


def windows_of(
    attributes: Mapping[str, Any],
    *,
    sizes: Sequence[int],
    counts: Sequence[int],
    kernel: Sequence[int],
) -> Windows:
    """Read a node's attributes.

    Args:
        attributes: Of a Conv, MaxPool or AveragePool.
        sizes: Of the input along the spatial axes.
        counts: Of the output along them.
        kernel: Of the window along them.
    """
    axes = len(kernel)
    strides = tuple(attributes.get("strides") or (1,) * axes)
    dilations = tuple(attributes.get("dilations") or (1,) * axes)
    pads = tuple(attributes.get("pads") or (0,) * 2 * axes)
    automatic = attributes.get("auto_pad", "NOTSET")
    if automatic == "VALID":
        pads = (0,) * 2 * axes
    elif automatic != "NOTSET":
        needed = [
            max((count - 1) * stride + dilation * (size - 1) + 1 - whole, 0)
            for count, stride, dilation, size, whole in zip(
                counts, strides, dilations, kernel, sizes, strict=True
            )
        ]
        less, more = [n // 2 for n in needed], [n - n // 2 for n in needed]
        pads = (*less, *more) if automatic == "SAME_UPPER" else (*more, *less)
    return Windows(
        sizes=tuple(sizes),
        counts=tuple(counts),
        kernel=tuple(kernel),
        strides=strides,
        dilations=dilations,
        before=pads[:axes],
        after=pads[axes:],
    )
