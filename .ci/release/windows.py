"""The Windows program's icon and version, and its installer.

The installer is compiled by NSIS, which also runs on Linux; the program inside has to be frozen on
Windows. What was installed is listed file by file, for the uninstaller to remove nothing else.
"""

import subprocess
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path, PureWindowsPath
from typing import Final

from PIL import Image
from PySide6.QtCore import QBuffer, QIODevice

from release.flavours import ROOT
from release.icons import draw_icon

SCRIPT: Final = ROOT / "resources" / "packaging" / "residual-lens.nsi"
ICON_SIZES: Final = (16, 20, 24, 32, 40, 48, 64, 96, 128, 256)
"""Pixels: Explorer's sizes at 100, 125, 150 and 200 %."""

_BANNER: Final = (164, 314)
"""Pixels, as NSIS asks for."""


def draw_icons(sizes: tuple[int, ...]) -> list[Image.Image]:
    """The program's icon in ``sizes``, RGBA."""
    return [_as_pillow(size) for size in sizes]


def write_icon(path: Path) -> Path:
    """Write the program's icon as ICO; returns ``path``."""
    *smaller, largest = draw_icons(ICON_SIZES)
    path.parent.mkdir(parents=True, exist_ok=True)
    sizes = [(size, size) for size in ICON_SIZES]
    largest.save(path, "ICO", sizes=sizes, append_images=smaller)
    return path


def write_banner(path: Path) -> Path:
    """Write the picture of the installer's last page (BMP, 164×314); returns ``path``."""
    top, bottom = (0x3D, 0x4A, 0x6B), (0x22, 0x2A, 0x40)  # the icon's own ground
    column = Image.new("RGB", (1, 2))
    column.putdata([top, bottom])
    banner = column.resize(_BANNER, Image.Resampling.BILINEAR, box=(0, 0.5, 1, 1.5))
    (icon,) = draw_icons((96,))
    banner.paste(icon, ((_BANNER[0] - icon.width) // 2, 96), icon)
    banner.save(path, "BMP")
    return path


def appearance(work: Path, name: str, version: str) -> dict[str, str]:
    """What build.spec gives to PyInstaller for the executable ``name``.

    Args:
        work: A folder for its icon and its version.
        name: Without ``.exe``.
        version: The program's.
    """
    icon = write_icon(work / "residual-lens.ico")
    text = version_resource(version, file_name=f"{name}.exe")
    resource = work / f"{name}.version.txt"
    resource.write_text(text, "utf-8")
    return {"icon": str(icon), "version": str(resource)}


def version_resource(version: str, *, file_name: str) -> str:
    """What Explorer shows of an executable, in the form of PyInstaller's version files.

    Args:
        version: As ``0.1.0``.
        file_name: The executable's.
    """
    parts = four_parts(version)
    strings = {
        "CompanyName": "The Residual Lens authors",
        "FileDescription": "Residual Lens",
        "FileVersion": version,
        "InternalName": "residual-lens",
        "LegalCopyright": "The Residual Lens authors, MIT licence",
        "OriginalFilename": file_name,
        "ProductName": "Residual Lens",
        "ProductVersion": version,
    }
    # English (United States), Unicode: 0x0409 = 1033, 0x04b0 = 1200.
    table = ", ".join(f"StringStruct({name!r}, {text!r})" for name, text in strings.items())
    return (
        f"VSVersionInfo(ffi=FixedFileInfo(filevers={parts}, prodvers={parts}, mask=0x3f, "
        "flags=0x0, OS=0x40004, fileType=0x1, subtype=0x0, date=(0, 0)), kids=["
        f"StringFileInfo([StringTable('040904b0', [{table}])]), "
        "VarFileInfo([VarStruct('Translation', [1033, 1200])])])\n"
    )


def four_parts(version: str) -> tuple[int, int, int, int]:
    """``version`` as Windows counts: four numbers, without what follows them."""
    numbers = [int(part) for part in version.split(".") if part.isdigit()][:4]
    first, second, third, fourth = [*numbers, 0, 0, 0, 0][:4]
    return first, second, third, fourth


def make_installer(
    program: Path,
    folder: Path,
    work: Path,
    *,
    version: str,
    flavour: str = "cpu",
    target: str = "x86-unicode",
) -> Path:
    """Compile the installer of the frozen ``program``.

    Args:
        program: Its folder.
        folder: Where the installer is put.
        work: A folder for what is needed on the way.
        version: The program's.
        flavour: Its flavour's name.
        target: NSIS's own; the program is for 64 bits in every case.

    Raises:
        FileNotFoundError: makensis is not installed.
        subprocess.CalledProcessError: It refused; it has said why. Warnings are errors.
    """
    work.mkdir(parents=True, exist_ok=True)
    (work / "install.nsh").write_text("\n".join(_installing(program)) + "\n", "utf-8-sig")
    (work / "uninstall.nsh").write_text("\n".join(_uninstalling(program)) + "\n", "utf-8-sig")
    result = folder / f"residual-lens-{version}-windows-x86_64-{flavour}.exe"
    defines = {
        "TARGET": target,
        "VERSION": version,
        "NUMBER": ".".join(map(str, four_parts(version))),
        "SIZE_KB": str(sum(path.stat().st_size for path in _files(program)) // 1024),
        "ICON": str(write_icon(work / "residual-lens.ico")),
        "BANNER": str(write_banner(work / "banner.bmp")),
        "LICENCE": str(ROOT / "LICENSE"),
        "LISTS": str(work),
        "OUTPUT": str(result),
    }
    options = [f"-D{name}={text}" for name, text in defines.items()]
    subprocess.run(["makensis", "-V2", "-WX", *options, str(SCRIPT)], check=True)
    return result


def _installing(program: Path) -> Iterator[str]:
    """NSIS's lines that put every file in its place."""
    folder = None
    for path in _files(program):
        if path.parent != folder:
            folder = path.parent
            yield f'SetOutPath "{_installed(program, folder)}"'
        yield f'File "{path}"'


def _uninstalling(program: Path) -> Iterator[str]:
    """NSIS's lines that remove these files, and folders that are empty then."""
    for path in _files(program):
        yield f'Delete "{_installed(program, path)}"'
    folders = {path.parent for path in _files(program)}
    folders |= {parent for folder in folders for parent in folder.parents}
    inner = [folder for folder in folders if folder != program and folder.is_relative_to(program)]
    for folder in sorted(inner, key=lambda folder: (-len(folder.parts), folder)):
        yield f'RMDir "{_installed(program, folder)}"'


def _files(program: Path) -> list[Path]:
    return sorted(path for path in program.rglob("*") if path.is_file())


def _installed(program: Path, path: Path) -> str:
    inner = PureWindowsPath(path.relative_to(program))
    return "$INSTDIR" if inner == PureWindowsPath() else f"$INSTDIR\\{_escaped(str(inner))}"


def _escaped(text: str) -> str:
    return text.replace("$", "$$")


def _as_pillow(size: int) -> Image.Image:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    draw_icon(size).save(buffer, "PNG")  # type: ignore[call-overload]
    return Image.open(BytesIO(buffer.data().data())).convert("RGBA")
