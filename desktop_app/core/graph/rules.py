"""Which rule carries a gradient back through which operator."""

from collections.abc import Callable, Mapping
from typing import Final

from desktop_app.core.graph import (
    arrangement_gradients,
    convolution_gradients,
    dense_gradients,
    pointwise_gradients,
    pooling_gradients,
)
from desktop_app.core.graph.tape import Shares, Step

Rule = Callable[[Step], Shares]
Rules = Mapping[str, Rule]

RULES: Final[Rules] = {
    "Add": pointwise_gradients.add,
    "AveragePool": pooling_gradients.average_pool,
    "BatchNormalization": convolution_gradients.batch_norm,
    "Cast": pointwise_gradients.cast,
    "Clip": pointwise_gradients.clip,
    "Concat": arrangement_gradients.concat,
    "Conv": convolution_gradients.conv,
    "Div": pointwise_gradients.divide,
    "Dropout": pointwise_gradients.passed_on,
    "Flatten": arrangement_gradients.reshape,
    "Gemm": dense_gradients.gemm,
    "GlobalAveragePool": pooling_gradients.global_average_pool,
    "HardSigmoid": pointwise_gradients.hard_sigmoid,
    "HardSwish": pointwise_gradients.hard_swish,
    "Identity": pointwise_gradients.passed_on,
    "LeakyRelu": pointwise_gradients.leaky_relu,
    "LogSoftmax": dense_gradients.log_softmax,
    "MatMul": dense_gradients.matmul,
    "MaxPool": pooling_gradients.max_pool,
    "Mul": pointwise_gradients.multiply,
    "Pad": arrangement_gradients.pad,
    "ReduceMean": pooling_gradients.reduce_mean,
    "ReduceSum": pooling_gradients.reduce_sum,
    "Relu": pointwise_gradients.relu,
    "Reshape": arrangement_gradients.reshape,
    "Sigmoid": pointwise_gradients.sigmoid,
    "Softmax": dense_gradients.softmax,
    "Split": arrangement_gradients.split,
    "Squeeze": arrangement_gradients.reshape,
    "Sub": pointwise_gradients.subtract,
    "Sum": pointwise_gradients.add,
    "Tanh": pointwise_gradients.tanh,
    "Transpose": arrangement_gradients.transpose,
    "Unsqueeze": arrangement_gradients.reshape,
}
"""Of ONNX's own operators as they are from opset 18 on; a foreign domain's have none."""

GUIDED: Final[Rules] = {**RULES, "Relu": pointwise_gradients.guided_relu}
"""Guided backpropagation: the derivative, but that ReLUs pass on only what speaks for the class."""
