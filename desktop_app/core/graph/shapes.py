"""Shapes and element types of a graph's tensors, for one size of the input.

The derivative of a pooling, a broadcast or a reshape is written with the sizes of its operands.
They are inferred once, here, so that what is written holds plain numbers, which ONNX Runtime
can plan for, instead of nodes that work them out in every run.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import onnx
from numpy.typing import NDArray
from onnx import numpy_helper, shape_inference

from desktop_app.core.graph.size_arithmetic import small_constants, work_out

_LARGEST_VALUE_BYTES: Final = 4096
"""A tensor beyond this is a weight and tells inference nothing but its shape."""


@dataclass(frozen=True, slots=True)
class TensorType:
    """What is known of a tensor.

    Attributes:
        dtype: Of its elements, a number of ``onnx.TensorProto.DataType``.
        shape: None where inference does not find all of it.
    """

    dtype: int
    shape: tuple[int, ...] | None


def tensor_types(
    model: onnx.ModelProto, input_name: str, input_shape: Sequence[int]
) -> Mapping[str, TensorType]:
    """Infer the types of all tensors, weights included.

    Args:
        model: Not changed.
        input_name: Of the input whose size is given.
        input_shape: With the batch.

    Raises:
        onnx.shape_inference.InferenceError: The graph contradicts itself or that size.
    """
    fixed = _without_weights(model)
    image = next(value for value in fixed.graph.input if value.name == input_name)
    del image.type.tensor_type.shape.dim[:]
    for size in input_shape:
        image.type.tensor_type.shape.dim.add(dim_value=size)
    # What the file declares may be of another size, or of a batch with a name.
    del fixed.graph.value_info[:]
    for output in fixed.graph.output:
        output.type.tensor_type.ClearField("shape")
    types = _inferred(fixed)
    constants = small_constants(fixed.graph)
    while _has_gaps(fixed.graph, types):
        shapes = {name: kind.shape for name, kind in types.items() if kind.shape is not None}
        if not work_out(fixed.graph, shapes, constants):
            break
        _put_in(fixed.graph, constants)
        types |= _inferred(fixed)
    types |= {
        tensor.name: TensorType(tensor.data_type, tuple(tensor.dims))
        for tensor in model.graph.initializer
    }
    return types


def _inferred(model: onnx.ModelProto) -> dict[str, TensorType]:
    graph = shape_inference.infer_shapes(model, data_prop=True).graph
    return {
        value.name: _type(value) for value in (*graph.input, *graph.value_info, *graph.output)
    } | {
        tensor.name: TensorType(tensor.data_type, tuple(tensor.dims))
        for tensor in graph.initializer
    }


def _has_gaps(graph: onnx.GraphProto, types: Mapping[str, TensorType]) -> bool:
    firsts = (types.get(node.output[0]) for node in graph.node)
    return any(first is None or first.shape is None for first in firsts)


def _put_in(graph: onnx.GraphProto, constants: Mapping[str, NDArray[Any]]) -> None:
    """Constants in place of the nodes that compute them."""
    kept = [node for node in graph.node if node.output[0] not in constants]
    new = [name for node in graph.node for name in node.output[:1] if name in constants]
    kept = [onnx.NodeProto.FromString(node.SerializeToString()) for node in kept]
    del graph.node[:]
    graph.node.extend(kept)
    graph.initializer.extend(numpy_helper.from_array(constants[name], name) for name in new)


def _without_weights(model: onnx.ModelProto) -> onnx.ModelProto:
    """The model with large weights as inputs: inference passes all bytes on, several times."""
    light = onnx.ModelProto(ir_version=model.ir_version, opset_import=model.opset_import)
    light.functions.extend(model.functions)
    graph = light.graph
    graph.name = model.graph.name
    graph.node.extend(model.graph.node)
    graph.output.extend(model.graph.output)
    declared = {value.name for value in model.graph.input}
    graph.input.extend(model.graph.input)
    for tensor in model.graph.initializer:
        if tensor.ByteSize() <= _LARGEST_VALUE_BYTES:
            graph.initializer.append(tensor)
        elif tensor.name not in declared:
            graph.input.append(
                onnx.helper.make_tensor_value_info(tensor.name, tensor.data_type, tensor.dims)
            )
    return light


def _type(value: onnx.ValueInfoProto) -> TensorType:
    tensor = value.type.tensor_type
    known = tensor.HasField("shape") and all(d.HasField("dim_value") for d in tensor.shape.dim)
    return TensorType(
        tensor.elem_type, tuple(d.dim_value for d in tensor.shape.dim) if known else None
    )
