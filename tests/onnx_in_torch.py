"""ONNX graphs evaluated by PyTorch: an independent second opinion, with autograd behind it.

Operators are written from their ONNX definitions with PyTorch's own functions, in float64. Pads
are laid on by hand, so that uneven ones need no thought. Beside the values it tells how close
they come to a corner of a piecewise function, where two correct programs may differ.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import onnx
import torch
from onnx import helper, numpy_helper
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - torch's own habit

_DTYPES = {
    onnx.TensorProto.FLOAT: torch.float64,
    onnx.TensorProto.DOUBLE: torch.float64,
    onnx.TensorProto.FLOAT16: torch.float64,
}


class Evaluation:
    """All tensors of a run, with gradients to be had of each.

    Attributes:
        tensors: By name; those that the picture has a part in track gradients.
        corner: Smallest distance of a value to a corner that it is not exactly on.
    """

    def __init__(self, model: onnx.ModelProto, inputs: Mapping[str, Any]) -> None:
        self.corner = float("inf")
        self.tensors: dict[str, Tensor] = {}
        for tensor in model.graph.initializer:
            self.tensors[tensor.name] = _as_torch(numpy_helper.to_array(tensor))
        for name, value in inputs.items():
            self.tensors[name] = _as_torch(np.asarray(value)).requires_grad_()
        for node in model.graph.node:
            attributes = {a.name: helper.get_attribute_value(a) for a in node.attribute}
            values = [self.tensors[name] if name else None for name in node.input]
            self._note_corners(node.op_type, values, attributes)
            results = _OPERATORS[node.op_type](values, attributes)
            results = results if isinstance(results, tuple) else (results,)
            self.tensors |= dict(zip(node.output, results, strict=False))

    def gradients(self, scores: str, weights: Any, names: list[str]) -> dict[str, np.ndarray]:
        """Of the weighted sum of ``scores``, by autograd; zeros where it does not depend."""
        total = (self.tensors[scores].flatten(1) * _as_torch(np.asarray(weights))).sum()
        tensors = [self.tensors[name] for name in names]
        found = torch.autograd.grad(total, tensors, allow_unused=True, materialize_grads=True)
        return {name: value.numpy() for name, value in zip(names, found, strict=True)}

    def _note_corners(self, operator: str, values: list[Any], attributes: dict[str, Any]) -> None:
        corners: tuple[float, ...] = ()
        match operator:
            case "Relu" | "LeakyRelu":
                corners = (0.0,)
            case "HardSwish":
                corners = (-3.0, 3.0)
            case "HardSigmoid":
                alpha, beta = attributes.get("alpha", 0.2), attributes.get("beta", 0.5)
                corners = (-beta / alpha, (1 - beta) / alpha)
            case "Clip":
                corners = tuple(float(v) for v in values[1:] if v is not None)
            case "MaxPool":
                best, second = _two_largest(values[0], attributes)
                self._note(best - second)
        for corner in corners:
            self._note(values[0] - corner)

    def _note(self, distances: Tensor) -> None:
        apart = distances.detach().abs()
        apart = apart[(apart > 0) & apart.isfinite()]
        if apart.numel():
            self.corner = min(self.corner, float(apart.min()))


def _as_torch(array: np.ndarray) -> Tensor:
    tensor = torch.from_numpy(np.array(array))
    return tensor.double() if tensor.is_floating_point() else tensor


def _padded(x: Tensor, attributes: dict[str, Any], kernel: list[int], fill: float) -> Tensor:
    """With pads on, and beyond them what ``ceil_mode`` needs; for two spatial axes."""
    strides = attributes.get("strides", [1, 1])
    dilations = attributes.get("dilations", [1, 1])
    pads = list(attributes.get("pads", [0] * 4))
    automatic = attributes.get("auto_pad", b"NOTSET").decode()
    for axis in range(2):
        size, reach = x.shape[2 + axis], dilations[axis] * (kernel[axis] - 1) + 1
        if automatic.startswith("SAME"):
            needed = max((-(-size // strides[axis]) - 1) * strides[axis] + reach - size, 0)
            small, large = needed // 2, needed - needed // 2
            first, last = (small, large) if automatic == "SAME_UPPER" else (large, small)
            pads[axis], pads[2 + axis] = first, last
    return F.pad(x, (pads[1], pads[3], pads[0], pads[2]), value=fill)


def _for_ceil(x: Tensor, padded: Tensor, attributes: dict[str, Any], fill: float) -> Tensor:
    if not attributes.get("ceil_mode", 0):
        return padded
    strides = attributes.get("strides", [1, 1])
    dilations = attributes.get("dilations", [1, 1])
    pads = attributes.get("pads", [0] * 4)
    extra = []
    for axis in range(2):
        size = padded.shape[2 + axis]
        reach = dilations[axis] * (attributes["kernel_shape"][axis] - 1) + 1
        count = -(-(size - reach) // strides[axis]) + 1
        # A window that begins in the pads at the end does not count.
        if (count - 1) * strides[axis] >= x.shape[2 + axis] + pads[axis]:
            count -= 1
        extra.append(max((count - 1) * strides[axis] + reach - size, 0))
    return F.pad(padded, (0, extra[1], 0, extra[0]), value=fill)


def _windows(x: Tensor, attributes: dict[str, Any], fill: float) -> Tensor:
    """(N, C, kernel, windows)."""
    kernel = attributes["kernel_shape"]
    whole = _for_ceil(x, _padded(x, attributes, kernel, fill), attributes, fill)
    flat = F.unfold(
        whole.reshape(-1, 1, *whole.shape[2:]),
        kernel,
        dilation=attributes.get("dilations", [1, 1]),
        stride=attributes.get("strides", [1, 1]),
    )
    return flat.reshape(*x.shape[:2], *flat.shape[1:])


def _pool_size(x: Tensor, attributes: dict[str, Any]) -> list[int]:
    whole = _for_ceil(x, _padded(x, attributes, attributes["kernel_shape"], 0), attributes, 0)
    kernel, strides = attributes["kernel_shape"], attributes.get("strides", [1, 1])
    dilations = attributes.get("dilations", [1, 1])
    return [
        (whole.shape[2 + axis] - dilations[axis] * (kernel[axis] - 1) - 1) // strides[axis] + 1
        for axis in range(2)
    ]


def _two_largest(x: Tensor, attributes: dict[str, Any]) -> Tensor:
    windows = _windows(x, attributes, -torch.inf)
    if windows.shape[2] == 1:
        return windows, windows - 1
    best = windows.topk(2, dim=2).values
    return best[:, :, 0], best[:, :, 1]


def _max_pool(values: list[Tensor], attributes: dict[str, Any]) -> Tensor:
    x = values[0]
    best = _windows(x, attributes, -torch.inf).max(dim=2).values
    return best.reshape(*x.shape[:2], *_pool_size(x, attributes))


def _average_pool(values: list[Tensor], attributes: dict[str, Any]) -> Tensor:
    x = values[0]
    ones = torch.ones_like(x[:1, :1])
    if attributes.get("count_include_pad", 0):
        counted = _padded(ones, attributes, attributes["kernel_shape"], 1)
        bare = {**attributes, "pads": [0] * 4, "auto_pad": b"NOTSET"}
        size = ones
        counts = _windows_of_padded(size, counted, attributes, bare)
    else:
        counts = _windows(ones, attributes, 0).sum(dim=2)
    means = _windows(x, attributes, 0).sum(dim=2) / counts
    return means.reshape(*x.shape[:2], *_pool_size(x, attributes))


def _windows_of_padded(
    x: Tensor, padded: Tensor, attributes: dict[str, Any], bare: dict[str, Any]
) -> Tensor:
    whole = _for_ceil(x, padded, attributes, 0)
    return _windows(whole, {**bare, "ceil_mode": 0}, 0).sum(dim=2)


def _conv(values: list[Tensor], attributes: dict[str, Any]) -> Tensor:
    x, kernel, *bias = values
    padded = _padded(x, attributes, list(kernel.shape[2:]), 0)
    return F.conv2d(
        padded, kernel, bias[0] if bias else None,
        stride=attributes.get("strides", 1), dilation=attributes.get("dilations", 1),
        groups=attributes.get("group", 1),
    )  # fmt: skip


def _gemm(values: list[Tensor], attributes: dict[str, Any]) -> Tensor:
    a, b, *c = values
    a, b = (m.T if attributes.get(f, 0) else m for m, f in ((a, "transA"), (b, "transB")))
    product = attributes.get("alpha", 1.0) * (a @ b)
    return product + attributes.get("beta", 1.0) * c[0] if c else product


def _batch_norm(values: list[Tensor], attributes: dict[str, Any]) -> Tensor:
    x, scale, bias, mean, variance = values
    return F.batch_norm(x, mean, variance, scale, bias, eps=attributes.get("epsilon", 1e-5))


def _mean(values: list[Tensor], attributes: dict[str, Any]) -> Tensor:
    axes = values[1].tolist() if len(values) > 1 else list(range(values[0].ndim))
    return values[0].mean(axes, keepdim=bool(attributes.get("keepdims", 1)))


def _squeeze(values: list[Tensor], _: dict[str, Any]) -> Tensor:
    return values[0].squeeze(tuple(values[1].tolist()))


def _clip(values: list[Tensor], _: dict[str, Any]) -> Tensor:
    low, high = ((*values, None, None))[1:3]
    bounds = (-torch.inf if low is None else float(low), torch.inf if high is None else float(high))
    return F.hardtanh(values[0], *bounds)  # flat on its corners, as ReLU6 is; clamp is not


def _hard_sigmoid(values: list[Tensor], attributes: dict[str, Any]) -> Tensor:
    alpha, beta = attributes.get("alpha", 0.2), attributes.get("beta", 0.5)
    return torch.clamp(alpha * values[0] + beta, 0, 1)


_OPERATORS: Mapping[str, Callable[[list[Any], dict[str, Any]], Any]] = {
    "Add": lambda v, _: v[0] + v[1],
    "AveragePool": _average_pool,
    "BatchNormalization": _batch_norm,
    "Cast": lambda v, a: v[0].to(_DTYPES[a["to"]]) * 1,  # never the same tensor
    "Clip": _clip,
    "Concat": lambda v, a: torch.cat(v, a["axis"]),
    "Constant": lambda _, a: _as_torch(numpy_helper.to_array(a["value"])),
    "Conv": _conv,
    "Div": lambda v, _: v[0] / v[1],
    "Flatten": lambda v, a: v[0].flatten(a.get("axis", 1)),
    "Gemm": _gemm,
    "GlobalAveragePool": lambda v, _: v[0].mean((2, 3), keepdim=True),
    "HardSigmoid": _hard_sigmoid,
    "HardSwish": lambda v, _: v[0] * torch.clamp(v[0] / 6 + 0.5, 0, 1),
    "Identity": lambda v, _: v[0] * 1,
    "LeakyRelu": lambda v, a: F.leaky_relu(v[0], a.get("alpha", 0.01)),
    "LogSoftmax": lambda v, a: v[0].log_softmax(a.get("axis", -1)),
    "MatMul": lambda v, _: v[0] @ v[1],
    "MaxPool": _max_pool,
    "Mul": lambda v, _: v[0] * v[1],
    "ReduceMean": _mean,
    "Relu": lambda v, _: F.relu(v[0]),
    "Reshape": lambda v, _: v[0].reshape(v[1].tolist()),
    "Sigmoid": lambda v, _: torch.sigmoid(v[0]),
    "Softmax": lambda v, a: v[0].softmax(a.get("axis", -1)),
    "Split": lambda v, a: torch.split(v[0], v[1].tolist(), a.get("axis", 0)),
    "Squeeze": _squeeze,
    "Sub": lambda v, _: v[0] - v[1],
    "Sum": lambda v, _: sum(v),
    "Tanh": lambda v, _: torch.tanh(v[0]),
    "Transpose": lambda v, a: v[0].permute(a["perm"]),
    "Unsqueeze": lambda v, _: v[0].unsqueeze(int(v[1][0])),
}
