"""What a person wants of the channel grid: select, pin, compare, copy, save."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from desktop_app import transitions
from desktop_app.conversation import Conversation
from desktop_app.core.layer_picture import LayerPicture
from desktop_app.messages.channels import (
    ChannelsNotSaved,
    ChannelsPictured,
    ChannelsSaved,
    PictureChannels,
    SaveChannels,
)
from desktop_app.parts.grid import (
    GridChoice,
    Selection,
    similar_to,
    with_pins,
    with_selection,
)
from desktop_app.state import LensState


class GridController:
    """Built on the conversation."""

    def __init__(self, conversation: Conversation) -> None:
        self._conversation = conversation
        self._copying = 0
        conversation.on(ChannelsPictured, self._on_pictured)
        conversation.on(ChannelsSaved, self._on_saved)
        conversation.on(ChannelsNotSaved, self._on_not_saved)

    def select(self, selection: Selection) -> None:
        """Select channels of the chosen layer, and open one of them."""
        state = self._conversation.state
        if state.layer is None:
            return
        state = transitions.choose_channel(state, selection.chosen)
        choice = with_selection(_choice(state), state.layer or "", selection)
        self._conversation.become(replace(state, grid=choice))

    def toggle_pins(self, channels: Iterable[int]) -> None:
        """Pin channels of the chosen layer, or let them go."""
        state = self._conversation.state
        if state.layer is not None:
            choice = with_pins(_choice(state), state.layer, channels)
            self._conversation.become(replace(state, grid=choice))

    def sort_by_similarity(self, channel: int) -> None:
        """Show those first that are like a channel."""
        state = self._conversation.state
        options = replace(state.options, sort="similarity")
        choice = similar_to(_choice(state), channel)
        self._conversation.become(replace(state, options=options, grid=choice))

    def copy(self, picture: LayerPicture) -> None:
        """Put channels on the clipboard as one picture; the newest copy wins."""
        self._copying = self._conversation.ask(lambda number: PictureChannels(number, picture))

    def save(self, picture: LayerPicture, path: Path) -> None:
        """Write channels to a file."""
        self._conversation.ask(lambda number: SaveChannels(number, picture, path))

    # --- replies -------------------------------------------------------------------------------

    def _on_pictured(self, reply: ChannelsPictured) -> None:
        if reply.number == self._copying:
            self._conversation.display.set_clipboard_picture(reply.pixels, reply.png)

    def _on_saved(self, reply: ChannelsSaved) -> None:
        count, layer = len(reply.picture.channels), reply.picture.layer
        channels = f"{count} channel{'' if count == 1 else 's'} of {layer}"
        self._conversation.notice(
            "confirmation",
            f"Saved {reply.path.name}",
            why=f"{channels}, scale: {reply.picture.scale.legend}, in {reply.path.parent}",
        )

    def _on_not_saved(self, reply: ChannelsNotSaved) -> None:
        self._conversation.notice_error(reply.error)


def _choice(state: LensState) -> GridChoice:
    return state.grid or GridChoice()
