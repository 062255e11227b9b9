"""Channels as pictures and files: drawn, packed and written beside the window."""

from desktop_app.answering.bench import Bench, Table
from desktop_app.core import atomic
from desktop_app.core.cancellation import Cancellation
from desktop_app.core.channel_file import channels_npz
from desktop_app.core.errors import LensError
from desktop_app.core.layer_picture import channels_page, channels_png
from desktop_app.messages.channels import (
    ChannelsNotSaved,
    ChannelsPictured,
    ChannelsSaved,
    PictureChannels,
    SaveChannels,
)


class ChannelAnswers:
    """Answers what is to be copied or saved of the grid."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self.table: Table = {PictureChannels: self._picture, SaveChannels: self._save}

    def _picture(self, request: PictureChannels, _: Cancellation) -> None:
        picture = request.picture
        pixels = channels_page(picture)
        png = channels_png(picture, pixels)
        count = len(picture.channels)
        self._bench.deliver(ChannelsPictured(request.number, pixels, png, count))

    def _save(self, request: SaveChannels, switch: Cancellation) -> None:
        picture, path = request.picture, request.path
        if path.suffix.lower() == ".npz":
            content = channels_npz(picture)
        else:
            content = channels_png(picture, channels_page(picture))
        switch.raise_if_cancelled()
        try:
            atomic.write_bytes(path, content)
        except LensError as error:
            self._bench.deliver(ChannelsNotSaved(request.number, error))
            return
        self._bench.deliver(ChannelsSaved(request.number, path, picture))
