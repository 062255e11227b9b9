"""Opens CUDA's and cuDNN's libraries wherever they lie, and says where that was.

ONNX Runtime opens its CUDA provider by name, and the provider its libraries. A library that this
process holds already is taken as it is, so whatever is opened here first counts, also from a
folder that the system knows nothing of. Each library is taken from the first place where it
opens. The loader is an argument: tests pretend any machine.
"""

import ctypes
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from desktop_app.core.cuda_libraries import Library, Place

LibraryLoader = Callable[[str], Any]
"""Opens a shared library by name or path, or raises OSError."""


@dataclass(frozen=True, slots=True)
class Found:
    """A library that is there.

    Attributes:
        library: Which.
        place: The place's name.
        path: The file; None where the system's loader knew it by name.
    """

    library: Library
    place: str
    path: Path | None


@dataclass(frozen=True, slots=True)
class Refused:
    """A file that is there and cannot be opened, and the loader's words."""

    path: Path
    why: str


@dataclass(frozen=True, slots=True)
class CudaLibraries:
    """What the search came to.

    Attributes:
        found: In the order of loading.
        missing: Those that a convolutional network needs and that are nowhere.
        refused: Files that could not be opened.
        others: Files of the missing ones in another version.
    """

    found: tuple[Found, ...] = ()
    missing: tuple[Library, ...] = ()
    refused: tuple[Refused, ...] = ()
    others: tuple[Path, ...] = ()

    @property
    def sources(self) -> tuple[str, ...]:
        """Where the needed ones came from: folders, and "the system" where only it knows."""
        folders = (
            "the system" if found.path is None else str(_root(found.path.parent))
            for found in self.found
            if found.library.needed
        )
        return tuple(dict.fromkeys(folders))

    def obstacle(self) -> str:
        """Why CUDA cannot run with these, after "a GPU is there, but"; empty when it can."""
        if not self.missing:
            return ""
        for library in self.missing:
            if other := self._other_major(library):
                return (
                    f"its libraries are of {library.family} {other}, "
                    f"not {library.family} {library.major}"
                )
        named = [library.name for library in self.missing]
        if cannot := [refused for refused in self.refused if refused.path.name in named]:
            return f"{cannot[0].path.name} cannot be loaded"
        if any(found.library.needed for found in self.found) and len(named) == 1:
            return f"{named[0]} is not"
        lacking = {library.family or "CUDA" for library in self.missing}
        return ("cuDNN is" if lacking == {"cuDNN"} else "CUDA's libraries are") + " not"

    def _other_major(self, library: Library) -> int | None:
        """The version of a missing library's product that is there in its place."""
        if not library.family:
            return None
        majors = (_major(path.name) for path in self.others if path.match(library.pattern))
        return next((major for major in majors if major not in (None, library.major)), None)


def load_libraries(
    libraries: Iterable[Library],
    places: Sequence[Place],
    load: LibraryLoader = ctypes.CDLL,
) -> CudaLibraries:
    """Open each library from the first place that has it and can.

    Args:
        libraries: In the order of loading.
        places: The first one first.
        load: Opens a shared library or raises OSError.
    """
    found: list[Found] = []
    missing: list[Library] = []
    refused: list[Refused] = []
    for library in libraries:
        here, failures = _load(library, places, load)
        refused += failures
        if here is not None:
            found.append(here)
        elif library.needed:
            missing.append(library)
    others = tuple(path for library in missing for path in _other_versions(library, places))
    return CudaLibraries(tuple(found), tuple(missing), tuple(refused), others)


def lying_in(place: Place, libraries: Iterable[Library]) -> tuple[str, ...]:
    """Names of the libraries that lie in a place's folders. Opens nothing."""
    return tuple(
        library.name
        for library in libraries
        if any(_is_file(folder / library.name) for folder in place.folders)
    )


def _load(
    library: Library, places: Sequence[Place], load: LibraryLoader
) -> tuple[Found | None, list[Refused]]:
    refused: list[Refused] = []
    for place in places:
        if place.by_name and _opens(library.name, load) is None:
            return Found(library, place.name, None), refused
        for folder in place.folders:
            path = folder / library.name
            if not _is_file(path):
                continue
            if (why := _opens(str(path), load)) is None:
                return Found(library, place.name, path), refused
            refused.append(Refused(path, why))
    return None, refused


def _opens(name: str, load: LibraryLoader) -> str | None:
    """None when the library opened, else the loader's words."""
    try:
        load(name)
    except OSError as error:
        return str(error)
    return None


def _is_file(path: Path) -> bool:
    """Whether there is a file; a folder that cannot be read holds none."""
    try:
        return path.is_file()
    except OSError:
        return False


def _other_versions(library: Library, places: Sequence[Place]) -> list[Path]:
    folders = dict.fromkeys(folder for place in places for folder in place.folders)
    files = (path for folder in folders for path in sorted(folder.glob(library.pattern)))
    return [path for path in files if path.name != library.name and _major(path.name)]


def _major(name: str) -> int | None:
    """Of ``libcublas.so.12.8.4`` or ``cublas64_12.dll``, 12."""
    number = re.search(r"(?:\.so\.|64_)(\d+)", name)
    return int(number[1]) if number else None


def _root(folder: Path) -> Path:
    """The folder that a person would name: that of all wheels, for one inside a wheel."""
    for parent in folder.parents:
        if parent.name == "nvidia" and len(folder.relative_to(parent).parts) <= 3:
            return parent.parent
    return folder
