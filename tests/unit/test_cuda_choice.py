"""Which folder with CUDA's libraries counts: the command line, the environment, the window."""

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
