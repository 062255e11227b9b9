"""What is written over the map of the network: changed places, and what each block brings.

A switched-off branch is crossed out before its sum; a layer with changed channels has a dot. On
demand every block has its two-part bar with the branch's share, and beside its sum the change of
the top class and the cosine, as in the residual view.
"""

from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFont, QPainter, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from desktop_app.core.network_plan import Box, NetworkPlan
from desktop_app.intervening import changed_by, shown_residual
from desktop_app.state import LensState
from desktop_app.views.changes import change_colour
from desktop_app.views.figures import points_text, signed_text
from desktop_app.views.network_faces import rectangle
from desktop_app.views.roles import Roles
from desktop_app.views.theme import current_roles, font

_READ_FROM: Final = 0.5
"""Below this scale the figures cannot be read, and are left out."""
_SMALL_PRINT: Final = 9
_BAR: Final = 4.0
_BAR_BESIDE: Final = 56.0
_LEFT: Final = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
_RIGHT: Final = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight)


@dataclass(frozen=True, slots=True)
class BlockFigures:
    """What is written beside one block.

    Attributes:
        summed: Layer of its sum.
        share: Of the branch, 0..1.
        cosine: Between branch and shortcut.
        change: Of the top class's probability without the branch; None until it is measured.
    """

    summed: str
    share: float
    cosine: float
    change: float | None


@dataclass(frozen=True, slots=True)
class Remarks:
    """All of it, as a value that can be compared.

    Attributes:
        branches: (layer of the sum, factor) of every changed branch.
        layers: Layers with changed channels.
        figures: Of the blocks; empty where they are not asked for.
    """

    branches: tuple[tuple[str, float], ...] = ()
    layers: frozenset[str] = frozenset()
    figures: tuple[BlockFigures, ...] = ()


def remarks_on(state: LensState) -> Remarks:
    """What of a snapshot is to be written over its network."""
    model = state.model
    if model is None:
        return Remarks()
    active = changed_by(state).active
    blocks = {block.name: block.summed for block in model.blocks}
    branches = [one for one in active if one.kind == "branch" and one.place in blocks]
    part = shown_residual(state) if state.options.block_shares else None
    return Remarks(
        branches=tuple((blocks[one.place], one.factor) for one in branches),
        layers=frozenset(one.place for one in active if one.kind == "channel"),
        figures=()
        if part is None
        else tuple(
            BlockFigures(
                share.block.summed,
                share.branch_share,
                share.cosine,
                None
                if (effect := part.effects.get(share.block.name)) is None
                else effect.probability_change,
            )
            for share in part.shares
        ),
    )


class RemarksItem(QGraphicsItem):
    """Paints remarks over the boxes of a plan."""

    def __init__(self, plan: NetworkPlan, remarks: Remarks) -> None:
        super().__init__()
        self._plan, self._remarks = plan, remarks
        self._names = [rectangle(w.area) for w in plan.words if w.role == "block"]
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
        self.setZValue(2)

    def boundingRect(self) -> QRectF:
        """All of the plan."""
        return QRectF(0, 0, self._plan.width, self._plan.height)

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionGraphicsItem,
        _widget: QWidget | None = None,
    ) -> None:
        """Marks at every scale, figures where they can be read."""
        roles, remarks, places = current_roles(), self._remarks, self._plan.places
        for layer in remarks.layers:
            if layer in places:
                _paint_dot(painter, rectangle(places[layer][0].area), roles)
        for summed, factor in remarks.branches:
            if summed in places:
                _paint_cut(painter, rectangle(places[summed][0].area), roles, off=factor == 0)
        if option.levelOfDetailFromTransform(painter.worldTransform()) < _READ_FROM:
            return
        for figures in remarks.figures:
            if figures.summed in places:
                self._paint_figures(painter, places[figures.summed][0], figures, roles)

    def _paint_figures(
        self, painter: QPainter, box: Box, figures: BlockFigures, roles: Roles
    ) -> None:
        area = rectangle(box.area)
        middle = area.center().y()
        name = next((n for n in self._names if abs(n.center().y() - middle) < 1), None)
        if name is None:  # a foreign graph: its lines leave room only beside the sum
            beside = QRectF(area.right() + 8, middle - _BAR / 2, _BAR_BESIDE, _BAR)
            _paint_parts(painter, beside, figures.share, roles)
            return
        painter.setFont(_small())
        painter.setPen(roles.text)
        share = QRectF(name.left(), middle + 8, 28, 11)
        painter.drawText(share, _LEFT, f"{100 * figures.share:.0f}\N{NO-BREAK SPACE}%")
        _paint_parts(painter, QRectF(name.left(), middle + 21, 24, _BAR), figures.share, roles)
        beside = QRectF(area.center().x() + 2, middle + 10, self._plan.width, 10)
        beside.setRight(self._plan.width - 9)
        if figures.change is not None:
            painter.setPen(change_colour(figures.change, roles))
            painter.drawText(beside, _RIGHT, points_text(figures.change))
        painter.setPen(roles.secondary)
        painter.drawText(beside.translated(0, 10), _RIGHT, signed_text(figures.cosine))


def _small() -> QFont:
    small = font(11, tabular=True)
    small.setPixelSize(_SMALL_PRINT)
    return small


def _paint_dot(painter: QPainter, box: QRectF, roles: Roles) -> None:
    painter.setPen(QPen(roles.panel, 1.5))
    painter.setBrush(roles.against)
    painter.drawEllipse(box.topRight() + QPointF(-2, 2), 4.0, 4.0)


def _paint_cut(painter: QPainter, end: QRectF, roles: Roles, *, off: bool) -> None:
    """A ring about the sum; where the branch is off, a cross on what leads to it as well."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(roles.against, 2))
    painter.drawRoundedRect(end.adjusted(-1, -1, 1, 1), end.height() / 2, end.height() / 2)
    if off:
        x, y = end.left() - 6, end.center().y()
        painter.drawLine(QPointF(x - 3.5, y - 3.5), QPointF(x + 3.5, y + 3.5))
        painter.drawLine(QPointF(x - 3.5, y + 3.5), QPointF(x + 3.5, y - 3.5))


def _paint_parts(painter: QPainter, bar: QRectF, share: float, roles: Roles) -> None:
    """The shortcut's part in the quiet colour, then the branch's in the accent."""
    painter.fillRect(bar, roles.disabled)
    blue = bar.width() * share
    painter.fillRect(QRectF(bar.right() - blue, bar.top(), blue, bar.height()), roles.accent)
