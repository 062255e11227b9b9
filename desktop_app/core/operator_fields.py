"""What each ONNX operator does to receptive fields: which axis slides, gathers or passes.

:func:`seen_through` is asked for each node of a graph in turn. An operator that is not listed gives
None, "unknown": a field is shown only where it is certain. Behind a gathering operator (global
pooling, flatten, a dense layer) even the unknown becomes known: no more than the whole input.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import onnx

from desktop_app.core.receptive_fields import Span, whole

Integers = Callable[[str], tuple[int, ...] | None]
"""The values of a small constant integer tensor, by name."""


@dataclass(frozen=True, slots=True)
class Seen:
    """The receptive fields of a tensor with a height and a width.

    Attributes:
        axes: Which axes of the tensor those are: (2, 3) for (N, C, H, W).
        spans: Along them.
    """

    axes: tuple[int, int]
    spans: tuple[Span, Span]

    @property
    def is_shared(self) -> bool:
        """Whether every position sees the same."""
        return not any(span.stride for span in self.spans)

    def gathered(self) -> "Seen":
        """Where every value sees what all of them saw before."""
        return replace(self, spans=(self.spans[0].gathered(), self.spans[1].gathered()))


def everything(pixels: tuple[int, int]) -> Seen:
    """What is seen where all that is known is that nothing else could be."""
    return Seen((2, 3), (whole(pixels[0]), whole(pixels[1])))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    """One operator at work on tensors whose fields are known.

    Attributes:
        node: The operator.
        paths: What its inputs see, without the constant ones; at least one.
        attributes: Of the node, by name.
        kernel: (height, width) of its weights.
        integers: Looks constant inputs up.
    """

    node: onnx.NodeProto
    paths: Sequence[Seen]
    attributes: dict[str, Any]
    kernel: Sequence[int]
    integers: Integers

    def numbers(self, attribute: str) -> Sequence[int] | None:
        """Axes or pads: an attribute in older files, the second input in newer ones."""
        given: Sequence[int] | None = self.attributes.get(attribute)
        if given is None and len(self.node.input) > 1:
            return self.integers(self.node.input[1])
        return given


def seen_through(
    node: onnx.NodeProto,
    inputs: Sequence[Seen | None],
    *,
    pixels: tuple[int, int],
    kernel: Sequence[int],
    integers: Integers,
) -> Seen | None:
    """The receptive fields of what ``node`` computes.

    Args:
        node: Any operator.
        inputs: What its inputs see, in their order, without the constant ones; None for unknown.
        pixels: (height, width) of the input tensor.
        kernel: (height, width) of its weights, for a convolution that does not state it itself.
        integers: Looks constant inputs up (axes, pads, shapes).
    """
    known = [seen for seen in inputs if seen is not None]
    if node.op_type in _GATHERING or _flattens(node, integers):
        fields = [seen.gathered() for seen in known]
        return _joined(fields) if len(known) == len(inputs) else everything(pixels)
    if len(known) < len(inputs):
        return None
    rule = _RULES.get(node.op_type)
    if rule is None:
        # Nothing can be seen that was not seen before.
        return _joined(known) if all(seen.is_shared for seen in known) else None
    if len(known) > 1 and rule not in _JOINING:
        return None  # a kernel or a factor that the picture computes
    attributes = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
    return rule(
        _Step(node=node, paths=known, attributes=attributes, kernel=kernel, integers=integers)
    )


def _joined(paths: Sequence[Seen]) -> Seen | None:
    union = paths[0]
    for path in paths[1:]:
        if path.axes != union.axes and not (path.is_shared or union.is_shared):
            return None
        axes = path.axes if union.is_shared else union.axes
        high = union.spans[0].joined(path.spans[0])
        wide = union.spans[1].joined(path.spans[1])
        if high is None or wide is None:
            return None
        union = Seen(axes, (high, wide))
    return union


def _passed(step: _Step) -> Seen | None:
    return _joined(step.paths)


def _slid(step: _Step) -> Seen | None:
    seen = step.paths[0]
    kernel = step.attributes.get("kernel_shape", step.kernel)
    if seen.axes != (2, 3) or len(kernel) != 2:
        return None
    strides = step.attributes.get("strides", (1, 1))
    dilations = step.attributes.get("dilations", (1, 1))
    pads = step.attributes.get("pads", (0, 0, 0, 0))
    rule = step.attributes.get("auto_pad", b"NOTSET")
    spans = []
    for axis, span in enumerate(seen.spans):
        at_ends = (pads[axis], pads[axis + 2])
        if rule.startswith(b"SAME"):
            reach = (kernel[axis] - 1) * dilations[axis] + 1
            windows = -(-span.positions // strides[axis])
            total = max((windows - 1) * strides[axis] + reach - span.positions, 0)
            begin = total // 2 if rule == b"SAME_UPPER" else total - total // 2
            at_ends = (begin, total - begin)
        slid = span.slid(
            kernel=kernel[axis],
            stride=strides[axis],
            dilation=dilations[axis],
            pads=at_ends,
            ceil=bool(step.attributes.get("ceil_mode", 0)),
        )
        if slid is None:
            return None
        spans.append(slid)
    return replace(seen, spans=(spans[0], spans[1]))


def _concatenated(step: _Step) -> Seen | None:
    axis = step.attributes["axis"] % 4
    return None if axis in step.paths[0].axes else _joined(step.paths)


def _reduced(step: _Step) -> Seen | None:
    seen, axes = step.paths[0], step.numbers("axes")
    if axes is None:
        return seen.gathered()
    reduced = {axis % 4 for axis in axes}
    if set(seen.axes) <= reduced:
        return seen.gathered()
    if not step.attributes.get("keepdims", 1):
        return None  # the axes that stay would move
    high, wide = (
        span.gathered() if axis in reduced else span
        for axis, span in zip(seen.axes, seen.spans, strict=True)
    )
    return replace(seen, spans=(high, wide))


def _normalised(step: _Step) -> Seen:
    """As many positions as before, each of which depends on all of them."""
    seen = step.paths[0]
    high, wide = (span.gathered(positions=span.positions) for span in seen.spans)
    return replace(seen, spans=(high, wide))


def _softmax(step: _Step) -> Seen:
    seen = step.paths[0]
    axis = step.attributes.get("axis", -1) % 4
    return _normalised(step) if axis in seen.axes else seen


def _layer_norm(step: _Step) -> Seen:
    seen = step.paths[0]
    first = step.attributes.get("axis", -1) % 4
    return _normalised(step) if max(seen.axes) >= first else seen


def _multiplied(step: _Step) -> Seen | None:
    """A matrix on the last axis: a 1×1 convolution where that is the channels'."""
    seen = step.paths[0]
    if seen.is_shared:
        return _joined(step.paths)
    return seen if len(step.paths) == 1 and 3 not in seen.axes else None


def _transposed(step: _Step) -> Seen | None:
    seen, order = step.paths[0], step.attributes.get("perm")
    if seen.is_shared:
        return seen
    if order is None or len(order) != 4:
        return None
    high, wide = (list(order).index(axis) for axis in seen.axes)
    return replace(seen, axes=(high, wide))


def _padded(step: _Step) -> Seen | None:
    seen, pads = step.paths[0], step.numbers("pads")
    constant = step.attributes.get("mode", b"constant") == b"constant"
    if pads is None or len(pads) != 8 or not constant:
        return None  # a reflection sees pixels at places of its own
    high, wide = (
        span.slid(kernel=1, pads=(pads[axis], pads[axis + 4]))
        for axis, span in zip(seen.axes, seen.spans, strict=True)
    )
    return None if high is None or wide is None else replace(seen, spans=(high, wide))


def _flattens(node: onnx.NodeProto, integers: Integers) -> bool:
    if node.op_type != "Reshape" or len(node.input) < 2:
        return False
    shape = integers(node.input[1])
    return shape is not None and len(shape) <= 2


_GATHERING: Final = {
    "Flatten", "Gemm", "GlobalAveragePool", "GlobalLpPool", "GlobalMaxPool",
    "QLinearGlobalAveragePool",
}  # fmt: skip
_PASSING: Final = (
    "Abs", "Add", "BatchNormalization", "Cast", "Clip", "Div", "Dropout", "Elu", "Erf", "Exp",
    "Gelu", "HardSigmoid", "HardSwish", "Identity", "LeakyRelu", "Log", "LRN", "Max", "Mean", "Min",
    "Mish", "Mul", "Neg", "Pow", "PRelu", "Relu", "Selu", "Sigmoid", "Softplus", "Sqrt", "Sub",
    "Sum", "Tanh", "QuantizeLinear", "DequantizeLinear", "DynamicQuantizeLinear", "QLinearAdd",
    "QLinearMul", "QLinearSigmoid", "QLinearLeakyRelu",
)  # fmt: skip
_SLIDING: Final = ("Conv", "ConvInteger", "QLinearConv", "MaxPool", "AveragePool", "LpPool")
_REDUCING: Final = ("ReduceMean", "ReduceSum", "ReduceMax", "ReduceMin", "ReduceL1", "ReduceL2")
_JOINING: Final = (_passed, _concatenated, _multiplied)
_RULES: Final[dict[str, Callable[[_Step], Seen | None]]] = {
    **dict.fromkeys(_PASSING, _passed),
    **dict.fromkeys(_SLIDING, _slid),
    **dict.fromkeys(_REDUCING, _reduced),
    "Concat": _concatenated,
    "GroupNormalization": _normalised,
    "InstanceNormalization": _normalised,
    "LayerNormalization": _layer_norm,
    "MatMul": _multiplied,
    "MatMulInteger": _multiplied,
    "Pad": _padded,
    "QLinearMatMul": _multiplied,
    "Softmax": _softmax,
    "Transpose": _transposed,
}
