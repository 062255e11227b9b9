"""The Python distributions of the clean environment, and the libraries that wheels bring."""

import json
import re
from functools import cached_property
from importlib.metadata import Distribution, PathDistribution
from pathlib import Path, PurePosixPath
from typing import Final

from packaging.utils import canonicalize_name

from release.bundled_libraries import BUNDLED, Bundled
from release.licences import (
    COMMON_TEXTS,
    DISTRIBUTION_TEXTS,
    DISTRIBUTIONS,
    TEXTS,
    is_expression,
)
from release.parts import Licence, Part, UnaccountedError

_BROUGHT: Final = re.compile(r"[^/]+\.libs/|[^/]+/\.dylibs/|lib[^/]+\.dll$", re.IGNORECASE)
"""Where auditwheel, delocate and delvewheel put the libraries of others."""


class Environment:
    """What is installed in one ``site-packages``."""

    def __init__(self, site: Path) -> None:
        self._site = site
        self._known: dict[PurePosixPath, Part] = {}

    def part(self, origin: Path) -> Part:
        """Whose the installed file ``origin`` is.

        Raises:
            UnaccountedError: It belongs to no distribution, or nobody says under which licence.
        """
        path = PurePosixPath(origin.relative_to(self._site).as_posix())
        if path not in self._owners:
            raise UnaccountedError(f"{path} in site-packages belongs to no installed distribution")
        if path not in self._known:
            owner = self._owners[path]
            bundled = next((each for each in BUNDLED if each.files.match(str(path))), None)
            if bundled:
                self._known[path] = _library(bundled, owner, origin, path)
            elif _BROUGHT.match(str(path)):
                raise UnaccountedError(
                    f"{path} is a library that a wheel brings; "
                    "say whose it is in .ci/release/bundled_libraries.py"
                )
            else:
                self._known[path] = _distribution(owner, self._site)
        return self._known[path]

    @cached_property
    def _owners(self) -> dict[PurePosixPath, Distribution]:
        found = [PathDistribution(path) for path in sorted(self._site.glob("*.dist-info"))]
        return {
            PurePosixPath(file.as_posix()): distribution
            for distribution in found
            for file in distribution.files or ()
        }


def _distribution(owner: Distribution, site: Path) -> Part:
    name = canonicalize_name(owner.name)
    licence = DISTRIBUTIONS.get(name)
    if licence is None:
        said = _field(owner, "License-Expression") or _field(owner, "License")
        if not is_expression(said):
            raise UnaccountedError(
                f"{owner.name} states its licence as {said!r}, which is no SPDX expression; "
                "say what it is in .ci/release/licences.py"
            )
        licence = Licence(term=said, stated="its metadata")
    beside = [(site / path).read_text("utf-8") for path in DISTRIBUTION_TEXTS.get(name, ())]
    common = common_texts(COMMON_TEXTS.get(name, ()))
    texts = (*_own_texts(owner), *beside, *common)
    if not texts:
        raise UnaccountedError(
            f"{owner.name} brings no licence text; name one in .ci/release/licences.py"
        )
    return Part(
        name=owner.name,
        version=owner.version,
        licence=licence,
        purl=f"pkg:pypi/{name}",
        source=_source(owner),
        texts=texts,
    )


def _library(bundled: Bundled, owner: Distribution, origin: Path, path: PurePosixPath) -> Part:
    return Part(
        name=bundled.name,
        version=_bundled_version(bundled, owner, origin, path),
        licence=Licence(term=bundled.licence, stated=bundled.stated),
        purl="pkg:generic/" + re.split(r"[,(]", bundled.name)[0].strip().lower().replace(" ", "-"),
        source=bundled.source,
        texts=(*_own_texts(owner), *common_texts(bundled.texts)),
    )


def _bundled_version(
    bundled: Bundled, owner: Distribution, origin: Path, path: PurePosixPath
) -> str:
    if bundled.version == "sbom":
        listed = {
            entry["name"]: entry.get("version", "")
            for file in owner.files or ()
            if str(file).endswith(".cdx.json")
            for entry in json.loads(Path(str(file.locate())).read_text("utf-8"))["components"]
        }
        return str(listed.get(bundled.found, ""))
    places = {
        "path": lambda: str(path),
        "notice": lambda: "\n".join(_own_texts(owner)),
        # Every library of Qt carries its version in the one that all others need.
        "content": lambda: _bytes_that_tell(bundled, origin).decode("latin-1"),
    }
    match = re.search(bundled.found, places[bundled.version]())
    return match[1] if match else ""


def _bytes_that_tell(bundled: Bundled, origin: Path) -> bytes:
    if bundled.name == "Qt":
        package = next(folder for folder in origin.parents if folder.name == "PySide6")
        cores = sorted(path for path in package.rglob("*Qt6Core.*") if path.suffix != ".prl")
        return cores[0].read_bytes() if cores else b""
    return origin.read_bytes()


def _own_texts(owner: Distribution) -> list[str]:
    """The licence files among a distribution's metadata, in the order of their names."""
    wanted = re.compile(
        r"\.dist-info/(licenses/.+|(LICEN[CS]E|COPYING|NOTICE)[^/]*)$", re.IGNORECASE
    )
    files = sorted(str(file.locate()) for file in owner.files or () if wanted.search(str(file)))
    return [Path(file).read_text("utf-8", errors="replace") for file in files]


def common_texts(names: tuple[str, ...]) -> tuple[str, ...]:
    """The texts of :data:`release.licences.TEXTS` by name."""
    return tuple((TEXTS / f"{name}.txt").read_text("utf-8") for name in names)


def _source(owner: Distribution) -> str:
    named = [line.split(", ", 1) for line in owner.metadata.get_all("Project-URL") or ()]
    wanted = ("source", "source code", "repository", "homepage")
    addresses = {pair[0].lower(): pair[1] for pair in named if len(pair) == 2}
    found = next((addresses[name] for name in wanted if name in addresses), "")
    return found or _field(owner, "Home-page")


def _field(owner: Distribution, name: str) -> str:
    return next(iter(owner.metadata.get_all(name) or ()), "")
