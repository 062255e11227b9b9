"""The Windows icon, version and installer, as far as they can be checked without Windows."""

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image
from release import windows
from release.windows import four_parts, make_installer, version_resource, write_icon

from desktop_app.core.decoding import readable_suffixes

needs_nsis = pytest.mark.skipif(shutil.which("makensis") is None, reason="needs NSIS")
needs_wine = pytest.mark.skipif(
    not os.environ.get("RESIDUAL_LENS_WINE") or shutil.which("wine") is None,
    reason="installs and removes under Wine; needs wine64, and RESIDUAL_LENS_WINE set",
)
SCRIPT = windows.SCRIPT.read_text("utf-8")
UNINSTALL = r"HKCU\Software\Microsoft\Windows\CurrentVersion\Uninstall\ResidualLens"


@pytest.fixture
def frozen(tmp_path: Path) -> Callable[..., Path]:
    """Makes a folder that stands in for the frozen program."""

    def make(name: str, *more: str) -> Path:
        folder = tmp_path / name / "residual-lens"
        common = ("residual-lens.exe", "Residual Lens.exe", "_internal/PySide6/Qt6Core.dll")
        for path in (*common, "_internal/strange $name ü.txt", *more):
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(f"{name}: {path}", "utf-8")
        return folder

    return make


def test_the_icon_has_all_sizes_of_explorer(tmp_path: Path) -> None:
    with Image.open(write_icon(tmp_path / "made" / "it.ico")) as icon:
        assert icon.info["sizes"] == {(size, size) for size in windows.ICON_SIZES}
        largest = icon.ico.getimage((256, 256)).convert("RGBA")
        assert largest.getextrema()[3] == (0, 255)  # corners clear, tile opaque
        small = icon.ico.getimage((16, 16)).convert("RGB")
        assert len(small.getcolors(256) or ()) > 20  # drawn, not one flat colour


@pytest.mark.parametrize(
    ("version", "parts"),
    [("0.1.0", (0, 1, 0, 0)), ("12.3", (12, 3, 0, 0)), ("1.2.3rc1", (1, 2, 0, 0))],
)
def test_windows_counts_versions_in_four_numbers(
    version: str, parts: tuple[int, int, int, int]
) -> None:
    assert four_parts(version) == parts


def test_the_version_resource_is_one_expression_of_pyinstallers_classes() -> None:
    def record(*values: object, **named: object) -> tuple[object, ...]:
        return (*values, *named.items())

    names = ("VSVersionInfo", "FixedFileInfo", "StringFileInfo", "StringTable", "StringStruct")
    classes = dict.fromkeys((*names, "VarFileInfo", "VarStruct"), record)
    text = version_resource("0.1.0", file_name="Residual Lens.exe")
    found = str(eval(text, {"__builtins__": {}}, classes))  # noqa: S307 - as PyInstaller does
    assert "('filevers', (0, 1, 0, 0))" in found
    assert "('OriginalFilename', 'Residual Lens.exe')" in found


def test_every_type_that_is_offered_can_be_opened() -> None:
    offered = set(re.findall(r"\$\{ACTION\} (\.\w+) ", SCRIPT))
    assert offered - {".onnx", ".lensview"} <= readable_suffixes()
    assert {".onnx", ".lensview", ".jpg", ".png", ".heic", ".webp"} <= offered


def test_no_type_is_taken_from_another_program() -> None:
    defaults = re.findall(r'WriteRegStr SHCTX "\$\{CLASSES\}\\\$\{EXTENSION\}" ""', SCRIPT)
    assert not defaults


@needs_nsis
@pytest.mark.parametrize("target", ["x86-unicode", "amd64-unicode"])
def test_the_installer_compiles_without_a_warning_and_holds_the_program(
    frozen: Callable[..., Path], tmp_path: Path, target: str
) -> None:
    if not Path(f"/usr/share/nsis/Stubs/lzma_solid-{target}").exists():
        pytest.skip(f"this NSIS has no stub for {target}")
    program = frozen("one")
    made = make_installer(program, tmp_path, tmp_path / "work", version="0.1.0", target=target)
    assert made.name == "residual-lens-0.1.0-windows-x86_64-cpu.exe"
    assert made.read_bytes()[:2] == b"MZ"
    if shutil.which("7z") is None:
        return
    listed = subprocess.run(
        ["7z", "l", "-ba", "-slt", str(made)], check=True, capture_output=True, text=True
    ).stdout
    names = set(re.findall(r"^Path = (.*)$", listed, re.MULTILINE))
    inside = {name for name in names if not name.startswith("$PLUGINSDIR")}
    there = {path.relative_to(program).as_posix() for path in program.rglob("*") if path.is_file()}
    assert inside == there | {"Uninstall.exe"}


def test_the_uninstaller_names_every_file_and_the_innermost_folders_first(
    frozen: Callable[..., Path],
) -> None:
    lines = list(windows._uninstalling(frozen("one")))
    assert r'Delete "$INSTDIR\_internal\strange $$name ü.txt"' in lines
    assert [line for line in lines if line.startswith("RMDir")] == [
        r'RMDir "$INSTDIR\_internal\PySide6"',
        r'RMDir "$INSTDIR\_internal"',
    ]
    assert not any("/r" in line for line in lines)


class Wine:
    """A Windows of its own in a folder, without a screen."""

    def __init__(self, folder: Path) -> None:
        self._environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "WINEPREFIX": str(folder / "prefix"),
            "WINEARCH": "win64",
            "WINEDEBUG": "-all",
            "WINEDLLOVERRIDES": "winemenubuilder.exe=d;mscoree=d;mshtml=d",
            "USER": "tester",
            "LC_ALL": "C.UTF-8",  # for names beyond ASCII
        }
        self.disk = folder / "prefix" / "drive_c"
        folder.mkdir()
        assert self.run("wineboot", "-i").returncode == 0
        self.user = self.disk / "users" / "tester"
        self.installed = self.user / "AppData" / "Local" / "Programs" / "Residual Lens"

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["wine", *command],
            env=self._environment,
            check=False,
            capture_output=True,
            text=True,
            timeout=100,
        )

    def registry(self, key: str) -> str:
        return self.run("reg", "query", key, "/s").stdout.replace("\r", "")

    def files(self) -> set[str]:
        found = (path.relative_to(self.disk) for path in self.disk.rglob("*") if path.is_file())
        return {path.as_posix() for path in found if "Temp" not in path.parts}

    def uninstall(self, *options: str) -> None:
        # Told where it is, it runs in place and can be waited for; else it copies itself away.
        place = self.run("winepath", "-w", str(self.installed)).stdout.strip()
        done = self.run(
            str(self.installed / "Uninstall.exe"), "/S", "/CurrentUser", *options, f"_?={place}"
        )
        assert done.returncode == 0, done.stderr

    def end(self) -> None:
        subprocess.run(["wineserver", "-k"], env=self._environment, check=False)


@pytest.fixture
def wine(tmp_path: Path) -> Iterator[Wine]:
    machine = Wine(tmp_path / "wine")
    yield machine
    machine.end()


@needs_nsis
@needs_wine
def test_installing_upgrading_and_removing_under_wine(
    wine: Wine, frozen: Callable[..., Path], tmp_path: Path
) -> None:
    def installer(name: str, *more: str) -> str:
        program, folder = frozen(name, *more), tmp_path / name
        return str(
            make_installer(program, folder, folder / "work", version=name, target="amd64-unicode")
        )

    old = installer("0.1.0", "_internal/dropped later/old.txt")
    new = installer("0.2.0", "_internal/new.txt")
    settings = wine.user / "AppData" / "Local" / "residual-lens" / "settings.json"
    settings.parent.mkdir(parents=True)
    settings.write_text("{}")
    before = wine.files()
    wine.run("reg", "add", r"HKCU\Software\Classes\.png", "/d", "Another.Viewer", "/f")

    assert wine.run(old, "/S").returncode == 0
    assert (wine.installed / "_internal" / "strange $name ü.txt").is_file()
    assert (wine.installed / "_internal" / "dropped later" / "old.txt").is_file()
    entry = wine.registry(UNINSTALL)
    assert re.search(r"DisplayVersion +REG_SZ +0\.1\.0", entry)
    assert re.search(r"EstimatedSize +REG_DWORD", entry)
    png = wine.registry(r"HKCU\Software\Classes\.png")
    assert "Another.Viewer" in png
    assert "ResidualLens.Image" in png
    assert any(name.endswith("Programs/Residual Lens.lnk") for name in wine.files())

    (wine.installed / "my own.txt").write_text("put here by a person")
    assert wine.run(new, "/S").returncode == 0
    assert (wine.installed / "_internal" / "new.txt").is_file()
    assert not (wine.installed / "_internal" / "dropped later").exists()
    assert re.search(r"DisplayVersion +REG_SZ +0\.2\.0", wine.registry(UNINSTALL))

    wine.uninstall()
    (wine.installed / "Uninstall.exe").unlink(missing_ok=True)
    assert [path.name for path in wine.installed.rglob("*")] == ["my own.txt"]
    (wine.installed / "my own.txt").unlink()
    assert wine.files() == before
    assert "ResidualLens" not in wine.registry(r"HKCU\Software")
    assert "Residual Lens" not in wine.registry(r"HKCU\Software")
    assert "Another.Viewer" in wine.registry(r"HKCU\Software\Classes\.png")


@needs_nsis
@needs_wine
def test_settings_go_only_where_that_is_asked_for(
    wine: Wine, frozen: Callable[..., Path], tmp_path: Path
) -> None:
    program = frozen("0.1.0")
    made = make_installer(
        program, tmp_path, tmp_path / "work", version="0.1.0", target="amd64-unicode"
    )
    settings = wine.user / "AppData" / "Local" / "residual-lens" / "settings.json"
    settings.parent.mkdir(parents=True)
    settings.write_text("{}")
    assert wine.run(str(made), "/S").returncode == 0
    wine.uninstall("/REMOVESETTINGS")
    assert not settings.parent.exists()
    assert settings.parent.parent.is_dir()
