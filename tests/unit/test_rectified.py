"""Which layers are certain to be the ReLU of another one."""

from onnx import TensorProto, helper

from desktop_app.core.graph.rectified import rectified_tensors


def test_only_relu_of_a_named_tensor_counts() -> None:
    nodes = [
        helper.make_node("Identity", ["image"], ["named"]),
        helper.make_node("Relu", ["named"], ["relu"]),
        helper.make_node("Identity", ["relu"], ["nameless"]),
        helper.make_node("Relu", ["nameless"], ["relu_of_nameless"]),
        helper.make_node("Clip", ["named"], ["clip"]),
        helper.make_node("LeakyRelu", ["named"], ["leaky"]),
        helper.make_node("Relu", ["named"], ["own_relu"], domain="of.somebody"),
    ]
    value = helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 3])
    end = helper.make_tensor_value_info("own_relu", TensorProto.FLOAT, [1, 3])
    model = helper.make_model(helper.make_graph(nodes, "g", [value], [end]))
    names = ("named", "relu", "relu_of_nameless", "clip", "leaky", "own_relu")
    assert rectified_tensors(model, names) == {"relu": "named"}
