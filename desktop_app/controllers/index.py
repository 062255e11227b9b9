"""Asks the worker about all loaded images together, and keeps what it says in the snapshot.

Nobody has to ask for the index: it follows the snapshot. While the tab with the strongest images
is chosen, every other layer or channel, and every image that is indexed meanwhile, is asked about
anew; the newest question counts. Images that a folder run has not indexed, because they were
looked at in passing or had been classified before, are indexed when nothing else goes on.
"""

from dataclasses import replace
from typing import Any, Final

from PySide6.QtCore import QObject, QTimer, Slot

from desktop_app.conversation import Conversation
from desktop_app.messages import ModelOpened
from desktop_app.messages.index import (
    FindStrongest,
    ForgetImages,
    IndexImages,
    SetIndexing,
    StrongestFailed,
    StrongestFound,
    StrongestPictured,
    Surveyed,
)
from desktop_app.parts.survey import StrongestImages, Survey
from desktop_app.state import ImageEntry, LensState

_LATER_MS: Final = 700
"""Before what was left out is indexed: a person may be going through images."""


class IndexController(QObject):
    """Lives in the window's thread."""

    def __init__(self, conversation: Conversation) -> None:
        """Begin to follow the snapshot."""
        super().__init__()
        self._conversation = conversation
        self._is_open = True
        self._wanted = True
        self._entries: tuple[ImageEntry, ...] = ()
        self._asked: tuple[Any, ...] = ()
        self._question = 0
        self._channel = ("", 0)
        self._tried: frozenset[int] = frozenset()
        self._told: set[str] = set()
        self._later = QTimer(self, singleShot=True, interval=_LATER_MS)
        self._later.timeout.connect(self.index_left_out)
        conversation.on(ModelOpened, self._receive_model)
        conversation.on(Surveyed, self._receive_survey)
        conversation.on(StrongestFailed, self._receive_failure)
        conversation.on(StrongestFound, self._receive_strongest)
        conversation.on(StrongestPictured, self._receive_picture)
        conversation.became.connect(self._follow)
        self._follow(conversation.state)

    # --- the snapshot --------------------------------------------------------------------------

    @Slot(object)
    def _follow(self, state: LensState) -> None:
        self._follow_option(state)
        self._follow_entries(state)
        self._follow_channel(state)
        if self._is_open and not self._later.isActive() and _left_out(state) - self._tried:
            self._later.start()

    def _follow_option(self, state: LensState) -> None:
        wanted = state.options.index_folders
        if wanted != self._wanted:
            self._wanted = wanted
            self._conversation.ask(lambda number: SetIndexing(number, wanted))
            self._tried = frozenset()

    def _follow_entries(self, state: LensState) -> None:
        before, self._entries = self._entries, state.entries
        if len(state.entries) < len(before):
            left = {entry.number for entry in state.entries}
            gone = frozenset(entry.number for entry in before) - left
            self._conversation.ask(lambda number: ForgetImages(number, gone))

    def _follow_channel(self, state: LensState) -> None:
        survey, layer = state.survey, state.layer
        if survey is None or layer is None or state.options.channel_tab != "strongest":
            return
        settled = _is_settled(state, survey)
        asked = (layer, state.channel, survey.images, state.listed, settled)
        if asked == self._asked:
            return
        self._asked, self._channel = asked, (layer, state.channel)
        known = survey.strongest
        # Of another layer the same position is another patch.
        pictured = (
            {(one.entry, one.x, one.y) for one in known.images if one.entry in known.pictures}
            if known is not None and known.layer == layer
            else set()
        )
        self._question = self._conversation.ask(
            lambda number: FindStrongest(
                number, layer, state.channel, frozenset(pictured), is_settled=settled
            ),
            crashed=self._give_up,
        )
        if survey.trouble:
            self._become_survey(replace(survey, trouble=""))

    @Slot()
    def index_left_out(self) -> None:
        """Index what is classified and not indexed yet, where nothing else goes on."""
        state = self._conversation.state
        left_out = _left_out(state)
        if not left_out - self._tried:
            return
        self._tried = left_out
        items = tuple((e.number, e.source) for e in state.entries if e.number in left_out)
        self._conversation.ask(lambda number: IndexImages(number, items))

    @Slot()
    def cancel(self) -> None:
        """Index no more of what there is now."""
        state = self._conversation.state
        self._tried = frozenset(e.number for e in state.entries if e.status == "ready")
        self._conversation.cancel_request(IndexImages)

    def close(self) -> None:
        """Ask nothing more."""
        self._is_open = False
        self._later.stop()

    # --- replies -------------------------------------------------------------------------------

    def _receive_model(self, _: ModelOpened) -> None:
        self._asked, self._tried = (), frozenset()
        self._told.clear()
        state = self._conversation.state
        if state.survey is not None:
            self._conversation.become(replace(state, survey=None))

    def _receive_survey(self, reply: Surveyed) -> None:
        state = self._conversation.state
        survey = replace(
            state.survey or Survey(),
            images=reply.images,
            ranges=reply.ranges,
            progress=reply.progress,
        )
        self._conversation.become(replace(state, survey=survey))

    def _receive_strongest(self, reply: StrongestFound) -> None:
        if reply.begins_anew:
            self._tried = frozenset()
        survey = self._conversation.state.survey
        if reply.number != self._question or survey is None:
            return
        layer, channel = self._channel
        known = survey.strongest
        pictures = {}
        if known is not None and known.layer == layer:
            before = {(one.entry, one.x, one.y) for one in known.images}
            kept = {one.entry for one in reply.images if (one.entry, one.x, one.y) in before}
            pictures = {e: picture for e, picture in known.pictures.items() if e in kept}
        self._become_strongest(StrongestImages(layer, channel, reply.images, pictures))

    def _receive_failure(self, reply: StrongestFailed) -> None:
        """Tell it once for each model, not for each channel that is looked at."""
        if str(reply.error) not in self._told:
            self._told.add(str(reply.error))
            self._conversation.notice_error(reply.error)
        if reply.number == self._question:
            self._give_up(reply.error.why)

    def _give_up(self, why: str) -> None:
        survey = self._conversation.state.survey or Survey()
        self._become_survey(replace(survey, strongest=None, trouble=why))

    def _receive_picture(self, reply: StrongestPictured) -> None:
        survey = self._conversation.state.survey
        if reply.number != self._question or survey is None or survey.strongest is None:
            return
        pictures = {**survey.strongest.pictures, reply.entry: reply.picture}
        self._become_strongest(replace(survey.strongest, pictures=pictures))

    def _become_strongest(self, strongest: StrongestImages) -> None:
        survey = self._conversation.state.survey or Survey()
        self._become_survey(replace(survey, strongest=strongest, trouble=""))

    def _become_survey(self, survey: Survey) -> None:
        self._conversation.become(replace(self._conversation.state, survey=survey))


def _is_settled(state: LensState, survey: Survey) -> bool:
    """Whether every loaded image has had its turn, so that nothing more comes by itself."""
    if state.progress is not None or survey.progress is not None or _left_out(state):
        return False
    return all(entry.status != "waiting" for entry in state.entries)


def _left_out(state: LensState) -> frozenset[int]:
    """What is classified, where that is more than is indexed and nothing goes on."""
    if state.model is None or state.progress is not None or not state.options.index_folders:
        return frozenset()
    indexed = 0
    if state.survey is not None:
        if state.survey.progress is not None:
            return frozenset()
        indexed = state.survey.images
    ready = frozenset(entry.number for entry in state.entries if entry.status == "ready")
    return ready if len(ready) > indexed else frozenset()
