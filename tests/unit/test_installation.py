"""How the program is installed: where the frozen one lies, and how reports and log name it all."""

import platform
import sys
from pathlib import Path

import pytest

from desktop_app.core.cuda_libraries import CudaFolders
from desktop_app.core.installation import is_frozen, program_folder, system_name
from desktop_app.core.onnx_runtime import Runtime
from desktop_app.paths import portable_folder


@pytest.fixture
def frozen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)


def test_from_source_there_is_no_folder_beside_the_program() -> None:
    assert not is_frozen()
    assert program_folder() is None


@pytest.mark.usefixtures("frozen")
def test_frozen_program_lies_where_a_link_leads(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    program = tmp_path / "usr" / "lib" / "residual-lens" / "residual-lens"
    program.parent.mkdir(parents=True)
    program.touch()
    link = tmp_path / "residual-lens"
    link.symlink_to(program)
    monkeypatch.setattr(sys, "executable", str(link))
    assert is_frozen()
    assert program_folder() == program.parent.resolve()


@pytest.mark.usefixtures("frozen")
def test_beside_a_bundle_lies_all_that_lies_beside_the_program(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    inside = tmp_path / "Residual Lens.app" / "Contents" / "MacOS" / "residual-lens"
    monkeypatch.setattr(sys, "executable", str(inside))
    beside = tmp_path.resolve()
    assert portable_folder() == beside / "residual-lens-data"
    roots = [place.root for place in Runtime(CudaFolders()).cuda_places()]
    assert beside / "cuda" in roots


def test_system_is_named_with_its_release_and_machine() -> None:
    assert system_name() == " ".join(platform.uname()[i] for i in (0, 2, 4))
