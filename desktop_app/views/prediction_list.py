"""The predictions of the picture on screen: the likeliest classes, or every class searched for.

A class can be asked about: a click on it, or Enter, and again for the likeliest one.
"""

from dataclasses import replace

from PySide6.QtCore import QModelIndex, QPoint, Qt, Signal, Slot
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QMenu,
    QSpinBox,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from desktop_app.core.predictions import top_k
from desktop_app.core.records import Prediction, Tensor
from desktop_app.intervening import shown_outcome
from desktop_app.state import TOP_K_RANGE, LensState, ViewOptions
from desktop_app.views.asked_class import AskedClass
from desktop_app.views.change_list import ChangeList
from desktop_app.views.compared_maps import reference_of
from desktop_app.views.doubt_line import DoubtLine
from desktop_app.views.icons import IconButton
from desktop_app.views.labels import heading
from desktop_app.views.prediction_bars import PredictionBars
from desktop_app.views.prediction_rows import (
    PREDICTION_ROLE,
    PredictionRows,
)
from desktop_app.views.search_field import SearchField
from desktop_app.views.theme import on_surface, set_text_role


class PredictionList(QWidget):
    """The panel at the right.

    Signals:
        options_changed: A new :class:`~desktop_app.state.ViewOptions`.
        copy_requested: The predictions are wanted as text.
        class_chosen: Index of the class that is asked about; None: the likeliest.
    """

    options_changed = Signal(object)
    class_chosen = Signal(object)
    copy_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        on_surface(self, "panel")
        self.setMinimumWidth(190)
        self._options = ViewOptions()
        self._scores: Tensor | None = None
        self._untouched: Tensor | None = None
        self._of_a: Tensor | None = None
        self._in_a: dict[int, float] = {}
        self._comparing = False
        self._ranked: tuple[Prediction, ...] = ()
        self._chosen: int | None = None
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
        self.asked = AskedClass()
        self.asked.cleared.connect(self._return)
        self.view.customContextMenuRequested.connect(self._open_menu)
        self.doubt = DoubtLine()
        self._empty = QLabel()
        self.search = SearchField("Search the classes")
        self.search.textChanged.connect(self._list_rows)
        self.changes = ChangeList()
        self._arrange()

    def render(self, state: LensState) -> None:  # type: ignore[override]  # not Qt's
        """Show the classification on screen, or say what is being waited for."""
        self._options = state.options
        self._chosen = state.chosen_class
        self.asked.render(state)
        self.count.setValue(state.options.top_k)
        self.changes.render(state)
        scores, self._untouched = _scores(state)
        labels = () if state.model is None else state.model.labels
        of_a = _scores_of_a(state)
        self._comparing = state.comparison is not None
        if scores is not self._scores or of_a is not self._of_a:
            self._scores, self._of_a = scores, of_a
            self._rank(labels, _labels_of_a(state))
        self.search.setPlaceholderText(
            f"Search {len(labels):,} classes" if labels else "Search the classes"
        )
        for control in (self.count, self.copy, self.search):
            control.setEnabled(bool(self._ranked))
        self.doubt.render(state)
        self._empty.setText(_waiting_text(state))
        self._list_rows()

    def open_menu(self) -> QMenu:
        """The context menu."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction("Copy predictions", self.copy_requested.emit).setEnabled(bool(self._ranked))
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
        bottom.setContentsMargins(14, 0, 14, 10)
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
        self._stack.addWidget(self.view)  # only now: without a parent it would flash as a window
        self._stack.addWidget(self._empty)
        column.addLayout(bottom)

    @Slot()
    def _list_rows(self) -> None:
        words = self.search.text().casefold().split()
        if words:
            places = tuple(
                place
                for place, prediction in enumerate(self._ranked, 1)
                if all(word in prediction.label.casefold() for word in words)
            )
            found = tuple(self._ranked[place - 1] for place in places)
            self._heading.setText(f"{len(found):,} of {len(self._ranked):,} classes")
        else:
            places, found = self._likeliest()
            marked = self._untouched is None and any(p.index in self._in_a for p in found)
            self._heading.setText(_heading_of(comparing=self._comparing, marked=marked))
        self.count.setVisible(not words)
        before, against = self._baseline(found)
        self.rows.list_predictions(found, places, self._chosen, before, against=against)
        if words and not found and self._ranked:
            self._empty.setText(
                f"None of the {len(self._ranked):,} classes has “{self.search.text().strip()}” "
                "in its name."
            )
        self._stack.setCurrentIndex(0 if found else 1)

    def _baseline(self, found: tuple[Prediction, ...]) -> tuple[tuple[float | None, ...], str]:
        """What probabilities are held against: the untouched network's, else those in A."""
        if self._untouched is not None:
            return tuple(float(self._untouched[each.index]) for each in found), "untouched"
        if self._in_a:
            return tuple(self._in_a.get(each.index) for each in found), "in A"
        return (), ""

    def _rank(self, labels: tuple[str, ...], labels_of_a: tuple[str, ...]) -> None:
        """Put the classes in order: the likeliest first, while comparing in either of the two."""
        scores, of_a = self._scores, self._of_a
        ranked = () if scores is None else top_k(scores, labels, len(labels))
        self._in_a = {}
        if of_a is not None:
            there = dict(zip(labels_of_a, of_a.tolist(), strict=True))
            self._in_a = {each.index: there[each.label] for each in ranked if each.label in there}
            ranked = tuple(
                sorted(
                    ranked, key=lambda each: -max(each.probability, self._in_a.get(each.index, 0.0))
                )
            )
        self._ranked = ranked

    def _likeliest(self) -> tuple[tuple[int, ...], tuple[Prediction, ...]]:
        """The first few, and the class that is asked about, with its place, where it is none."""
        found = self._ranked[: self._options.top_k]
        further = enumerate(self._ranked[len(found) :], len(found) + 1)
        for place, prediction in further:
            if prediction.index == self._chosen:
                return (*[0] * len(found), place), (*found, prediction)
        return (), found

    @Slot(QModelIndex)
    def _choose(self, index: QModelIndex) -> None:
        prediction: Prediction = index.data(PREDICTION_ROLE)
        self.class_chosen.emit(prediction.index)

    @Slot()
    def _return(self) -> None:
        if self._chosen is not None:
            self.class_chosen.emit(None)

    @Slot(int)
    def _on_count_changed(self, count: int) -> None:
        if count != self._options.top_k:
            self.options_changed.emit(replace(self._options, top_k=count))

    @Slot(QPoint)
    def _open_menu(self, place: QPoint) -> None:
        self.open_menu().popup(self.view.viewport().mapToGlobal(place))


def _waiting_text(state: LensState) -> str:
    if state.model is None:
        return f"Loading {state.loading_model}…" if state.loading_model else "No model is open."
    if state.shown is not None or state.pending is not None:
        return "Classifying…"
    return "The likeliest classes of an image appear here."


def _heading_of(*, comparing: bool, marked: bool) -> str:
    if not comparing:
        return "Predictions"
    return "Predictions of B, mark: A" if marked else "Predictions of B"


def _scores_of_a(state: LensState) -> "Tensor | None":
    reference = reference_of(state)
    if reference is None or reference.classification is None:
        return None
    return reference.classification.probabilities


def _labels_of_a(state: LensState) -> tuple[str, ...]:
    comparison = state.comparison
    return () if comparison is None or comparison.model is None else comparison.model.labels


def _scores(state: LensState) -> "tuple[Tensor | None, Tensor | None]":
    """Probabilities to show, and those of the untouched network where it is changed."""
    outcome = shown_outcome(state)
    if outcome is not None:
        return outcome.probabilities, outcome.untouched_probabilities
    shown = state.shown
    if shown is None or shown.classification is None:
        return None, None
    return shown.classification.probabilities, None
