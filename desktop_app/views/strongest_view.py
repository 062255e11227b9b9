"""The images that excite the chosen channel most, nine of them, each with its patch."""

from dataclasses import replace
from typing import Final

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from desktop_app.parts.survey import StrongestImages, Survey
from desktop_app.state import LensState, StrongestAs
from desktop_app.views.labels import ElidedLabel
from desktop_app.views.strongest_tiles import StrongestTiles
from desktop_app.views.theme import on_surface, set_text_role

_SIDE: Final = 14
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
        self._whole.setToolTip("Show the whole photo with the patch outlined")
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
        self._whole.blockSignals(True)
        self._whole.setChecked(state.options.strongest_as == "photo")
        self._whole.blockSignals(False)
        self._whole.setVisible(not message)
        names = {
            one.entry: entry.source.name
            for one in images
            if (entry := state.entry(one.entry)) is not None
        }
        self.tiles.show_images(
            images,
            {} if found is None else found.pictures,
            names,
            shown_as=state.options.strongest_as,
            current=state.current,
        )

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
        column.addWidget(self._scroll, 1)
        column.addWidget(self._message, 1)
        self.setMinimumWidth(220)


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
        return "Looking…"
    if survey.images == 1:
        return "The one image that is indexed does not excite this channel."
    return f"None of the {survey.images:,} images excites this channel."
