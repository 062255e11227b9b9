"""A graph of any form, laid out in ranks from top to bottom by a library.

The layered drawing of Sugiyama, Tagawa and Toda 1981, "Methods for visual understanding of
hierarchical system structures": ranks along the flow, few crossings, long lines led around the
boxes. See decision 20 for the choice of the library, which is loaded only here.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import count
from typing import Final

from desktop_app.core.network import Network
from desktop_app.core.network_plan import Area, Box, Line, NetworkPlan, Point, Spot
from desktop_app.core.records import Layer

_BOX_WIDTH: Final = 164.0
_BOX_HEIGHT: Final = 28.0
_SUM: Final = 16.0
_COLUMN: Final = 188.0
_RANK: Final = 46.0
_MARGIN: Final = 16.0
_UNIT: Final = 10.0  # the library's spacing of vertices, and of ranks
_LANE: Final = 0.1  # how wide a line passing by is to a box

_MOST_LAYERS: Final = 1500
_MOST_PASSED: Final = 4000

_Centres = dict[int, Point]
_Edge = tuple[int, int]


def plan_foreign(layers: Sequence[Layer], network: Network) -> NetworkPlan:
    """Lay out a network that says nothing about stages.

    Args:
        layers: In the order of computation.
        network: What each is computed from; without that they stand under each other.
    """
    numbers = {layer.name: number for number, layer in enumerate(layers)}
    edges = [
        (numbers[source], numbers[name])
        for name, node in network.nodes.items()
        if name in numbers
        for source in node.inputs
        if source in numbers
    ]
    kept, beside = _affordable(edges, len(layers))
    centres, ways = _placed(kept, len(layers))
    alone = [number for number in range(len(layers)) if number not in centres]
    below = max((y for _, y in centres.values()), default=-_RANK)
    centres |= {
        number: (_BOX_WIDTH / 2, below + place * _RANK) for place, number in enumerate(alone, 1)
    }
    shift = _MARGIN - min((x for x, _ in centres.values()), default=0) + _BOX_WIDTH / 2
    ranks = {y: rank for rank, y in enumerate(sorted({centres[n][1] for n in numbers.values()}))}
    boxes = []
    for layer, number in zip(layers, numbers.values(), strict=True):
        x, y = centres[number]
        boxes.append(_box(layer, (x + shift, y + _MARGIN), ranks[y], is_sum=_joins(layer, network)))
    names = list(numbers)
    lines = []
    for way in _threaded(ways, len(layers)):
        bends = [(centres[n][0] + shift, centres[n][1] + _MARGIN) for n in way[1:-1]]
        corners = _led(boxes[way[0]].area, bends, boxes[way[-1]].area)
        lines.append(Line(corners, names[way[0]], names[way[-1]]))
    for source, target in beside:
        corners = _led_beside(boxes[source].area, boxes[target].area)
        lines.append(Line(corners, names[source], names[target], turns=True))
    return NetworkPlan(
        boxes=tuple(boxes),
        lines=tuple(lines),
        width=max((x for x, _ in centres.values()), default=0) + shift + _BOX_WIDTH / 2 + _MARGIN,
        height=max((y for _, y in centres.values()), default=0) + _BOX_HEIGHT + 2 * _MARGIN,
        downwards=True,
    )


def _joins(layer: Layer, network: Network) -> bool:
    """Whether a layer adds others up; one that only adds a constant is a step like any other."""
    node = network.nodes.get(layer.name)
    return layer.kind == "add" and node is not None and len(node.inputs) > 1


def _box(layer: Layer, top: Point, row: int, *, is_sum: bool) -> Box:
    """A labelled box below ``top``; a sum is a small circle in the middle of its place."""
    x, y = top
    if is_sum:
        area = Area(x - _SUM / 2, y + (_BOX_HEIGHT - _SUM) / 2, _SUM, _SUM)
        return Box(form="sum", area=area, spots=(Spot(layer.name, area),), row=row)
    area = Area(x - _BOX_WIDTH / 2, y, _BOX_WIDTH, _BOX_HEIGHT)
    return Box(area=area, label=layer.name, spots=(Spot(layer.name, area),), row=row)


def _affordable(edges: list[_Edge], layers: int) -> tuple[list[_Edge], list[_Edge]]:
    """What the library is asked to lay out, and what would take it seconds.

    Its time grows with the square of the ranks that all lines pass: 0.1 s for 1,000, 0.6 s for
    3,000. The longest lines are left out first; where there are too many layers, all are.
    """
    if layers > _MOST_LAYERS:
        return [], edges
    passed, kept = 0, []
    by_length = sorted(edges, key=lambda edge: edge[1] - edge[0])
    for source, target in by_length:
        passed += target - source
        if passed > _MOST_PASSED:
            break
        kept.append((source, target))
    chosen = set(kept)
    return [edge for edge in edges if edge in chosen], by_length[len(kept) :]


def _placed(edges: list[_Edge], layers: int) -> tuple[_Centres, list[_Edge]]:
    """Centres of boxes (y: of their top edge) and of the bends of lines; lines with their bends.

    Bends are numbered from ``layers`` on. Parts that nothing connects stand side by side.
    """
    if not edges:
        return {}, []
    # 80 ms to load: only for a graph that needs it.
    from fast_sugiyama import from_edges  # noqa: PLC0415

    centres: _Centres = {}
    ways: list[_Edge] = []
    left, bends = 0.0, count(layers)
    for part in _parts(edges):
        # One part at a time, numbered without gaps: else version 0.5.3 may give a bend the number
        # of a box.
        boxes = sorted({number for edge in part for number in edge})
        dense = {number: place for place, number in enumerate(boxes)}
        positions, width, height, found = from_edges(
            [(dense[source], dense[target]) for source, target in part],
            vertex_spacing=_UNIT,
            dummy_vertices=True,
            dummy_size=_LANE,
            check_layout=False,
        )[0]
        numbers = dict(enumerate(boxes))
        for place, (x, y) in positions:
            number = numbers[int(place)] if int(place) in numbers else next(bends)
            numbers[int(place)] = number
            centres[number] = left + x / _UNIT * _COLUMN, (height - y) / _UNIT * _RANK
        ways += [(numbers[int(a)], numbers[int(b)]) for a, b in found or ()]
        left += (width / _UNIT + 1) * _COLUMN
    return centres, ways


def _parts(edges: list[_Edge]) -> list[list[_Edge]]:
    """The edges of each connected part; edges come in the order of computation."""
    part_of: dict[int, list[_Edge]] = {}
    for edge in edges:
        one, other = (part_of.get(number, []) for number in edge)
        joined = one if one is other else one + other
        joined.append(edge)
        for known in joined if one is not other else (edge,):
            part_of |= dict.fromkeys(known, joined)
    return list({id(part): part for part in part_of.values()}.values())


def _threaded(ways: list[_Edge], layers: int) -> Iterator[list[int]]:
    """The whole ways from layer to layer, over all their bends."""
    onwards = defaultdict(list)
    for source, target in ways:
        onwards[source].append(target)
    for source in range(layers):
        for target in onwards[source]:
            way = [source, target]
            while way[-1] >= layers:
                way.append(onwards[way[-1]][0])
            yield way


def _led(source: Area, bends: Sequence[Point], target: Area) -> tuple[Point, ...]:
    """Corners from the bottom of one box past bends, by their upper ends, to the top of another."""
    points = [(source.middle[0], source.y + source.height)]
    for x, y in bends:
        points += [(x, y), (x, y + _BOX_HEIGHT)]
    return (*points, (target.middle[0], target.y))


def _led_beside(source: Area, target: Area) -> tuple[Point, ...]:
    """Past the boxes at their right."""
    (_, y), (_, end) = source.middle, target.middle
    middle = max(source.middle[0], target.middle[0])
    lane = middle + _COLUMN / 2
    starts, ends = source.x + source.width, target.x + target.width
    return (starts, y), (lane, y), (lane, end), (ends, end)
