"""The layer tree's items: section → block → tensor, or a flat list for a foreign model."""

import re
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Final

from PySide6.QtCore import QModelIndex, QObject, QRegularExpression, QSortFilterProxyModel, Qt
from PySide6.QtGui import QStandardItem, QStandardItemModel

from desktop_app.core.records import Layer, Model
from desktop_app.views.figures import format_shape
from desktop_app.views.layer_names import (
    block_title,
    has_stages,
    place_of,
    section_of,
    section_title,
)

LAYER_ROLE: Final = Qt.ItemDataRole.UserRole + 1
"""The :class:`Layer` of a tensor's row; None for sections and blocks."""
SEARCH_ROLE: Final = Qt.ItemDataRole.UserRole + 2
"""What the filter looks at."""


class LayerItems(QStandardItemModel):
    """The layers of one model."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._items: dict[str, QStandardItem] = {}

    def show_model(self, model: Model | None) -> None:
        """Build the rows of a model anew."""
        self.clear()
        self._items = {}
        layers = () if model is None else model.layers
        root = self.invisibleRootItem()
        if not has_stages(layers):
            root.appendRows([self._tensor(layer) for layer in layers])
            return
        for section, members in groupby(layers, section_of):
            here = list(members)
            item = _group(section_title(section, here), section)
            root.appendRow(item)
            self._fill_section(item, here)

    def index_of(self, name: str) -> QModelIndex:
        """Where a layer stands; invalid when it is not there."""
        item = self._items.get(name)
        return QModelIndex() if item is None else item.index()

    def _fill_section(self, section: QStandardItem, layers: Sequence[Layer]) -> None:
        for block, members in groupby(layers, lambda layer: layer.block):
            here = list(members)
            if block is None:
                section.appendRows([self._tensor(layer) for layer in here])
                continue
            item = _group(block_title(block, here), f"Block {block}")
            section.appendRow(item)
            item.appendRows([self._tensor(layer) for layer in here])

    def _tensor(self, layer: Layer) -> QStandardItem:
        shape, place = format_shape(layer.shape), place_of(layer)
        item = QStandardItem(layer.name)
        item.setEditable(False)
        item.setData(layer, LAYER_ROLE)
        item.setData(f"{layer.name} {place} {shape}", SEARCH_ROLE)
        item.setToolTip(f"{layer.name}\n{place}\n{shape}")
        item.setData(f"{layer.name}, {place}, {shape}", Qt.ItemDataRole.AccessibleTextRole)
        self._items[layer.name] = item
        return item


class LayerFilter(QSortFilterProxyModel):
    """Keeps what has every word asked for, with the groups above and below it."""

    def __init__(self, items: LayerItems) -> None:
        super().__init__(items)
        self.setRecursiveFilteringEnabled(True)
        self.setAutoAcceptChildRows(True)
        self.setFilterRole(SEARCH_ROLE)
        self.setSourceModel(items)

    def look_for(self, words: Iterable[str]) -> None:
        """Keep the rows that have all ``words``, in any order and case."""
        pattern = "".join(f"(?=.*{re.escape(word)})" for word in words)
        self.setFilterRegularExpression(
            QRegularExpression(pattern, QRegularExpression.PatternOption.CaseInsensitiveOption)
        )

    def first_layer(self) -> QModelIndex:
        """Where the first tensor that is left stands, in the order of computation."""
        index = self.index(0, 0)
        while index.isValid() and index.data(LAYER_ROLE) is None:
            index = self.index(0, 0, index)
        return index

    def count_layers(self, parent: QModelIndex | None = None) -> int:
        """How many tensors are left."""
        above = parent or QModelIndex()
        below = [self.index(row, 0, above) for row in range(self.rowCount(above))]
        return sum(
            1 if index.data(LAYER_ROLE) is not None else self.count_layers(index) for index in below
        )


def _group(title: str, name: str) -> QStandardItem:
    item = QStandardItem(title)
    item.setEditable(False)
    item.setData(f"{title} {name}", SEARCH_ROLE)
    item.setToolTip(title)
    return item
