"""Shapes and element types of a graph's tensors, for one size of the input.

The derivative of a pooling, a broadcast or a reshape is written with the sizes of its operands.
They are inferred once, here, so that what is written holds plain numbers, which ONNX Runtime
can plan for, instead of nodes that work them out in every run.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import onnx
from onnx import shape_inference

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
    inferred = shape_inference.infer_shapes(fixed, data_prop=True)
    graph = inferred.graph
    types = {value.name: _type(value) for value in (*graph.input, *graph.value_info, *graph.output)}
    types |= {
        tensor.name: TensorType(tensor.data_type, tuple(tensor.dims))
        for tensor in model.graph.initializer
    }
    return types


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
