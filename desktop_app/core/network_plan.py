"""The drawing of a network as plain geometry: boxes, lines and words with their places.

``residual_plan.py`` and ``foreign_plan.py`` lay it out, the window's map draws it, and its keys
move along it. Lengths are in device-independent pixels at the size at which it is read, the origin
is at the top left. Nothing here knows Qt.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

Form = Literal["box", "sum", "output"]
"""How a box is drawn: a rounded box with a label, the circled plus, the small ReLU behind it."""
Lane = Literal["branch", "shortcut"]
Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Area:
    """A rectangle.

    Attributes:
        x: Of its left edge.
        y: Of its top edge.
        width: To the right.
        height: Downwards.
    """

    x: float
    y: float
    width: float
    height: float

    @property
    def middle(self) -> Point:
        """Its centre."""
        return self.x + self.width / 2, self.y + self.height / 2

    def holds(self, x: float, y: float) -> bool:
        """Whether a point lies inside."""
        return self.x <= x < self.x + self.width and self.y <= y < self.y + self.height


@dataclass(frozen=True, slots=True)
class Spot:
    """Where one layer can be pointed at.

    Attributes:
        layer: Its name.
        area: Inside its box.
    """

    layer: str
    area: Area


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """What stands for one layer, or for a convolution with its norm and ReLU.

    Attributes:
        form: See :data:`Form`.
        area: All of it.
        label: Short ("2a"); empty for the sum and the output.
        spots: Its layers in the order of computation; the last is what leaves the box.
        row: Rows are counted from the top: a block, or one box of stem, head or foreign graph.
        lane: Its path through the block.
    """

    form: Form = "box"
    area: Area
    label: str = ""
    spots: tuple[Spot, ...]
    row: int
    lane: Lane = "branch"

    def layer_at(self, x: float, y: float) -> str:
        """The layer that a point of the box stands for; its label is what leaves it."""
        hit = (spot.layer for spot in self.spots if spot.area.holds(x, y))
        return next(hit, self.spots[-1].layer)


@dataclass(frozen=True, slots=True)
class Line:
    """A path from layer to layer.

    Attributes:
        points: Its corners.
        source: The layer it comes from; empty for the image.
        target: The layer it leads to.
        turns: Whether it only leads from the end of a row to the beginning of the next.
    """

    points: tuple[Point, ...]
    source: str
    target: str
    turns: bool = False


@dataclass(frozen=True, slots=True)
class Words:
    """Something written beside the boxes.

    Attributes:
        text: One line.
        area: Where; elided to its width.
        role: ``stage`` is a heading, ``block`` a block's name, ``shape`` a remark at the right.
    """

    text: str
    area: Area
    role: Literal["stage", "block", "shape"]


@dataclass(frozen=True)
class NetworkPlan:
    """A whole drawing.

    Attributes:
        boxes: In the order of computation.
        lines: What connects them.
        words: What is written beside them.
        width: Of all of it.
        height: Of all of it.
        downwards: Whether the flow goes from top to bottom; else it goes to the right, row by row.
    """

    boxes: tuple[Box, ...] = ()
    lines: tuple[Line, ...] = ()
    words: tuple[Words, ...] = ()
    width: float = 0.0
    height: float = 0.0
    downwards: bool = False

    @cached_property
    def places(self) -> dict[str, tuple[Box, Spot]]:
        """Layer name → where it is."""
        return {spot.layer: (box, spot) for box in self.boxes for spot in box.spots}

    @cached_property
    def rows(self) -> tuple[tuple[Box, ...], ...]:
        """The boxes row by row."""
        rows: list[list[Box]] = [[] for _ in range(1 + max((b.row for b in self.boxes), default=0))]
        for box in self.boxes:
            rows[box.row].append(box)
        return tuple(map(tuple, rows))

    def box_at(self, x: float, y: float) -> Box | None:
        """The box at a point."""
        return next((box for box in self.boxes if box.area.holds(x, y)), None)

    def spots_in(self, row: int, lane: Lane) -> Iterator[Spot]:
        """The layers of one path through a row, in the order of computation."""
        return (spot for box in self.rows[row] if box.lane == lane for spot in box.spots)
