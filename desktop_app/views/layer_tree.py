"""The layers of the open model as a tree that can be searched; choosing one opens it."""

from typing import Final

from PySide6.QtCore import QModelIndex, Qt, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QLabel,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from desktop_app.core.records import Layer, Model
from desktop_app.state import LensState
from desktop_app.views.labels import heading
from desktop_app.views.layer_items import LAYER_ROLE, LayerFilter, LayerItems
from desktop_app.views.layer_view import LayerView
from desktop_app.views.search_field import SearchField
from desktop_app.views.theme import on_surface, set_text_role

_NO_MODEL: Final = "The layers of the open model appear here."


class LayerTree(QWidget):
    """The panel at the lower left."""

    layer_chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        on_surface(self, "panel")
        self.setMinimumWidth(180)
        self._model: Model | None = None
        self._layer: str | None = None
        self._rendering = False
        self._heading = heading("Layers")
        self.search = SearchField("Filter layers")
        self.search.setEnabled(False)
        self.search.setToolTip("Name, block, kind or shape; Enter opens the first (Ctrl+L)")
        self.search.textChanged.connect(self._filter)
        self.search.returnPressed.connect(self._open_first)
        self.items = LayerItems(self)
        self.filter = LayerFilter(self.items)
        self.view = LayerView()
        self.view.setModel(self.filter)
        self.view.selectionModel().currentChanged.connect(self._on_current_changed)
        self.search.left_downwards.connect(self._enter_tree)
        self._empty = QLabel(_NO_MODEL)
        self._arrange()
        self._stack.setCurrentWidget(self._empty)

    def render(self, state: LensState) -> None:  # type: ignore[override]  # not Qt's
        """Show the layers of the open model and mark the chosen one."""
        self._rendering = True
        try:
            if state.model is not self._model:
                self._model = state.model
                self.items.show_model(state.model)
                self.search.setEnabled(state.model is not None and bool(state.model.layers))
                self._layer = None
                self._show_groups()
                self._show_what_is_left()
            if state.layer != self._layer:
                self._layer = state.layer
                self._mark_layer()
        finally:
            self._rendering = False

    # --- inside --------------------------------------------------------------------------------

    def _arrange(self) -> None:
        top = QHBoxLayout()
        top.setContentsMargins(14, 0, 14, 0)
        top.addWidget(self._heading)
        field = QHBoxLayout()
        field.setContentsMargins(14, 0, 14, 0)
        field.addWidget(self.search)
        self._empty.setWordWrap(True)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self._empty.setContentsMargins(14, 4, 14, 4)
        set_text_role(self._empty, "secondary")
        self._stack = QStackedLayout()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 12, 0, 0)
        column.setSpacing(8)
        column.addLayout(top)
        column.addLayout(field)
        column.addLayout(self._stack, 1)
        self._stack.addWidget(self.view)  # only now: without a parent it would flash as a window
        self._stack.addWidget(self._empty)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the chosen layer in view when the panel shrinks."""
        super().resizeEvent(event)
        if (chosen := self.view.currentIndex()).isValid():
            self.view.scrollTo(chosen)

    def _mark_layer(self) -> None:
        source = QModelIndex() if self._layer is None else self.items.index_of(self._layer)
        index = self.filter.mapFromSource(source)
        self.view.setCurrentIndex(index)
        if index.isValid():
            in_view = self.view.viewport().rect().intersects(self.view.visualRect(index))
            hint = QAbstractItemView.ScrollHint
            self.view.scrollTo(index, hint.EnsureVisible if in_view else hint.PositionAtCenter)
        else:
            self.view.clearSelection()

    def _show_groups(self) -> None:
        """Sections open, blocks closed but the chosen layer's: all of it on one screen."""
        self.view.collapseAll()
        self.view.expandToDepth(0)
        self._mark_layer()

    @Slot()
    def _filter(self) -> None:
        words = self.search.text().split()
        self._rendering = True
        try:
            self.filter.look_for(words)
            if words:
                self.view.expandAll()
                self._mark_layer()
            else:
                self._show_groups()
        finally:
            self._rendering = False
        self._show_what_is_left()

    def _show_what_is_left(self) -> None:
        """The tree, or in its place the reason why it is empty; and how many there are."""
        count = 0 if self._model is None else len(self._model.layers)
        if count and self.search.text().split():
            self._heading.setText(f"Layers · {self.filter.count_layers():,} of {count:,}")
        else:
            self._heading.setText(f"Layers · {count:,}" if count else "Layers")
        if self.filter.rowCount():
            self._stack.setCurrentWidget(self.view)
            return
        wanted = self.search.text().strip()
        self._empty.setText(f"No layer fits “{wanted}”." if wanted else _NO_MODEL)
        self._stack.setCurrentWidget(self._empty)

    @Slot()
    def _open_first(self) -> None:
        first = self.filter.first_layer()
        if first.isValid():
            layer: Layer = first.data(LAYER_ROLE)
            self.layer_chosen.emit(layer.name)

    @Slot()
    def _enter_tree(self) -> None:
        """Go from the field to the first tensor found, else to the chosen layer."""
        if self.search.text().split() and (first := self.filter.first_layer()).isValid():
            self.view.setCurrentIndex(first)
        self.view.setFocus(Qt.FocusReason.ShortcutFocusReason)

    @Slot(QModelIndex, QModelIndex)
    def _on_current_changed(self, current: QModelIndex, _previous: QModelIndex) -> None:
        layer: Layer | None = current.data(LAYER_ROLE) if current.isValid() else None
        # Also where the filter hides the chosen row: Qt then goes to one that nobody chose.
        if not self._rendering and layer is not None:
            self.layer_chosen.emit(layer.name)
