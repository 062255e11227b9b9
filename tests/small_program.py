"""A frozen program of a few small files, with PyInstaller's records of where they are from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from release.flavours import ROOT
from release.inventory import Inventory, PythonFacts, take_inventory
from release.pyinstaller_records import read_records

LICENCE = "Permission is hereby granted to everybody."


@dataclass
class SmallProgram:
    """Writes files where PyInstaller and pip would."""

    folder: Path
    files: dict[str, tuple[Path, str]] = field(default_factory=dict)
    modules: dict[str, Path] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for path in (self.program / "_internal", self.site, self.work):
            path.mkdir(parents=True)
        (self.python.library / "LICENSE.txt").write_text("Python's licence")
        executable = self.work / "residual-lens"
        executable.write_bytes(b"ELF")
        (self.program / "residual-lens").write_bytes(b"ELF")
        self.files["residual-lens"] = (executable, "EXECUTABLE")
        self.modules["desktop_app.app"] = ROOT / "desktop_app" / "app.py"
        self.modules["json"] = self.python.library / "json" / "__init__.py"

    @property
    def program(self) -> Path:
        return self.folder / "dist" / "residual-lens"

    @property
    def site(self) -> Path:
        return self.folder / "venv" / "site-packages"

    @property
    def work(self) -> Path:
        return self.folder / "work"

    @property
    def python(self) -> PythonFacts:
        base = self.folder / "python"
        library = base / "lib"
        library.mkdir(parents=True, exist_ok=True)
        return PythonFacts("3.12.1", base, library, self.site)

    def install(
        self, name: str, files: Mapping[str, bytes], *, licence: str = "MIT", version: str = "1.2"
    ) -> None:
        """Put a distribution into the environment, with all its ``files`` in the program."""
        metadata = self.site / f"{name}-{version}.dist-info"
        (metadata / "licenses").mkdir(parents=True)
        (metadata / "licenses" / "LICENSE").write_text(f"{name}: {LICENCE}")
        (metadata / "METADATA").write_text(
            f"Metadata-Version: 2.4\nName: {name}\nVersion: {version}\n"
            f"License-Expression: {licence}\n"
        )
        for path, content in files.items():
            (self.site / path).parent.mkdir(parents=True, exist_ok=True)
            (self.site / path).write_bytes(content)
            self.collect(path, self.site / path)
        names = [*files, f"{metadata.name}/METADATA", f"{metadata.name}/licenses/LICENSE"]
        (metadata / "RECORD").write_text("".join(f"{path},,\n" for path in names))

    def collect(self, path: str, origin: Path, *, content: bytes | None = None) -> None:
        """Put ``origin`` into the program, and into PyInstaller's records."""
        target = self.program / "_internal" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(origin.read_bytes() if content is None else content)
        self.files[path] = (origin, "BINARY")

    def inventory(self) -> Inventory:
        """What the build finds in it."""
        collected = [(name, str(origin), kind) for name, (origin, kind) in self.files.items()]
        archived = [(name, str(origin), "PYMODULE") for name, origin in self.modules.items()]
        (self.work / "COLLECT-00.toc").write_text(repr((collected,)))
        (self.work / "PYZ-00.toc").write_text(repr((str(self.work), archived)))
        (self.work / "EXE-00.toc").write_text(repr((str(self.work), True, [])))
        return take_inventory(
            self.program, read_records(self.work), self.python, version="0.1.0", work=self.work
        )
