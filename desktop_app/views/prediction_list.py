"""The predictions of the picture on screen: the likeliest classes, or every class searched for.

A class can be asked about: a click on it, or Enter, and again for the likeliest one. Another can
be held against it, by the menu of its row. What speaks for it stands below.
"""

from dataclasses import replace
from functools import partial
from typing import Final

from PySide6.QtCore import QModelIndex, QPoint, Qt, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QMenu,
    QSpinBox,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from desktop_app.core.records import Prediction
from desktop_app.state import TOP_K_RANGE, LensState, ViewOptions
from desktop_app.views.asked_class import AskedClass
from desktop_app.views.change_list import ChangeList
from desktop_app.views.doubt_line import DoubtLine
from desktop_app.views.evidence_list import EvidenceList
from desktop_app.views.icons import IconButton
from desktop_app.views.labels import heading
from desktop_app.views.prediction_bars import PredictionBars
from desktop_app.views.prediction_rows import (
    PREDICTION_ROLE,
    ROW_HEIGHT,
    PredictionRows,
)
from desktop_app.views.ranked_classes import RankedClasses, ranked_classes
from desktop_app.views.search_field import SearchField
from desktop_app.views.theme import on_surface, set_text_role

_UNCUT: Final = 5
"""So many bars keep their room where the panel is low; the evidence list shrinks first."""
_FRAME: Final = 4
"""Above and below a list, where its ring is drawn when it has the focus."""


class PredictionList(QWidget):
    """The panel at the right.

    Signals:
        options_changed: A new :class:`~desktop_app.state.ViewOptions`.
        copy_requested: The predictions are wanted as text.
        class_chosen: Index of the class that is asked about; None: the likeliest.
        rival_chosen: Index of the class that is held against it; None: none.
    """

    options_changed = Signal(object)
    class_chosen = Signal(object)
    rival_chosen = Signal(object)
    copy_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        on_surface(self, "panel")
        self.setMinimumWidth(190)
        self._options = ViewOptions()
        self._classes = RankedClasses()
        self._comparing = False
        self._chosen: int | None = None
        self._explained: Prediction | None = None
        self._against: int | None = None
        self._heading = heading("Predictions")
        self.count = QSpinBox()
        self.count.setRange(*TOP_K_RANGE)
        self.count.setPrefix("top ")
        # The style sheet's padding does not reach the field inside.
        self.count.lineEdit().setTextMargins(6, 0, 0, 0)
        self.count.setMaximumWidth(84)
        self.count.setAccessibleName("Number of predictions")
        self.count.setToolTip("How many predictions are shown")
        self.count.valueChanged.connect(self._on_count_changed)
        self.copy = IconButton("copy", "Copy the predictions as text (Ctrl+Shift+C)")
        self.copy.clicked.connect(self.copy_requested)
        self.rows = PredictionRows(self)
        self.view = PredictionBars()
        self.view.setModel(self.rows)
        self.view.copy_pressed.connect(self.copy_requested)
        self.view.clicked.connect(self._choose)
        self.view.chosen.connect(self._choose)
        self.view.left.connect(self._return)
        self.view.opposed.connect(self._hold_against)
        self.asked = AskedClass()
        self.asked.cleared.connect(self._ask_likeliest)
        self.evidence = EvidenceList()
        self.evidence.alone.connect(self._drop_rival)
        self.evidence.left.connect(self._return)
        self.view.customContextMenuRequested.connect(self._open_menu)
        self.doubt = DoubtLine()
        self._empty = QLabel()
        self.search = SearchField("Search the classes")
        self.search.textChanged.connect(self._list_rows)
        self.search.returnPressed.connect(self._ask_about_first)
        self.search.left_downwards.connect(self._enter_list)
        self.search.left.connect(self._return)
        self.changes = ChangeList()
        self._arrange()

    def render(self, state: LensState) -> None:  # type: ignore[override]  # not Qt's
        """Show the classification on screen, or say what is being waited for."""
        self._options = state.options
        self._chosen, self._against = state.chosen_class, state.opposed_class
        self.asked.render(state)
        self.count.setValue(state.options.top_k)
        self.changes.render(state)
        self._classes = ranked_classes(state, self._classes)
        self._comparing = state.comparison is not None
        labels = () if state.model is None else state.model.labels
        self.search.setPlaceholderText(
            f"Search {len(labels):,} classes" if labels else "Search the classes"
        )
        for control in (self.count, self.copy, self.search):
            control.setEnabled(bool(self._classes.ranked))
        self._explained = self._classes.of(state.explained_class)
        self.doubt.render(state)
        self.evidence.render(state)
        self._empty.setText(_waiting_text(state))
        self._list_rows()
        self._share_out()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The evidence list takes what the bars leave."""
        super().resizeEvent(event)
        self._share_out()

    def open_menu(self, index: QModelIndex | None = None) -> QMenu:
        """The context menu.

        Args:
            index: Of the row that it is about; None for none.
        """
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        if index is not None and index.isValid():
            self._offer_rival(menu, index.data(PREDICTION_ROLE))
        menu.addAction("Copy predictions", self.copy_requested.emit).setEnabled(
            bool(self._classes.ranked)
        )
        return menu

    # --- inside --------------------------------------------------------------------------------

    def _arrange(self) -> None:
        self._empty.setWordWrap(True)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self._empty.setContentsMargins(14, 4, 14, 4)
        set_text_role(self._empty, "secondary")
        top = QHBoxLayout()
        top.setContentsMargins(14, 0, 10, 0)
        top.setSpacing(4)
        top.addWidget(self._heading, 1)
        top.addWidget(self.count)
        top.addWidget(self.copy)
        self._stack = QStackedLayout()
        bottom = QHBoxLayout()
        bottom.setContentsMargins(14, 0, 14, 6)
        bottom.addWidget(self.search)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 6, 0, 0)
        column.setSpacing(4)
        column.addLayout(top)
        column.addWidget(self.doubt)
        column.addWidget(self.asked)
        changes = QHBoxLayout()
        changes.setContentsMargins(10, 0, 10, 0)
        changes.addWidget(self.changes)
        column.addLayout(changes)
        column.addLayout(self._stack, 1)
        column.addWidget(self.evidence)
        self._stack.addWidget(self.view)  # only now: without a parent it would flash as a window
        self._stack.addWidget(self._empty)
        column.addLayout(bottom)

    @Slot()
    def _ask_about_first(self) -> None:
        """Ask about the first class found, and show all of them again."""
        if self.search.text().split() and self.rows.rowCount():
            found: Prediction = self.rows.index(0).data(PREDICTION_ROLE)
            self.class_chosen.emit(found.index)
            self.search.clear()

    @Slot()
    def _enter_list(self) -> None:
        """Go from the field to the first class of the list."""
        if self.rows.rowCount():
            self.view.setCurrentIndex(self.rows.index(0))
            self.view.setFocus(Qt.FocusReason.ShortcutFocusReason)

    @Slot()
    def _list_rows(self) -> None:
        words, classes = self.search.text().casefold().split(), self._classes
        total = len(classes.ranked)
        if words:
            places, found = classes.named(words)
            self._heading.setText(f"{len(found):,} of {total:,} classes")
        else:
            asked = {self._chosen, self._against}
            places, found = classes.likeliest(self._options.top_k, asked)
            if self._comparing and classes.marks_a(found):
                self._heading.set_texts(
                    "Predictions of B · line marks A", shorter="B · line marks A"
                )
            else:
                self._heading.setText("Predictions of B" if self._comparing else "Predictions")
        self.count.setVisible(not words)
        before, against = classes.baseline(found)
        self.rows.list_predictions(found, places, self._chosen, before, against=against)
        self.rows.mark_rival(self._against)
        if words and not found and total:
            self._empty.setText(
                f"None of the {total:,} classes has “{self.search.text().strip()}” in its name."
            )
        self._stack.setCurrentIndex(0 if found else 1)
        self.view.follow_asked(None if words else self._chosen)

    @Slot(QModelIndex)
    def _choose(self, index: QModelIndex) -> None:
        prediction: Prediction = index.data(PREDICTION_ROLE)
        self.class_chosen.emit(prediction.index)

    @Slot()
    def _return(self) -> None:
        """One step back: no class is held against, then the likeliest is asked about."""
        if self._against is not None:
            self._drop_rival()
        elif self._chosen is not None:
            self._ask_likeliest()

    @Slot()
    def _ask_likeliest(self) -> None:
        self.class_chosen.emit(None)

    @Slot()
    def _drop_rival(self) -> None:
        self.rival_chosen.emit(None)

    @Slot(QModelIndex)
    def _hold_against(self, index: QModelIndex) -> None:
        """Hold a class against the one that is explained; the same one again: no longer."""
        held: int = index.data(PREDICTION_ROLE).index
        if self._explained is not None and held != self._explained.index:
            self.rival_chosen.emit(None if held == self._against else held)

    @Slot(int)
    def _on_count_changed(self, count: int) -> None:
        if count != self._options.top_k:
            self.options_changed.emit(replace(self._options, top_k=count))

    @Slot(QPoint)
    def _open_menu(self, place: QPoint) -> None:
        menu = self.open_menu(self.view.indexAt(place))
        menu.popup(self.view.viewport().mapToGlobal(place))

    def _offer_rival(self, menu: QMenu, prediction: Prediction) -> None:
        """Offer to hold the row's class against the one that is explained, or to stop that."""
        explained = self._explained
        if prediction.index == self._against:
            menu.addAction("Ask about the class alone", self._drop_rival)
        elif explained is not None and prediction.index != explained.index:
            words = f"Why “{explained.label}” and not this?".replace("&", "&&")
            menu.addAction(words, partial(self.rival_chosen.emit, prediction.index))

    def _share_out(self) -> None:
        """Give the evidence list what the first few bars do not need."""
        column = self.layout()
        if column is None:
            return
        margins, spacing = column.contentsMargins(), column.spacing()
        taken = margins.top() + margins.bottom()
        for number in range(column.count()):
            item = column.itemAt(number)
            if item is None or item.isEmpty() or item.widget() is self.evidence:
                continue
            bars = min(self._options.top_k, _UNCUT) * ROW_HEIGHT + _FRAME
            taken += spacing + (bars if item.layout() is self._stack else item.sizeHint().height())
        self.evidence.take_room(self.height() - taken)


def _waiting_text(state: LensState) -> str:
    if state.model is None:
        return f"Loading {state.loading_model}…" if state.loading_model else "No model is open."
    if state.shown is not None or state.pending is not None:
        return "Classifying…"
    return "The likeliest classes of an image appear here."
