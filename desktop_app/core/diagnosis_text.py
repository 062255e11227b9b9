"""A diagnosis in words, for a terminal, a window and the clipboard, and as JSON.

The JSON fields of the first version (``versions``, ``system``, ``providers``, ``models``,
``paths``, ``telemetry``) are relied on from outside and stay; others may join them.
"""

from collections.abc import Iterator
from typing import Any, Final

from tabulate import tabulate

from desktop_app.core.cuda_libraries import wanted_libraries
from desktop_app.core.diagnosis import PROGRAM, Diagnosis, Searched
from desktop_app.core.records import Provider, Remedy

Rows = list[tuple[str, str]]
_GIB: Final = 2**30


def as_json(diagnosis: Diagnosis) -> dict[str, Any]:
    """Everything, as plain JSON values."""
    cuda, gpu = diagnosis.cuda, diagnosis.gpu
    remedy = cuda.remedy or Remedy(what="")
    what_to_do = f"{remedy.what}: {remedy.command}" if remedy.command else remedy.what
    return {
        "versions": dict(diagnosis.versions),
        "flavour": diagnosis.flavour,
        "frozen": diagnosis.frozen,
        "portable": diagnosis.portable,
        "system": diagnosis.system,
        "memory_bytes": diagnosis.memory_bytes,
        "cores": diagnosis.cores,
        "gpu": None
        if gpu is None
        else {
            "name": gpu.name,
            "driver": gpu.driver,
            "cuda": _dotted(gpu.cuda),
            "compute_capability": _dotted(gpu.capability),
        },
        "providers": {
            "cpu": {"usable": True, "why": "always there"},
            "cuda": {
                "usable": cuda.name == "cuda",
                "why": _why(cuda),
                "what_to_do": what_to_do,
                "command": remedy.command,
                "otherwise": remedy.otherwise,
            },
        },
        "cuda_libraries": {
            "needed": [each.name for each in wanted_libraries() if each.needed],
            "searched": [
                {"place": each.place, "folder": each.folder, "found": list(each.found)}
                for each in diagnosis.searched
            ],
            "missing": list(diagnosis.missing),
            "refused": [{"path": path, "why": why} for path, why in diagnosis.refused],
            "other_versions": list(diagnosis.others),
        },
        "models": list(diagnosis.models),
        "paths": dict(diagnosis.paths),
        **({"desktop": dict(diagnosis.desktop)} if diagnosis.desktop else {}),
        "telemetry": "off",
    }


def as_text(diagnosis: Diagnosis) -> str:
    """Everything, as a table in plain text without a line's end."""
    rows = [row for _, group in sections(diagnosis) for row in group]
    return tabulate(rows, tablefmt="plain")


def sections(diagnosis: Diagnosis) -> list[tuple[str, Rows]]:
    """The rows under their headings. A row without a name goes on with the one before it."""
    return [
        ("What runs", list(_running(diagnosis))),
        ("Versions", _versions(diagnosis)),
        ("This machine", list(_machine(diagnosis))),
        ("Models and places", list(_places(diagnosis))),
    ]


def _versions(diagnosis: Diagnosis) -> Rows:
    return [(name, version) for name, version in diagnosis.versions.items() if name != PROGRAM]


def _running(diagnosis: Diagnosis) -> Iterator[tuple[str, str]]:
    cuda = diagnosis.cuda
    how = "frozen" if diagnosis.frozen else "from source"
    kept = ", portable" if diagnosis.portable else ""
    build = f"{diagnosis.flavour.upper()} build, {how}{kept}"
    yield PROGRAM, f"{diagnosis.versions[PROGRAM]}, {build}"
    yield "cpu provider", "usable: always there"
    usable = "usable" if cuda.name == "cuda" else "not usable"
    yield "cuda provider", f"{usable}: {_why(cuda)}"
    if cuda.remedy is not None:
        yield "", f"{cuda.remedy.what}{':' if cuda.remedy.command else '.'}"
        for line in (cuda.remedy.command, cuda.remedy.otherwise):
            if line:
                yield "", line
    names = [_place_words(each) for each in diagnosis.searched]
    yield from zip(["CUDA libraries", *[""] * len(names)], names, strict=False)
    if diagnosis.missing:
        yield "missing", ", ".join(diagnosis.missing)
    for path, why in diagnosis.refused:
        yield "cannot be loaded", f"{path}: {why}"
    if diagnosis.others:
        yield "other versions", ", ".join(diagnosis.others)


def _machine(diagnosis: Diagnosis) -> Iterator[tuple[str, str]]:
    yield "system", diagnosis.system
    memory = f"{diagnosis.memory_bytes / _GIB:.1f} GiB of memory"
    cores = f"{diagnosis.cores} core{'' if diagnosis.cores == 1 else 's'}"
    yield "hardware", f"{cores}, {memory}" if diagnosis.memory_bytes else cores
    if (gpu := diagnosis.gpu) is not None:
        driver = f"driver {gpu.driver} for" if gpu.driver else "its driver knows"
        capability = f"compute capability {_dotted(gpu.capability)}"
        yield "GPU", f"{gpu.name}, {driver} CUDA {_dotted(gpu.cuda)}, {capability}"
    yield from diagnosis.desktop.items()


def _places(diagnosis: Diagnosis) -> Iterator[tuple[str, str]]:
    yield "models", ", ".join(diagnosis.models) or "none"
    yield from diagnosis.paths.items()
    yield "telemetry", "off"


def _why(cuda: Provider) -> str:
    if cuda.name == "cuda" and cuda.device:
        return cuda.reason.replace("an NVIDIA GPU", cuda.device, 1)
    return cuda.reason


def _place_words(searched: Searched) -> str:
    needed = {each.name for each in wanted_libraries() if each.needed}
    lying = set(searched.found)
    found = "all that are needed" if needed <= lying else ", ".join(searched.found) or "none"
    if not searched.is_there:
        found = "no such folder"
    folder = f" {searched.folder}" if searched.folder else ""
    return f"in {searched.place}{folder}: {found}"


def _dotted(version: tuple[int, int]) -> str:
    return ".".join(map(str, version))
