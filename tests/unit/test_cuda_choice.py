"""Which folder with CUDA's libraries counts: the command line, the environment, the window."""

import os
import sys
from pathlib import Path

import pytest

from desktop_app import paths
from desktop_app.cuda_choice import VARIABLE, chosen_folder, chosen_folders, remembered_cuda_folder
from desktop_app.settings import Settings, load_settings, save_settings


def chosen(named: Path | None = None, said: str = "", remembered: str | None = None) -> Path | None:
    environment = {VARIABLE: said} if said else {}
    return chosen_folder(named=named, remembered=remembered, environment=environment)


def test_the_command_line_counts_before_the_environment_before_what_is_remembered() -> None:
    assert chosen(Path("/named"), "/said", "/remembered") == Path("/named")
    assert chosen(None, "/said", "/remembered") == Path("/said")
    assert chosen(None, "", "/remembered") == Path("/remembered")
    assert chosen() is None


def test_a_relative_folder_is_meant_from_here(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    assert chosen(Path("cuda")) == tmp_path / "cuda"
    assert chosen(said="~/cuda") == Path.home() / "cuda"


def test_a_folder_of_nobody_is_taken_as_it_stands(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    assert chosen(said="~nobody-of-that-name/cuda") == tmp_path / "~nobody-of-that-name" / "cuda"


@pytest.mark.skipif(sys.platform == "win32", reason="nobody can remove this folder there")
def test_a_relative_folder_in_a_removed_one_stays_relative(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert chosen(said="cuda") == Path("cuda")
    monkeypatch.chdir(tmp_path)


def test_the_persons_own_folder_is_always_among_them() -> None:
    assert chosen_folders().own == paths.user_cuda()


def test_a_command_reads_what_the_window_wrote(tmp_path: Path) -> None:
    file = tmp_path / "settings.json"
    save_settings(file, Settings(cuda_folder="/opt/cuda"))
    assert remembered_cuda_folder(file) == "/opt/cuda"
    assert load_settings(file)[0].cuda_folder == "/opt/cuda"


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"cuda_folder": 3}', b"[" * 100_000])
def test_a_command_leaves_a_damaged_file_where_it_is(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "settings.json"
    file.write_bytes(content)
    assert remembered_cuda_folder(file) is None
    assert file.read_bytes() == content


def test_no_file_is_nothing_remembered(tmp_path: Path) -> None:
    assert remembered_cuda_folder(tmp_path / "none.json") is None


def test_a_name_that_json_cannot_hold_is_left_out(tmp_path: Path) -> None:
    file = tmp_path / "settings.json"
    save_settings(file, Settings(cuda_folder="/opt/\udcff", layer="conv1"))
    assert load_settings(file)[0].cuda_folder is None


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes among files here")
@pytest.mark.timeout(20)
def test_a_pipe_in_the_settings_place_keeps_no_command_waiting(tmp_path: Path) -> None:
    file = tmp_path / "settings.json"
    os.mkfifo(file)
    assert remembered_cuda_folder(file) is None


def test_what_is_too_large_for_settings_is_not_read_whole(tmp_path: Path) -> None:
    file = tmp_path / "settings.json"
    file.write_bytes(b'{"cuda_folder": "/opt/cuda"}' + b" " * 2**21 + b"\0")
    assert remembered_cuda_folder(file) == "/opt/cuda"
