"""A residual network as the lesson draws it: a row per block, the shortcut beneath, then the sum.

A box stands for a convolution with the batch norm and ReLU behind it; each of these layers has a
part of the box of its own. Stem and head are a column above and below. The rows follow the order of
the layers; a block's last point is led back to the beginning of the next row.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Final

from desktop_app.core.network_plan import (
    Area,
    Box,
    Form,
    Lane,
    Line,
    NetworkPlan,
    Point,
    Spot,
    Words,
)
from desktop_app.core.records import Layer

_LEFT: Final = 14.0
_INLET: Final = 42.0
_FIRST: Final = 54.0
_BOX_WIDTH: Final = 50.0
_BOX_HEIGHT: Final = 32.0
_LABEL_HEIGHT: Final = 18.0
_GAP: Final = 9.0
_SUM: Final = 16.0
_OUTPUT: Final = 16.0
_COLUMN_WIDTH: Final = 110.0
_SHORTCUT_DROP: Final = 12.0
_ROW_GAP: Final = 26.0
_COLUMN_GAP: Final = 12.0
_HEADING: Final = 30.0
_RIGHT: Final = 8.0
_BRANCH_NAME: Final = re.compile(r"_branch(\w+)$")


def plan_residual(layers: Sequence[Layer]) -> NetworkPlan:
    """Lay out a network whose layers say stage and block.

    Args:
        layers: In the order of computation; some may be missing, what is there is drawn.
    """
    drawing = _Drawing(_width_of(layers))
    for title, members in groupby(layers, _section):
        here = list(members)
        drawing.heading(_titled(title, here), here)
        for block, parts in groupby(here, lambda layer: layer.block):
            if block is None:
                for group in _boxes_of(list(parts)):
                    drawing.single(group)
            else:
                drawing.block(block, list(parts))
    return drawing.plan()


@dataclass
class _Drawing:
    width: float
    y: float = 8.0
    row: int = 0
    boxes: list[Box] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    words: list[Words] = field(default_factory=list)
    outlet: Point | None = None
    beneath: Point | None = None
    last: str = ""

    def plan(self) -> NetworkPlan:
        return NetworkPlan(
            boxes=tuple(self.boxes),
            lines=tuple(self.lines),
            words=tuple(self.words),
            width=self.width,
            height=self.y + 8.0,
        )

    def heading(self, title: str, layers: Sequence[Layer]) -> None:
        """The name of a stage, and what leaves it."""
        self.y += 10.0 if self.boxes else 0.0
        area = Area(_LEFT, self.y, self.width - _LEFT - _RIGHT, 20.0)
        self.words.append(Words(title, area, "stage"))
        beside = Area(area.x, area.y, area.width - _GAP, area.height)
        self.words.append(Words(_shape(layers[-1]), beside, "shape"))
        self.y += _HEADING

    def single(self, layers: Sequence[Layer]) -> None:
        """A box in the column of stem and head."""
        area = Area(_FIRST, self.y, _COLUMN_WIDTH, _BOX_HEIGHT)
        middle, x = self.y + _BOX_HEIGHT / 2, area.x + _BOX_WIDTH / 2
        if self.beneath is not None:
            self.lines.append(Line((self.beneath, (x, self.y)), self.last, layers[0].name))
        elif self.outlet is not None:
            self._turn(middle, layers[0].name)
            self.lines.append(Line(((_INLET, middle), (area.x, middle)), self.last, layers[0].name))
        self._box(area, layers[0].name, layers, "branch")
        self.outlet, self.last = (area.x + area.width, middle), layers[-1].name
        self.beneath = (x, area.y + area.height)
        self.y += _BOX_HEIGHT + _COLUMN_GAP
        self.row += 1

    def block(self, name: str, layers: Sequence[Layer]) -> None:
        """A row: branch, sum, output, and the shortcut beneath."""
        middle = self.y + _BOX_HEIGHT / 2
        self.words.append(Words(name, Area(_LEFT, self.y, 30.0, _BOX_HEIGHT), "block"))
        branch = _boxes_of([layer for layer in layers if layer.role == "branch"])
        shortcut = _boxes_of([layer for layer in layers if layer.role == "shortcut"])
        ends = [layer for layer in layers if layer.role in {"sum", "output"}]
        inlet, source = (_INLET, middle), self.last
        first = (branch[0] if branch else ends)[0].name
        if self.outlet is not None:
            self._turn(middle, first)
        x, before, at = _FIRST, source, inlet
        for group in branch:
            area = Area(x, self.y, _BOX_WIDTH, _BOX_HEIGHT)
            self.lines.append(Line((at, (x, middle)), before, group[0].name))
            self._box(area, _short(group[0].name), group, "branch")
            before, at = group[-1].name, (x + _BOX_WIDTH, middle)
            x += _BOX_WIDTH + _GAP
        beneath = self._shortcut(shortcut, inlet, source, _sum_x(self.width), ends)
        for layer in ends:
            is_sum = layer.role == "sum"
            left = _sum_x(self.width) if is_sum else _output_x(self.width)
            self.lines.append(Line((at, (left, middle)), before, layer.name))
            size = _SUM if is_sum else _OUTPUT
            form: Form = "sum" if is_sum else "output"
            self._box(Area(left, middle - size / 2, size, size), "", [layer], "branch", form)
            before, at = layer.name, (left + size, middle)
        self.outlet, self.beneath, self.last = at, None, layers[-1].name
        self.y = beneath + _ROW_GAP
        self.row += 1

    def _shortcut(
        self,
        groups: Sequence[Sequence[Layer]],
        inlet: Point,
        source: str,
        sum_x: float,
        ends: Sequence[Layer],
    ) -> float:
        """Draw what goes beneath the branch; give the height at which it ends."""
        target = ends[0].name if ends else ""
        x, y = sum_x + _SUM / 2, self.y + _BOX_HEIGHT + _SHORTCUT_DROP
        up = (x, inlet[1] + _SUM / 2)
        if not groups:
            self.lines.append(Line((inlet, (_INLET, y), (x, y), up), source, target))
            return y
        y += _BOX_HEIGHT / 2 - 4.0
        left, before = _FIRST + _BOX_WIDTH + _GAP, source
        at: tuple[Point, ...] = (inlet, (_INLET, y))
        for group in groups:
            self.lines.append(Line((*at, (left, y)), before, group[0].name))
            area = Area(left, y - _BOX_HEIGHT / 2, _BOX_WIDTH, _BOX_HEIGHT)
            self._box(area, _short(group[0].name), group, "shortcut")
            before, at = group[-1].name, ((left + _BOX_WIDTH, y),)
            left += _BOX_WIDTH + _GAP
        self.lines.append(Line((*at, (x, y), up), before, target))
        return y + _BOX_HEIGHT / 2 - 6.0

    def _turn(self, middle: float, target: str) -> None:
        """From the last row's end to the beginning of this one."""
        if self.outlet is None:
            return
        edge, back = self.width - _RIGHT + 2.0, self.y - _COLUMN_GAP / 2
        x, y = self.outlet
        corners = ((x, y), (edge, y), (edge, back), (_INLET, back), (_INLET, middle))
        self.lines.append(Line(corners, self.last, target, turns=True))

    def _box(
        self,
        area: Area,
        label: str,
        layers: Sequence[Layer],
        lane: Lane,
        form: Form = "box",
    ) -> None:
        if len(layers) == 1:
            spots = [Spot(layers[0].name, area)]
        else:
            share = area.width / len(layers)
            high = area.height - _LABEL_HEIGHT
            spots = [
                Spot(layer.name, Area(area.x + place * share, area.y + _LABEL_HEIGHT, share, high))
                for place, layer in enumerate(layers)
            ]
        self.boxes.append(
            Box(form=form, area=area, label=label, spots=tuple(spots), row=self.row, lane=lane)
        )


def _boxes_of(layers: Sequence[Layer]) -> list[list[Layer]]:
    """Layers that share a box: a convolution and its norm and ReLU; all others stand alone."""
    groups: list[list[Layer]] = []
    for layer in layers:
        follows = layer.kind in {"batch-norm", "relu"}
        if follows and groups and groups[-1][0].kind == "conv":
            groups[-1].append(layer)
        else:
            groups.append([layer])
    return groups


def _width_of(layers: Iterable[Layer]) -> float:
    """Room for the longest branch."""
    members = groupby(layers, lambda layer: layer.block)
    longest = max(
        (
            len(_boxes_of([layer for layer in parts if layer.role == "branch"]))
            for block, parts in members
            if block is not None
        ),
        default=3,
    )
    boxes = max(longest, 2) * (_BOX_WIDTH + _GAP)
    return _FIRST + boxes + _SUM + _GAP + _OUTPUT + _RIGHT + _GAP


def _sum_x(width: float) -> float:
    return _output_x(width) - _GAP - _SUM


def _output_x(width: float) -> float:
    return width - _RIGHT - _GAP - _OUTPUT


def _short(name: str) -> str:
    """``res3b_branch2a`` → "2a"; other names stay."""
    match = _BRANCH_NAME.search(name)
    return match[1] if match else name


def _section(layer: Layer) -> str:
    if layer.stage is None:
        return "Head"
    return "Stem" if layer.stage == 1 else f"Stage {layer.stage}"


def _titled(title: str, layers: Iterable[Layer]) -> str:
    blocks = len({layer.block for layer in layers if layer.block is not None})
    return f"{title} · {blocks} block{'s' if blocks > 1 else ''}" if blocks else title


def _shape(layer: Layer) -> str:
    return " × ".join(map(str, layer.shape)) if len(layer.shape) > 1 else f"{layer.shape[0]} values"
