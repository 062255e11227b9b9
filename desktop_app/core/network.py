"""The network as a graph of its named layers: what each is computed from, holds and sees.

A card lists layers, but not how they hang together. ``network_analysis.py`` reads that from the
ONNX graph when a model is opened; what it finds travels with the :class:`~.records.Model` as the
frozen values here. They know neither ONNX nor NumPy: the window needs them before either is loaded.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceptiveField:
    """Which pixels of the input tensor a layer's positions can depend on.

    The bound that follows from kernels, strides, dilations and pads alone (Dumoulin and Visin
    2016, "A guide to convolution arithmetic for deep learning"; Araujo et al. 2019, "Computing
    receptive fields of convolutional neural networks", equations 2 and 4). No pixel outside has
    any influence; inside, one may have none. Where paths join, it is the union of theirs.

    Attributes:
        size: (height, width), in pixels of the input tensor.
        stride: How far the field moves (down, right) from one position to the next. 0 where all
            positions have the same field: behind a global pooling or a dense layer.
        start: (top, left) of the first position's field, 0 at the input's first pixel; negative
            where it begins in the padding.
    """

    size: tuple[int, int]
    stride: tuple[int, int]
    start: tuple[int, int]

    def rectangle(self, x: int, y: int) -> tuple[int, int, int, int]:
        """The field of the position in column ``x`` and row ``y`` of a map.

        Returns:
            (left, top, right, bottom) in pixels of the input tensor, right and bottom exclusive.
            It may reach beyond the input: padding is seen too.
        """
        top = self.start[0] + y * self.stride[0]
        left = self.start[1] + x * self.stride[1]
        return left, top, left + self.size[1], top + self.size[0]

    @property
    def is_shared(self) -> bool:
        """Whether every position has the same field."""
        return self.stride == (0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkNode:
    """A named layer's place in the graph.

    Attributes:
        inputs: The named layers that it is computed from without another one between, in the
            order of the graph; empty where that is the image itself.
        parameters: How many weights are used between its inputs and it. Quantised weights count
            as the values that they unfold to; a batch norm has four per channel: gamma, beta and
            the two moving statistics.
        receptive_field: None where it does not follow from the operators on the way.
    """

    inputs: tuple[str, ...] = ()
    parameters: int = 0
    receptive_field: ReceptiveField | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """The graph of a model's named layers.

    Attributes:
        nodes: Layer name → its place, in the order of computation.
        parameters: Of the whole model. A weight that several layers use is counted once.
    """

    nodes: Mapping[str, NetworkNode] = field(default_factory=dict)
    parameters: int = 0

    def node(self, name: str) -> NetworkNode | None:
        """The place of the layer of that name, or None."""
        return self.nodes.get(name)


def ancestors(network: Network, name: str) -> frozenset[str]:
    """The named layers that the layer of that name depends on; empty for one that is not known."""
    known = set[str]()
    waiting = [name]
    while waiting:
        node = network.node(waiting.pop())
        new = set(() if node is None else node.inputs) - known
        known |= new
        waiting += new
    return frozenset(known)
