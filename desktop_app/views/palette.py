"""The command palette: one field that finds every layer and every command."""

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QEvent, QModelIndex, QObject, Qt, Signal, Slot
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QFrame, QLabel, QLineEdit, QVBoxLayout, QWidget

from desktop_app.core.records import Layer
from desktop_app.views.figures import format_shape
from desktop_app.views.layer_names import place_of
from desktop_app.views.matching import score
from desktop_app.views.palette_rows import FIND_ROLE, ROW_HEIGHT, Find, FindRows, ResultView
from desktop_app.views.theme import on_surface, set_text_role

_WIDTH: Final = 560
_ROWS_SHOWN: Final = 12
_FOUND_AT_MOST: Final = 200


class Palette(QFrame):
    """Lies over the window while it is used; Escape or a click elsewhere puts it away."""

    layer_chosen = Signal(str)

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        on_surface(self, "popup")
        self._offered: tuple[Find, ...] = ()
        self.field = QLineEdit()
        self.field.setPlaceholderText("Search layers and commands")
        self.field.setAccessibleName("Search layers and commands")
        self.field.setAcceptDrops(False)
        self.field.textChanged.connect(self._search)
        self.field.installEventFilter(self)
        self.rows = FindRows(self)
        self.view = ResultView()
        self.view.setModel(self.rows)
        self.view.clicked.connect(self._take)
        self._nothing = QLabel("Nothing is called that.")
        self._nothing.setContentsMargins(10, 4, 10, 6)
        set_text_role(self._nothing, "secondary")
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.setSpacing(6)
        column.addWidget(self.field)
        column.addWidget(self.view)
        column.addWidget(self._nothing)
        self.hide()

    def open_with(self, layers: Sequence[Layer], actions: Sequence[QAction]) -> None:
        """Offer ``actions`` and ``layers``, and take the keyboard.

        Commands that cannot be given now are found by their names alone, and say so.
        """
        commands = tuple(
            Find(
                action.text(),
                action.shortcut().toString(QKeySequence.SequenceFormat.NativeText),
                action,
                can_be_done=action.isEnabled(),
            )
            for action in actions
        )
        self._offered = commands + tuple(
            Find(layer.name, f"{place_of(layer)} · {format_shape(layer.shape)}", layer)
            for layer in layers
        )
        self.field.clear()
        self._search()
        self.show()
        self.raise_()
        self.field.setFocus(Qt.FocusReason.PopupFocusReason)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Up, Down and Enter in the field act on the list; leaving the field closes."""
        if event.type() == QEvent.Type.FocusOut:
            self.hide()
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            match event.key():
                case Qt.Key.Key_Escape:
                    self.hide()
                    return True
                case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                    self._take(self.view.currentIndex())
                    return True
                case Qt.Key.Key_Up | Qt.Key.Key_Down | Qt.Key.Key_PageUp | Qt.Key.Key_PageDown:
                    self.view.keyPressEvent(event)
                    return True
        return super().eventFilter(watched, event)

    @Slot()
    def _search(self) -> None:
        query = self.field.text().strip()
        ranked = [
            # A whole name beats what only begins so: who types one means it.
            (
                (fit, find.text.casefold() != query.casefold(), not find.can_be_done),
                order,
                find,
            )
            for order, find in enumerate(self._offered)
            if (fit := _fit(query, find)) is not None
        ]
        ranked.sort(key=lambda entry: entry[:2])
        self.rows.list_finds(tuple(find for _, _, find in ranked[:_FOUND_AT_MOST]))
        self.view.setCurrentIndex(self.rows.index(0))
        self._nothing.setVisible(not ranked)
        self.view.setVisible(bool(ranked))
        self._place()

    def _place(self) -> None:
        """In the middle at the top of the window, as high as what was found."""
        shown = min(self.rows.rowCount(), _ROWS_SHOWN)
        self.view.setFixedHeight(shown * ROW_HEIGHT + 4)
        window = self.window()
        width = min(_WIDTH, window.width() - 32)
        self.setFixedWidth(width)
        self.adjustSize()
        self.move((window.width() - width) // 2, 8)

    @Slot(QModelIndex)
    def _take(self, index: QModelIndex) -> None:
        # Qt tells of clicks on disabled rows, too.
        if not index.flags() & Qt.ItemFlag.ItemIsEnabled:
            return
        find: Find = index.data(FIND_ROLE)
        self.hide()
        if isinstance(find.target, QAction):
            find.target.trigger()
        else:
            self.layer_chosen.emit(find.target.name)


def _fit(query: str, find: Find) -> int | None:
    """By name first; by place only where the name does not fit well."""
    by_name = score(query, find.text)
    if not find.can_be_done:
        return by_name if query and by_name in {0, 1, 2} else None
    if not query or by_name in {0, 1, 2}:
        return by_name
    by_place = score(query, f"{find.text} {find.place}")
    return by_name if by_place in {None, 3} else 2
