"""History and curves of a run."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as PillowImage

from model_export.curves import EpochRecord, HistoryError, draw_curves, read_history, write_history


def history(*, held_out: bool) -> list[EpochRecord]:
    return [
        EpochRecord(
            epoch=epoch,
            loss=1 / epoch,
            accuracy=1 - 1 / epoch,
            rate=0.1,
            seconds=1.5,
            val_loss=2 / epoch if held_out else None,
            val_accuracy=0.5 if held_out else None,
        )
        for epoch in range(1, 6)
    ]


def test_history_is_one_object_a_line_and_rewritten_whole(tmp_path: Path) -> None:
    path = tmp_path / "history.jsonl"
    write_history(history(held_out=True), path)
    write_history(history(held_out=False)[:3], path)
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert [EpochRecord(**line) for line in lines] == history(held_out=False)[:3]


def test_history_is_read_back(tmp_path: Path) -> None:
    path = tmp_path / "history.jsonl"
    assert read_history(path) == ()
    write_history(history(held_out=True), path)
    assert read_history(path) == tuple(history(held_out=True))


@pytest.mark.parametrize("content", [b"{", b'{"epoch": 1}\n', b"[1]\n", b"\xff"])
def test_a_damaged_history_is_an_error(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "history.jsonl"
    path.write_bytes(content)
    with pytest.raises(HistoryError, match="cannot read the history"):
        read_history(path)


@pytest.mark.torch  # matplotlib comes with the same extra
def test_curves_are_drawn_with_and_without_held_out_images(tmp_path: Path) -> None:
    pictures = []
    for held_out in (False, True):
        path = tmp_path / f"{held_out}.png"
        draw_curves(history(held_out=held_out), path, title="lesson, seed 0")
        with PillowImage.open(path) as picture:
            pictures.append(np.asarray(picture.convert("RGB")))
    blue = np.array([0x5B, 0x8D, 0xEF])
    found = [(np.abs(picture.astype(int) - blue).sum(axis=2) < 12).sum() for picture in pictures]
    assert found[0] == 0
    assert found[1] > 200
