"""Whose every file of a frozen program is: nothing may lie in it that nobody has named.

The origin of each file and module, as PyInstaller wrote it down, leads to the Python distribution,
the Debian package, Python itself or our own resources. What leads nowhere ends the build, and so
does what is under a licence that this program must not be combined with.
"""

import json
import struct
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from release.distributions import Environment
from release.encoder_stub import ENCODER, holds_encoder, is_stand_in
from release.flavours import ROOT
from release.licences import is_denied
from release.parts import Licence, Part, Share, UnaccountedError
from release.pyinstaller_records import Records
from release.qt_support import FOLDER as QT_SUPPORT
from release.resource_licences import OWN_RESOURCES, RESOURCES
from release.system_libraries import system_parts

INNER: Final = "_internal"
NOTICES: Final = PurePosixPath(INNER, "resources", "licences", "third-party.txt")
"""Written after PyInstaller, so it stands in none of its lists."""

_FACTS: Final = (
    "import json, platform, site, sys, sysconfig; print(json.dumps([platform.python_version(), "
    "sys.base_prefix, sysconfig.get_path('stdlib'), sysconfig.get_path('purelib')]))"
)


@dataclass(frozen=True, slots=True)
class PythonFacts:
    """Of the Python in the clean environment.

    Attributes:
        version: As ``3.11.7``.
        base: The installation behind the environment.
        library: The standard library's folder.
        site: ``site-packages``.
    """

    version: str
    base: Path
    library: Path
    site: Path


@dataclass(frozen=True, slots=True)
class Inventory:
    """All that is inside.

    Attributes:
        own: This project's share.
        others: Everybody else's, by name.
    """

    own: Share
    others: tuple[Share, ...]


def ask_python(python: Path) -> PythonFacts:
    """What ``python`` says of itself."""
    said = subprocess.run(
        [str(python), "-c", _FACTS], check=True, capture_output=True, text=True
    ).stdout
    version, base, library, site = json.loads(said)
    return PythonFacts(version, Path(base), Path(library), Path(site))


def own_part(version: str) -> Part:
    """The program itself."""
    return Part(
        name="residual-lens",
        version=version,
        kind="application",
        licence=Licence(term="MIT", stated="the file LICENSE"),
        purl="pkg:generic/residual-lens",
        texts=((ROOT / "LICENSE").read_text("utf-8"),),
    )


def take_inventory(
    program: Path, records: Records, python: PythonFacts, *, version: str, work: Path
) -> Inventory:
    """Find out whose everything in ``program`` is.

    Args:
        program: The frozen program's folder.
        records: PyInstaller's.
        python: Of the environment that it was frozen from.
        version: The program's.
        work: PyInstaller's work folder; what is from there was made on the way.

    Raises:
        UnaccountedError: Names every file or module of which nobody has said whose it is, and
            every one that must not be inside.
    """
    owners = _Owners(python, own_part(version), work, records)
    shares: dict[tuple[str, str], Share] = {}
    faults: list[str] = []
    for path, origin in _files(program, records):
        try:
            part = owners.file(program / path, path, origin)
            shares.setdefault((part.name, part.version), Share(part)).files.append(path)
        except UnaccountedError as error:
            faults.append(f"{path}: {error}")
    for name, origin in sorted(records.modules.items()):
        try:
            part = owners.module(origin)
            shares.setdefault((part.name, part.version), Share(part)).modules += 1
        except UnaccountedError as error:
            faults.append(f"module {name}: {error}")
    faults += _denied(shares.values())
    if faults:
        listed = "\n  ".join(faults)
        raise UnaccountedError(f"what is inside is not accounted for:\n  {listed}")
    own = shares.pop((owners.own.name, owners.own.version))
    others = sorted(
        shares.values(), key=lambda share: (share.part.name.lower(), share.part.version)
    )
    return Inventory(own, tuple(others))


def _files(program: Path, records: Records) -> Iterator[tuple[PurePosixPath, Path | None]]:
    """Every file with its origin; a link must lead to another file of the program."""
    for path in sorted(program.rglob("*")):
        name = PurePosixPath(path.relative_to(program).as_posix())
        if path.is_symlink():
            target = path.resolve()
            if not target.is_relative_to(program.resolve()) or not target.exists():
                yield name, None
        elif path.is_file():
            inner = PurePosixPath(*name.parts[1:]) if name.parts[0] == INNER else name
            yield name, records.files.get(str(inner))


_AT_START: Final = Path(__file__).with_name("at_start.py")
"""The one module of the release's own that runs in the program."""


class _Owners:
    """Who has what, asked once for each."""

    def __init__(self, python: PythonFacts, own: Part, work: Path, records: Records) -> None:
        self.own = own
        self._work = work
        self._python = python
        self._environment = Environment(python.site)
        self._interpreter = _python_part(python)
        outside = [
            origin
            for origin in records.files.values()
            if not origin.is_relative_to(ROOT)
            and not origin.is_relative_to(python.site)
            and not self._is_of_python(origin)
        ]
        self._system = system_parts(outside)

    def file(self, file: Path, path: PurePosixPath, origin: Path | None) -> Part:
        """Whose ``file`` is, which lies at ``path`` in the program."""
        if path == NOTICES:
            return self.own
        if origin is None:
            raise UnaccountedError("PyInstaller did not put it there")
        is_named_so = ENCODER.match(str(path)) is not None
        if holds_encoder(file) or (is_named_so and not is_stand_in(file)):
            raise UnaccountedError("x265 is under GPL-2.0-or-later; see encoder_stub.py")
        if is_named_so:
            return self.own
        if path.is_relative_to(INNER / QT_SUPPORT):
            return self._environment.part(self._python.site / "shiboken6" / "__init__.py")
        if origin.is_relative_to(self._work):
            # The executable, and the archive of the modules that start Python.
            return self._interpreter if path.suffix == ".zip" else self.own
        resources = ROOT / "resources"
        if origin.is_relative_to(resources):
            return self._resource(file, PurePosixPath(origin.relative_to(resources).as_posix()))
        return self.module(origin)

    def module(self, origin: Path) -> Part:
        """Whose code from ``origin`` is."""
        if origin.is_relative_to(self._python.site):
            return self._environment.part(origin)
        ours = (self._work, ROOT / "desktop_app", _AT_START)
        if any(origin.is_relative_to(place) for place in ours):
            return self.own
        if self._is_of_python(origin):
            return self._interpreter
        if origin in self._system:
            return self._system[origin]
        raise UnaccountedError(f"it is from {origin}, which belongs to no package")

    def _is_of_python(self, origin: Path) -> bool:
        base = self._python.base
        if origin.is_relative_to(self._python.library) or origin.name.startswith("libpython"):
            return True
        return base not in (Path("/"), Path("/usr")) and origin.is_relative_to(base)

    def _resource(self, file: Path, path: PurePosixPath) -> Part:
        for resource in RESOURCES:
            if resource.pattern.fullmatch(str(path)):
                text = ROOT / "resources" / "licences" / str(resource.text)
                return Part(
                    name=resource.name,
                    version=_font_version(file) if file.suffix == ".otf" else self.own.version,
                    kind=resource.kind,
                    licence=resource.licence,
                    purl=f"pkg:generic/{resource.name.split()[0].lower()}",
                    texts=(text.read_text("utf-8"),) if resource.text else self.own.texts,
                )
        if OWN_RESOURCES.fullmatch(str(path)):
            return self.own
        raise UnaccountedError("say whose it is in .ci/release/resource_licences.py")


def _python_part(python: PythonFacts) -> Part:
    candidates = (
        python.library / "LICENSE.txt",
        python.base / "LICENSE.txt",
        Path(f"/usr/share/doc/python{'.'.join(python.version.split('.')[:2])}/copyright"),
    )
    found = next((path for path in candidates if path.is_file()), None)
    if found is None:
        raise UnaccountedError(f"Python's licence is in none of {', '.join(map(str, candidates))}")
    return Part(
        name="Python",
        version=python.version,
        licence=Licence(term="Python-2.0.1", stated="LICENSE.txt of its standard library"),
        purl="pkg:generic/python",
        source="https://www.python.org/downloads/source/",
        texts=(found.read_text("utf-8"),),
    )


def _font_version(file: Path) -> str:
    """The revision in an OpenType font's table ``head`` (OpenType specification, 'head')."""
    content = file.read_bytes()
    (count,) = struct.unpack_from(">H", content, 4)
    for entry in range(count):
        tag, _checksum, offset, _length = struct.unpack_from(">4sIII", content, 12 + 16 * entry)
        if tag == b"head":
            (revision,) = struct.unpack_from(">i", content, offset + 4)
            return f"{revision / 65536:.3f}"
    return ""


def _denied(shares: Iterable[Share]) -> list[str]:
    return [
        f"{', '.join(map(str, share.files))}: {share.part.name} is under "
        f"{share.part.licence.term}, which would bind the whole program"
        for share in shares
        if is_denied(share.part.licence)
    ]
