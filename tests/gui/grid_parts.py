"""The channel grid alone, with its commands, as the window puts them together."""

from typing import TypeVar

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from desktop_app.state import LensState
from desktop_app.views.actions import Actions
from desktop_app.views.channel_grid import ChannelGrid
from desktop_app.views.grid_commands import GridCommands
from desktop_app.views.tile_area import TileArea

Part = TypeVar("Part", bound=QWidget)


class Grid(QWidget):
    """A window with nothing but the grid."""

    def __init__(self) -> None:
        super().__init__()
        self.actions_ = Actions(self)
        self.panel = ChannelGrid(self)
        self.panel.offer(self.actions_.grid)
        self.commands = GridCommands(self.actions_.grid, self)
        self.panel.pins_toggled.connect(self.commands.toggle_pins)
        self.panel.copy_requested.connect(self.commands.copy)
        self.panel.numbers_set.connect(self.commands.hold_numbers)
        self.resize(640, 400)
        self.panel.resize(640, 400)

    def show_state(self, state: LensState) -> None:
        self.panel.render(state)
        self.commands.follow(state)

    @property
    def tiles(self) -> TileArea:
        return self.part(TileArea)

    def part(self, kind: type[Part]) -> Part:
        found = self.panel.findChild(kind)
        assert isinstance(found, kind)
        return found

    def middle(self, place: int) -> QPoint:
        return self.tiles.tile_rect(place).center().toPoint()

    def click(
        self, place: int, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier
    ) -> None:
        viewport = self.tiles.viewport()
        QTest.mouseClick(viewport, Qt.MouseButton.LeftButton, modifier, self.middle(place))

    def point_at(self, place: int) -> None:
        QTest.mouseMove(self.tiles.viewport(), self.middle(place))
        QApplication.processEvents()
