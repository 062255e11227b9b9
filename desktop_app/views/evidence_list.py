"""The evidence for a class in the last layer: the channels that add most to its logit, as bars.

Stands below the classes. Each row opens its channel's map. The last line tells what all channels
and the bias add up to, which is the logit.
"""

from typing import Final

from PySide6.QtCore import QModelIndex, QSize, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QLabel,
    QListView,
    QVBoxLayout,
    QWidget,
)

from desktop_app.core.logit_evidence import LogitSum
from desktop_app.intervening import shown_outcome
from desktop_app.state import LensState
from desktop_app.views.evidence_rows import (
    CHANNEL_ROLE,
    ROW_HEIGHT,
    EvidenceDelegate,
    EvidenceRows,
    signed,
)
from desktop_app.views.figures import format_value
from desktop_app.views.fitting_label import FittingLabel
from desktop_app.views.icons import IconButton
from desktop_app.views.shown_why import shown_logit
from desktop_app.views.theme import set_text_role

ROWS_RANGE: Final = (2, 5)
_LINE: Final = 18
_MARGINS: Final = 4
_FRAME: Final = 4
"""Above and below a list, where its ring is drawn when it has the focus."""
_OPENING: Final = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)


class EvidenceList(QWidget):
    """Heading, bars and sum; hidden where there is nothing to take apart or nobody wants it.

    Signals:
        channel_opened: Layer and channel of the row that was chosen.
        alone: The class is asked about alone, not against another.
        left: The key for going back.
    """

    channel_opened = Signal(str, int)
    alone = Signal()
    left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._found: LogitSum | None = None
        self._opened: int | None = None
        self._count = ROWS_RANGE[1]
        self.heading = FittingLabel("heading")
        self.back = IconButton("close", "Ask about the class alone (Escape)")
        self.back.setProperty("compact", True)
        self.back.setFixedHeight(_LINE)
        self.back.clicked.connect(self.alone)
        self.rows = EvidenceRows(self)
        self.view = _EvidenceView()
        self.view.setModel(self.rows)
        self.view.clicked.connect(self._open)
        self.view.chosen.connect(self._open)
        self.view.left.connect(self.left)
        self.message = QLabel()
        self.message.setWordWrap(True)
        self.message.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self.message.setContentsMargins(14, 2, 14, 0)
        set_text_role(self.message, "small")
        self.sum = FittingLabel("small")
        self._arrange()
        self.hide()

    def render(self, state: LensState) -> None:  # type: ignore[override]  # not Qt's
        """Show the picture's logit; nothing of another picture or class stays meanwhile."""
        shown, index = state.shown, state.explained_class
        classified = shown is not None and shown.classification is not None
        self.setVisible(state.options.show_evidence and classified and index is not None)
        evidence = shown_logit(state)
        found = None if evidence is None else evidence.found
        self._found = found
        has_layer = found is not None and found.layer == state.layer
        self._opened = state.channel if has_layer else None
        self.message.setText("" if evidence is None else evidence.error)
        self.message.setToolTip("" if evidence is None else evidence.remedy)
        is_list = not self.message.text()
        self.message.setVisible(not is_list)
        self.view.setVisible(is_list)
        self.sum.setVisible(is_list)
        self.back.setVisible(state.opposed_class is not None)
        self._entitle(state)
        self._sum_up(state)
        self._list()

    def needed_height(self, rows: int) -> int:
        """What it takes to show so many channels."""
        return _MARGINS + 2 * _LINE + rows * ROW_HEIGHT + _FRAME

    def take_room(self, height: int) -> None:
        """Show as many channels as fit into ``height``, at least two; a sentence needs no more."""
        low, high = ROWS_RANGE if self.message.isHidden() else ROWS_RANGE[:1] * 2
        fitting = (height - self.needed_height(0)) // ROW_HEIGHT
        self._count = min(max(fitting, low), high)
        self.setFixedHeight(self.needed_height(self._count))
        self._list()

    # --- inside --------------------------------------------------------------------------------

    def _arrange(self) -> None:
        top = QHBoxLayout()
        top.setContentsMargins(14, 0, 10, 0)
        top.setSpacing(4)
        top.addWidget(self.heading, 1)
        top.addWidget(self.back)
        self.heading.setFixedHeight(_LINE)
        bottom = QHBoxLayout()
        bottom.setContentsMargins(14, 0, 14, 0)
        bottom.addWidget(self.sum, 1)
        self.sum.setFixedHeight(_LINE)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, _MARGINS, 0, 0)
        column.setSpacing(0)
        column.addLayout(top)
        column.addWidget(self.view, 1)
        column.addWidget(self.message, 1)
        column.addLayout(bottom)
        self.setFixedHeight(self.needed_height(self._count))

    def _list(self) -> None:
        self.rows.list_channels(self._found, self._count, self._opened)

    def _entitle(self, state: LensState) -> None:
        """Say which class, and which is held against it."""
        model, index, against = state.model, state.explained_class, state.opposed_class
        if model is None or index is None or index >= len(model.labels):
            self.heading.say("Evidence")
            return
        label, layer = model.labels[index], "" if self._found is None else self._found.layer
        of_layer = f"channels of {layer}" if layer else "channels of the last layer"
        names: tuple[str, ...] = (label,)
        wordings: tuple[str, ...] = ("Evidence for “{}”",)
        whole = f"Evidence for “{label}” · {of_layer}"
        if against is not None:
            names = label, model.labels[against]
            wordings = "Evidence for “{}” and not “{}”", "“{}” and not “{}”"
            whole = f"Evidence for “{names[0]}” and not “{names[1]}” · {of_layer}"
        elif layer:
            wordings = tuple(f"{wordings[0]} · {of}" for of in (of_layer, layer)) + wordings
        if shown_outcome(state) is not None:  # the bars above are another network's
            short = "“{}” and not “{}”" if len(names) > 1 else "“{}”"
            wordings = f"{short} in the untouched network", f"{short}, untouched"
            whole = f"{whole}, in the untouched network"
        self.heading.say(*wordings, names=names)
        self.heading.setToolTip(whole)
        self.view.setAccessibleName(whole)

    def _sum_up(self, state: LensState) -> None:
        """Say what all of it adds up to, and how exactly it is what the network gave."""
        found = self._found
        if found is None:
            self.sum.say("")
            self.sum.setToolTip("")
            return
        channels, value = len(found.contributions), format_value(found.value)
        if state.opposed_class is None:
            result, short, bias = "the logit", "the logit", "bias"
        else:
            result, short, bias = "the difference of the logits", "the difference", "biases"
        self.sum.say(
            f"sum of {channels} channels + {bias} = {value}, {result}",
            f"{channels} channels + {bias} = {value}, {short}",
            f"sum + {bias} = {value}, {short}",
            f"= {value}, {short}",
        )
        self.sum.setToolTip(
            f"All {channels} channels: {signed(float(found.contributions.sum()), 6)}\n"
            f"{bias}: {signed(found.bias, 6)}\n"
            f"together {signed(found.value, 6)}; the run itself gave {signed(found.logit, 6)}"
        )

    @Slot(QModelIndex)
    def _open(self, index: QModelIndex) -> None:
        if self._found is not None:
            self.channel_opened.emit(self._found.layer, index.data(CHANNEL_ROLE))


class _EvidenceView(QListView):
    """The bars; Enter or the space bar opens one, Escape leads back.

    Signals:
        chosen: The row that the keyboard has chosen.
        left: The key for going back.
    """

    chosen = Signal(QModelIndex)
    left = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Evidence")
        self.setItemDelegate(EvidenceDelegate(self))
        self.setUniformItemSizes(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMouseTracking(True)

    def minimumSizeHint(self) -> QSize:
        """Its owner says how high it is."""
        return QSize(0, 0)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The keys that mean something here."""
        if event.key() in _OPENING and self.currentIndex().isValid():
            self.chosen.emit(self.currentIndex())
            return
        if event.key() == Qt.Key.Key_Escape:
            self.left.emit()
            return
        super().keyPressEvent(event)
