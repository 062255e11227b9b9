"""The frozen values that flow through the program, in the glossary's words.

decode → :class:`Image` → preprocess → input tensor → run → :class:`Prediction`, activations.
Arrays inside records are read-only. Nothing here knows Qt, ONNX Runtime or torch, so any record
may cross a thread (or one day a process). NumPy is named for the type checker alone: the window
knows these records and is on screen before NumPy could be loaded.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from desktop_app.core.familiarity import Familiarity
from desktop_app.core.file_stamp import FileStamp
from desktop_app.core.network import Network
from desktop_app.core.network_plan import NetworkPlan
from desktop_app.core.provider_names import ProviderName
from desktop_app.core.residual_blocks import ResidualBlock

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Pixels: TypeAlias = "NDArray[np.uint8]"
"""uint8 (H, W, 3), sRGB, origin at the top left."""
Tensor: TypeAlias = "NDArray[np.float32]"
"""float32, batch first: an input tensor is (N, C, H, W) unless the model says (N, H, W, C)."""

CARD_SCHEMA: Final = 1
"""Rises when a program that knows only the number before would misread the card. A field that was
added later has a default, and an older program passes over it."""

ResizeRule = Literal["stretch", "shorter-side"]
Interpolation = Literal["nearest", "box", "bilinear", "bicubic", "lanczos"]
ChannelOrder = Literal["RGB", "BGR", "L"]
TensorLayout = Literal["NCHW", "NHWC"]
LayerKind = Literal[
    "conv", "batch-norm", "relu", "add", "max-pool", "average-pool", "dense", "softmax", "other"
]
LayerRole = Literal["stem", "branch", "shortcut", "sum", "output", "head"]


def read_only(array: "NDArray[Any]") -> "NDArray[Any]":
    """Mark ``array`` as not writeable and return it (no copy)."""
    array.flags.writeable = False
    return array


# --- where pictures come from ---------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FileSource:
    """A picture in a file."""

    path: Path

    @property
    def name(self) -> str:
        """The file's name, for display."""
        return self.path.name


@dataclass(frozen=True, slots=True)
class BytesSource:
    """An encoded picture in memory (dragged or pasted from another program)."""

    name: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class PixelsSource:
    """An already decoded picture: a bitmap from the clipboard or from a drag."""

    name: str
    pixels: Pixels = field(repr=False)


ImageSource = FileSource | BytesSource | PixelsSource


@dataclass(frozen=True, slots=True, eq=False)
class Image:
    """A decoded picture.

    Attributes:
        pixels: uint8 (H, W, 3), upright, sRGB, read-only.
        name: For display.
        stored_size: (width, height) as stored in the file, before EXIF orientation.
        notes: What decoding had to do, each a short phrase ("rotated as EXIF says",
            "converted from Display P3", "first of 12 frames").
        path: The file, when there is one.
        orientation: How the file stores it: EXIF's number, 1 (upright) to 8.
    """

    pixels: Pixels
    name: str
    stored_size: tuple[int, int]
    notes: tuple[str, ...] = ()
    path: Path | None = None
    orientation: int = 1

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) of the upright picture."""
        height, width = self.pixels.shape[:2]
        return width, height


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PreprocessingStep:
    """One step between file and input tensor, as a picture.

    Attributes:
        name: "decoded", "upright", "resized", "cropped" or "normalised".
        size: (width, height) in pixels after the step.
        preview: uint8 (h, w, 3), small, read-only.
        note: What the step did, a short phrase ("rotated as EXIF says", "-2.12 to 2.64, BGR").
        kept: The part that goes on to the next step, (left, top, right, bottom) in pixels of
            ``size``; None where all of it does.
    """

    name: str
    size: tuple[int, int]
    preview: Pixels
    note: str = ""
    kept: tuple[float, float, float, float] | None = None


# --- the model's card -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Preprocessing:
    """How an image becomes the input tensor. Belongs to the model, never to the caller.

    tensor = (pixels * scale - mean) / std, per channel, after resize, crop and channel order.

    Attributes:
        height: Of the input tensor, in pixels.
        width: Of the input tensor, in pixels.
        resize_rule: ``stretch`` to (height, width), or scale so that the shorter side becomes
            ``shorter_side`` and cut (height, width) from the centre.
        shorter_side: In pixels; None means as small as the crop allows: min-covering
            (height, width).
        interpolation: Pillow's filter of that name, antialiased.
        channel_order: Of the tensor's channel axis; ``L`` is one grey channel (ITU-R 601 luma).
        scale: Multiplies the uint8 value first: 1/255 for the lesson, 1 for Caffe.
        mean: Subtracted after the scale, one per channel in ``channel_order``.
        std: Divides after the mean, one per channel in ``channel_order``.
        layout: Axis order of the tensor.
    """

    height: int
    width: int
    resize_rule: ResizeRule = "shorter-side"
    shorter_side: int | None = None
    interpolation: Interpolation = "bilinear"
    channel_order: ChannelOrder = "RGB"
    scale: float = 1 / 255
    mean: tuple[float, ...] = (0.0, 0.0, 0.0)
    std: tuple[float, ...] = (1.0, 1.0, 1.0)
    layout: TensorLayout = "NCHW"


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """A named place in the network.

    Attributes:
        name: The contract's name; also the ONNX tensor's ("res3b_branch2a").
        kind: What is computed there.
        stage: 1 for the stem, 2 to 5 for the residual stages, None for head and foreign layers.
        block: Stage and letter ("3b"), None outside blocks.
        role: Its place: stem, branch, shortcut, sum, output (of a block) or head.
        shape: Of one image's activation: (channels, height, width) or (features,).
    """

    name: str
    kind: LayerKind
    stage: int | None
    block: str | None
    role: LayerRole
    shape: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Accuracy:
    """A measured accuracy, always with the number of images behind it.

    Attributes:
        name: Which images ("SIGNS test", "SIGNS test without copies of training images").
        images: How many.
        top1: Share in 0..1.
        top5: Share in 0..1, None where there are fewer than six classes.
    """

    name: str
    images: int
    top1: float
    top5: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What a model file says of itself; JSON in the metadata property ``residual_lens.card``.

    Attributes:
        schema: ``CARD_SCHEMA`` of the writer.
        title: For people ("SIGNS: six hand signs").
        labels: One per class, in the order of the output.
        preprocessing: See :class:`Preprocessing`.
        layers: In the order of computation.
        training: Data set, sizes, preset, epochs, seed, commit, date: what reproduces it.
        accuracy: Measured through the program's own preprocessing.
        licence: SPDX identifier or a sentence.
        source: Where the weights come from.
        weights_sha256: Over names, shapes and values of the weights as computed (float32).
        temperature: Above 0. What the program divides the logits by before it says how likely a
            class is; fitted on validation images (Guo et al. 2017, section 4.2). The graph's own
            ``probabilities`` are those of temperature 1, which is also meant by a card that does
            not name any.
        doubt: What tells pictures that are unlike the training's; None where it was not measured.
    """

    schema: int
    title: str
    labels: tuple[str, ...]
    preprocessing: Preprocessing
    layers: tuple[Layer, ...] = ()
    training: Mapping[str, Any] = field(default_factory=dict)
    accuracy: tuple[Accuracy, ...] = ()
    licence: str = ""
    source: str = ""
    weights_sha256: str = ""
    temperature: float = 1.0
    doubt: Familiarity | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """One ``.onnx`` file and what must be known to use it. Holds no session.

    Attributes:
        name: For ``--model`` and for display: the file's stem.
        path: The file.
        title: For people; the name when the file has no card.
        labels: One per class.
        preprocessing: The card's, or what the user chose for a file without one.
        layers: Every tensor that can be opened, in the order of computation.
        input_name: The graph's image input.
        output_name: The graph output with one score per class.
        logits_name: The tensor before the softmax or sigmoid; equals ``output_name`` when the
            graph ends in logits.
        output_is_probabilities: Whether the graph ends in a softmax.
        output_is_ratings: Whether it ends in a sigmoid, which rates every class by itself.
        temperature: The card's; 1 for a foreign file, which leaves its probabilities as they are.
        card: None for a foreign file.
        assumptions: What had to be assumed for lack of a card, each a sentence.
        stamp: The file's when it was opened; None for one that is not on the disk as it is. Not
            compared.
        network: How the layers hang together; read from the same file, so not compared.
        plan: How the window draws them; empty until they are laid out for it.
        blocks: Its residual blocks, in the order of computation; not compared either.
    """

    name: str
    path: Path
    title: str
    labels: tuple[str, ...]
    preprocessing: Preprocessing
    layers: tuple[Layer, ...]
    input_name: str
    output_name: str
    logits_name: str
    output_is_probabilities: bool
    output_is_ratings: bool = False
    temperature: float = 1.0
    card: Card | None = None
    assumptions: tuple[str, ...] = ()
    stamp: FileStamp | None = field(default=None, compare=False, repr=False)
    network: Network = field(default_factory=Network, compare=False, repr=False)
    plan: NetworkPlan = field(default_factory=NetworkPlan, compare=False, repr=False)
    blocks: tuple[ResidualBlock, ...] = field(default=(), compare=False, repr=False)

    def layer(self, name: str) -> Layer | None:
        """The layer of that name, or None."""
        return next((layer for layer in self.layers if layer.name == name), None)

    def block(self, name: str) -> ResidualBlock | None:
        """The residual block of that name, or None."""
        return next((block for block in self.blocks if block.name == name), None)

    def listing(self) -> "ModelListing":
        """The row for an open model that stands in no folder of models."""
        return ModelListing(
            name=self.name,
            path=self.path,
            classes=len(self.labels),
            image_size=self.preprocessing.height,
            default=False,
            source="" if self.card is None else self.card.source,
            title=self.title,
            accuracy=() if self.card is None else self.card.accuracy,
            licence="" if self.card is None else self.card.licence,
        )


# --- results ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Prediction:
    """One class and its probability in 0..1."""

    label: str
    index: int
    probability: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Remedy:
    """What a person can do.

    Attributes:
        what: A phrase without a full stop at its end.
        command: The exact command line for this installation, where one does it.
        otherwise: Another way, where that command cannot be run.
    """

    what: str
    command: str = ""
    otherwise: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """What really runs, and why.

    Attributes:
        name: The execution provider in use.
        reason: A phrase for people ("no NVIDIA driver found", "asked for").
        device: The device's name where known ("NVIDIA H200"), else empty.
        gpu_unused: Whether an NVIDIA GPU stands by that would run but for ``reason``.
        remedy: What would let it run; None where nothing is to be done.
    """

    name: ProviderName
    reason: str
    device: str = ""
    gpu_unused: bool = False
    remedy: Remedy | None = None

    def __str__(self) -> str:
        return f"{self.name.upper()}: {self.reason}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """Wall-clock milliseconds of one image's way."""

    decode_ms: float
    preprocess_ms: float
    run_ms: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Classification:
    """The scores of one image under one model.

    Attributes:
        probabilities: float32 (classes,), sums to 1, read-only, in the order of the labels.
        provider: What ran.
        timing: Of this image.
    """

    probabilities: Tensor
    provider: Provider
    timing: Timing


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Activations:
    """Every named activation of one image, from one run.

    Attributes:
        values: Layer name → float32 (channels, height, width), read-only. Vectors (pooled
            features, logits, probabilities) are (features, 1, 1).
        run_ms: Wall-clock milliseconds of the run.
    """

    values: Mapping[str, Tensor]
    run_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelListing:
    """A model that can be named with ``--model``: one row of ``models``.

    Attributes:
        name: The file's stem.
        path: The file.
        classes: How many.
        image_size: Height of the input tensor, in pixels.
        default: Whether it is opened when none is named.
        source: Where the weights come from; this and the rest are the card's.
        title: For people.
        accuracy: As measured.
        licence: Of the weights.
    """

    name: str
    path: Path
    classes: int
    image_size: int
    default: bool
    source: str
    title: str = ""
    accuracy: tuple[Accuracy, ...] = ()
    licence: str = ""
