"""The shared libraries that are taken from the build machine, by their Debian packages."""

import platform
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from release.licences import PUBLIC_DOMAIN, SYSTEM_LIBRARIES
from release.parts import Licence, Part, UnaccountedError

_DOCUMENTS: Final = Path("/usr/share/doc")
_FIELDS: Final = ("binary:Package", "Version", "source:Package", "Architecture")


def system_parts(origins: Iterable[Path]) -> dict[Path, Part]:
    """Which Debian package each of ``origins`` is from; what is from none is left out.

    Raises:
        UnaccountedError: Nobody has said under which licence a package's library is.
    """
    wanted = sorted(set(origins))
    places = {place: origin for origin in wanted for place in _places(origin)}
    if not places or shutil.which("dpkg-query") is None:
        return {}
    # It answers 1 when some were not found, which is the rule here.
    said = subprocess.run(
        ["dpkg-query", "--search", *map(str, places)], check=False, capture_output=True, text=True
    ).stdout
    owners: dict[Path, str] = {}
    for line in said.splitlines():
        package, _, path = line.partition(": ")
        if Path(path) in places:
            owners[places[Path(path)]] = package
    parts = {package: _part(package) for package in sorted(set(owners.values()))}
    return {origin: parts[package] for origin, package in owners.items()}


def _places(origin: Path) -> set[Path]:
    """Names under which dpkg may know a file: links followed or not, ``/usr`` merged or not."""
    found = {origin, origin.resolve()}
    merged = {Path("/usr") / path.relative_to("/") for path in found if path.parts[1] != "usr"}
    unmerged = {Path("/") / path.relative_to("/usr") for path in found if path.parts[1] == "usr"}
    return found | merged | unmerged


def _part(package: str) -> Part:
    form = "\t".join(f"${{{field}}}" for field in _FIELDS)
    said = subprocess.run(
        ["dpkg-query", "--show", "--showformat", form, package],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    name, version, source, architecture = said.split("\t")
    name = name.partition(":")[0]
    release = platform.freedesktop_os_release()
    system = f"{release['ID']}-{release.get('VERSION_ID', '')}".rstrip("-")
    return Part(
        name=name,
        version=version,
        licence=_licence(source),
        purl=f"pkg:deb/{release['ID']}/{name}?arch={architecture}&distro={system}",
        source=f"https://tracker.debian.org/pkg/{source}",
        texts=(_copyright(name),),
    )


def _licence(source: str) -> Licence:
    stated = f"the copyright file of Debian's source package {source}"
    if source in PUBLIC_DOMAIN:
        return Licence(term=PUBLIC_DOMAIN[source], is_spdx=False, stated=stated)
    term = SYSTEM_LIBRARIES.get(source)
    if term is None:
        raise UnaccountedError(
            f"a library of Debian's source package {source} is inside; read "
            "/usr/share/doc/*/copyright and say its licence in .ci/release/licences.py"
        )
    return Licence(term=term, stated=stated)


def _copyright(package: str) -> str:
    path = _DOCUMENTS / package / "copyright"
    try:
        return path.read_text("utf-8", errors="replace")
    except OSError as error:
        raise UnaccountedError(f"{path} is missing, so {package} has no licence text") from error
