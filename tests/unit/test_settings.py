"""What the window remembers, and what happens when the file is damaged."""

import json
import os
import queue
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from desktop_app import settings_keeper
from desktop_app.core.errors import OutputError
from desktop_app.settings import SCHEMA, Settings, load_settings, save_settings
from desktop_app.settings_keeper import SettingsKeeper
from desktop_app.state import ViewOptions

PATIENCE_S = 20
CHOSEN = Settings(
    options=ViewOptions(colormap="viridis", top_k=3),
    layout=b"\x00\xff layout",
    recent=("/a.png",),
    provider="cpu",
    layer="res3b_relu",
)


def written(path: Path, **changes: Any) -> dict[str, Any]:
    """The chosen settings on the disk, with other values in some of their fields."""
    save_settings(path, CHOSEN)
    content: dict[str, Any] = json.loads(path.read_bytes()) | changes
    path.write_text(json.dumps(content))
    return content


def test_settings_come_back_as_they_were(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "settings.json"
    save_settings(path, CHOSEN)
    assert load_settings(path) == (CHOSEN, None)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"\x00" * 4096,  # what some file systems leave after a power cut
        b"[]",
        b"null",
        b"[" * 100_000,
        b'{"recent": ["\xff"]}',
        b'{"layer": "' + b"x" * 2**20 + b'"}',  # settings are never so large
    ],
)
def test_a_file_that_is_no_settings_is_set_aside_and_defaults_are_used(
    tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "settings.json"
    path.write_bytes(content)
    settings, damage = load_settings(path)
    assert settings == Settings()
    assert damage is not None
    assert damage.what == "The settings could not be read"
    assert damage.why == "the file is damaged; the defaults are used"
    assert damage.aside is not None
    assert damage.aside.name.startswith("settings.damaged-")
    assert damage.aside.read_bytes() == content
    assert not path.exists()


def test_a_file_cut_short_anywhere_is_noticed_or_whole(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    save_settings(path, CHOSEN)
    content = path.read_bytes().rstrip()
    for length in range(len(content)):
        path.write_bytes(content[:length])
        settings, damage = load_settings(path)
        assert damage is not None
        assert settings == Settings()


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"scale": "sideways"}, "scale is"),
        ({"overlay_opacity": 1.5}, "overlay opacity is"),
        ({"overlay_opacity": -0.1}, "overlay opacity is"),
        ({"tile_px": -1}, "tile px is"),
        ({"tile_px": 10**12}, "tile px is"),
        ({"pinned_range": [2, 1]}, "pinned range is"),
        ({"pinned_range": [1, 1]}, "pinned range is"),
        ({"pinned_range": [1]}, "pinned range is"),
        ({"pinned_range": [0, float("inf")]}, "pinned range is"),
        ({"sort": "beauty"}, "sort is"),
        ({"scale": "mine", "hide_dead": 1}, "scale, hide dead are"),
        ({"top_k": 0}, "top k is"),
        ({"top_k": 21}, "top k is"),
        ({"top_k": "many", "theme": None}, "top k, theme are"),
    ],
)
def test_one_bad_option_costs_no_other(tmp_path: Path, options: dict[str, Any], named: str) -> None:
    path = tmp_path / "settings.json"
    written(path, options={"colormap": "viridis"} | options)
    settings, damage = load_settings(path)
    assert settings.options == ViewOptions(colormap="viridis")
    assert settings.recent == CHOSEN.recent
    assert damage is not None
    assert damage.what == "Some settings could not be read"
    assert damage.why == f"{named} damaged; the rest was taken over"
    assert damage.aside is not None


@pytest.mark.parametrize(
    ("field", "value"),
    [("layout", "a"), ("recent", "/a.png"), ("provider", "abacus"), ("layer", 7), ("options", [])],
)
def test_one_bad_field_costs_no_other(tmp_path: Path, field: str, value: object) -> None:
    path = tmp_path / "settings.json"
    content = written(path, **{field: value})
    settings, damage = load_settings(path)
    assert damage is not None
    assert damage.aside is not None
    assert json.loads(damage.aside.read_bytes()) == content
    kept = {name: getattr(settings, name) for name in ("layout", "recent", "provider", "layer")}
    expected = {name: getattr(CHOSEN, name) for name in kept}
    expected |= {field: getattr(Settings(), field)} if field in kept else {}
    assert kept == expected


def test_fields_of_a_newer_version_are_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    written(path, gates={"on": True}, options={"colormap": "viridis", "top_k": 3, "new": [1]})
    assert load_settings(path) == (CHOSEN, None)


def test_a_file_of_a_newer_schema_is_kept_for_it_and_taken_over_where_it_is_known(
    tmp_path: Path,
) -> None:
    path = tmp_path / "settings.json"
    content = written(path, schema=SCHEMA + 1)
    settings, damage = load_settings(path)
    assert settings == CHOSEN
    assert damage is not None
    assert "newer version" in damage.what
    assert damage.aside is not None
    assert json.loads(damage.aside.read_bytes()) == content


def test_a_file_of_an_older_version_without_a_schema_loads(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    content = written(path)
    del content["schema"]
    path.write_text(json.dumps(content))
    assert load_settings(path) == (CHOSEN, None)


def test_no_damaged_file_overwrites_an_earlier_one(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    for number in range(3):
        path.write_bytes(b"%d {" % number)
        load_settings(path)
    kept = [each.read_bytes() for each in tmp_path.iterdir()]
    assert sorted(kept) == [b"0 {", b"1 {", b"2 {"]


def test_a_folder_in_the_files_place_is_set_aside_with_what_is_in_it(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.mkdir()
    (path / "precious").write_bytes(b"mine")
    settings, damage = load_settings(path)
    assert settings == Settings()
    assert damage is not None
    assert damage.aside is not None
    assert (damage.aside / "precious").read_bytes() == b"mine"
    save_settings(path, CHOSEN)
    assert load_settings(path) == (CHOSEN, None)


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such files")
@pytest.mark.parametrize("make", [os.mkfifo, lambda path: path.symlink_to(path)])
def test_a_pipe_is_not_waited_for_and_a_link_in_circles_not_followed(
    tmp_path: Path, make: Callable[[Path], None]
) -> None:
    path = tmp_path / "settings.json"
    make(path)
    settings, damage = load_settings(path)
    assert settings == Settings()
    assert damage is not None
    assert damage.aside is not None
    assert [entry.name for entry in tmp_path.iterdir()] == [damage.aside.name]


def test_a_file_that_may_not_be_read_is_set_aside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "settings.json"
    save_settings(path, CHOSEN)

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "open", refuse)  # root may read everything
        settings, damage = load_settings(path)
    assert settings == Settings()
    assert damage is not None
    assert damage.why == "Permission denied; the defaults are used"
    assert damage.aside is not None
    assert not path.exists()


def test_where_nothing_can_be_moved_the_program_still_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "settings.json"
    path.write_bytes(b"{")

    def refuse(*_: object) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(Path, "rename", refuse)
    settings, damage = load_settings(path)
    assert settings == Settings()
    assert damage is not None
    assert damage.aside is None


def test_a_first_start_has_defaults_and_nothing_to_set_aside(tmp_path: Path) -> None:
    assert load_settings(tmp_path / "none.json") == (Settings(), None)
    assert load_settings(tmp_path / "deep" / "none.json") == (Settings(), None)


def test_a_file_that_comes_while_it_is_looked_for_is_not_set_aside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "settings.json"
    look = Path.stat

    def look_just_before_another_program_saves(self: Path, **how: bool) -> os.stat_result:
        try:
            return look(self, **how)
        finally:
            if self == path:
                path.write_bytes(whole)

    save_settings(path, CHOSEN)
    whole = path.read_bytes()
    path.unlink()
    monkeypatch.setattr(Path, "stat", look_just_before_another_program_saves)
    assert load_settings(path) == (Settings(), None)
    assert load_settings(path) == (CHOSEN, None)


def test_names_that_json_cannot_hold_are_forgotten(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    unspeakable = os.fsdecode(b"/photos/caf\xe9.png")
    save_settings(path, Settings(recent=("/a.png", unspeakable), model=unspeakable))
    assert load_settings(path) == (Settings(recent=("/a.png",)), None)


# --- the thread that writes ----------------------------------------------------------------------


def test_the_newest_settings_are_on_the_disk_after_closing(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    keeper = SettingsKeeper(path, pytest.fail)
    for number in range(100):
        keeper.keep(Settings(layer=str(number)))
    assert keeper.close(PATIENCE_S)
    assert load_settings(path) == (Settings(layer="99"), None)


def test_whoever_hands_settings_over_waits_for_no_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = threading.Event()
    begun = threading.Event()
    saved: list[Settings] = []

    def save(_: Path, settings: Settings) -> None:
        begun.set()
        assert threading.current_thread() is not threading.main_thread()
        assert slow.wait(PATIENCE_S)
        saved.append(settings)

    monkeypatch.setattr(settings_keeper, "save_settings", save)
    keeper = SettingsKeeper(tmp_path / "settings.json", pytest.fail)
    keeper.keep(Settings(layer="first"))
    assert begun.wait(PATIENCE_S)
    for number in range(50):
        keeper.keep(Settings(layer=str(number)))
    assert saved == []
    slow.set()
    assert keeper.close(PATIENCE_S)
    assert [settings.layer for settings in saved] == ["first", "49"]


def test_a_disk_that_refuses_is_told_once_until_it_works_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = OutputError("cannot write settings.json", why="the disk is full", remedy="Make room.")
    refuses = iter([True, True, False, True, True])  # the last time at the end
    tried = threading.Semaphore(0)

    def save(*_: object) -> None:
        tried.release()
        if next(refuses):
            raise full

    monkeypatch.setattr(settings_keeper, "save_settings", save)
    told: list[OutputError] = []
    keeper = SettingsKeeper(tmp_path / "settings.json", told.append)
    for layer in "abcd":
        keeper.keep(Settings(layer=layer))
        assert tried.acquire(timeout=PATIENCE_S)
    assert keeper.close(PATIENCE_S)
    assert told == [full, full]


def test_what_a_full_disk_refused_is_written_at_the_end_if_there_is_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    has_room = threading.Event()

    def save(path: Path, settings: Settings) -> None:
        if not has_room.is_set():
            raise OutputError("cannot write settings", why="it is full", remedy="Make room.")
        save_settings(path, settings)

    monkeypatch.setattr(settings_keeper, "save_settings", save)
    told: queue.Queue[OutputError] = queue.Queue()
    path = tmp_path / "settings.json"
    keeper = SettingsKeeper(path, told.put)
    keeper.keep(CHOSEN)
    assert told.get(timeout=PATIENCE_S).why == "it is full"
    has_room.set()
    assert keeper.close(PATIENCE_S)
    assert load_settings(path) == (CHOSEN, None)


def test_an_error_in_the_keeper_is_told_and_costs_no_later_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: queue.Queue[tuple[type[BaseException], str]] = queue.Queue()

    def save(path: Path, settings: Settings) -> None:
        if settings.layer == "odd":
            raise ZeroDivisionError
        save_settings(path, settings)

    def tell(args: threading.ExceptHookArgs) -> None:
        assert args.thread is not None
        told.put((args.exc_type, args.thread.name))

    monkeypatch.setattr(settings_keeper, "save_settings", save)
    monkeypatch.setattr(threading, "excepthook", tell)
    path = tmp_path / "settings.json"
    keeper = SettingsKeeper(path, pytest.fail)
    keeper.keep(Settings(layer="odd"))
    assert told.get(timeout=PATIENCE_S) == (ZeroDivisionError, "lens-settings")
    keeper.keep(Settings(layer="next"))
    assert keeper.close(PATIENCE_S)
    assert load_settings(path) == (Settings(layer="next"), None)


def test_a_keeper_that_was_given_nothing_starts_no_thread(tmp_path: Path) -> None:
    assert SettingsKeeper(tmp_path / "settings.json", pytest.fail).close()
    assert list(tmp_path.iterdir()) == []
