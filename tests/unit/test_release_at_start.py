"""What the frozen program's environment becomes before anything else runs."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

HOOK = Path(__file__).parents[2] / ".ci" / "release" / "at_start.py"
SHOW = (
    "import json, os, runpy, sys; runpy.run_path(sys.argv[1]); print(json.dumps(dict(os.environ)))"
)

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere little is to be done")


def settled(**variables: str) -> dict[str, str]:
    """The environment after the hook, of a Python that leaves its own locale alone."""
    done = subprocess.run(
        [sys.executable, "-s", "-X", "utf8=0", "-c", SHOW, str(HOOK)],
        check=True,
        capture_output=True,
        text=True,
        env={"PYTHONCOERCECLOCALE": "0", **variables},
    )
    environment: dict[str, str] = json.loads(done.stdout)
    return environment


def test_other_programs_get_back_the_library_path_that_the_user_had() -> None:
    ours = {"LD_LIBRARY_PATH": "/program/_internal"}
    assert settled(**ours, LD_LIBRARY_PATH_ORIG="/user")["LD_LIBRARY_PATH"] == "/user"
    assert {"LD_LIBRARY_PATH", "LD_LIBRARY_PATH_ORIG"}.isdisjoint(settled(**ours))


def test_plugins_of_the_desktops_qt_are_not_taken() -> None:
    desktop = {"QT_PLUGIN_PATH": "/usr/lib/qt6", "QT_QPA_PLATFORM_PLUGIN_PATH": "/usr/lib/qt6"}
    assert desktop.keys().isdisjoint(settled(**desktop))


def test_the_modules_of_pyside_are_not_deleted() -> None:
    assert "SBK_EMBED" not in settled(SBK_EMBED="1")


def test_garbage_is_looked_for_again_once_a_command_runs() -> None:
    shown = (
        "import gc, runpy, sys; runpy.run_path(sys.argv[1]); print(gc.isenabled()); "
        "from desktop_app.__main__ import main; main(['models']); print(gc.isenabled())"
    )
    done = subprocess.run(
        [sys.executable, "-c", shown, str(HOOK)],
        cwd=HOOK.parents[2],
        check=True,
        capture_output=True,
        text=True,
    )
    lines = done.stdout.splitlines()
    assert (lines[0], lines[-1]) == ("False", "True")


@pytest.mark.parametrize(
    ("variables", "character_type"),
    [
        ({}, "C.UTF-8"),
        ({"LANG": "C"}, "C.UTF-8"),
        ({"LC_CTYPE": "POSIX", "LANG": "en_GB.UTF-8"}, "C.UTF-8"),
        ({"LANG": "en_GB.UTF-8"}, None),
        ({"LC_ALL": "C"}, None),
    ],
)
def test_a_locale_that_nobody_chose_is_utf_8(
    variables: dict[str, str], character_type: str | None
) -> None:
    assert settled(**variables).get("LC_CTYPE") == character_type


def test_a_home_that_is_not_set_is_the_systems() -> None:
    environment = {name: value for name, value in os.environ.items() if name != "HOME"}
    known = subprocess.run(
        [sys.executable, "-c", "import os; print(os.path.expanduser('~'))"],
        check=True,
        capture_output=True,
        text=True,
        env=environment,
    ).stdout.strip()
    assert settled()["HOME"] == known
    assert settled(HOME="/elsewhere")["HOME"] == "/elsewhere"
