"""Stored weights unfold to what was promised, and small storage stays close."""

import numpy as np
import onnx
import onnxruntime
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from onnx import TensorProto, helper

from model_export.storage import (
    STORAGES,
    Storage,
    StorageError,
    Weight,
    round_trip,
    store,
    stored_as,
    unfold,
)

FLOATS = st.floats(-1e4, 1e4, width=32)


def kernel(*shape: int) -> Weight:
    return np.random.default_rng(0).normal(0, 0.05, shape).astype(np.float32)


def file_with(weight: Weight, storage: Storage) -> onnx.ModelProto:
    """A graph that only passes the weight on."""
    stored = store("w", weight, storage)
    out = helper.make_tensor_value_info("out", TensorProto.FLOAT, weight.shape)
    nodes = [*stored.nodes, helper.make_node("Identity", ["w"], ["out"])]
    graph = helper.make_graph(nodes, "stored", [], [out], stored.initializers)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 23)], ir_version=11)
    onnx.checker.check_model(model, full_check=True)
    return model


@pytest.mark.parametrize("storage", STORAGES)
@pytest.mark.parametrize("shape", [(8, 3, 7, 7), (6, 20), (5,)])
def test_runtime_and_numpy_unfold_to_the_round_trip(
    storage: Storage, shape: tuple[int, ...]
) -> None:
    weight = kernel(*shape)
    model = file_with(weight, storage)
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    expected = round_trip(weight, storage)
    np.testing.assert_array_equal(session.run(["out"], {})[0], expected)
    constants = unfold(model)
    np.testing.assert_array_equal(constants["w"], expected)
    assert stored_as(constants, "w") == ("float32" if len(shape) == 1 else storage)


@settings(max_examples=60, deadline=None)
@given(
    arrays(np.float32, array_shapes(min_dims=2, max_dims=4, max_side=4), elements=FLOATS),
    st.sampled_from(STORAGES),
)
def test_any_kernel_keeps_its_promise(weight: Weight, storage: Storage) -> None:
    expected = round_trip(weight, storage)
    assert expected.dtype == np.float32
    np.testing.assert_array_equal(unfold(file_with(weight, storage))["w"], expected)


def test_int8_is_within_half_a_step_of_each_channel() -> None:
    weight = kernel(16, 8, 3, 3) * np.logspace(-6, 2, 16, dtype=np.float32)[:, None, None, None]
    step = np.abs(weight).max(axis=(1, 2, 3), keepdims=True) / 127
    error = np.abs(round_trip(weight, "int8") - weight)
    assert (error <= step * 0.5001).all()
    # The largest weight of a channel is a level, up to the rounding of the product.
    np.testing.assert_allclose(
        np.abs(round_trip(weight, "int8")).max(axis=(1, 2, 3)),
        np.abs(weight).max(axis=(1, 2, 3)),
        rtol=1e-6,
    )


def test_float16_is_within_its_precision() -> None:
    weight = kernel(16, 8, 3, 3)
    np.testing.assert_allclose(round_trip(weight, "float16"), weight, rtol=2**-11, atol=2**-25)


def test_storing_again_changes_nothing() -> None:
    for storage in STORAGES:
        once = round_trip(kernel(8, 4, 3, 3), storage)
        np.testing.assert_allclose(round_trip(once, storage), once, rtol=1e-6)


def test_a_channel_of_zeros_stays_zero() -> None:
    weight = kernel(3, 4)
    weight[1] = 0
    for storage in STORAGES:
        assert not round_trip(weight, storage)[1].any()
        assert np.isfinite(round_trip(weight, storage)).all()


def test_sizes_are_a_half_and_a_quarter() -> None:
    weight = kernel(64, 64, 3, 3)
    sizes = {s: sum(t.ByteSize() for t in store("w", weight, s).initializers) for s in STORAGES}
    assert sizes["float16"] == pytest.approx(sizes["float32"] / 2, rel=0.01)
    assert sizes["int8"] == pytest.approx(sizes["float32"] / 4, rel=0.01)


@pytest.mark.parametrize(
    ("value", "storage"), [(np.nan, "float32"), (np.inf, "int8"), (7e4, "float16")]
)
def test_what_cannot_be_stored_is_refused(value: float, storage: Storage) -> None:
    weight = kernel(2, 2)
    weight[0, 0] = value
    with pytest.raises(StorageError, match="w "):
        store("w", weight, storage)
