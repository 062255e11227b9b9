"""The whole story on a machine without Python: install, look at a photo, quit, purge, all gone.

In order: the tests up to the last use one installation, the last takes it away. Each can be run
alone.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from tests.e2e.companion import Companion
from tests.e2e.conftest import keep_evidence
from tests.e2e.lens import Lens
from tests.e2e.screen import Screen
from tests.frozen.bare_root import CACHE, USER, BareRoot, make_bare_root, obstacle
from tests.frozen.conftest import VARIABLES
from tests.frozen.pictures import LABEL
from tests.frozen.program import predictions, tracing
from tests.frozen.snapshot import Snapshot, differences, take_snapshot
from tests.frozen.window import (
    FOLDER,
    LAYER,
    OUR_FOLDER,
    StartWindow,
    open_layer,
    settings_in,
    strangers_in,
    wait_until_painted,
    words_of_worry,
)
from tests.traces import Trace

pytestmark = [pytest.mark.package, pytest.mark.timeout(900)]

PHOTO: Final = Path("/home", USER, "My photo.jpg")
HOME: Final = f"/home/{USER}"
PERSON: Final = f"{USER}:{USER}"
USUAL: Final = {"HOME": f"/home/{USER}", "LANG": "C.UTF-8", "PATH": "/usr/bin:/bin"}

LEFT_BY_OTHERS: Final = {
    "/etc/group": "dbus made a system user, which Debian's packages never remove",
    "/etc/group-": "the same",
    "/etc/gshadow": "the same",
    "/etc/gshadow-": "the same",
    "/etc/passwd": "the same",
    "/etc/passwd-": "the same",
    "/etc/shadow": "the same",
    "/etc/shadow-": "the same",
    "/run/adduser": "the same; gone at the next start of the machine",
    "/var/cache/debconf/config.dat-old": "debconf's copy of its own file",
    "/var/cache/debconf/templates.dat-old": "debconf's copy of its own file",
}


def package() -> Path:
    """The ``.deb`` that is tested."""
    return Path(os.environ[VARIABLES["package"]])


def package_name() -> str:
    """Its name: of the CPU's flavour or the GPU's."""
    return package().name.split("_", maxsplit=1)[0]


def other_flavour() -> str:
    """The name of the package that cannot be installed at the same time."""
    return "residual-lens-gpu" if package_name() == "residual-lens" else "residual-lens"


@dataclass(frozen=True)
class Machine:
    """A bare Debian, and what it held before anything was installed."""

    root: BareRoot
    before: Snapshot

    def packages(self) -> list[str]:
        """Return the names of all packages that dpkg knows of, also of those half removed."""
        listed = self.root.administer("dpkg-query", "-W", "-f", "${Package}\\n")
        return listed.split()

    def pythons(self) -> list[str]:
        """Return interpreters, their libraries and modules; the program's own are another's."""
        names = r".*/(bin/python|libpython|lib/python)[^/]*"
        found = self.root.administer("find", "/", "-xdev", "-regextype", "egrep", "-regex", names)
        return [line for line in found.splitlines() if not line.startswith("/usr/lib/residual-")]


@pytest.fixture(scope="module")
def machine(photo: Path) -> Iterator[Machine]:
    """The bare Debian, made afresh, with one photo in the home of its one user."""
    if reason := obstacle():
        pytest.fail(f"the package is not tested: {reason}", pytrace=False)
    folder = CACHE / "root"
    shutil.rmtree(folder, ignore_errors=True)
    root = make_bare_root(folder)
    shutil.copy(photo, root.inside(PHOTO))
    yield Machine(root, take_snapshot(folder))
    shutil.rmtree(folder)


@pytest.fixture
def installed(machine: Machine) -> Machine:
    """With the package installed as a person would: by apt, with what it recommends."""
    if package_name() not in machine.packages():
        install(machine.root, package())
    return machine


def install(root: BareRoot, package: Path) -> str:
    """Carry ``package`` into the root, install it with what it depends on, take it away again."""
    inside = Path("/var/tmp", package.name)  # noqa: S108 - nobody else is there
    shutil.copy(package, root.inside(inside))
    try:
        return root.apt_get("install", str(inside))
    finally:
        root.inside(inside).unlink()


@pytest.fixture
def start_window(
    installed: Machine,
    screen: Screen,
    companion: Companion,
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> Iterator[StartWindow]:
    """Start the installed program as the root's user, traced into ``trace``."""
    with ExitStack() as stack:

        def start(*words: str, variables: Mapping[str, str]) -> Lens:
            enter = installed.root.command(
                *words, user=PERSON, variables={"DISPLAY": screen.name, **variables}
            )
            lens = Lens(
                screen,
                companion,
                home=installed.root.home,
                log=tmp_path / "window.log",
                command=[*tracing(tmp_path / "trace", detached=True), *enter],
                variables={},
                artefacts=FOLDER / f"bare-debian-{request.node.callspec.id}",
            )
            stack.callback(lens.kill)
            stack.callback(keep_evidence, lens, request.node)
            return lens

        yield start


def test_before_and_after_installing_there_is_no_python(machine: Machine) -> None:
    assert machine.pythons() == []
    install(machine.root, package())
    assert machine.pythons() == []
    assert [name for name in machine.packages() if "python" in name] == []
    assert machine.root.administer("dpkg", "--audit") == ""


def test_a_photo_is_classified_with_nothing_set(installed: Machine) -> None:
    words = ["/usr/bin/residual-lens", "classify", str(PHOTO), "--format", "json"]
    reports = json.loads(installed.root.run(*words, user=PERSON))
    assert predictions(reports)[0][1][0] == LABEL
    assert differences(installed.before, take_snapshot(installed.root.path), within=HOME) == []


def test_every_library_of_the_program_is_found(installed: Machine) -> None:
    """Also of those that nothing here opens, like a Wayland desktop's."""
    script = r"""
    cd /usr/lib/residual-lens/_internal || exit 1
    export LD_LIBRARY_PATH=$PWD
    find . -name '*.so*' -type f ! -name libonnxruntime_providers_cuda.so |
        while read -r library; do echo "$library:"; ldd "$library" 2>&1; done
    """  # NVIDIA's libraries, which CUDA's provider needs, are in no Debian
    told = installed.root.administer("sh", "-c", script).splitlines()
    assert sum(line.endswith(":") for line in told) > 100, "it did not look"
    assert sum("=> /lib/" in line for line in told) > 100, "it did not understand"
    assert [line for line in told if "not found" in line] == []


@pytest.mark.parametrize("variables", [USUAL, {}], ids=["usual", "nothing-set"])
def test_window_photo_prediction_layer_and_quit(
    variables: dict[str, str], start_window: StartWindow, installed: Machine, tmp_path: Path
) -> None:
    home = installed.root.home
    for name in (".cache", ".config", ".local"):
        shutil.rmtree(home / name, ignore_errors=True)
    at_first = strangers_in(home)
    lens = start_window("/usr/bin/residual-lens", variables=variables)
    wait_until_painted(lens, "empty")
    lens.drop(PHOTO)
    assert lens.wait_for_top(LABEL)[0][1] > 90
    lens.screenshot("predicted")
    open_layer(lens)
    assert lens.quit() == 0
    assert settings_in(home)["layer"] == LAYER
    assert words_of_worry(lens) == []
    trace = Trace(tmp_path / "trace")
    trace.wait_for_end(lens.process.pid)
    assert trace.opened("libQt6Widgets") != [], "the trace saw nothing at all"
    assert trace.internet() == []
    assert strangers_in(home) == at_first


def test_an_older_version_and_the_other_flavour_give_way(machine: Machine, tmp_path: Path) -> None:
    """Both are played by packages of one file, where the program has none any more."""
    root, old_file = machine.root, Path("/usr/lib/residual-lens/_internal/of-old.so")
    settings = machine.root.home / ".config" / OUR_FOLDER / "settings.json"
    settings.parent.mkdir(parents=True, exist_ok=True)
    settings.write_text("{}")
    for name, version in ((package_name(), "0.0.1"), (other_flavour(), "99")):
        root.apt_get("purge", *{package_name(), other_flavour()} & set(machine.packages()))
        install(root, small_package(tmp_path / name, name, version, old_file))
        assert root.inside(old_file).exists()
        install(root, package())
        assert not root.inside(old_file).exists()
        assert {package_name(), other_flavour()} & set(machine.packages()) == {package_name()}
        assert "residual-lens" in root.run("/usr/bin/residual-lens", "--version", user=PERSON)
    assert settings.read_text() == "{}"
    shutil.rmtree(settings.parent)


def small_package(folder: Path, name: str, version: str, file: Path) -> Path:
    """Make a ``.deb`` of one file."""
    inside = folder / file.relative_to("/")
    inside.parent.mkdir(parents=True)
    inside.write_text("of old")
    (folder / "DEBIAN").mkdir(mode=0o755)
    fields = {"Package": name, "Version": version, "Architecture": "amd64", "Description": "old",
              "Maintainer": "Nobody <nobody@localhost>"}  # fmt: skip
    control = "".join(f"{field}: {value}\n" for field, value in fields.items())
    (folder / "DEBIAN" / "control").write_text(control)
    made = folder.with_name(f"{name}_{version}_amd64.deb")
    subprocess.run(["dpkg-deb", "--build", str(folder), str(made)], check=True, capture_output=True)
    return made


def test_purged_nothing_is_left_but_what_the_user_made(installed: Machine) -> None:
    installed.root.apt_get("purge", package_name())
    installed.root.apt_get("autoremove", "--purge")
    assert package_name() not in installed.packages()
    changed = differences(installed.before, take_snapshot(installed.root.path))
    unexplained = [line for line in changed if line.split(":")[0] not in LEFT_BY_OTHERS]
    assert [line for line in unexplained if not line.startswith(f"{HOME}/")] == []
    users = installed.root.inside(Path("/etc/passwd")).read_text()
    assert OUR_FOLDER not in users
