#!/usr/bin/env python3
"""Set up everything a fresh machine lacks, then run the program, the tests or the build.

    python3 dev.py app  [ARGUMENTS OF residual-lens]
    python3 dev.py test [ARGUMENTS OF pytest; --cov alone: all tests, and which lines they reach]
    python3 dev.py check
    python3 dev.py build [--help]

Standard library only. Three steps, each skipped where there is nothing to do: Debian's shared
libraries (installed with apt-get when allowed, else the exact line is printed), the virtual
environment ``.venv``, the project with its dependencies. A stamp in ``.venv`` says what was
installed, so a second call starts at once.
"""

from __future__ import annotations  # so that an old Python gets as far as the version check

import ctypes
import hashlib
import importlib.util
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parent
OLDEST_PYTHON: Final = (3, 11)
DEVELOPMENT_EXTRAS: Final = ("build", "dev")
RELEASE_EXTRAS: Final = ("release",)
FROZEN_VARIABLE: Final = "RESIDUAL_LENS_FROZEN"
"""Tells ``tests/frozen`` in which folder the frozen program is."""

# What Qt loads at run time, shared library → Debian package. The first are needed even offscreen.
QT_LIBRARIES: Final = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libX11.so.6": "libx11-6",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libglib-2.0.so.0": "libglib2.0-0",
}
WINDOW_LIBRARIES: Final = {
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
}
SCREEN_PROGRAMS: Final = {"Xvfb": "xvfb", "xauth": "xauth", "xdotool": "xdotool"}
TRACING_PROGRAMS: Final = {"strace": "strace"}
"""Shows what was tried on the network; its tests are skipped without it."""
BUILD_PROGRAMS: Final = (
    {
        "objdump": "binutils",
        "strip": "binutils",
        "gcc": "gcc",
        "patchelf": "patchelf",
        "zstd": "zstd",
    }
    if sys.platform == "linux"
    else {}
)
"""PyInstaller reads libraries with the first; the second makes Python's own smaller; the third
compiles what takes the place of the encoder x265; patchelf mends search paths; zstd compresses the
archive."""
DEBIAN_PROGRAMS: Final = {"dpkg-shlibdeps": "dpkg-dev"}
"""What makes the Debian package."""
DEBIAN_CHECKERS: Final = {
    "appstreamcli": "appstream",
    "desktop-file-validate": "desktop-file-utils",
    "lintian": "lintian",
}
"""What judges it, for ``--test``."""
BARE_DEBIAN_PROGRAMS: Final = {"debootstrap": "debootstrap"}
"""What makes the root that it is installed into, for ``--test``."""
WAYLAND_LIBRARIES: Final = {
    "libwayland-client.so.0": "libwayland-client0",
    "libwayland-cursor.so.0": "libwayland-cursor0",
    "libwayland-egl.so.1": "libwayland-egl1",
}
"""Qt's other platform; to tell what a package depends on, the build has to find all libraries."""

UNPACKING: Final = "Installing collected packages:"
"""From this line on pip changes the environment."""

CHECKS: Final = (
    ("ruff", "check"),
    ("ruff", "format", "--check"),
    ("mypy",),
    ("lint-imports", "--no-logo"),
)


class SetupError(Exception):
    """A step of the set-up that failed; the message says why and what to do."""


class CommandError(SetupError):
    """A program that the set-up called ended non-zero; ``output`` is all it said."""

    def __init__(self, command: Sequence[str], output: str) -> None:
        self.output = output
        last_lines = "\n".join(output.rstrip().splitlines()[-40:])
        super().__init__(f"this failed: {shlex.join(command)}\n{last_lines}")


def say(message: str) -> None:
    """Print one line of our own at once, in order with what other programs print."""
    print(f"dev: {message}", flush=True)


# --- the machine ----------------------------------------------------------------------------------


def missing_libraries(libraries: Mapping[str, str]) -> list[str]:
    """Return the packages of those ``libraries`` (soname → package) that cannot be loaded."""
    missing = []
    for soname, package in libraries.items():
        try:
            ctypes.CDLL(soname)
        except OSError:
            missing.append(package)
    return missing


def missing_programs(programs: Mapping[str, str]) -> list[str]:
    """Return the packages of those ``programs`` (name → package) that are not on the path."""
    return [package for name, package in programs.items() if shutil.which(name) is None]


def apt_prefix() -> list[str] | None:
    """Return what must stand before apt-get to be allowed to install; None where nothing helps."""
    if shutil.which("apt-get") is None:
        return None
    if os.geteuid() == 0:
        return []
    sudo = ["sudo", "-n"]
    return sudo if shutil.which("sudo") and succeeds([*sudo, "true"]) else None


def apt_install(packages: Sequence[str]) -> bool:
    """Install Debian ``packages`` if that is allowed; return whether they are there now."""
    prefix = apt_prefix()
    if prefix is None:
        return False
    say(f"installing Debian packages: {' '.join(packages)}")
    apt_get = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q"]
    install = ["-o", "DPkg::Lock::Timeout=120", "install", "-y", "--no-install-recommends"]
    try:
        try:
            run_quietly([*apt_get, *install, *packages])
        except CommandError:  # a fresh machine has no package lists, an old one has stale ones
            run_quietly([*apt_get, "update"])
            run_quietly([*apt_get, *install, *packages])
    except CommandError as error:
        say(str(error))
        return False
    return True


def provide_packages(packages: Sequence[str], *, purpose: str) -> bool:
    """Return whether ``packages`` are there, after trying; if not, print the line that helps."""
    if not packages or apt_install(packages):
        return True
    say(f"{purpose} needs libraries or programs that this machine lacks. On Debian or Ubuntu:")
    say(f"    sudo apt-get install --no-install-recommends {' '.join(packages)}")
    return False


def succeeds(command: Sequence[str]) -> bool:
    """Return whether ``command`` ends with zero; nothing of it is shown."""
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


def run_quietly(command: Sequence[str]) -> None:
    """Run ``command``, show how far pip has come, and keep its words for the case of failure.

    Raises:
        CommandError: It ended non-zero.
    """
    terminal = sys.stdout.isatty()
    lines: list[str] = []
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    ) as child:
        for line in child.stdout or ():
            lines.append(line)
            if terminal:
                width = shutil.get_terminal_size().columns - 3
                print(f"\r\x1b[K  {line.strip()[:width]}", end="", flush=True)
            elif milestone := pip_milestone(line):
                say(f"  {milestone}")
    if terminal:
        print("\r\x1b[K", end="", flush=True)
    if child.returncode != 0:
        raise CommandError(command, "".join(lines))


def pip_milestone(line: str) -> str | None:
    """Return what is worth telling of a line of pip's: a big download, or the unpacking."""
    if found := re.match(r"\s*Downloading (\S+?)-\d\S* \(([\d.]+ [MG]B)\)", line):
        name, size = found.groups()
        return f"downloading {name} ({size})" if size.endswith("GB") or len(size) > 6 else None
    if line.startswith(UNPACKING):
        return f"unpacking {line.count(',') + 1} package(s)"
    return None


# --- the virtual environment ----------------------------------------------------------------------


@dataclass(frozen=True)
class Stamp:
    """What a finished environment holds.

    Attributes:
        root: Where the project lay; an editable installation does not survive a move.
        interpreter: The Python behind it, links resolved; a distribution's upgrade changes it.
        extras: Sorted names of the installed extras.
        sha256: Over everything in pyproject.toml that an installation depends on.
    """

    root: str
    interpreter: str
    extras: list[str]
    sha256: str


@dataclass(frozen=True)
class Environment:
    """The virtual environment at ``path`` for the project at ``root``."""

    root: Path
    path: Path

    def program(self, name: str) -> Path:
        """Return the path of a program inside the environment."""
        if os.name == "nt":
            return self.path / "Scripts" / f"{name}.exe"
        return self.path / "bin" / name

    @property
    def stamp_file(self) -> Path:
        """Written last, when everything is installed."""
        return self.path / "residual-lens.json"

    @property
    def unfinished_file(self) -> Path:
        """Stands while work is going on: what a killed call leaves behind is made anew."""
        return self.path / "residual-lens.unfinished"

    def stamp(self) -> Stamp | None:
        """Return the stamp, or None where no finished environment is."""
        try:
            return Stamp(**json.loads(self.stamp_file.read_text("utf-8")))
        except (OSError, ValueError, TypeError):
            return None

    def wanted_stamp(self, extras: Iterable[str]) -> Stamp:
        """Return the stamp of an environment with ``extras`` as pyproject.toml stands now."""
        import tomllib  # noqa: PLC0415 - since Python 3.11, which main() checks first

        names = sorted(set(extras))
        document = tomllib.loads((self.root / "pyproject.toml").read_text("utf-8"))
        digest = hashlib.sha256(json.dumps(installed_part(document, names)).encode()).hexdigest()
        interpreter = self.program("python").resolve()
        return Stamp(str(self.root), str(interpreter), names, digest)

    def is_usable(self) -> bool:
        """Return whether pip can work on what is there (perhaps made by hand, without a stamp)."""
        python, stamp = self.program("python"), self.stamp()
        if self.unfinished_file.exists() or not python.exists():
            return False
        if stamp and (stamp.root, stamp.interpreter) != (str(self.root), str(python.resolve())):
            return False
        return succeeds([str(python), "-c", "import pip"])

    def create(self) -> None:
        """Make it, with pip in it, by whichever means this Python has.

        Raises:
            SetupError: Neither ensurepip nor pip is there, and apt-get may not be used.
        """
        has_ensurepip = importlib.util.find_spec("ensurepip") is not None
        has_pip = importlib.util.find_spec("pip") is not None
        if not has_ensurepip and not has_pip:
            package = f"python3.{sys.version_info.minor}-venv"  # Debian splits ensurepip off
            if not provide_packages([package], purpose="A virtual environment"):
                raise SetupError("without python3-venv or pip there is no way to go on")
            has_ensurepip = True
        say(f"making {self.path.name} with Python {sys.version.split()[0]} ({sys.executable})")
        shutil.rmtree(self.path, ignore_errors=True)
        self.path.mkdir()
        self.unfinished_file.touch()
        make = [sys.executable, "-m", "venv", str(self.path)]
        if has_ensurepip:
            run_quietly(make)
        else:
            run_quietly([*make, "--without-pip"])
            inside = ["--python", str(self.program("python"))]
            run_quietly([sys.executable, "-m", "pip", *inside, "install", "pip"])

    def install(self, extras: Sequence[str]) -> None:
        """Bring it to what pyproject.toml asks for with ``extras``; at once if it is there already.

        Extras that an earlier call installed stay: ``app`` after ``test`` takes nothing away.

        Raises:
            SetupError: pip or venv failed, with their words.
        """
        stamp = None if self.unfinished_file.exists() else self.stamp()
        together = {*extras, *(stamp.extras if stamp else ())}
        if stamp and stamp == self.wanted_stamp(together):
            return
        if not self.is_usable():
            self.create()
        wanted = self.wanted_stamp(together)
        what = f"{self.root}[{','.join(wanted.extras)}]" if wanted.extras else str(self.root)
        say(f"installing the project with its dependencies and {wanted.extras or 'no extras'}")
        self.unfinished_file.touch()
        # One call for all: torch's exact pin in the build extra lets pip prefer a local CPU wheel.
        pip = [str(self.program("python")), "-m", "pip", "--disable-pip-version-check"]
        try:
            run_quietly([*pip, "install", "--progress-bar", "off", "--editable", what])
        except CommandError as error:
            if UNPACKING not in error.output:  # no network, say: what was installed still works
                self.unfinished_file.unlink()
            raise
        self.stamp_file.write_text(json.dumps(asdict(wanted)), "utf-8")
        self.unfinished_file.unlink()


def installed_part(document: Mapping[str, Any], extras: Iterable[str]) -> list[Any]:
    """Return those parts of a pyproject ``document`` after whose change pip must run again."""
    project = document["project"]
    known = project.get("optional-dependencies", {})
    return [
        document["build-system"],
        document.get("tool", {}).get("hatch"),
        project["dependencies"],
        [known.get(name) for name in extras],
        project.get("scripts"),
    ]


# --- the commands ---------------------------------------------------------------------------------


def run_app(environment: Environment, arguments: Sequence[str]) -> int:
    """Set up what the program needs and start it in place of this process."""
    libraries = {**QT_LIBRARIES, **WINDOW_LIBRARIES} if sys.platform == "linux" else {}
    can_show = provide_packages(missing_libraries(libraries), purpose="The window")
    environment.install(())
    if not can_show:
        say("the program is set up, but cannot open its window before that is done")
        return 1
    command = [str(environment.program("python")), "-m", "desktop_app", *arguments]
    if os.name == "posix":
        sys.stdout.flush()
        os.execv(command[0], command)  # noqa: S606 - a shell would take the arguments apart
    return subprocess.call(command)  # Windows' exec would give the shell its prompt back at once


def run_tests(environment: Environment, arguments: Sequence[str]) -> int:
    """Set up what development needs, run the checks, then the tests; pytest has the last word.

    The whole suite, and whoever names ``tests/frozen``, also gets a frozen program to test.
    """
    selection = select_tests()
    checks_passed = run_checks(environment, ()) == 0
    froze = not wants_frozen_program(arguments) or freeze_for_tests(environment)
    coverage, named = split_coverage(arguments)
    if named:
        status = run_pytest(environment, [*selection, *arguments])
    else:
        status = run_whole_suite(environment, selection, coverage)
    return status or int(not checks_passed or not froze)


def split_coverage(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return which of pytest's ``arguments`` ask for coverage, and the others."""
    coverage = [argument for argument in arguments if argument.startswith("--cov")]
    return coverage, [argument for argument in arguments if argument not in coverage]


def run_pytest(environment: Environment, options: Sequence[str]) -> int:
    """Run what ``options`` select in one process and return pytest's exit status."""
    say("pytest")
    pytest = [str(environment.program("python")), "-m", "pytest"]
    return subprocess.call([*pytest, *options], cwd=environment.root)


def run_whole_suite(
    environment: Environment, selection: Sequence[str], coverage: Sequence[str]
) -> int:
    """Run pytest in two parts: what measures time alone, the rest on every core.

    Args:
        environment: Where pytest is.
        selection: Options that leave out what cannot run here.
        coverage: Options for the second part. Following every line nearly doubles its time.

    Returns:
        The worse exit status.
    """
    pytest = [str(environment.program("python")), "-m", "pytest"]
    say("pytest, the benchmarks")
    measured = subprocess.call([*pytest, *selection, "tests/benchmarks"], cwd=environment.root)
    say("pytest, everything else")
    side_by_side = ["--numprocesses=auto", "--dist=loadfile", "--ignore=tests/benchmarks"]
    command = [*pytest, *side_by_side, *selection, *coverage]
    # Else each process computes on every core, and they wait for each other.
    variables = {**os.environ, "OMP_NUM_THREADS": "1"}
    tested = subprocess.call(command, cwd=environment.root, env=variables)
    return tested or measured


def wants_frozen_program(arguments: Sequence[str]) -> bool:
    """Return whether pytest's ``arguments`` leave in what tests the frozen program."""
    if sys.platform != "linux" or FROZEN_VARIABLE in os.environ:
        return False
    _, named = split_coverage(arguments)
    return not named or any("frozen" in argument for argument in named)


def freeze_for_tests(environment: Environment) -> bool:
    """Freeze the program, unless nothing in it has changed, and tell its tests where it is.

    Returns:
        False where freezing failed. A machine that cannot do it leaves its tests out.
    """
    if not provide_packages(build_packages(with_tests=False), purpose="Freezing the program"):
        say("tests/frozen is left out until then")
        return True
    say("freezing the program, for tests/frozen")
    if release(environment, ["--program-only"]) != 0:
        say("tests/frozen is left out: freezing failed")
        return False
    os.environ[FROZEN_VARIABLE] = str(ROOT / "dist" / "cpu" / "residual-lens")
    return True


def select_tests() -> list[str]:
    """Return pytest's options that leave out what this machine cannot run, after trying to help."""
    if sys.platform != "linux":
        say("tests/e2e is left out: it needs an X server of its own")
        return ["--deselect=tests/e2e"]
    qt, window = missing_libraries(QT_LIBRARIES), missing_libraries(WINDOW_LIBRARIES)
    screen, tracing = (
        [*window, *missing_programs(SCREEN_PROGRAMS)],
        missing_programs(TRACING_PROGRAMS),
    )
    found = provide_packages([*qt, *screen, *tracing], purpose="Testing the window")
    if found or not (qt or screen):
        return []
    if not qt:
        say("tests/e2e is left out until then; tests/gui runs without a screen")
        return ["--deselect=tests/e2e"]
    say("tests/gui and tests/e2e are left out until then: Qt cannot be loaded")
    without_qt = ["-p", "no:pytest-qt", "-o", "addopts=--import-mode=importlib --strict-markers"]
    without_qt += ["-W", "ignore:Unknown config option:pytest.PytestConfigWarning"]  # qt_api
    return [*without_qt, "--ignore=tests/gui", "--ignore=tests/e2e"]


def run_checks(environment: Environment, arguments: Sequence[str]) -> int:
    """Set up what development needs and run the linter, formatter, type and import checks."""
    if arguments:
        raise SetupError(f"check takes no arguments, not {shlex.join(arguments)}")
    environment.install(DEVELOPMENT_EXTRAS)
    failed = []
    for name, *options in CHECKS:
        say(shlex.join([name, *options]))
        command = [str(environment.program(name)), *options]
        if subprocess.call(command, cwd=environment.root) != 0:
            failed.append(name)
    say(f"checks failed: {', '.join(failed)}" if failed else "all checks passed")
    return int(bool(failed))


def run_build(environment: Environment, arguments: Sequence[str]) -> int:
    """Set up what packing needs and make the packaged program, as ``.ci/release`` knows how to."""
    with_tests = "--test" in arguments
    if not provide_packages(build_packages(with_tests=with_tests), purpose="Building"):
        return 1
    environment.install(DEVELOPMENT_EXTRAS if with_tests else RELEASE_EXTRAS)
    return release(environment, arguments)


def release(environment: Environment, arguments: Sequence[str]) -> int:
    """Run ``.ci/release`` in ``environment`` and return its exit status."""
    command = [str(environment.program("python")), "-m", "release", *arguments]
    return subprocess.call(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT / ".ci")})


def build_packages(*, with_tests: bool) -> list[str]:
    """Return the Debian packages that a build needs and this machine lacks."""
    if sys.platform != "linux":
        return []
    missing = missing_programs(BUILD_PROGRAMS)
    if shutil.which("dpkg"):
        missing += missing_programs(DEBIAN_PROGRAMS)
        missing += missing_programs(DEBIAN_CHECKERS) if with_tests else []
    if with_tests:
        missing += missing_programs({**SCREEN_PROGRAMS, **TRACING_PROGRAMS, **BARE_DEBIAN_PROGRAMS})
    libraries = {**QT_LIBRARIES, **WINDOW_LIBRARIES, **WAYLAND_LIBRARIES}
    return [*dict.fromkeys([*missing, *missing_libraries(libraries)])]


COMMANDS: Final = {"app": run_app, "test": run_tests, "check": run_checks, "build": run_build}


def main(arguments: Sequence[str]) -> int:
    """Run the command that ``arguments`` name and return the exit status."""
    if sys.version_info < OLDEST_PYTHON:
        oldest = ".".join(map(str, OLDEST_PYTHON))
        say(f"this is Python {sys.version.split()[0]}; run it with Python {oldest} or newer")
        return 2
    if not arguments or arguments[0] not in COMMANDS:
        wanted = arguments and arguments[0] in {"-h", "--help"}
        print(__doc__, file=sys.stdout if wanted else sys.stderr)
        return 0 if wanted else 2
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # before anything below imports onnxruntime
    try:
        return COMMANDS[arguments[0]](Environment(ROOT, ROOT / ".venv"), arguments[1:])
    except SetupError as error:
        say(str(error))
        return 1
    except KeyboardInterrupt:
        say("stopped")
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
