"""The residual view: what each block's shortcut and branch bring to its sum, and what that does.

See ``docs/residual-view.md`` for how to read it.
"""

from functools import partial
from typing import Final

from PySide6.QtCore import QModelIndex, QPoint, Qt, Signal, Slot
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QMenu,
    QProgressBar,
    QPushButton,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from desktop_app.core.records import Model
from desktop_app.core.residual_blocks import block_of
from desktop_app.intervening import changed_by, shown_residual
from desktop_app.parts.residual import Residual
from desktop_app.state import LensState
from desktop_app.views.residual_rows import ROW_ROLE, ResidualRow, ResidualRows
from desktop_app.views.residual_table import BlockHeader, BlockList
from desktop_app.views.theme import on_surface, set_text_role

_FACTORS: Final = (0.25, 0.5, 1.0, 1.5, 2.0)


class ResidualView(QWidget):
    """One row per residual block.

    Signals:
        layer_chosen: A block's output.
        branch_scaled: Name of a block, and the factor that its branch shall have.
        stop_requested: Measure no more effects.
        measuring_requested: Measure them.
    """

    layer_chosen = Signal(str)
    branch_scaled = Signal(str, float)
    stop_requested = Signal()
    measuring_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        on_surface(self, "panel")
        self.setMinimumWidth(180)
        self.rows = ResidualRows(self)
        self.view = BlockList()
        self.view.setModel(self.rows)
        self.view.clicked.connect(self._on_chosen)
        self.view.activated.connect(self._on_chosen)
        self.view.customContextMenuRequested.connect(self._open_menu)
        self._header = BlockHeader(self.view)
        self._message = QLabel()
        self._told = QLabel()
        self._progress = QProgressBar()
        self._progress.setTextVisible(False)
        self.button = QPushButton("Stop")
        self.button.clicked.connect(self._on_button)
        self._measuring = False
        self._chosen: int | None = None
        self._arrange()
        self.render(LensState())

    def render(self, state: LensState) -> None:  # type: ignore[override]  # not Qt's
        """Show the blocks of the picture on screen; those of the one before until then."""
        if state.options.layers_tab != "residual":
            return
        part = shown_residual(state)
        message = _message(state, part)
        if part is not None and not message:
            rows = tuple(_rows(state, part))
            self.view.fit_names(rows)
            self.rows.list_rows(rows)
            self._follow_choice(rows)
        self._message.setText(message)
        self._stack.setCurrentIndex(1 if message else 0)
        self._render_progress(state, part)

    def _follow_choice(self, rows: tuple[ResidualRow, ...]) -> None:
        """Have the chosen layer's block in sight when another one is chosen."""
        chosen = next((place for place, row in enumerate(rows) if row.is_chosen), None)
        if chosen != self._chosen:
            self._chosen = chosen
            if chosen is not None:
                self.view.setCurrentIndex(self.rows.index(chosen))

    def _render_progress(self, state: LensState, part: Residual | None) -> None:
        shown = part is not None and bool(part.shares)
        self._foot.setVisible(shown)
        if part is None or not shown:
            return
        blocks, done = len(part.shares), len(part.effects)
        self._measuring = part.measuring
        self._progress.setRange(0, blocks)
        self._progress.setValue(done)
        self._progress.setVisible(part.measuring)
        self.button.setVisible(done < blocks)
        self.button.setText("Stop" if part.measuring else "Measure")
        self.button.setToolTip(
            "Stop switching branches off"
            if part.measuring
            else "Switch each branch off in turn, and tell what it does to the class"
        )
        label = _label(state, part.class_index)
        self._told.setText(f"Δ: points of “{label}” without the branch" if label else "")

    @Slot(QModelIndex)
    def _on_chosen(self, index: QModelIndex) -> None:
        row: ResidualRow = index.data(ROW_ROLE)
        self.layer_chosen.emit(row.share.block.output)

    @Slot()
    def _on_button(self) -> None:
        if self._measuring:
            self.stop_requested.emit()
        else:
            self.measuring_requested.emit()

    def menu_for(self, row: ResidualRow) -> QMenu:
        """The context menu of a block."""
        menu, name = QMenu(self), row.share.block.name
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        turned, way = (1.0, "on") if row.factor == 0 else (0.0, "off")
        switch = menu.addAction(f"Switch the branch of block {name} {way}")
        switch.triggered.connect(partial(self._scale, name, turned))
        menu.addSeparator()
        for factor in _FACTORS:
            action = menu.addAction(f"Branch × {factor:.2f}")
            action.setCheckable(True)
            action.setChecked(factor == row.factor)
            action.triggered.connect(partial(self._scale, name, factor))
        return menu

    def _scale(self, name: str, factor: float, *_checked: object) -> None:
        self.branch_scaled.emit(name, factor)

    @Slot(QPoint)
    def _open_menu(self, place: QPoint) -> None:
        index = self.view.indexAt(place)
        if not index.isValid():  # by key, of a row that is somewhere else
            index = self.view.currentIndex()
        if index.isValid():
            self.menu_for(index.data(ROW_ROLE)).popup(self.view.viewport().mapToGlobal(place))

    def _arrange(self) -> None:
        self._message.setWordWrap(True)
        self._message.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self._message.setContentsMargins(14, 4, 14, 4)
        self._told.setWordWrap(True)  # the last word explains the sign
        self._told.setTextFormat(Qt.TextFormat.PlainText)
        set_text_role(self._message, "secondary")
        set_text_role(self._told, "secondary")
        table = QWidget()
        rows = QVBoxLayout(table)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(0)
        rows.addWidget(self._header)
        rows.addWidget(self.view, 1)
        self._foot = QWidget()
        foot = QVBoxLayout(self._foot)
        foot.setContentsMargins(14, 2, 10, 8)
        foot.setSpacing(4)
        line = QHBoxLayout()
        line.addWidget(self._told, 1)
        line.addWidget(self.button)
        foot.addWidget(self._progress)
        foot.addLayout(line)
        self._stack = QStackedLayout()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 6, 0, 0)
        column.setSpacing(2)
        column.addLayout(self._stack, 1)
        column.addWidget(self._foot)
        self._stack.addWidget(table)
        self._stack.addWidget(self._message)


def _rows(state: LensState, part: Residual) -> list[ResidualRow]:
    blocks = () if state.model is None else state.model.blocks
    chosen = block_of(blocks, state.layer or "")
    changes = changed_by(state)
    rows = []
    for share in part.shares:
        name = share.block.name
        effect = part.effects.get(name)
        moved = effect is not None and effect.top_index != effect.class_index
        rows.append(
            ResidualRow(
                share=share,
                effect=effect,
                is_chosen=chosen is not None and chosen.name == name,
                factor=changes.factor("branch", name),
                class_label=_label(state, part.class_index),
                top_label=_label(state, effect.top_index) if effect and moved else "",
            )
        )
    return rows


def _label(state: LensState, index: int | None) -> str:
    return "" if index is None or state.model is None else state.model.labels[index]


def _message(state: LensState, part: Residual | None) -> str:
    if state.model is None:
        return "The residual blocks of the open model appear here."
    if not state.model.blocks:
        return _why_none(state.model)
    if state.shown is None:
        return "Open an image to see what shortcut and branch bring to each block's sum."
    if trouble := state.shown.trouble or (part.trouble if part is not None else ""):
        return f"Nothing to measure: {trouble}"
    if part is None:
        return "Computing…"
    return "" if part.shares else "None of the blocks' two ways can be looked at in this file."


def _why_none(model: Model) -> str:
    """What is known where no block was found: there may be sums all the same."""
    adds = (layer.name for layer in model.layers if layer.kind == "add" and len(layer.shape) == 3)
    nodes = (model.network.node(name) for name in adds)
    if any(node is not None and len(node.inputs) > 1 for node in nodes):
        return (
            "No residual blocks were recognised: this network has sums, but which of the added "
            "is a branch and which a shortcut of the same shape cannot be told."
        )
    return (
        "No residual blocks were recognised: none of the layers that can be looked at is the sum "
        "of a branch and a shortcut."
    )
