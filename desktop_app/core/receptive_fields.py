"""Receptive fields through one axis of one operator: the arithmetic, without a graph.

Everything is exact in whole pixels: fields follow from kernels, strides, dilations and pads, as in
Dumoulin and Visin 2016, "A guide to convolution arithmetic for deep learning", and Araujo et al.
2019, "Computing receptive fields of convolutional neural networks". ``operator_fields.py`` knows
which operator does what to which axis.
"""

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Receptive fields along one axis of a tensor.

    Attributes:
        size: Of one position's field, in pixels of the input.
        stride: From one position's field to the next, in pixels; 0 where all have the same.
        start: First pixel of the first position's field.
        positions: How many there are along the axis.
        pixels: How many the input has along the axis.
    """

    size: int
    stride: int
    start: int
    positions: int
    pixels: int

    def slid(
        self,
        *,
        kernel: int,
        stride: int = 1,
        dilation: int = 1,
        pads: tuple[int, int] = (0, 0),
        ceil: bool = False,
    ) -> "Span | None":
        """Behind a window that slides along the axis; None where it does not fit.

        Args:
            kernel: Its taps.
            stride: In positions.
            dilation: Positions from tap to tap.
            pads: Positions added at the beginning and at the end.
            ceil: Whether a last window may begin inside and reach beyond the end.
        """
        reach = (kernel - 1) * dilation
        room = self.positions + sum(pads) - reach - 1
        if room < 0:
            return None
        positions = (-(-room // stride) if ceil else room // stride) + 1
        if ceil and (positions - 1) * stride >= self.positions + pads[0]:
            positions -= 1  # that window would lie in the padding alone
        return replace(
            self,
            size=self.size + reach * self.stride,
            stride=self.stride * stride,
            start=self.start - pads[0] * self.stride,
            positions=positions,
        )

    def gathered(self, *, positions: int = 1) -> "Span":
        """Where every position sees what all positions saw before; cut to the input's pixels."""
        start = max(self.start, 0)
        end = min(self.start + self.size + (self.positions - 1) * self.stride, self.pixels)
        return replace(self, size=max(end - start, 0), stride=0, start=start, positions=positions)

    def joined(self, other: "Span") -> "Span | None":
        """The union with the same positions of another path.

        One position beside many is repeated, as ONNX broadcasts. None where the two paths do not
        move alike: then the union has no constant size.
        """
        one, two = _repeated(self, other.positions), _repeated(other, self.positions)
        if one.positions != two.positions:
            return None
        if one.stride != two.stride:
            if one.stride and two.stride:
                return None
            # What all positions see, together with something of each: no less than the former.
            one, two = (path.gathered(positions=path.positions) for path in (one, two))
        start = min(one.start, two.start)
        end = max(one.start + one.size, two.start + two.size)
        return replace(one, start=start, size=end - start)


def whole(pixels: int) -> Span:
    """The whole axis at once."""
    return Span(size=pixels, stride=0, start=0, positions=1, pixels=pixels)


def single(pixels: int) -> Span:
    """The input itself: every position sees its own pixel."""
    return Span(size=1, stride=1, start=0, positions=pixels, pixels=pixels)


def _repeated(span: Span, positions: int) -> Span:
    return span.gathered(positions=positions) if span.positions == 1 != positions else span
