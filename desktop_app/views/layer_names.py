"""What layers, blocks and stages are called for people, in the lesson's words."""

from collections.abc import Iterable, Sequence
from typing import Final

from desktop_app.core.records import Layer, LayerKind

KIND_NAMES: Final[dict[LayerKind, str]] = {
    "conv": "convolution",
    "batch-norm": "batch normalisation",
    "relu": "ReLU",
    "add": "sum",
    "max-pool": "max pooling",
    "average-pool": "average pooling",
    "dense": "dense",
    "softmax": "softmax",
    "other": "other operation",
}
_ROLE_NAMES: Final = {
    "stem": "stem",
    "branch": "branch",
    "shortcut": "shortcut",
    "sum": "branch plus shortcut",
    "output": "output of the block",
    "head": "head",
}


def has_stages(layers: Iterable[Layer]) -> bool:
    """Whether the network is one of ours; a foreign one is listed flat, in its own names."""
    return any(layer.stage is not None for layer in layers)


def section_of(layer: Layer) -> str:
    """The top-level place of a layer: "Stem", "Stage 2" to "Stage 5", "Head"."""
    if layer.stage is None:
        return "Head"
    return "Stem" if layer.stage == 1 else f"Stage {layer.stage}"


def section_title(section: str, layers: Sequence[Layer]) -> str:
    """A section with the number of its blocks: "Stage 2 · 3 blocks"."""
    blocks = len({layer.block for layer in layers if layer.block is not None})
    if not blocks:
        return section
    return f"{section} · {blocks} block{'s' if blocks > 1 else ''}"


def block_title(block: str, layers: Iterable[Layer]) -> str:
    """A block and its kind: a convolutional block has a layer on its shortcut."""
    convolutional = any(layer.role == "shortcut" for layer in layers)
    return f"Block {block} · {'convolutional' if convolutional else 'identity'}"


def place_of(layer: Layer) -> str:
    """Where a layer is and what it does: "Block 3b · branch, convolution"."""
    kind = KIND_NAMES[layer.kind]
    if layer.block is not None:
        return f"Block {layer.block} · {_ROLE_NAMES[layer.role]}, {kind}"
    if layer.stage is not None or layer.role == "head":
        return f"{section_of(layer)} · {kind}"
    return kind.capitalize() if kind != "ReLU" else kind
