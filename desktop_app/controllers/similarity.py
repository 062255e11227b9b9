"""Asking which images are alike, and only while somebody looks.

What is asked depends on the tab that is shown, the image on screen, and which images are loaded
and indexed; whenever that has changed since it was last asked, it is asked again. While a folder
is being indexed the plane follows in steps, because each new plane moves all points.
"""

from dataclasses import replace
from typing import Final

from PySide6.QtCore import QObject, Slot

from desktop_app.controller import Controller
from desktop_app.core.records import Model
from desktop_app.messages.similarity import (
    FindSimilar,
    ImagesPlaced,
    PlaceImages,
    SimilarFound,
    SimilarityFailed,
)
from desktop_app.parts.similarity import Similarity
from desktop_app.state import LensState

NEAREST: Final = 24
"""How many similar images are listed."""
_GROWTH: Final = 1.25
"""While images are being indexed, the plane is made anew when there are so many times more."""

_Asked = tuple[Model | None, int, tuple[int, int], int]
"""Model, image on screen (0 for all of them), images loaded, how many of them are indexed."""


class SimilarityController(QObject):
    """Follows the snapshots; has no intentions of its own."""

    def __init__(self, conversation: Controller) -> None:
        super().__init__(conversation)
        self._conversation = conversation
        # Numbers of the requests whose answers are waited for; 0 for none.
        self._nearest = 0
        self._plane = 0
        # What each was last asked for.
        self._nearest_of: _Asked = (None, 0, (0, 0), 0)
        self._plane_of: _Asked = (None, 0, (0, 0), 0)
        conversation.on(SimilarFound, self._receive_nearest)
        conversation.on(ImagesPlaced, self._receive_plane)
        conversation.on(SimilarityFailed, self._receive_failure)
        conversation.became.connect(self._follow)

    @Slot(object)
    def _follow(self, state: LensState) -> None:
        tab = state.options.images_tab
        if tab == "similar":
            self._ask_for_nearest(state)
        elif tab == "map":
            self._ask_for_plane(state)

    def _ask_for_nearest(self, state: LensState) -> None:
        shown = state.shown
        if shown is None or state.model is None:
            return
        wanted = (state.model, shown.number, state.listed, _indexed(state))
        if _same(wanted, self._nearest_of):
            return
        self._nearest_of = wanted
        entry = shown.number
        self._nearest = self._conversation.ask(
            lambda number: FindSimilar(number, entry, NEAREST), crashed=self._fail_nearest
        )
        if self._similarity.nearest_error:
            self._become(replace(self._similarity, nearest_error=""))

    def _ask_for_plane(self, state: LensState) -> None:
        wanted = (state.model, 0, state.listed, _indexed(state))
        if state.model is None or _same(wanted, self._plane_of):
            return
        survey = state.survey
        grows = survey is not None and survey.progress is not None
        before, indexed = self._plane_of[-1], wanted[-1]
        same_list = _same(wanted[:-1], self._plane_of[:-1])
        if grows and same_list and before <= indexed < before * _GROWTH:
            return
        self._plane_of = wanted
        self._plane = self._conversation.ask(PlaceImages, crashed=self._fail_plane)
        if self._similarity.plane_error:
            self._become(replace(self._similarity, plane_error=""))

    def _receive_nearest(self, reply: SimilarFound) -> None:
        if reply.number == self._nearest:
            self._become(replace(self._similarity, nearest=reply.nearest))

    def _receive_plane(self, reply: ImagesPlaced) -> None:
        if reply.number == self._plane:
            self._become(replace(self._similarity, plane=reply.plane))

    def _receive_failure(self, reply: SimilarityFailed) -> None:
        self._conversation.notice_error(reply.error)
        if reply.number == self._nearest:
            self._fail_nearest(reply.error.why)
        elif reply.number == self._plane:
            self._fail_plane(reply.error.why)

    def _fail_nearest(self, why: str) -> None:
        """Of another image there may be some; they would pass for this one's."""
        self._become(replace(self._similarity, nearest=None, nearest_error=why))

    def _fail_plane(self, why: str) -> None:
        self._become(replace(self._similarity, plane_error=why))

    @property
    def _similarity(self) -> Similarity:
        return self._conversation.state.similarity or Similarity()

    def _become(self, similarity: Similarity) -> None:
        conversation = self._conversation
        conversation.become(replace(conversation.state, similarity=similarity))


def _same(wanted: tuple[object, ...], before: tuple[object, ...]) -> bool:
    """Models are equal by value, but of one that was opened again nothing is known yet."""
    return wanted[0] is before[0] and wanted[1:] == before[1:]


def _indexed(state: LensState) -> int:
    return 0 if state.survey is None else state.survey.images
