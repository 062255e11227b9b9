"""The proof notices each kind of fault, and names the first layer that is wrong."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import onnx
import pytest
from onnx import numpy_helper

from desktop_app.core.card import CARD_PROPERTY, decode_card, encode_card

pytestmark = [pytest.mark.torch, pytest.mark.usefixtures("narrow")]

Fault = Callable[[onnx.ModelProto], None]


def node(proto: onnx.ModelProto, name: str) -> onnx.NodeProto:
    return next(node for node in proto.graph.node if node.output[0] == name)


def weight(proto: onnx.ModelProto, name: str) -> onnx.TensorProto:
    return next(tensor for tensor in proto.graph.initializer if tensor.name == name)


def rename(old: str, new: str) -> Fault:
    def fault(proto: onnx.ModelProto) -> None:
        for each in proto.graph.node:
            each.input[:] = [new if name == old else name for name in each.input]
            each.output[:] = [new if name == old else name for name in each.output]

    return fault


def replace_operator(name: str, operator: str) -> Fault:
    def fault(proto: onnx.ModelProto) -> None:
        node(proto, name).op_type = operator

    return fault


def forget_on_card(name: str) -> Fault:
    def fault(proto: onnx.ModelProto) -> None:
        card = decode_card(proto.metadata_props[0].value)
        layers = tuple(layer for layer in card.layers if layer.name != name)
        set_card(proto, layers=layers)

    return fault


def set_card(proto: onnx.ModelProto, **changes: Any) -> None:
    prop = next(p for p in proto.metadata_props if p.key == CARD_PROPERTY)
    prop.value = encode_card(replace(decode_card(prop.value), **changes))


def fix_batch(proto: onnx.ModelProto) -> None:
    for value in (*proto.graph.input, *proto.graph.output):
        value.type.tensor_type.shape.dim[0].dim_value = 1


def free_height(proto: onnx.ModelProto) -> None:
    proto.graph.input[0].type.tensor_type.shape.dim[2].dim_param = "height"


def set_ints(name: str, attribute: str, values: Sequence[int]) -> Fault:
    def fault(proto: onnx.ModelProto) -> None:
        found = next(a for a in node(proto, name).attribute if a.name == attribute)
        found.ints[:] = values

    return fault


def swap_weights(first: str, second: str) -> Fault:
    def fault(proto: onnx.ModelProto) -> None:
        one, other = weight(proto, first), weight(proto, second)
        one.raw_data, other.raw_data = other.raw_data, one.raw_data

    return fault


def nudge(name: str) -> Fault:
    def fault(proto: onnx.ModelProto) -> None:
        tensor = weight(proto, name)
        values = numpy_helper.to_array(tensor).copy()
        values.flat[-1] += 1e-4
        tensor.raw_data = values.tobytes()

    return fault


def set_epsilon(name: str, value: float) -> Fault:
    def fault(proto: onnx.ModelProto) -> None:
        node(proto, name).attribute[0].f = value

    return fault


def rewire(name: str, position: int, source: str) -> Fault:
    def fault(proto: onnx.ModelProto) -> None:
        node(proto, name).input[position] = source

    return fault


def drop_bias(name: str) -> Fault:
    def fault(proto: onnx.ModelProto) -> None:
        del node(proto, name).input[2]

    return fault


def softmax_over_the_batch(proto: onnx.ModelProto) -> None:
    node(proto, "probabilities").attribute[0].i = 0


FAULTS: list[tuple[str, Fault, str, str]] = [
    ("a renamed node", rename("res3b_branch2a_relu", "relu_17"), "Names", "res3b_branch2a_relu"),
    ("another operator", replace_operator("res2b_relu", "Sigmoid"), "Names", "res2b_relu"),
    ("a card that lacks a layer", forget_on_card("bn4c_branch2b"), "Names", "bn4c_branch2b"),
    ("a card with other labels", lambda p: set_card(p, labels=tuple("abcdef")), "Names", ""),
    ("a fixed batch", fix_batch, "Axes", "image"),
    ("a free height", free_height, "Axes", "image"),
    ("a padded pool", set_ints("pool1", "pads", [1, 1, 1, 1]), "Shapes", "pool1"),
    ("another stride", set_ints("conv1", "strides", [4, 4]), "Shapes", "conv1"),
    (
        "two layers' weights exchanged",
        swap_weights("res2b_branch2a.weight.int8", "res2c_branch2a.weight.int8"),
        "Weights",
        "res2b_branch2a",
    ),
    ("a bias nudged", nudge("fc6.bias"), "Weights", "fc6"),
    ("a scale nudged", nudge("res5c_branch2c.weight.scale"), "Weights", "res5c_branch2c"),
    ("a moving mean nudged", nudge("bn_conv1.running_mean"), "Weights", "bn_conv1"),
    ("a bias dropped", drop_bias("res4a_branch1"), "Weights", "res4a_branch1"),
    (
        "a batch norm fed with another's",
        rewire("bn2b_branch2a", 3, "bn2b_branch2b.running_mean"),
        "Weights",
        "bn2b_branch2a",
    ),
    ("the hash of other weights", lambda p: set_card(p, weights_sha256="0" * 64), "Weights", ""),
    ("torchvision's epsilon", set_epsilon("bn4b_branch2b", 1e-5), "Values", "bn4b_branch2b"),
    (
        "a lopsided border",
        set_ints("res2a_branch2b", "pads", [0, 0, 2, 2]),
        "Values",
        "res2a_branch2b",
    ),
    ("a block skipped", rewire("res3c_branch2a", 0, "res3a_relu"), "Values", "res3c_branch2a"),
    ("a shortcut that is not added", rewire("res5b", 1, "bn5b_branch2c"), "Values", "res5b"),
    ("a softmax over the batch", softmax_over_the_batch, "Values", "probabilities"),
]


@pytest.mark.parametrize("case", FAULTS, ids=[case[0] for case in FAULTS])
def test_each_fault_is_named(
    case: tuple[str, Fault, str, str], checkpoint: Any, small_file: Path, tmp_path: Path
) -> None:
    from model_export import mismatches
    from model_export.proof_images import made_images
    from model_export.verification import verify

    _, fault, step, layer = case
    proto = onnx.load(small_file)
    fault(proto)
    path = tmp_path / "faulty.onnx"
    onnx.save(proto, path)

    with pytest.raises(getattr(mismatches, f"{step}DifferError")) as caught:
        verify(checkpoint, path, made_images()[:2])
    assert caught.value.layer == layer
    assert layer in caught.value.why
    assert caught.value.code == f"{step.lower()}-differ"


def test_the_proof_covers_everything_and_changes_nothing(
    checkpoint: Any, exported_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from model_export.proof_images import made_images
    from model_export.verification import verify

    # The proof is of what the graph computes, never of what the program derives from it.
    monkeypatch.setattr("desktop_app.core.sessions.DerivedActivations", None)
    before = {name: value.clone() for name, value in checkpoint.weights.items()}
    verification = verify(checkpoint, exported_file, made_images())
    assert verification.images == 8
    assert {d.kind: d.layers for d in verification.differences} == {
        "conv": 53, "batch-norm": 53, "relu": 49, "max-pool": 1, "add": 16,
        "average-pool": 1, "dense": 1, "softmax": 1,
    }  # fmt: skip
    assert all(0 < d.relative < 1e-4 for d in verification.differences)
    assert verification.drift == pytest.approx(verification.probability, abs=1e-7)
    assert all(value.equal(before[name]) for name, value in checkpoint.weights.items())


def test_rounding_shows_as_drift_and_not_as_difference(checkpoint: Any, small_file: Path) -> None:
    from model_export.proof_images import made_images
    from model_export.verification import verify

    verification = verify(checkpoint, small_file, made_images())
    assert verification.stored_as == "int8"
    assert verification.probability < 1e-5
    assert 1e-5 < verification.drift < 0.05


def with_head(checkpoint: Any, change: Callable[[Any, Any], None]) -> Any:
    """The checkpoint after ``change(weight, bias)`` of its dense layer."""
    weights = dict(checkpoint.weights)
    weights["fc.weight"], weights["fc.bias"] = (
        weights[name].clone() for name in ("fc.weight", "fc.bias")
    )
    change(weights["fc.weight"], weights["fc.bias"])
    return replace(checkpoint, weights=weights)


def prove_stored(checkpoint: Any, storage: str, path: Path) -> Any:
    from model_export.checkpoints import load_network
    from model_export.model_card import make_card
    from model_export.onnx_graph import build_graph
    from model_export.proof_images import made_images
    from model_export.verification import verify

    network = load_network(checkpoint)
    card = make_card(checkpoint, network, weights=storage)
    onnx.save(build_graph(network, card, weights=storage), path)
    return verify(checkpoint, path, made_images())


def sharpen(weight: Any, bias: Any) -> None:
    """Logits so far apart that a rounded kernel moves probabilities by a lot."""
    weight *= 20


def make_twins(weight: Any, bias: Any) -> None:
    """Two likeliest classes that only the last digits of their weights tell apart."""
    import torch

    noise = torch.empty_like(weight[0]).normal_(generator=torch.Generator().manual_seed(0))
    weight[1] = weight[0] * (1 + 1e-3 * noise)
    bias[:2] += 5


def test_rounding_that_moves_probabilities_far_is_a_fault(checkpoint: Any, tmp_path: Path) -> None:
    from model_export.mismatches import RoundingError

    sharp = with_head(checkpoint, sharpen)
    assert prove_stored(sharp, "float32", tmp_path / "exact.onnx").drift < 1e-4
    with pytest.raises(RoundingError, match=r"move a probability by .*, more than 0\.03") as caught:
        prove_stored(sharp, "int8", tmp_path / "rounded.onnx")
    assert caught.value.code == "rounding-too-coarse"
    assert "--weights float32" in caught.value.remedy


def test_rounding_may_turn_what_hangs_in_the_balance_and_says_so(
    checkpoint: Any, tmp_path: Path
) -> None:
    from model_export.verify import as_table

    twins = with_head(checkpoint, make_twins)
    exact = prove_stored(twins, "float32", tmp_path / "exact.onnx")
    assert (exact.drift < 1e-4, exact.turned) == (True, 0)
    assert "the likeliest class of every image is the same" in as_table(exact)
    rounded = prove_stored(twins, "int8", tmp_path / "rounded.onnx")
    assert rounded.turned > 0
    assert rounded.drift < 0.03
    assert f"the likeliest class of {rounded.turned} image" in as_table(rounded)


@pytest.mark.parametrize(
    ("images", "origin", "said"),
    [
        (1, "signs/test", "agree on 1 image of signs/test\n"),
        (2, "", "agree on 2 made pictures: give --data for real ones\n"),
    ],
)
def test_the_table_says_what_images_were_used(
    images: int, origin: str, said: str, checkpoint: Any, small_file: Path
) -> None:
    from model_export.proof_images import made_images
    from model_export.verification import verify
    from model_export.verify import as_table

    proof = verify(checkpoint, small_file, made_images()[:images], origin=origin)
    assert proof.origin == origin
    assert said in as_table(proof)
