"""A model file: one self-contained ``.onnx`` with its card → :class:`Model`.

The place where a parsed file is checked before anything runs it: that it is a classifier of
pictures, and that the card fits the graph. A file without a card is still a classifier; labels
and preprocessing then come from the caller, from a file beside it, or from plain assumptions
that are stated.
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

import onnx
from onnx import TensorProto, shape_inference

from desktop_app.core.card import CARD_PROPERTY, decode_card
from desktop_app.core.errors import (
    CardError,
    LabelsError,
    NotAClassifierError,
)
from desktop_app.core.file_stamp import stamp_of
from desktop_app.core.foreign_models import (
    assumed_preprocessing,
    find_labels_beside,
    foreign_layers,
)
from desktop_app.core.graph.class_scores import ClassScores, all_class_scores
from desktop_app.core.graph.shapes import TensorType, tensor_types
from desktop_app.core.graph.training_mode import training_node
from desktop_app.core.network_analysis import analyse_network
from desktop_app.core.onnx_file import read_onnx
from desktop_app.core.records import Card, Model, Preprocessing
from desktop_app.core.residual_blocks import residual_blocks

_RATINGS: Final = (
    "A sigmoid rates every class by itself: the probabilities are those of one class alone."
)
_FLOATS: Final = (TensorProto.FLOAT, TensorProto.FLOAT16, TensorProto.DOUBLE)


def load_model(
    path: Path,
    *,
    labels: tuple[str, ...] | None = None,
    preprocessing: Preprocessing | None = None,
) -> Model:
    """Read and check a model file.

    Args:
        path: The ``.onnx`` file.
        labels: For a file without a card, one per class; also replace a card's.
        preprocessing: For a file without a card; also replaces a card's.

    Raises:
        ModelMissingError: Nothing is there.
        ModelUnreadableError: No ONNX, damaged, or incomplete.
        NotAClassifierError: Not one image in and one score per class out.
        CardError: The card does not fit the schema or the graph.
    """
    stamp = stamp_of(path)
    model = describe_model(read_onnx(path), path, labels=labels, preprocessing=preprocessing)
    return replace(model, stamp=stamp)


def describe_model(
    proto: onnx.ModelProto,
    path: Path,
    *,
    labels: tuple[str, ...] | None = None,
    preprocessing: Preprocessing | None = None,
) -> Model:
    """:func:`load_model` for a file that has been parsed already; the same errors."""
    text = next((p.value for p in proto.metadata_props if p.key == CARD_PROPERTY), None)
    card = None if text is None else decode_card(text)
    image_input = _image_input(proto, path)
    if (node := training_node(proto, image_input.name)) is not None:
        what = f"{node.name or node.output[0]} ({node.op_type})"
        raise NotAClassifierError(
            f"cannot use the model {path.name}",
            why=f"{what} runs as in training, so the same picture has another answer in every run",
            remedy="Export it in evaluation mode.",
        )
    types = _types(proto, image_input, preprocessing) if card is None else {}
    beside = find_labels_beside(path) if card is None else card.labels
    scores, assumed = _class_scores(proto, types, len(labels or beside or ()), path)
    model = Model(
        name=path.stem,
        path=path,
        title=path.stem,
        labels=(),
        preprocessing=Preprocessing(height=1, width=1),
        layers=(),
        input_name=image_input.name,
        output_name=scores.output,
        logits_name=scores.logits,
        output_is_probabilities=scores.is_softmax,
        output_is_ratings=scores.is_sigmoid,
    )
    if card is not None:
        model = _with_card(model, card, proto)
    else:
        model = _without_card(model, proto, types, chosen=preprocessing, labels=beside)
    if preprocessing is not None:
        model = replace(model, preprocessing=preprocessing)
    spoken = tuple(sentence for sentence in (assumed, scores.is_sigmoid and _RATINGS) if sentence)
    model = replace(model, assumptions=(*model.assumptions, *spoken))
    if labels is not None:
        model = replace(
            model,
            labels=labels,
            assumptions=tuple(a for a in model.assumptions if not a.startswith("Labels")),
        )
    model = _with_enough_labels(model, scores.classes, path)
    network = analyse_network(
        proto,
        (layer.name for layer in model.layers),
        input_name=model.input_name,
        spec=model.preprocessing,
    )
    return replace(model, network=network, blocks=residual_blocks(model.layers, network))


def _with_card(model: Model, card: Card, proto: onnx.ModelProto) -> Model:
    computed = {output for node in proto.graph.node for output in node.output}
    lost = next((layer.name for layer in card.layers if layer.name not in computed), None)
    if lost is not None:
        raise CardError(
            f"cannot open the model {model.path.name}",
            why=f"its card names the layer {lost}, which its graph does not compute",
            remedy="Export the model again.",
        )
    channels = 1 if card.preprocessing.channel_order == "L" else 3
    if len(card.preprocessing.mean) != channels or len(card.preprocessing.std) != channels:
        raise CardError(
            f"cannot open the model {model.path.name}",
            why=f"its card needs {channels} means and standard deviations",
            remedy="Export the model again.",
        )
    return replace(
        model,
        title=card.title or model.name,
        labels=card.labels,
        preprocessing=card.preprocessing,
        layers=card.layers,
        temperature=card.temperature,
        card=card,
    )


def _without_card(
    model: Model,
    proto: onnx.ModelProto,
    types: Mapping[str, TensorType],
    *,
    chosen: Preprocessing | None,
    labels: tuple[str, ...] | None,
) -> Model:
    image_input = next(v for v in proto.graph.input if v.name == model.input_name)
    spec, spoken = assumed_preprocessing(_dimensions(image_input), proto)
    assumptions = []
    if chosen is None:
        assumptions.append(f"Preprocessing is assumed: {spoken}.")
    if labels is None:
        assumptions.append("Labels are not known: classes are numbered.")
    return replace(
        model,
        labels=labels or (),
        preprocessing=spec,
        layers=foreign_layers(proto, model.input_name, chosen or spec, types),
        assumptions=tuple(assumptions),
    )


def _with_enough_labels(model: Model, classes: int | None, path: Path) -> Model:
    if classes is None:
        classes = len(model.labels) or None
    if classes is None or classes < 2:
        raise _not_a_classifier(path, "its output is not one score per class")
    if not model.labels:
        return replace(model, labels=tuple(f"class {index}" for index in range(classes)))
    if len(model.labels) != classes:
        raise LabelsError(
            f"cannot open the model {path.name}",
            why=f"there are {len(model.labels)} labels for {classes} classes",
            remedy="Give one label per class, in the order of the model's output.",
        )
    return model


def _image_input(proto: onnx.ModelProto, path: Path) -> onnx.ValueInfoProto:
    weights = {initializer.name for initializer in proto.graph.initializer}
    inputs: list[onnx.ValueInfoProto] = [v for v in proto.graph.input if v.name not in weights]
    if len(inputs) != 1:
        raise _not_a_classifier(path, f"it takes {len(inputs)} inputs instead of one picture")
    dimensions = _dimensions(inputs[0])
    is_picture = len(dimensions) == 4 and (1 in dimensions[1:] or 3 in dimensions[1:])
    if not is_picture:
        raise _not_a_classifier(path, "its input is not a batch of grey or colour pictures")
    kind = inputs[0].type.tensor_type.elem_type
    if kind not in _FLOATS:
        known = kind in TensorProto.DataType.values()
        name = TensorProto.DataType.Name(kind) if known else f"unknown ({kind})"
        raise _not_a_classifier(path, f"it takes a picture of {name} numbers, not of floats")
    if dimensions[0] not in {None, 1}:
        raise _not_a_classifier(path, f"it takes {dimensions[0]} pictures at once, never one")
    if not proto.graph.output:
        raise _not_a_classifier(path, "it has no output")
    return inputs[0]


def _types(
    proto: onnx.ModelProto, image_input: onnx.ValueInfoProto, chosen: Preprocessing | None
) -> Mapping[str, TensorType]:
    """Of all tensors, for one picture; empty where the graph contradicts its input's size."""
    spec = chosen or assumed_preprocessing(_dimensions(image_input), proto)[0]
    channels = 1 if spec.channel_order == "L" else 3
    last = spec.layout == "NHWC"
    size = (spec.height, spec.width, channels) if last else (channels, spec.height, spec.width)
    try:
        return tensor_types(proto, image_input.name, (1, *size))
    except (shape_inference.InferenceError, RuntimeError):
        return {}


def _class_scores(
    proto: onnx.ModelProto, types: Mapping[str, TensorType], labels: int, path: Path
) -> tuple[ClassScores, str]:
    """The output that is meant, and the assumption where it is not certain.

    Args:
        proto: Computes the outputs.
        types: Of its tensors.
        labels: How many are known.
        path: Of the file.
    """
    found = all_class_scores(proto, types)
    if not found:
        raise _not_a_classifier(path, "its output is not computed by its graph")
    fitting = [scores for scores in found if scores.classes is None or scores.classes > 1]
    if not fitting:
        raise _not_a_classifier(path, "its output is not one score per class")
    fitting = [scores for scores in fitting if scores.classes == labels] or fitting
    fitting = [scores for scores in fitting if scores.is_softmax] or fitting
    chosen = fitting[0]
    if not chosen.runs_over_classes:
        raise _not_a_classifier(path, "its softmax does not run over the classes")
    if len(fitting) == 1:
        return chosen, ""
    count = len(proto.graph.output)
    return chosen, f"Of {count} outputs the first, {chosen.output}, is taken for the class scores."


def _dimensions(value: onnx.ValueInfoProto) -> tuple[int | None, ...]:
    """None where a size is free: named, or -1, as some exporters write it."""
    shape = value.type.tensor_type.shape
    return tuple(d.dim_value if d.dim_value > 0 else None for d in shape.dim)


def _not_a_classifier(path: Path, why: str) -> NotAClassifierError:
    return NotAClassifierError(
        f"cannot use the model {path.name}",
        why=why,
        remedy="Open an ONNX model that takes one picture and gives one score per class.",
    )
