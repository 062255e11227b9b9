"""The loaded images nearest to the one on screen, as the network sees them."""

from typing import Final

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    Qt,
    Slot,
)
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QWidget,
)

from desktop_app.parts.similarity import SimilarImage, SimilarImages
from desktop_app.state import ImageEntry, LensState
from desktop_app.views.figures import format_value
from desktop_app.views.image_delegate import ROW_HEIGHT, ImageDelegate
from desktop_app.views.image_rows import (
    ENTRY_ROLE,
    THUMBNAIL_ROLE,
    ImageRows,
    detail,
    headline,
    tip,
)
from desktop_app.views.image_tab import ImageTab
from desktop_app.views.theme import current_roles, font

SIMILARITY_ROLE: Final = Qt.ItemDataRole.UserRole + 10
_TITLE: Final = "Similar images"
_ASK_AFTER_MS: Final = 60
_GAP: Final = 8
Index = QModelIndex | QPersistentModelIndex


class SimilarView(ImageTab):
    """The tab of the upper left panel."""

    def __init__(self, images: ImageRows, parent: QWidget | None = None) -> None:
        """Build the list.

        Args:
            images: Keeps the small pictures.
            parent: As for every widget.
        """
        super().__init__(images, _TITLE, ask_after_ms=_ASK_AFTER_MS, parent=parent)
        self.rows = SimilarRows(images, self)
        self.view = QListView()
        self.view.setAccessibleName(_TITLE)
        self.view.setModel(self.rows)
        self.view.setItemDelegate(_SimilarDelegate(self.view))
        self.view.setUniformItemSizes(True)
        self.view.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.view.setMouseTracking(True)
        self.view.verticalScrollBar().setSingleStep(ROW_HEIGHT // 2)
        self.view.clicked.connect(self._open)
        self.view.activated.connect(self._open)
        self.hold(self.view)

    def render(self, state: LensState) -> None:  # type: ignore[override]  # not Qt's
        """List the images nearest to the one on screen, or say why there are none."""
        if state.options.images_tab != "similar":
            return  # not looked at
        nearest = None if state.similarity is None else state.similarity.nearest
        number = None if state.shown is None else state.shown.number
        fits = nearest is not None and nearest.entry == number
        # The list of the image before stays for the moment until the new one is there.
        if nearest is not None and (fits or state.pending is not None):
            self.rows.show_images(nearest.images, state)
        elif number is None or nearest is None:
            self.rows.show_images((), state)
        name = "" if state.shown is None else state.shown.image.name
        self.heading.setText(f"Nearest to {name}" if name else _TITLE)
        words = _message(state, nearest if fits else None)
        self.show_view(shown=self.rows.rowCount() > 0, message=words)

    def in_view(self) -> tuple[int, ...]:
        """Numbers of all that are listed: they are few."""
        return self.rows.numbers()

    @Slot(QModelIndex)
    def _open(self, index: QModelIndex) -> None:
        if index.isValid():
            self.image_chosen.emit(self.rows.number(index.row()))


class SimilarRows(QAbstractListModel):
    """One row per similar image; pictures and words are those of the image list."""

    def __init__(self, images: ImageRows, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._images = images
        self._shown: tuple[tuple[ImageEntry, float], ...] = ()
        images.dataChanged.connect(self._on_images_changed)

    def rowCount(self, parent: Index | None = None) -> int:
        """How many images are listed."""
        return 0 if parent is not None and parent.isValid() else len(self._shown)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """The entry, its thumbnail and similarity, or its texts."""
        entry, similarity = self._shown[index.row()]
        text = similarity_text(similarity)
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return headline(entry)
            case Qt.ItemDataRole.ToolTipRole:
                return f"{tip(entry)}\nsimilarity {text}"
            case Qt.ItemDataRole.AccessibleTextRole:
                return f"{headline(entry)}, {detail(entry)}, similarity {text}"
            case _ if role == ENTRY_ROLE:
                return entry
            case _ if role == THUMBNAIL_ROLE:
                return self._images.thumbnail(entry.number)
            case _:
                return text if role == SIMILARITY_ROLE else None

    def number(self, row: int) -> int:
        """The entry in that row."""
        return self._shown[row][0].number

    def numbers(self) -> tuple[int, ...]:
        """All entries, in order."""
        return tuple(entry.number for entry, _ in self._shown)

    def show_images(self, images: tuple[SimilarImage, ...], state: LensState) -> None:
        """Take other rows; what is no longer loaded is left out."""
        found = [(state.entry(image.entry), image.similarity) for image in images]
        shown = tuple((entry, similarity) for entry, similarity in found if entry is not None)
        if [entry.number for entry, _ in shown] == list(self.numbers()):
            if any(new is not old for (new, _), (old, _) in zip(shown, self._shown, strict=True)):
                self._shown = shown
                self.dataChanged.emit(self.index(0), self.index(len(shown) - 1))
            return
        self.beginResetModel()
        self._shown = shown
        self.endResetModel()

    @Slot()
    def _on_images_changed(self) -> None:
        if self._shown:
            self.dataChanged.emit(self.index(0), self.index(len(self._shown) - 1), [THUMBNAIL_ROLE])


class _SimilarDelegate(ImageDelegate):
    """As the image list, with the similarity at the right."""

    def _draw_aside(self, painter: QPainter, line: QRect, index: Index) -> None:
        text = str(index.data(SIMILARITY_ROLE))
        kept_font, kept_pen = painter.font(), painter.pen()
        painter.setFont(font(13, tabular=True))
        painter.setPen(current_roles().secondary)
        aside = line.adjusted(0, 0, -6, 0)
        painter.drawText(
            aside, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), text
        )
        width = painter.fontMetrics().horizontalAdvance(text)
        line.setRight(aside.right() - width - _GAP)
        painter.setFont(kept_font)
        painter.setPen(kept_pen)


def similarity_text(similarity: float) -> str:
    """Two decimals; 1.00 only where it is."""
    shown = similarity if similarity >= 0.9995 or similarity < 0.995 else 0.99
    return format_value(shown)


def _message(state: LensState, nearest: SimilarImages | None) -> str:
    """What stands in place of the list."""
    if state.shown is None:
        return "Open images to see which of them the network takes for alike."
    if state.similarity is not None and state.similarity.nearest_error:
        return f"Similar images could not be found: {state.similarity.nearest_error}."
    if nearest is None:
        return "Looking for similar images…"
    if not nearest.is_indexed:
        return (
            "This image is not indexed yet. Images are indexed in the background while they are "
            "classified."
        )
    return "No other image is indexed yet: open a folder to have more to compare with."
