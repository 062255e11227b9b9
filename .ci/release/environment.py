"""The clean environments that the program is frozen from: its own dependencies and PyInstaller.

What else is installed (torch, the tests' libraries) would be found by PyInstaller and bundled.
"""

import hashlib
import json
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Mapping, Sequence
from importlib.metadata import distributions
from pathlib import Path
from typing import Any, Final

from packaging.requirements import Requirement

from release.flavours import FLAVOURS, ROOT, Flavour

_STAMP: Final = "residual-lens.json"
_RUNTIMES: Final = frozenset(flavour.runtime for flavour in FLAVOURS.values())


def requirements(document: Mapping[str, Any], flavour: Flavour) -> list[str]:
    """What a flavour's environment holds, as pip's requirement strings.

    Args:
        document: pyproject.toml, parsed.
        flavour: Decides which distribution of ONNX Runtime it is; both share one folder.
    """
    project = document["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["package"]]
    others = [text for text in wanted if Requirement(text).name not in _RUNTIMES]
    versions = {
        str(requirement.specifier)
        for requirement in map(Requirement, project["dependencies"])
        if requirement.name in _RUNTIMES
    }
    (version,) = versions  # both distributions are of one version, or this cannot choose
    return [*others, f"{flavour.runtime}{version}"]


def prepare(flavour: Flavour) -> Path:
    """Make the environment of ``flavour``, unless it is there as asked for.

    Returns:
        Its Python.

    Raises:
        subprocess.CalledProcessError: venv or pip failed; they have said why.
    """
    document = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    wanted = requirements(document, flavour)
    folder = flavour.environment
    python = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    stamp, content = folder / _STAMP, json.dumps([sys.version, str(folder), _digest(wanted)])
    if stamp.is_file() and stamp.read_text("utf-8") == content:
        return python
    print(f"making a clean environment for {flavour.name}: {folder.relative_to(ROOT)}", flush=True)
    shutil.rmtree(folder, ignore_errors=True)
    subprocess.run([_base_python(), "-m", "venv", str(folder)], check=True)
    pip = [str(python), "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    subprocess.run([*pip, "--progress-bar", "off", *wanted], check=True)
    stamp.write_text(content, "utf-8")
    return python


def versions(flavour: Flavour) -> list[str]:
    """What lies in the environment of ``flavour`` now, as pip's requirements, sorted.

    pyproject.toml names ranges, and pip takes the newest of the day: this says which.
    """
    places = [*flavour.environment.glob("lib/python*/site-packages")]
    places += flavour.environment.glob("Lib/site-packages")  # on Windows
    found = distributions(path=[str(place) for place in places])
    return sorted({f"{entry.name}=={entry.version}" for entry in found}, key=str.lower)


def _base_python() -> str:
    """The Python behind the environment that this runs in: a venv made from a venv inherits it."""
    return str(Path(sys.base_prefix) / "python.exe" if sys.platform == "win32" else _unix_python())


def _unix_python() -> Path:
    name = f"python{sys.version_info.major}.{sys.version_info.minor}"
    candidate = Path(sys.base_prefix) / "bin" / name
    return candidate if candidate.exists() else Path(sys.executable).resolve()


def _digest(wanted: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(wanted).encode()).hexdigest()
