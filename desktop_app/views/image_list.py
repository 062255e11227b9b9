"""The image list: what was opened, each with its thumbnail and top-1, and the folder run.

Smooth at ten thousand rows: rows of one height painted by a delegate, thumbnails asked for only
while they are in view and kept for the last thousand.
"""

from typing import Final

from PySide6.QtCore import QModelIndex, QPoint, Qt, QTimer, Signal, Slot
from PySide6.QtGui import (
    QAction,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QLabel,
    QListView,
    QMenu,
    QProgressBar,
    QPushButton,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from desktop_app.core.records import FileSource, Pixels
from desktop_app.state import ImageEntry, LensState, Progress
from desktop_app.views.image_delegate import ROW_HEIGHT, ImageDelegate
from desktop_app.views.image_rows import ENTRY_ROLE, ImageRows
from desktop_app.views.labels import ElidedLabel, heading
from desktop_app.views.theme import font, on_surface, set_text_role

_ASK_AFTER_MS: Final = 60
_MARGIN_ROWS: Final = 4


class ImageList(QWidget):
    """The panel at the left."""

    image_chosen = Signal(int)
    image_removed = Signal(int)
    images_cleared = Signal()
    comparison_wanted = Signal(int)
    cancel_requested = Signal()
    thumbnails_wanted = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        on_surface(self, "panel")
        self.setMinimumWidth(160)
        self._heading = heading("")
        self._heading.hide()
        self.failed = _FailedButton()
        self.failed.clicked.connect(self.show_next_failed)
        self.rows = ImageRows(self)
        self.view = _EntryView()
        self.view.setModel(self.rows)
        self.view.delete_pressed.connect(self._remove_current)
        self.view.moved.connect(self._ask_soon)
        self.view.selectionModel().currentChanged.connect(self._on_current_changed)
        self.view.customContextMenuRequested.connect(self._open_menu)
        self._empty = _empty_text()
        self._run = _RunProgress()
        self._run.cancel.clicked.connect(self.cancel_requested)
        self._current: int | None = None
        self._on_screen: int | None = None
        self._rendering = False
        self._shown_failed: int | None = None
        self._counted: tuple[ImageEntry, ...] = ()
        self._ask = QTimer(self, singleShot=True, interval=_ASK_AFTER_MS)
        self._ask.timeout.connect(self._ask_for_visible)
        self._arrange()

    def render(self, state: LensState) -> None:  # type: ignore[override]  # not Qt's
        """Show the entries, the chosen one and the folder run."""
        self._rendering = True
        try:
            if state.current != self._current:
                self._forget_failed()
            self._current = state.current
            whole = state.shown is not None and state.shown.activations is not None
            self._on_screen = state.shown.number if state.shown is not None and whole else None
            self.rows.show_entries(state.entries)
            self._mark_current()
        finally:
            self._rendering = False
        count = len(state.entries)
        if state.entries is not self._counted:  # a pass over all of them
            self._counted = state.entries
            self._show_counts(count, sum(entry.status == "failed" for entry in state.entries))
        self._stack.setCurrentIndex(0 if count else 1)
        self._run.show_progress(state.progress)
        self._ask_soon()

    def set_thumbnail(self, number: int, pixels: Pixels) -> None:
        """A row's small picture, uint8 (h, w, 3), has been made."""
        self.rows.set_thumbnail(number, pixels)

    @Slot()
    def show_next_failed(self) -> None:
        """Bring the next row that could not be opened into view, and mark it.

        It is not opened: that would try it once more, fail, and lead back to the image on screen.
        """
        row = self.rows.next_failed(self._shown_failed, self.view.currentIndex().row())
        if row is not None:
            self._shown_failed = self.rows.entry(row).number
            self.view.mark(self.rows.index(row))

    def open_menu_for(self, row: int) -> QMenu:
        """The context menu of a row."""
        entry = self.rows.entry(row)
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        compare = menu.addAction(
            "Compare with the one on screen", lambda: self.comparison_wanted.emit(entry.number)
        )
        compare.setEnabled(self._on_screen not in {None, entry.number})
        menu.addSeparator()
        if isinstance(entry.source, FileSource):
            path = str(entry.source.path)
            menu.addAction("Copy path", lambda: QGuiApplication.clipboard().setText(path))
            menu.addSeparator()
        remove = QAction("Remove", menu)
        if entry.number == self._current:  # the key takes out that row, whatever the menu is about
            remove.setShortcut(QKeySequence(Qt.Key.Key_Delete))
        remove.triggered.connect(lambda: self.image_removed.emit(entry.number))
        menu.addAction(remove)
        menu.addAction("Remove all", self.images_cleared.emit)
        return menu

    # --- inside --------------------------------------------------------------------------------

    def _arrange(self) -> None:
        top = QHBoxLayout()
        top.setContentsMargins(14, 0, 6, 0)
        top.setSpacing(0)
        top.addWidget(self._heading)
        top.addWidget(self.failed)
        top.addStretch(1)
        self._stack = QStackedLayout()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 8, 0, 0)
        column.setSpacing(6)
        column.addLayout(top)
        column.addLayout(self._stack, 1)
        self._stack.addWidget(self.view)  # only now: without a parent it would flash as a window
        self._stack.addWidget(self._empty)
        column.addWidget(self._run)

    def _forget_failed(self) -> None:
        self._shown_failed = None
        self.view.mark(QModelIndex())

    def _show_counts(self, count: int, failed: int) -> None:
        images = "image" if count == 1 else "images"
        self._heading.setText(f"{count:,} {images}" + (" ·" if failed else ""))
        self._heading.setVisible(count > 0)
        self.failed.show_count(failed)

    def _mark_current(self) -> None:
        row = None if self._current is None else self.rows.row(self._current)
        index = QModelIndex() if row is None else self.rows.index(row)
        if index != self.view.currentIndex():
            self.view.setCurrentIndex(index)
            if row is None:
                self.view.clearSelection()

    @Slot(QModelIndex, QModelIndex)
    def _on_current_changed(self, current: QModelIndex, _previous: QModelIndex) -> None:
        # Also where a row was taken away: Qt then goes to a neighbour, which nobody chose.
        if not self._rendering and current.isValid():
            self._forget_failed()
            self.image_chosen.emit(self.rows.entry(current.row()).number)

    @Slot()
    def _remove_current(self) -> None:
        index = self.view.currentIndex()
        if index.isValid():
            self.image_removed.emit(self.rows.entry(index.row()).number)

    @Slot(QPoint)
    def _open_menu(self, place: QPoint) -> None:
        index = self.view.indexAt(place)
        if index.isValid():
            menu = self.open_menu_for(index.row())
            self.view.point_out(index)
            menu.aboutToHide.connect(self.view.end_pointing)
            menu.popup(self.view.viewport().mapToGlobal(place))

    @Slot()
    def _ask_soon(self) -> None:
        if not self._ask.isActive():
            self._ask.start()

    @Slot()
    def _ask_for_visible(self) -> None:
        count = self.rows.rowCount()
        if not count or not self.view.isVisible():
            return
        first = self.view.verticalScrollBar().value() // ROW_HEIGHT
        shown = self.view.viewport().height() // ROW_HEIGHT + 1
        last = min(first + shown + _MARGIN_ROWS, count - 1)
        wanted = self.rows.ask_for_missing(max(first - _MARGIN_ROWS, 0), last)
        if wanted:
            self.thumbnails_wanted.emit(wanted)


class _EntryView(QListView):
    """The rows; says when other rows come into view."""

    delete_pressed = Signal()
    moved = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Images")
        self._delegate = ImageDelegate(self)
        self.setItemDelegate(self._delegate)
        self.setUniformItemSizes(True)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setMouseTracking(True)
        self.verticalScrollBar().setSingleStep(ROW_HEIGHT // 2)
        self.verticalScrollBar().valueChanged.connect(self.moved)

    def mark(self, index: QModelIndex) -> None:
        """Bring a row into view, and paint it as if the pointer rested on it; none: no row."""
        self._delegate.marked = index.data(ENTRY_ROLE).number if index.isValid() else None
        if index.isValid():
            self.scrollTo(index, QAbstractItemView.ScrollHint.PositionAtCenter)
        self.viewport().update()

    def point_out(self, index: QModelIndex) -> None:
        """Paint a row as if the pointer rested on it, until :meth:`end_pointing`."""
        self._delegate.pointed_out = index.data(ENTRY_ROLE).number
        self.viewport().update()

    @Slot()
    def end_pointing(self) -> None:
        """Let the pointer count again."""
        self._delegate.pointed_out = None
        self.viewport().update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """The button of the menu leaves the picture on screen, to be compared with the row's."""
        if event.button() == Qt.MouseButton.RightButton:
            event.accept()
            return
        super().mousePressEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Delete takes the row out."""
        if event.key() in {Qt.Key.Key_Delete, Qt.Key.Key_Backspace}:
            self.delete_pressed.emit()
            return
        super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """A taller list shows more rows."""
        super().resizeEvent(event)
        self.moved.emit()

    def showEvent(self, event: QShowEvent) -> None:
        """A list that comes back shows rows again."""
        super().showEvent(event)
        self.moved.emit()


class _FailedButton(QPushButton):
    """How many failed, behind the count of images; a click shows the next of them."""

    def __init__(self) -> None:
        super().__init__()
        self.setFlat(True)
        self.setProperty("tells", "against")
        self.setToolTip("Show the next image that could not be opened")
        self.hide()

    def show_count(self, count: int) -> None:
        """Say how many; nothing where there are none."""
        self.setText(f"{count:,} failed")
        self.setVisible(count > 0)


class _RunProgress(QWidget):
    """A thin bar, "312 of 10,000 · 2 failed", and Cancel; there only while a run is."""

    def __init__(self) -> None:
        super().__init__()
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName("Progress of the folder run")
        self.words = ElidedLabel(role="secondary")
        self.cancel = QPushButton("Cancel")
        self.cancel.setAccessibleName("Cancel the folder run")
        self.cancel.setToolTip("Stop; what has been classified stays")
        self.words.setFont(font(11, tabular=True))
        line = QHBoxLayout()
        line.setSpacing(10)
        line.addWidget(self.bar, 1, Qt.AlignmentFlag.AlignVCenter)
        line.addWidget(self.cancel)
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 8, 14, 10)
        column.setSpacing(2)
        column.addWidget(self.words)
        column.addLayout(line)
        self.hide()

    def show_progress(self, progress: Progress | None) -> None:
        """Follow the run; without one, make room."""
        self.setVisible(progress is not None)
        if progress is None:
            return
        self.bar.setMaximum(max(progress.total, 1))
        self.bar.setValue(progress.done)
        failed = f" · {progress.failed:,} failed" if progress.failed else ""
        self.words.setText(f"{progress.done:,} of {progress.total:,}{failed}")


def _empty_text() -> QWidget:
    label = QLabel("No images yet.\nDrop pictures or a whole folder anywhere on this window.")
    label.setWordWrap(True)
    label.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
    label.setContentsMargins(14, 4, 14, 4)
    set_text_role(label, "secondary")
    return label
