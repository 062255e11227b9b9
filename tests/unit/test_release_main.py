"""The build's command line: what it writes beside packages, and how it ends when one fails."""

import subprocess
from pathlib import Path

import pytest
from release import __main__ as command
from release import inside
from release.contents import ContentsError
from release.flavours import CPU, Flavour
from release.inventory import NOTICES

from tests.small_program import SmallProgram

LIST = "dist/residual-lens-0.1.0-cpu.cdx.json"


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SmallProgram:
    """What freezing gives in a checkout that has packages of an earlier program."""
    small = SmallProgram(tmp_path)
    (small.program / NOTICES).parent.mkdir(parents=True)
    (tmp_path / LIST).write_text("of the packages")
    monkeypatch.setattr(command, "freeze", lambda _flavour: small.program)
    monkeypatch.setattr(command, "is_current", lambda _flavour: False)
    replaced = {
        "ROOT": tmp_path,
        "prepare": lambda _flavour: Path("python"),
        "ask_python": lambda _python: small.python,
        "read_records": lambda _work: None,
        "take_inventory": lambda *_what, **_more: small.inventory(),
        "version": lambda: "0.1.0",
        "source_date_epoch": lambda: 1_700_000_000,
    }
    for name, value in replaced.items():
        monkeypatch.setattr(inside, name, value)
    return small


def test_a_program_for_tests_leaves_the_packages_list_alone(
    small: SmallProgram, tmp_path: Path
) -> None:
    assert command.main(["--program-only"]) == 0
    assert (tmp_path / LIST).read_text("utf-8") == "of the packages"
    assert (small.program / NOTICES).exists()


def test_a_program_for_tests_is_accounted_for_all_the_same(
    small: SmallProgram, capsys: pytest.CaptureFixture[str]
) -> None:
    (small.program / "_internal" / "planted.so").write_bytes(b"x")
    assert command.main(["--program-only"]) == 1
    assert "planted.so: PyInstaller did not put it there" in capsys.readouterr().err


def test_packages_come_with_the_list_of_their_program(
    small: SmallProgram, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "dist" / "residual-lens_0.1.0_amd64.deb"
    package.write_bytes(b"package")
    monkeypatch.setattr(command, "ROOT", tmp_path)
    monkeypatch.setattr(command, "make_packages", lambda *_what: [package])
    monkeypatch.setattr("release.start_time.tell_start", lambda *_what: None)
    assert command.build(CPU) == [tmp_path / LIST, package]
    assert '"CycloneDX"' in (tmp_path / LIST).read_text("utf-8")


@pytest.mark.parametrize(
    ("failure", "told"),
    [
        (ContentsError("too large"), "build: too large"),
        (FileNotFoundError(2, "No such file or directory", "zstd"), "'zstd'"),
        (subprocess.CalledProcessError(3, ["makensis"]), "makensis"),
    ],
)
def test_a_failure_is_said_in_a_line(
    failure: Exception,
    told: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def build(_flavour: Flavour) -> list[Path]:
        raise failure

    monkeypatch.setattr(command, "build", build)
    assert command.main([]) == 1
    said = capsys.readouterr().err
    assert told in said
    assert said.count("\n") == 1
