"""The graphics scene of one network: its items, and which of them change with a choice."""

from collections import defaultdict
from typing import Final

from PySide6.QtCore import QObject, QPointF, QRectF
from PySide6.QtWidgets import QGraphicsScene

from desktop_app.core.network_plan import Box, Line, NetworkPlan
from desktop_app.views.network_faces import Marks, rectangle
from desktop_app.views.network_items import BoxesItem, FarBoxes, LinesItem, WordsItem
from desktop_app.views.network_remarks import Remarks, RemarksItem

_BAND: Final = 400.0
"""What lies within this height is one item, so that what is out of sight costs nothing."""
FAR: Final = 0.5
"""Below this scale nothing can be read: boxes are plain rectangles."""


class NetworkScene(QGraphicsScene):
    """Draws a plan; keeps what is marked."""

    def __init__(self, plan: NetworkPlan, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.plan = plan
        self._marks = Marks()
        self._lines_of: dict[str, list[Line]] = defaultdict(list)
        self._led: LinesItem | None = None
        self._remarks: RemarksItem | None = None
        self.setSceneRect(QRectF(0, 0, plan.width, plan.height))
        self._add_lines()
        bands: dict[int, list[Box]] = defaultdict(list)
        for box in plan.boxes:
            bands[int(box.area.y // _BAND)].append(box)
        self._boxes = [BoxesItem(boxes, self._marks) for boxes in bands.values()]
        self._words = [WordsItem(words) for words in plan.words]
        self._far = FarBoxes(plan, self._marks)
        for part in (*self._boxes, *self._words, self._far):
            self.addItem(part)
        self._far.setVisible(False)

    def choose(self, layer: str | None) -> None:
        """Mark the chosen layer, and the lines that lead to it and from it."""
        if layer == self._marks.chosen:
            return
        before, self._marks.chosen = self._marks.chosen, layer
        self._repaint(before, layer)
        self._far.update()
        if self._led is not None:
            self.removeItem(self._led)
            self._led = None
        if layer is not None and self._lines_of[layer]:
            self._led = LinesItem(self._lines_of[layer], chosen=True)
            self._led.setZValue(-0.5)
            self.addItem(self._led)

    def show_remarks(self, remarks: Remarks) -> None:
        """Write over the network, in place of what was written before."""
        if self._remarks is not None:
            self.removeItem(self._remarks)
            self._remarks = None
        if remarks != Remarks():
            self._remarks = RemarksItem(self.plan, remarks)
            self.addItem(self._remarks)

    def hover(self, layer: str | None) -> None:
        """Mark the layer under the pointer."""
        if layer != self._marks.hovered:
            before, self._marks.hovered = self._marks.hovered, layer
            self._repaint(before, layer)

    def seen_at(self, scale: float) -> None:
        """Show as much as can be told apart at ``scale``."""
        was_far, self._marks.scale = self._marks.scale < FAR, scale
        if was_far != (scale < FAR):
            for item in (*self._boxes, *self._words):
                item.setVisible(was_far)
            self._far.setVisible(not was_far)

    def layer_at(self, point: QPointF) -> str | None:
        """The layer at a point of the scene."""
        box = self.plan.box_at(point.x(), point.y())
        return None if box is None else box.layer_at(point.x(), point.y())

    def box_of(self, layer: str | None) -> Box | None:
        """Where a layer is drawn."""
        place = self.plan.places.get(layer or "")
        return None if place is None else place[0]

    def area_of(self, layer: str | None) -> QRectF | None:
        """The rectangle in which a layer is drawn, with all of its box."""
        box = self.box_of(layer)
        return None if box is None else rectangle(box.area)

    def _add_lines(self) -> None:
        bands: dict[int, list[Line]] = defaultdict(list)
        for line in self.plan.lines:
            bands[int(min(y for _, y in line.points) // _BAND)].append(line)
            for layer in {line.source, line.target} - {""}:
                self._lines_of[layer].append(line)
        for lines in bands.values():
            item = LinesItem(lines)
            item.setZValue(-1)
            self.addItem(item)

    def _repaint(self, *layers: str | None) -> None:
        for layer in layers:
            area = self.area_of(layer)
            if area is not None:
                self.update(area.adjusted(-2, -2, 2, 2))
