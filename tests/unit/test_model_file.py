"""Opening model files: with a card, without one, and everything that is no model."""

import json
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from desktop_app.core.card import CARD_PROPERTY, decode_card, encode_card
from desktop_app.core.errors import (
    CardError,
    LensError,
    ModelMissingError,
    ModelUnreadableError,
    NotAClassifierError,
)
from desktop_app.core.foreign_models import named_preprocessing, read_labels
from desktop_app.core.model_file import describe_model, load_model
from desktop_app.core.model_library import find_model, list_models
from desktop_app.core.onnx_file import read_onnx
from desktop_app.core.records import Card, Layer, Model, Preprocessing
from desktop_app.core.sessions import ModelSessions
from tests.drawn_graphs import Drawing


def with_card(source: Path, target: Path, card: Card | str) -> Path:
    proto = read_onnx(source)
    del proto.metadata_props[:]
    text = card if isinstance(card, str) else encode_card(card)
    proto.metadata_props.add(key=CARD_PROPERTY, value=text)
    target.write_bytes(proto.SerializeToString())
    return target


def card_of(path: Path) -> Card:
    card = load_model(path).card
    assert card is not None
    return card


def test_a_model_with_a_card_needs_nothing_else(tiny_model: Path) -> None:
    model = load_model(tiny_model)
    assert model.labels == ("red", "green", "blue")
    assert (model.preprocessing.height, model.preprocessing.width) == (32, 32)
    assert model.output_is_probabilities
    assert model.logits_name == "fc3"
    assert model.assumptions == ()
    assert model.layer("conv1") is not None


def test_the_card_survives_its_json(tiny_model: Path) -> None:
    card = card_of(tiny_model)
    assert decode_card(encode_card(card)) == card
    assert json.loads(encode_card(card))["schema"] == card.schema


def test_the_temperature_comes_from_the_card(
    tiny_model: Path, plain_model: Path, tmp_path: Path
) -> None:
    warm = with_card(
        tiny_model, tmp_path / "warm.onnx", replace(card_of(tiny_model), temperature=1.75)
    )
    assert load_model(warm).temperature == 1.75
    assert load_model(plain_model).temperature == 1.0


def test_a_card_from_before_temperatures_is_read(tiny_model: Path) -> None:
    content = json.loads(encode_card(card_of(tiny_model)))
    del content["temperature"]
    assert decode_card(json.dumps(content)) == card_of(tiny_model)


@pytest.mark.parametrize("temperature", ["0", "-1.5", "1e999", '"hot"'])
def test_a_temperature_that_is_none_is_refused(temperature: str, tiny_model: Path) -> None:
    text = encode_card(card_of(tiny_model)).replace(
        '"temperature":1.0', f'"temperature":{temperature}'
    )
    with pytest.raises(CardError, match="cannot read the model's card"):
        decode_card(text)


def test_a_model_without_a_card_says_what_it_assumes(plain_model: Path, tiny_model: Path) -> None:
    model = load_model(plain_model)
    assert model.labels == ("class 0", "class 1", "class 2")
    assert len(model.assumptions) == 2
    shapes = {layer.name: layer.shape for layer in model.layers}
    carded = {layer.name: layer.shape for layer in load_model(tiny_model).layers}
    assert carded.items() <= shapes.items()


def test_labels_and_preprocessing_can_be_given_for_a_model_without_a_card(
    plain_model: Path,
) -> None:
    chosen = named_preprocessing("lesson", height=32, width=32)
    model = load_model(plain_model, labels=("r", "g", "b"), preprocessing=chosen)
    assert model.labels == ("r", "g", "b")
    assert model.preprocessing == chosen
    assert model.assumptions == ()


def test_labels_beside_the_model_are_found(plain_model: Path, tmp_path: Path) -> None:
    path = tmp_path / "mine.onnx"
    path.write_bytes(plain_model.read_bytes())
    (tmp_path / "mine.labels.txt").write_text("rot\ngrün\nblau\n", encoding="utf-8")
    assert load_model(path).labels == ("rot", "grün", "blau")


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("cat\ndog\n", ("cat", "dog")),
        ("index\twnid\tname\n0\tn1\ttench\n1\tn2\tgoldfish\n", ("tench", "goldfish")),
        ('["cat", "dog"]', ("cat", "dog")),
        ('{"1": "dog", "0": "cat"}', ("cat", "dog")),
        ('{"0": ["n1", "cat"], "1": ["n2", "dog"]}', ("cat", "dog")),
    ],
)
def test_labels_are_read_from_lists_tables_and_json(
    text: str, labels: tuple[str, ...], tmp_path: Path
) -> None:
    path = tmp_path / "labels.txt"
    path.write_text(text, encoding="utf-8")
    assert read_labels(path) == labels


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfe\x00", b"[1, 2", b'{"cat": 0}', b'{"1": "dog"}']
)
def test_labels_that_cannot_be_read_are_a_clear_error(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "labels.txt"
    path.write_bytes(content)
    with pytest.raises(CardError, match="labels"):
        read_labels(path)


def test_too_few_labels_are_refused(plain_model: Path) -> None:
    with pytest.raises(CardError, match="2 labels for 3 classes"):
        load_model(plain_model, labels=("one", "two"))


@pytest.mark.parametrize(
    ("content", "error", "why"),
    [
        (b"version https://git-lfs.github.com/spec/v1\noid 1\n", ModelUnreadableError, "LFS"),
        (b"<!DOCTYPE html><html></html>", ModelUnreadableError, "not an ONNX file"),
        (b"", ModelUnreadableError, "no graph"),
    ],
)
def test_what_is_no_model_is_named(
    content: bytes, error: type[LensError], why: str, tmp_path: Path
) -> None:
    path = tmp_path / "odd.onnx"
    path.write_bytes(content)
    with pytest.raises(error, match=why):
        load_model(path)


def test_a_missing_file_and_a_folder_are_named(tmp_path: Path) -> None:
    with pytest.raises(ModelMissingError, match="there is no file"):
        load_model(tmp_path / "none.onnx")
    with pytest.raises(ModelUnreadableError, match="a folder"):
        load_model(tmp_path)
    with pytest.raises(ModelUnreadableError, match="cannot be read"):
        load_model(Path("\0.onnx"))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes here")
@pytest.mark.timeout(10)
def test_a_pipe_is_no_model_and_nobody_waits_for_it(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.onnx"
    os.mkfifo(pipe)
    with pytest.raises(ModelUnreadableError, match="no regular file"):
        load_model(pipe)
    assert list_models((tmp_path,)) == ()


def test_a_file_larger_than_any_onnx_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "huge.onnx"
    with path.open("wb") as file:
        file.truncate(2**31)  # sparse: takes no room

    def read(_: Path) -> bytes:
        pytest.fail("read 2 GiB")

    monkeypatch.setattr(Path, "read_bytes", read)
    with pytest.raises(ModelUnreadableError, match="2 GiB"):
        load_model(path)


def test_too_little_memory_for_a_model_is_said(
    tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(_: Path) -> bytes:
        raise MemoryError

    monkeypatch.setattr(Path, "read_bytes", read)
    with pytest.raises(ModelUnreadableError, match="memory"):
        load_model(tiny_model)


def test_a_torn_model_is_named(tiny_model: Path, tmp_path: Path) -> None:
    path = tmp_path / "torn.onnx"
    path.write_bytes(tiny_model.read_bytes()[:-1000])
    with pytest.raises(ModelUnreadableError):
        load_model(path)


def test_missing_external_weights_are_named(tiny_model: Path, tmp_path: Path) -> None:
    path = tmp_path / "split.onnx"
    onnx.save(
        read_onnx(tiny_model),
        path,
        save_as_external_data=True,
        location="split.weights",
        size_threshold=0,
    )
    assert load_model(path).labels == ("red", "green", "blue")
    (tmp_path / "split.weights").unlink()
    with pytest.raises(ModelUnreadableError, match="another file"):
        load_model(path)


@pytest.mark.parametrize(
    ("inputs", "outputs", "why"),
    [
        (([1, 3, 8, 8], [1, 3, 8, 8]), [1, 4], "2 inputs"),
        (([1, 300],), [1, 4], "not a batch of grey or colour pictures"),
        (([1, 3, 8, 8],), [1, 4, 8, 8], "not one score per class"),
        (([4, 3, 8, 8],), [4, 4], "takes 4 pictures at once"),
    ],
)
def test_graphs_that_are_no_classifiers_say_why(
    inputs: tuple[list[int], ...], outputs: list[int], why: str, tmp_path: Path
) -> None:
    values = [
        helper.make_tensor_value_info(f"in{i}", TensorProto.FLOAT, shape)
        for i, shape in enumerate(inputs)
    ]
    out = helper.make_tensor_value_info("out", TensorProto.FLOAT, outputs)
    graph = helper.make_graph([helper.make_node("Identity", ["in0"], ["out"])], "g", values, [out])
    path = tmp_path / "odd.onnx"
    path.write_bytes(helper.make_model(graph).SerializeToString())
    with pytest.raises(NotAClassifierError, match=why):
        load_model(path)


@pytest.mark.parametrize(("kind", "name"), [(TensorProto.UINT8, "UINT8"), (999, "unknown")])
def test_a_picture_of_no_floats_is_refused_for_being_that(
    kind: int, name: str, plain_model: Path
) -> None:
    proto = read_onnx(plain_model)
    proto.graph.input[0].type.tensor_type.elem_type = kind
    with pytest.raises(NotAClassifierError, match=f"takes a picture of {name}"):
        describe_model(proto, plain_model)


def in_training_mode(operator: str, source: str) -> onnx.ModelProto:
    drawing = Drawing(opset=15)
    if operator == "Dropout":
        more = [
            drawing.weight("ratio", np.array(0.5)),
            drawing.weight("training", np.array(True), kind=TensorProto.BOOL),
        ]
        drawing.node("Dropout", "trained", [source, *more], shape=(3, 8, 8))
    else:
        parameters = [drawing.weight(f"p{index}", np.ones(3)) for index in range(4)]
        drawing.node(operator, "trained", [source, *parameters], shape=(3, 8, 8), training_mode=1)
        drawing.nodes[-1].output.extend(["new_mean", "new_variance"])
    if source != "image":
        drawing.weight(source, np.ones((1, 3, 8, 8)))
    drawing.node("Add", "sum", ["image", "trained"], shape=(3, 8, 8))
    drawing.head("sum")
    return drawing.proto()


@pytest.mark.parametrize("operator", ["BatchNormalization", "Dropout"])
def test_a_network_in_training_mode_is_refused(operator: str) -> None:
    """Its answer is another one in every run."""
    with pytest.raises(NotAClassifierError, match=f"trained .{operator}. runs as in training"):
        describe_model(in_training_mode(operator, "image"), Path("m.onnx"))


def test_a_norm_of_weights_may_take_their_own_statistics() -> None:
    """As networks with standardised weights are exported."""
    proto = in_training_mode("BatchNormalization", "weights")
    assert describe_model(proto, Path("m.onnx")).labels == ("class 0", "class 1")


def test_sizes_of_minus_one_are_free(tmp_path: Path) -> None:
    """Some exporters write so what ONNX gives a name, and ONNX Runtime reads it like that."""
    drawing = Drawing()
    drawing.head("image", classes=4)
    proto = drawing.proto()
    for value in (*proto.graph.input, *proto.graph.output):
        for axis, dim in enumerate(value.type.tensor_type.shape.dim):
            dim.dim_value = dim.dim_value if axis == 1 else -1
    path = tmp_path / "free.onnx"
    path.write_bytes(proto.SerializeToString())
    model = load_model(path)
    assert (model.preprocessing.height, model.preprocessing.width) == (224, 224)
    assert len(model.labels) == 4
    batch = np.zeros((2, 3, 224, 224), np.float32)
    assert ModelSessions(model, "cpu").probabilities(batch).shape == (2, 4)


def test_a_card_that_names_a_lost_layer_is_refused(tiny_model: Path, tmp_path: Path) -> None:
    card = card_of(tiny_model)
    lost = Layer(name="res9z", kind="conv", stage=9, block="9z", role="branch", shape=(1, 1, 1))
    path = with_card(tiny_model, tmp_path / "lost.onnx", replace(card, layers=(lost,)))
    with pytest.raises(CardError, match="res9z"):
        load_model(path)


def test_a_card_from_the_future_asks_for_an_update(tiny_model: Path, tmp_path: Path) -> None:
    card = replace(card_of(tiny_model), schema=999)
    path = with_card(tiny_model, tmp_path / "future.onnx", card)
    with pytest.raises(CardError, match="Update the program"):
        load_model(path)


@pytest.mark.parametrize("text", ["{", "[]", '{"schema": 1}'])
def test_a_damaged_card_is_refused(text: str, tiny_model: Path, tmp_path: Path) -> None:
    with pytest.raises(CardError, match="card"):
        load_model(with_card(tiny_model, tmp_path / "damaged.onnx", text))


def test_a_card_with_the_wrong_number_of_means_is_refused(tiny_model: Path, tmp_path: Path) -> None:
    spec = Preprocessing(height=32, width=32, mean=(0.5,))
    card = replace(card_of(tiny_model), preprocessing=spec)
    with pytest.raises(CardError, match="3 means"):
        load_model(with_card(tiny_model, tmp_path / "means.onnx", card))


def test_models_are_found_by_name_and_by_path(tiny_model: Path, tmp_path: Path) -> None:
    folders = (tmp_path / "missing", tiny_model.parent)
    assert find_model("tiny", folders) == tiny_model
    assert find_model(str(tiny_model), ()) == tiny_model
    with pytest.raises(ModelMissingError, match="one of: tiny"):
        find_model("nothing", folders)


def test_a_model_with_a_card_is_listed_without_reading_its_graph(
    tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "good.onnx").write_bytes(tiny_model.read_bytes())
    (tmp_path / "torn.onnx").write_bytes(tiny_model.read_bytes()[:-1000])
    (tmp_path / "cut.onnx").write_bytes(tiny_model.read_bytes()[:3])
    parsed: list[str] = []

    def counted(path: Path) -> Model:
        parsed.append(path.name)
        return load_model(path)

    monkeypatch.setattr("desktop_app.core.model_library.load_model", counted)
    listed = list_models((tmp_path,))
    assert [(model.name, model.classes, model.image_size) for model in listed] == [("good", 3, 32)]
    assert listed[0].source == card_of(tiny_model).source
    assert "good.onnx" not in parsed


def test_a_model_without_a_card_is_read_again_only_after_a_change(
    plain_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "mine.onnx"
    path.write_bytes(plain_model.read_bytes())
    parsed: list[str] = []

    def counted(path: Path) -> Model:
        parsed.append(path.name)
        return load_model(path)

    monkeypatch.setattr("desktop_app.core.model_library.load_model", counted)
    first = list_models((tmp_path,))
    assert list_models((tmp_path,)) == first
    assert parsed == ["mine.onnx"]
    os.utime(path, ns=(1, 1))
    assert list_models((tmp_path,)) == first
    assert parsed == ["mine.onnx"] * 2


def test_a_broken_file_does_not_spoil_the_list(tiny_model: Path, tmp_path: Path) -> None:
    (tmp_path / "broken.onnx").write_bytes(b"nonsense")
    (tmp_path / "good.onnx").write_bytes(tiny_model.read_bytes())
    listed = list_models((tmp_path,))
    assert [(model.name, model.classes, model.image_size) for model in listed] == [("good", 3, 32)]


def test_where_the_default_model_was_taken_away_the_first_one_stands_in(
    tiny_model: Path, tmp_path: Path
) -> None:
    (tmp_path / "broken.onnx").write_bytes(b"nonsense")
    for name in ("zebra", "mine"):
        (tmp_path / f"{name}.onnx").write_bytes(tiny_model.read_bytes())
    folders = (folder for folder in (tmp_path,))  # read once only
    assert find_model(None, folders) == tmp_path / "mine.onnx"
    assert [model.name for model in list_models((tmp_path,)) if model.default] == ["mine"]
    (tmp_path / "everyday.onnx").write_bytes(tiny_model.read_bytes())
    assert find_model(None, (tmp_path,)) == tmp_path / "everyday.onnx"
    assert [model.name for model in list_models((tmp_path,)) if model.default] == ["everyday"]


def test_without_any_model_the_default_is_missed_by_name(tmp_path: Path) -> None:
    with pytest.raises(ModelMissingError, match="everyday"):
        find_model(None, (tmp_path,))
