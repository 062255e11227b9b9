"""What the window remembers, and what happens when the file is damaged."""

import os
from pathlib import Path

import pytest

from desktop_app.core import atomic
from desktop_app.core.errors import OutputError
from desktop_app.settings import Settings, load_settings, save_settings
from desktop_app.state import ViewOptions


def test_settings_come_back_as_they_were(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "settings.json"
    settings = Settings(
        options=ViewOptions(colormap="viridis", top_k=3),
        layout=b"\x00\xff layout",
        recent=("/a.png",),
        provider="cpu",
        layer="res3b_relu",
    )
    save_settings(path, settings)
    loaded, aside = load_settings(path)
    assert loaded == settings
    assert aside is None


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[" * 100_000,
        b'{"recent": ["\xff"]}',
        b'{"layout": "a"}',
        b'{"options": {"scale": "sideways"}}',
        b'{"options": {"overlay_opacity": 1.5}}',
        b'{"options": {"overlay_opacity": -0.1}}',
        b'{"options": {"tile_px": -1}}',
        b'{"options": {"top_k": 0}}',
        b'{"options": {"top_k": 21}}',
    ],
)
def test_a_damaged_file_is_set_aside_and_defaults_are_used(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "settings.json"
    path.write_bytes(content)
    settings, aside = load_settings(path)
    assert settings == Settings()
    assert aside is not None
    assert aside.read_bytes() == content
    assert not path.exists()


def test_a_first_start_has_defaults_and_nothing_to_set_aside(tmp_path: Path) -> None:
    assert load_settings(tmp_path / "none.json") == (Settings(), None)


def test_names_that_json_cannot_hold_are_forgotten(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    unspeakable = os.fsdecode(b"/photos/caf\xe9.png")
    save_settings(path, Settings(recent=("/a.png", unspeakable), model=unspeakable))
    assert load_settings(path) == (Settings(recent=("/a.png",)), None)


def test_a_failed_write_leaves_the_old_file_and_no_litter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "settings.json"
    atomic.write_bytes(path, b"old")

    def full_disk(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full_disk)
    with pytest.raises(OutputError, match="No space left"):
        atomic.write_bytes(path, b"new")
    assert path.read_bytes() == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["settings.json"]


def test_a_written_file_keeps_the_permissions_it_had(tmp_path: Path) -> None:
    path = tmp_path / "result.json"
    path.write_bytes(b"old")
    path.chmod(0o640)
    atomic.write_bytes(path, b"new")
    assert path.stat().st_mode & 0o777 == 0o640
