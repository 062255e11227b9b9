"""What can be known of an ONNX classifier that has no card.

Layers come from the graph by shape inference, labels from a file, preprocessing from the shape
of the input and from the few conventions that exist. Every assumption is returned as a phrase,
because a wrong preprocessing gives wrong answers without any error.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import onnx
from onnx import TensorProto

from desktop_app.core.errors import LabelsError
from desktop_app.core.graph.channel_axes import channel_axes
from desktop_app.core.graph.rectified import clipped_at_zero
from desktop_app.core.graph.shapes import TensorType
from desktop_app.core.records import ChannelOrder, Layer, LayerKind, Preprocessing

_KINDS: Final[dict[str, LayerKind]] = {
    "Conv": "conv",
    "ConvInteger": "conv",
    "QLinearConv": "conv",
    "BatchNormalization": "batch-norm",
    "Relu": "relu",
    "Add": "add",
    "Sum": "add",
    "MaxPool": "max-pool",
    "AveragePool": "average-pool",
    "GlobalAveragePool": "average-pool",
    "ReduceMean": "average-pool",
    "Gemm": "dense",
    "MatMul": "dense",
    "Softmax": "softmax",
}
_TAPPABLE: Final = (TensorProto.FLOAT, TensorProto.FLOAT16)
_IMAGENET_MEAN: Final = (0.485, 0.456, 0.406)
_IMAGENET_STD: Final = (0.229, 0.224, 0.225)

PREPROCESSING_NAMES: Final = ("lesson", "torchvision", "keras", "tensorflow", "bytes")
"""Conventions that can be named on the command line for a file without a card."""


def named_preprocessing(
    name: str, *, height: int, width: int, channel_order: ChannelOrder = "RGB"
) -> Preprocessing:
    """One of the field's conventions at an input size in pixels.

    ``lesson``: x/255. ``torchvision``: shorter side to 8/7 of the input, centre crop, ImageNet
    mean and standard deviation (torchvision.transforms, reference evaluation). ``keras``: BGR
    minus the ImageNet mean in 0..255 ("caffe" mode). ``tensorflow``: -1..1. ``bytes``: 0..255.

    Raises:
        KeyError: No such convention.
    """
    channels = 1 if channel_order == "L" else 3
    plain = Preprocessing(
        height=height,
        width=width,
        channel_order=channel_order,
        mean=(0.0,) * channels,
        std=(1.0,) * channels,
    )
    grey = channels == 1
    match name:
        case "lesson":
            return plain
        case "torchvision":
            return replace(
                plain,
                shorter_side=round(min(height, width) * 256 / 224),
                mean=(0.449,) if grey else _IMAGENET_MEAN,
                std=(0.226,) if grey else _IMAGENET_STD,
            )
        case "keras":
            return replace(
                plain,
                channel_order=channel_order if grey else "BGR",
                scale=1.0,
                mean=(113.865,) if grey else (103.939, 116.779, 123.68),
            )
        case "tensorflow":
            return replace(plain, scale=1 / 127.5, mean=(1.0,) * channels)
        case "bytes":
            return replace(plain, scale=1.0)
        case _:
            raise KeyError(name)


def assumed_preprocessing(
    dimensions: tuple[int | None, ...], proto: onnx.ModelProto
) -> tuple[Preprocessing, str]:
    """The likeliest preprocessing for an input of that shape, and the assumption in words.

    Args:
        dimensions: Of the image input, None where dynamic; batch first.
        proto: For Windows ML's metadata (``Image.NominalPixelRange``).
    """
    last = dimensions[1] not in {1, 3}
    channels, height, width = (
        (dimensions[3], dimensions[1], dimensions[2]) if last else dimensions[1:]
    )
    metadata = {prop.key: prop.value for prop in proto.metadata_props}
    if metadata.get("Image.NominalPixelRange") == "NominalRange_0_255":
        name, spoken = "bytes", "0 to 255, as the file's metadata says"
    elif channels == 3:
        name, spoken = "torchvision", "ImageNet mean and standard deviation, as torchvision does"
    else:
        name, spoken = "lesson", "0 to 1"
    order: ChannelOrder = "L" if channels == 1 else "RGB"
    spec = named_preprocessing(name, height=height or 224, width=width or 224, channel_order=order)
    if last:
        spec = replace(spec, layout="NHWC")
    return spec, spoken


def foreign_layers(
    proto: onnx.ModelProto,
    input_name: str,
    spec: Preprocessing,
    types: Mapping[str, TensorType],
) -> tuple[Layer, ...]:
    """Every float tensor that depends on the picture and has a known shape, in graph order.

    Shapes are (features,) for vectors, (channels, height, width) for maps. Constant sub-graphs
    (reshaped biases, scales) are left out, because they are the same for every picture; so is what
    has another first axis than the batch, and maps whose channels come last, which would be taken
    for rows.

    Args:
        proto: The whole file.
        input_name: The graph's image input.
        spec: Its size and layout.
        types: Of all tensors, for one picture of that size.
    """
    shapes = {name: kind.shape for name, kind in types.items() if kind.shape is not None}
    axis = 3 if spec.layout == "NHWC" else 1
    axes = channel_axes(proto.graph, shapes, input_name=input_name, axis=axis)
    clipped = clipped_at_zero(proto)
    alive = {input_name}
    layers: list[Layer] = []
    for node in proto.graph.node:
        if not alive.intersection(node.input):
            continue
        alive.update(output for output in node.output if output)
        name = node.output[0]
        if axes.get(name, 1) != 1 or name not in shapes or types[name].dtype not in _TAPPABLE:
            continue
        batch, *sizes = shapes[name] or (0,)
        if batch != 1 or len(sizes) not in {1, 3} or min(sizes) < 1:
            continue
        layers.append(
            Layer(
                name=name,
                kind="relu" if name in clipped else _KINDS.get(node.op_type, "other"),
                stage=None,
                block=None,
                role="head" if len(sizes) == 1 else "branch",
                shape=tuple(sizes),
            )
        )
    return tuple(layers)


def find_labels_beside(path: Path) -> tuple[str, ...] | None:
    """Labels from ``NAME.labels.txt``, ``.tsv`` or ``.json`` beside the model, else None."""
    for suffix in (".labels.txt", ".labels.tsv", ".labels.json"):
        candidate = path.with_suffix(suffix)
        if candidate.is_file():
            return read_labels(candidate)
    return None


def read_labels(path: Path) -> tuple[str, ...]:
    """Labels from a text file: JSON, one per line, or the last column of a table.

    JSON is a list, or leads from the classes' numbers to names, or to lists that end in the name
    (Keras's ``imagenet_class_index.json``). A table's first row is a heading when its first field
    is not a number although the second row's is.

    Raises:
        LabelsError: Unreadable, empty, or JSON of another shape.
    """
    what = f"cannot read the labels in {path.name}"
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise LabelsError(what, why=f"there is no file {path}", remedy="Check the path.") from error
    except OSError as error:
        why = f"it cannot be read ({error.strerror or error})"
        raise LabelsError(what, why=why, remedy="Give a UTF-8 text file.") from error
    except UnicodeDecodeError as error:
        raise LabelsError(what, why=str(error), remedy="Give a UTF-8 text file.") from error
    if text.lstrip().startswith(("[", "{")):
        try:
            labels = _labels_in_json(json.loads(text))
        except ValueError as error:
            raise LabelsError(what, why=str(error), remedy="Give a JSON list of names.") from error
    else:
        rows = [line.split("\t") for line in text.splitlines() if line.strip()]
        if len(rows) > 1 and not rows[0][0].isdigit() and rows[1][0].isdigit():
            rows = rows[1:]
        labels = tuple(row[-1].strip() for row in rows)
    if not labels:
        raise LabelsError(what, why="it is empty", remedy="Write one label per line.")
    return labels


def _labels_in_json(found: Any) -> tuple[str, ...]:  # noqa: ANN401 - whatever the file holds
    """Raises ValueError where names are numbered otherwise than from 0 on."""
    if not isinstance(found, dict):
        return tuple(str(label) for label in found)
    if set(found) != {str(index) for index in range(len(found))}:
        msg = "its names are not numbered from 0 on"
        raise ValueError(msg)
    names = (found[str(index)] for index in range(len(found)))
    return tuple(str(name[-1] if isinstance(name, list) and name else name) for name in names)
