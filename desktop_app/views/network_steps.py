"""Where a key leads on the map of the network: along the flow, between paths, from block to block.

Pure functions of the drawing; the canvas turns keys into steps and the answer into a choice.
"""

from collections.abc import Iterable
from typing import Final, Literal

from desktop_app.core.network import Network
from desktop_app.core.network_plan import Box, Lane, NetworkPlan, Spot

Step = Literal["left", "right", "up", "down", "page-up", "page-down", "home", "end"]
_PAGE_RANKS: Final = 10


def step_from(plan: NetworkPlan, network: Network, layer: str | None, step: Step) -> str | None:
    """The layer that a step leads to; None where there is nothing.

    In a residual network ``left`` and ``right`` follow the flow, ``up`` and ``down`` change between
    branch and shortcut and then go on to the next row; a page is a block. In a foreign graph the
    flow goes down, and ``left`` and ``right`` change between paths side by side.

    Args:
        plan: The drawing.
        network: What each layer is computed from, for a foreign graph.
        layer: Where the step begins; None begins with the first layer.
        step: Which way.
    """
    if not plan.boxes:
        return None
    first, last = plan.boxes[0].spots[0].layer, plan.boxes[-1].spots[-1].layer
    if step == "end":
        return last
    if step == "home" or layer not in plan.places:
        return first
    box, spot = plan.places[layer]
    if plan.downwards:
        return _in_ranks(plan, network, box, step)
    return _in_rows(plan, box, spot, step)


def _in_rows(plan: NetworkPlan, box: Box, spot: Spot, step: Step) -> str | None:
    way = 1 if step in {"right", "down", "page-down"} else -1
    if step in {"left", "right"}:
        return _along(plan, box, spot, way)
    if step in {"page-up", "page-down"}:
        return _nearest(spot, _spots(plan, box.row + way, box.lane)) or _nearest(
            spot, _spots(plan, box.row + way, "branch")
        )
    if way > 0 and box.lane == "branch":
        below = _spots(plan, box.row, "shortcut") or _spots(plan, box.row + 1, "branch")
        return _nearest(spot, below)
    if way > 0:
        return _nearest(spot, _spots(plan, box.row + 1, "branch"))
    if box.lane == "shortcut":
        return _nearest(spot, _spots(plan, box.row, "branch"))
    above = _spots(plan, box.row - 1, "shortcut") or _spots(plan, box.row - 1, "branch")
    return _nearest(spot, above)


def _along(plan: NetworkPlan, box: Box, spot: Spot, way: int) -> str | None:
    path = _spots(plan, box.row, box.lane)
    place = path.index(spot) + way
    if 0 <= place < len(path):
        return path[place].layer
    if box.lane == "shortcut" and way > 0:
        ends = [end for end in plan.rows[box.row] if end.form == "sum"]
        return ends[0].spots[0].layer if ends else None
    beside = _spots(plan, box.row + way, "branch")
    if not beside:
        return None
    return beside[0 if way > 0 else -1].layer


def _in_ranks(plan: NetworkPlan, network: Network, box: Box, step: Step) -> str | None:
    spot = box.spots[0]
    if step in {"left", "right"}:
        x = spot.area.x
        beside = [other.spots[0] for other in plan.rows[box.row]]
        ahead = [s for s in beside if (s.area.x > x if step == "right" else s.area.x < x)]
        return _nearest(spot, ahead)
    layer: str | None = spot.layer
    for _ in range(1 if step in {"up", "down"} else _PAGE_RANKS):
        onwards = _neighbours(plan, network, layer or "", down=step in {"down", "page-down"})
        if not onwards:
            break
        layer = onwards
    return layer if layer != spot.layer else _in_order(plan, box, step)


def _neighbours(plan: NetworkPlan, network: Network, layer: str, *, down: bool) -> str | None:
    node = network.node(layer)
    if down:
        names: Iterable[str] = (n for n, other in network.nodes.items() if layer in other.inputs)
    else:
        names = () if node is None else node.inputs
    spots = [plan.places[name][1] for name in names if name in plan.places]
    here = plan.places[layer][1]
    # The next rank first: a shortcut is passed by, not followed.
    spots.sort(key=lambda spot: abs(spot.area.y - here.area.y))
    return spots[0].layer if spots else None


def _in_order(plan: NetworkPlan, box: Box, step: Step) -> str | None:
    """To the neighbouring rank, where no line leads on."""
    way = 1 if step in {"down", "page-down"} else -1
    return _nearest(box.spots[0], _spots(plan, box.row + way, "branch"))


def _spots(plan: NetworkPlan, row: int, lane: Lane) -> list[Spot]:
    return list(plan.spots_in(row, lane)) if 0 <= row < len(plan.rows) else []


def _nearest(spot: Spot, others: Iterable[Spot]) -> str | None:
    x = spot.area.middle[0]
    nearest = min(others, key=lambda other: abs(other.area.middle[0] - x), default=None)
    return None if nearest is None else nearest.layer
