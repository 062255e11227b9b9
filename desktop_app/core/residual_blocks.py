"""Residual blocks, found where a branch and its shortcut are added.

A card names its blocks, a foreign file does not; both have the same structure. So a block is found
by what makes it one (He et al. 2016, "Deep Residual Learning for Image Recognition", equations 1
and 2): a sum of two tensors of which one is the other's ancestor (the identity), or both come
from one tensor and one of them on a shorter way (the projection). Knows neither ONNX nor NumPy: the
blocks travel with the :class:`~.records.Model`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from desktop_app.core.network import Network
    from desktop_app.core.records import Layer


@dataclass(frozen=True, slots=True, kw_only=True)
class ResidualBlock:
    """Where two paths meet; everything but ``name`` is the name of a layer.

    Attributes:
        name: Stage and letter where the model's card has them ("3b"), else the sum's name.
        branch: What the branch gives to the sum.
        shortcut: What the shortcut gives to the sum.
        summed: The sum.
        output: What the block hands on: the ReLU of the sum where one follows it alone, else the
            sum.
        layers: Everything from the block's entrance (which is not part of it) to ``output``, in
            the order of computation.
        channels: Of the sum.
    """

    name: str
    branch: str
    shortcut: str
    summed: str
    output: str
    layers: tuple[str, ...]
    channels: int


def residual_blocks(layers: Sequence["Layer"], network: "Network") -> tuple[ResidualBlock, ...]:
    """The residual blocks among a model's layers, in the order of computation.

    Left out are sums whose two ways are equally long (no shortcut can be told), or whose shorter
    one has more than one convolution, and whatever has no maps. In a quantised network a
    convolution of integers has no layer of its own: the cast of it to float counts instead.
    """
    walk = _Walk(layers, network)
    found = (walk.block_at(layer) for layer in layers if layer.kind == "add")
    return tuple(block for block in found if block is not None)


class _Walk:
    """Ancestors of every layer, as bits: a set of a thousand layers is one number."""

    def __init__(self, layers: Sequence["Layer"], network: "Network") -> None:
        self._layers = tuple(layers)
        self._network = network
        self._places = {layer.name: place for place, layer in enumerate(layers)}
        self._up_to: list[int] = []
        self._readers: dict[str, list[int]] = {}
        for place, layer in enumerate(layers):
            ancestors = 1 << place
            for name in self._inputs(layer.name):
                ancestors |= self._up_to[self._places[name]]
                self._readers.setdefault(name, []).append(place)
            self._up_to.append(ancestors)

    def block_at(self, summed: "Layer") -> ResidualBlock | None:
        """The block that ends in a sum, or None."""
        inputs = self._inputs(summed.name)
        shapes = {self._layers[self._places[name]].shape for name in (*inputs, summed.name)}
        if len(inputs) != 2 or len(shapes) != 1 or len(summed.shape) != 3:
            return None
        one, other = (self._up_to[self._places[name]] for name in inputs)
        fork = (one & other).bit_length() - 1
        if fork < 0:
            return None
        entrance = self._up_to[fork]
        lengths = [self._convolutions(way & ~entrance) for way in (one, other)]
        if lengths[0] == lengths[1] or min(lengths) > 1:
            return None
        shorter = lengths.index(min(lengths))
        output = self._output_of(summed)
        inside = self._up_to[self._places[output.name]] & ~entrance
        return ResidualBlock(
            name=summed.block or summed.name,
            branch=inputs[1 - shorter],
            shortcut=inputs[shorter],
            summed=summed.name,
            output=output.name,
            layers=tuple(
                layer.name for place, layer in enumerate(self._layers) if inside >> place & 1
            ),
            channels=summed.shape[0],
        )

    def _inputs(self, name: str) -> tuple[str, ...]:
        node = self._network.node(name)
        inputs = () if node is None else node.inputs
        place = self._places[name]
        return tuple(i for i in inputs if self._places.get(i, place) < place)

    def _output_of(self, summed: "Layer") -> "Layer":
        readers = [self._layers[place] for place in self._readers.get(summed.name, ())]
        return readers[0] if len(readers) == 1 and readers[0].kind == "relu" else summed

    def _convolutions(self, way: int) -> int:
        return sum(
            bool(way >> place & 1) and self._convolves(layer)
            for place, layer in enumerate(self._layers)
        )

    def _convolves(self, layer: "Layer") -> bool:
        """Whether it is a convolution, or a cast of one: a scale has one weight per channel."""
        node = self._network.node(layer.name)
        weights = 0 if node is None else node.parameters
        cast = layer.kind == "other" and len(layer.shape) == 3 and weights > layer.shape[0]
        return layer.kind == "conv" or cast


def block_of(blocks: Iterable[ResidualBlock], layer: str) -> ResidualBlock | None:
    """The block that ``layer`` is part of, or None."""
    return next((block for block in blocks if layer in block.layers), None)
