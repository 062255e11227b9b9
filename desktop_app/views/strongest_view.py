"""The images that excite the chosen channel most, nine of them, each with its patch."""

from dataclasses import replace
from typing import Final

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from desktop_app.parts.survey import StrongestImages, Survey
from desktop_app.state import LensState, StrongestAs
from desktop_app.views.labels import ElidedLabel
from desktop_app.views.shown_field import fills_input, reaches_beyond_input
from desktop_app.views.strongest_tiles import StrongestTiles, TileWords
from desktop_app.views.theme import font, on_surface, set_text_role

_SIDE: Final = 14
_OUTLINED: Final = "Show the whole photo with the patch outlined"
_NO_CHOICE: Final = (
    "One position of this layer sees more than two thirds of the picture in both directions, "
    "so whole photos are shown"
)
_INVITATION: Final = (
    "Drop a folder: the nine images that excite this channel most appear here, "
    "each with the patch that does."
)
_SWITCHED_OFF: Final = (
    "Images are not indexed. Turn on “Index folders for the strongest images” "
    "in the menu, and the nine that excite this channel most appear here."
)


class StrongestView(QWidget):
    """A tab of the panel at the lower right.

    Signals:
        options_changed: A new :class:`~desktop_app.state.ViewOptions`.
        image_chosen: Number of the entry that a person wants to look at.
    """

    options_changed = Signal(object)
    image_chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Strongest images")
        on_surface(self, "panel")
        self._state = LensState()
        self._title = QLabel("Channel")
        set_text_role(self._title, "title")
        self._subtitle = ElidedLabel(role="secondary", mode=Qt.TextElideMode.ElideMiddle)
        self._whole = QCheckBox("Whole photo")
        self._hatched = QLabel("hatched: beyond the picture")
        self._hatched.setContentsMargins(_SIDE, 0, _SIDE, 0)
        self._hatched.setFont(font(11))
        set_text_role(self._hatched, "secondary")
        self._message = QLabel()
        self._message.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._message.setWordWrap(True)
        self._message.setContentsMargins(_SIDE, 0, _SIDE, 0)
        set_text_role(self._message, "secondary")
        self.tiles = StrongestTiles()
        self._scroll = QScrollArea()
        self._arrange()
        self._whole.toggled.connect(self._on_whole)
        self.tiles.image_chosen.connect(self.image_chosen)
        self.render(LensState())

    def render(self, state: LensState) -> None:  # type: ignore[override]  # not Qt's
        """Show what is known of the channel that was asked about last."""
        self._state = state
        survey = state.survey or Survey()
        found = survey.strongest
        images = () if found is None else found.images
        images = tuple(one for one in images if state.entry(one.entry) is not None)
        self._title.setText(f"Channel {state.channel if found is None else found.channel}")
        self._subtitle.setText(_subtitle(state, survey, found))
        message = "" if images else _message(state, survey)
        self._message.setText(message)
        self._message.setVisible(bool(message))
        self._scroll.setVisible(not message)
        layer = state.layer if found is None else found.layer
        fills = fills_input(state.model, layer)
        shown_as: StrongestAs = "photo" if fills else state.options.strongest_as
        self._show_choice(shown_as, free=not fills)
        self._whole.setVisible(not message)
        padded = shown_as == "patch" and reaches_beyond_input(state.model, layer)
        self._hatched.setVisible(padded and not message)
        self.tiles.show_images(
            images,
            {} if found is None else found.pictures,
            {one.entry: _words(state, one.entry) for one in images},
            shown_as=shown_as,
            current=state.current,
        )

    def _show_choice(self, shown_as: StrongestAs, *, free: bool) -> None:
        """Check the box, and say why where there is no choice."""
        self._whole.blockSignals(True)
        self._whole.setChecked(shown_as == "photo")
        self._whole.blockSignals(False)
        self._whole.setEnabled(free)
        self._whole.setToolTip(_OUTLINED if free else _NO_CHOICE)

    @Slot(bool)
    def _on_whole(self, whole: bool) -> None:  # noqa: FBT001 - Qt's signal gives it so
        shown: StrongestAs = "photo" if whole else "patch"
        self.options_changed.emit(replace(self._state.options, strongest_as=shown))

    def _arrange(self) -> None:
        heading = QHBoxLayout()
        heading.setContentsMargins(_SIDE, 8, _SIDE, 0)
        heading.setSpacing(8)
        heading.addWidget(self._title)
        heading.addWidget(self._subtitle, 1)
        heading.addWidget(self._whole)
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.viewport().setAutoFillBackground(False)
        self._scroll.setWidget(self.tiles)
        self.tiles.setAutoFillBackground(False)  # setWidget switches it on
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(heading)
        column.addWidget(self._hatched)
        column.addWidget(self._scroll, 1)
        column.addWidget(self._message, 1)
        self.setMinimumWidth(220)


def _words(state: LensState, number: int) -> TileWords:
    entry = state.entry(number)
    if entry is None:
        return TileWords("", "")
    return TileWords("" if entry.top is None else entry.top.label, entry.source.name)


def _subtitle(state: LensState, survey: Survey, found: StrongestImages | None) -> str:
    layer = (state.layer or "") if found is None else found.layer
    if not survey.images:
        return layer
    return f"{layer} · of {survey.images:,}"


def _message(state: LensState, survey: Survey) -> str:
    """Why there is nothing to be seen, and what to do."""
    if not state.options.index_folders and not survey.images:
        return _SWITCHED_OFF
    if survey.progress is not None and not survey.images:
        return f"Indexing {survey.progress.done:,} of {survey.progress.total:,}…"
    if not survey.images:
        return _INVITATION
    if survey.strongest is None:
        why = survey.trouble
        return f"The strongest images could not be found: {why}." if why else "Looking…"
    if survey.images == 1:
        return "The one image that is indexed does not excite this channel."
    return f"None of the {survey.images:,} images excites this channel."
