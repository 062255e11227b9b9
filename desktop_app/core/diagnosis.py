"""What is installed here, which provider runs and why: one record for ``doctor`` and About.

Plain frozen values, so that it may cross a thread. :mod:`diagnosing` finds them, and
:mod:`diagnosis_text` makes words and JSON of them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from desktop_app.core.providers import Gpu
from desktop_app.core.records import Provider

PROGRAM: Final = "residual-lens"
"""The program's own name among the versions."""
Flavour = Literal["cpu", "gpu"]


@dataclass(frozen=True, slots=True)
class Searched:
    """One place where CUDA's libraries were looked for.

    Attributes:
        place: Its name.
        folder: The folder that a person would name; empty where there are many.
        found: Names of the libraries that are there.
        is_there: Whether the folder is.
    """

    place: str
    folder: str
    found: tuple[str, ...]
    is_there: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """What was found.

    Attributes:
        versions: Of the program and what it stands on, by name.
        flavour: Whether ONNX Runtime is its GPU or its CPU build.
        frozen: Whether this is the packaged program, not Python with our source.
        portable: Whether everything is kept beside the program.
        system: Name, release and machine.
        memory_bytes: Physical memory, 0 where unknown.
        cores: That this process may use.
        gpu: What the NVIDIA driver tells; None without driver or GPU.
        cuda: What became of a trial on CUDA.
        searched: The places, the first one first; empty for the CPU build.
        missing: Libraries that were tried for and are nowhere.
        refused: Files that are there and could not be opened, each with the loader's words.
        others: Files of missing libraries in another version.
        models: Names for ``--model``.
        paths: Where the program keeps things, by name.
        desktop: What only the window knows of the desktop, by name.
    """

    versions: Mapping[str, str]
    flavour: Flavour
    frozen: bool
    portable: bool
    system: str
    memory_bytes: int
    cores: int
    gpu: Gpu | None
    cuda: Provider
    searched: tuple[Searched, ...]
    missing: tuple[str, ...]
    refused: tuple[tuple[str, str], ...]
    others: tuple[str, ...]
    models: tuple[str, ...]
    paths: Mapping[str, str]
    desktop: Mapping[str, str] = field(default_factory=dict)
