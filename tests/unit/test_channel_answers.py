"""The worker's part in copying and saving channels."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as PillowImage

from desktop_app.answering.bench import Bench
from desktop_app.answering.channels import ChannelAnswers
from desktop_app.core.cancellation import Cancellation
from desktop_app.core.cuda_libraries import CudaFolders
from desktop_app.core.layer_picture import LayerPicture
from desktop_app.core.map_scales import map_scale
from desktop_app.core.onnx_runtime import Runtime
from desktop_app.core.records import Tensor, read_only
from desktop_app.messages.base import Reply, Request
from desktop_app.messages.channels import (
    ChannelsNotSaved,
    ChannelsPictured,
    ChannelsSaved,
    PictureChannels,
    SaveChannels,
)

MAPS: Tensor = read_only(np.arange(3 * 4 * 4, dtype=np.float32).reshape(3, 4, 4))
PICTURE = LayerPicture(
    layer="conv1", maps=MAPS, channels=(2,), scale=map_scale(MAPS, "layer", symmetric=False)
)


@pytest.fixture
def replies() -> list[Reply]:
    return []


@pytest.fixture
def answers(replies: list[Reply]) -> ChannelAnswers:
    return ChannelAnswers(Bench(replies.append, (), Runtime(CudaFolders(own=Path("/none")))))


def answer(answers: ChannelAnswers, request: Request) -> None:
    assert answers.table[type(request)](request, Cancellation()) is None


def test_a_picture_comes_as_pixels_and_as_a_file_that_says_its_scale(
    answers: ChannelAnswers, replies: list[Reply]
) -> None:
    answer(answers, PictureChannels(7, PICTURE))
    (reply,) = replies
    assert isinstance(reply, ChannelsPictured)
    assert (reply.number, reply.count) == (7, 1)
    with PillowImage.open(io.BytesIO(reply.png)) as picture:
        picture.load()
        assert (np.asarray(picture) == reply.pixels).all()
        assert picture.text["high"] == "47.0"  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", ["channels.png", "channels.npz", "CHANNELS.NPZ"])
def test_the_name_decides_what_is_written(
    answers: ChannelAnswers, replies: list[Reply], tmp_path: Path, name: str
) -> None:
    path = tmp_path / name
    answer(answers, SaveChannels(1, PICTURE, path))
    assert replies == [ChannelsSaved(1, path, PICTURE)]
    begins = path.read_bytes()[:4]
    assert begins == (b"\x89PNG" if path.suffix == ".png" else b"PK\x03\x04")
    assert [entry.name for entry in tmp_path.iterdir()] == [name]


def test_a_place_that_cannot_be_written_to_is_said(
    answers: ChannelAnswers, replies: list[Reply], tmp_path: Path
) -> None:
    (tmp_path / "file").write_bytes(b"")
    answer(answers, SaveChannels(1, PICTURE, tmp_path / "file" / "channels.png"))
    (reply,) = replies
    assert isinstance(reply, ChannelsNotSaved)
    assert "channels.png" in reply.error.what
