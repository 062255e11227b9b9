"""Imports go one way: every contract of pyproject.toml holds, and each would notice a breach."""

import shutil
import subprocess
import sys
import sysconfig
import tomllib
from pathlib import Path

import pytest

from desktop_app.__main__ import COMMANDS

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("desktop_app", "model_export")

CONTRACTS = [
    contract["name"]
    for contract in tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"][
        "importlinter"
    ]["contracts"]
]

# Words of a contract's name → the file that breaks it and the line that does.
BREACHES = [
    ("One way", "desktop_app/core/records.py", "import desktop_app.state"),
    ("One way", "desktop_app/views/theme.py", "import desktop_app.worker"),
    ("One way", "desktop_app/worker.py", "import desktop_app.controller"),
    ("One way", "desktop_app/newcomer.py", "X = 1"),
    ("never imports the build step", "desktop_app/worker.py", "import model_export.resnet"),
    ("never imports the build step", "desktop_app/core/images.py", "import torch"),
    ("import Qt", "desktop_app/core/images.py", "import PySide6.QtGui"),
    ("import Qt", "desktop_app/commands/layers.py", "import desktop_app.views.theme"),
    ("import Qt", "desktop_app/worker.py", "from shiboken6 import isValid"),
    ("The build step uses", "model_export/resnet.py", "import desktop_app.state"),
    ("The build step uses", "model_export/resnet.py", "import PySide6.QtCore"),
    ("Only onnx_runtime.py", "desktop_app/worker.py", "import onnxruntime"),
    ("Only onnx_runtime.py", "model_export/resnet.py", "import onnxruntime"),
]


def lint(folder: Path) -> str:
    """Run the linter on the packages in ``folder`` and return what it prints."""
    program = Path(sysconfig.get_path("scripts"), "lint-imports")
    done = subprocess.run(
        [program, "--no-logo", "--no-cache"],
        cwd=folder,
        check=False,
        capture_output=True,
        text=True,
        env={"PATH": "", "COLUMNS": "200"},
    )
    assert done.returncode in (0, 1), done.stderr
    return done.stdout


def verdict(contract: str, report: str) -> str:
    """Return KEPT or BROKEN of the contract."""
    line = next(line for line in report.splitlines() if line.startswith(contract))
    return line.rsplit(maxsplit=1)[1]


@pytest.fixture
def copied_packages(tmp_path: Path) -> Path:
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for package in PACKAGES:
        shutil.copytree(
            ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__")
        )
    return tmp_path


def test_every_contract_is_kept() -> None:
    report = lint(ROOT)
    assert {contract: verdict(contract, report) for contract in CONTRACTS} == dict.fromkeys(
        CONTRACTS, "KEPT"
    ), report


@pytest.mark.parametrize(("words", "path", "line"), BREACHES)
def test_breach_is_noticed(copied_packages: Path, words: str, path: str, line: str) -> None:
    (contract,) = (name for name in CONTRACTS if words in name)
    with (copied_packages / path).open("a", encoding="utf-8") as file:
        file.write(f"\n{line}\n")
    report = lint(copied_packages)
    assert verdict(contract, report) == "BROKEN", report


def test_every_contract_has_a_breach_that_is_tried() -> None:
    tried = {name for name in CONTRACTS for words, _, _ in BREACHES if words in name}
    assert tried == set(CONTRACTS)


@pytest.mark.parametrize("command", COMMANDS)
def test_headless_command_loads_neither_qt_nor_torch(command: str) -> None:
    script = (
        "import sys\n"
        "from desktop_app.__main__ import main\n"
        "try:\n"
        f"    main([{command!r}, '--help'])\n"
        "except SystemExit:\n"
        "    pass\n"
        f"assert 'desktop_app.commands.{command}' in sys.modules\n"
        "unwanted = {'PySide6', 'shiboken6', 'torch'} & set(sys.modules)\n"
        "assert not unwanted, unwanted\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
