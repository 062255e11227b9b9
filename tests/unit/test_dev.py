"""The set-up script decides rightly what a machine lacks and when pip has to run again."""

import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

Calls = list[list[str]]
Capture = pytest.CaptureFixture[str]

ROOT = Path(__file__).resolve().parents[2]
PYPROJECT = """
[build-system]
requires = ["hatchling"]
[project]
name = "sample"
dependencies = ["numpy"]
[project.optional-dependencies]
build = ["torch==2.13.0"]
dev = ["pytest"]
[tool.pytest.ini_options]
timeout = 5
"""


def load_dev() -> ModuleType:
    """Import ``dev.py``, which is a script beside the packages and in none of them."""
    spec = importlib.util.spec_from_file_location("dev", ROOT / "dev.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["dev"] = module  # dataclasses look their module up by name
    spec.loader.exec_module(module)
    return module


dev = load_dev()


def hide(monkeypatch: pytest.MonkeyPatch, *modules: str) -> None:
    """Let the script find every module but ``modules``, whatever this Python really has."""
    util = SimpleNamespace(find_spec=lambda name: None if name in modules else object())
    monkeypatch.setattr(dev, "importlib", SimpleNamespace(util=util))


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Calls:
    """Record the commands of the set-up; the one that makes an environment leaves a Python."""
    recorded: Calls = []

    def record(command: list[str]) -> None:
        recorded.append(command)
        if command[1:3] == ["-m", "venv"]:
            python = Path(command[3], "bin", "python")
            python.parent.mkdir(parents=True)
            python.symlink_to(sys.executable)

    monkeypatch.setattr(dev, "run_quietly", record)
    monkeypatch.setattr(dev, "succeeds", lambda _: True)
    hide(monkeypatch)
    return recorded


@pytest.fixture
def environment(tmp_path: Path, calls: Calls) -> Any:
    (tmp_path / "pyproject.toml").write_text(PYPROJECT)
    return dev.Environment(tmp_path, tmp_path / ".venv")


def edit(root: Path, old: str, new: str) -> None:
    path = root / "pyproject.toml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


# --- when pip runs --------------------------------------------------------------------------------


def test_first_call_makes_the_environment_and_installs(environment: Any, calls: Calls) -> None:
    environment.install(("build", "dev"))
    assert [call[1:3] for call in calls] == [["-m", "venv"], ["-m", "pip"]]
    assert calls[-1][-2:] == ["--editable", f"{environment.root}[build,dev]"]
    assert not environment.unfinished_file.exists()


def test_second_call_does_nothing(environment: Any, calls: Calls) -> None:
    environment.install(("dev",))
    calls.clear()
    environment.install(("dev",))
    environment.install(())  # what `app` needs is a part of it
    assert calls == []


def test_more_extras_are_added_to_those_there(environment: Any, calls: Calls) -> None:
    environment.install(("dev",))
    calls.clear()
    environment.install(("build",))
    assert [call[-1] for call in calls] == [f"{environment.root}[build,dev]"]


@pytest.mark.parametrize(
    ("old", "new"), [('"numpy"', '"numpy>=2"'), ('"pytest"', '"pytest>=9"'), ("hatchling", "flit")]
)
def test_changed_requirement_runs_pip_again(
    environment: Any, calls: Calls, old: str, new: str
) -> None:
    environment.install(("dev",))
    calls.clear()
    edit(environment.root, old, new)
    environment.install(())
    assert [call[1:3] for call in calls] == [["-m", "pip"]]


@pytest.mark.parametrize(("old", "new"), [("timeout = 5", "timeout = 6"), ("torch==2", "torch==3")])
def test_change_that_concerns_nothing_installed_is_free(
    environment: Any, calls: Calls, old: str, new: str
) -> None:
    environment.install(("dev",))
    calls.clear()
    edit(environment.root, old, new)
    environment.install(())
    assert calls == []


@pytest.mark.parametrize("reverted", [False, True])
def test_killed_installation_is_made_anew(
    environment: Any, calls: Calls, monkeypatch: pytest.MonkeyPatch, reverted: bool
) -> None:
    def killed(command: list[str]) -> None:
        raise KeyboardInterrupt

    environment.install(())
    edit(environment.root, '"numpy"', '"numpy>=2"')
    with monkeypatch.context() as patch:
        patch.setattr(dev, "run_quietly", killed)
        with pytest.raises(KeyboardInterrupt):
            environment.install(())
    if reverted:  # the old stamp is right again, but not for what pip left
        edit(environment.root, '"numpy>=2"', '"numpy"')
    left_behind = environment.path / "half-written"
    left_behind.touch()
    calls.clear()
    environment.install(())
    assert [call[1:3] for call in calls] == [["-m", "venv"], ["-m", "pip"]]
    assert not left_behind.exists()


@pytest.mark.parametrize(("output", "venvs"), [("no network", 0), (dev.UNPACKING + " a, b", 1)])
def test_failed_pip_costs_the_environment_only_if_it_changed_it(
    environment: Any, calls: Calls, monkeypatch: pytest.MonkeyPatch, output: str, venvs: int
) -> None:
    def fail(command: list[str]) -> None:
        raise dev.CommandError(command, output)

    environment.install(())
    edit(environment.root, '"numpy"', '"numpy>=2"')
    with monkeypatch.context() as patch:
        patch.setattr(dev, "run_quietly", fail)
        with pytest.raises(dev.CommandError, match=output[:10]):
            environment.install(())
    calls.clear()
    environment.install(())
    assert [call[2] for call in calls].count("venv") == venvs


def test_environment_made_by_hand_is_kept(environment: Any, calls: Calls) -> None:
    (environment.path / "bin").mkdir(parents=True)
    environment.program("python").symlink_to(sys.executable)
    environment.install(())
    assert [call[1:3] for call in calls] == [["-m", "pip"]]


def test_moved_project_gets_a_new_environment(
    environment: Any, calls: Calls, tmp_path: Path
) -> None:
    environment.install(())
    calls.clear()
    moved = tmp_path.with_name(tmp_path.name + "-moved")
    tmp_path.rename(moved)
    dev.Environment(moved, moved / ".venv").install(())
    assert [call[1:3] for call in calls] == [["-m", "venv"], ["-m", "pip"]]


def test_upgraded_python_gets_a_new_environment(
    environment: Any, calls: Calls, tmp_path: Path
) -> None:
    environment.install(())
    calls.clear()
    upgraded = tmp_path / "python3.99"
    upgraded.touch()
    environment.program("python").unlink()
    environment.program("python").symlink_to(upgraded)
    environment.install(())
    assert [call[1:3] for call in calls] == [["-m", "venv"], ["-m", "pip"]]


def test_damaged_stamp_is_no_stamp(environment: Any) -> None:
    environment.install(())
    for text in ("", "{}", "[1]", json.dumps({"root": 1})):
        environment.stamp_file.write_text(text)
        assert environment.stamp() is None


# --- without ensurepip or pip ---------------------------------------------------------------------


def test_pip_of_the_machine_helps_where_ensurepip_is_missing(
    environment: Any, calls: Calls, monkeypatch: pytest.MonkeyPatch
) -> None:
    hide(monkeypatch, "ensurepip")
    environment.install(())
    assert calls[0][-1] == "--without-pip"
    assert calls[1][1:4] == ["-m", "pip", "--python"]


def test_exact_line_is_printed_where_both_are_missing(
    environment: Any, calls: Calls, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    hide(monkeypatch, "ensurepip", "pip")
    monkeypatch.setattr(dev, "apt_prefix", lambda: None)
    with pytest.raises(dev.SetupError):
        environment.install(())
    line = f"sudo apt-get install --no-install-recommends python3.{sys.version_info.minor}-venv"
    assert line in capsys.readouterr().out
    assert not environment.path.exists()


# --- the machine ----------------------------------------------------------------------------------


def test_missing_library_is_named_by_its_package() -> None:
    libraries = {"libc.so.6": "libc6", "libnowhere.so.7": "libnowhere7"}
    assert dev.missing_libraries(libraries) == ["libnowhere7"]


def test_missing_program_is_named_by_its_package() -> None:
    assert dev.missing_programs({"sh": "dash", "no-such-program": "nowhere"}) == ["nowhere"]


def test_package_lists_are_fetched_when_an_installation_fails(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    verbs: list[str] = []

    def run(command: list[str]) -> None:
        verbs.append("update" if "update" in command else "install")
        if verbs == ["install"]:
            raise dev.CommandError(command, "unable to locate package")

    monkeypatch.setattr(dev, "apt_prefix", list)
    monkeypatch.setattr(dev, "run_quietly", run)
    assert dev.provide_packages(["libegl1"], purpose="The window")
    assert verbs == ["install", "update", "install"]


def test_without_the_right_to_install_the_line_is_printed(
    monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.setattr(dev, "apt_prefix", lambda: None)
    assert not dev.provide_packages(["libegl1", "xvfb"], purpose="The window")
    line = "sudo apt-get install --no-install-recommends libegl1 xvfb"
    assert capsys.readouterr().out.splitlines()[-1].split(maxsplit=1)[1] == line


@pytest.mark.parametrize(
    ("qt", "screen", "options"),
    [
        ([], [], []),
        ([], ["xvfb"], ["--deselect=tests/e2e"]),
        (["libegl1"], [], ["--ignore=tests/gui", "--ignore=tests/e2e"]),
    ],
)
def test_tests_that_cannot_run_are_left_out(
    monkeypatch: pytest.MonkeyPatch, qt: list[str], screen: list[str], options: list[str]
) -> None:
    monkeypatch.setattr(dev.sys, "platform", "linux")
    monkeypatch.setattr(dev, "apt_prefix", lambda: None)
    monkeypatch.setattr(
        dev, "missing_libraries", lambda wanted: qt if wanted is dev.QT_LIBRARIES else []
    )
    monkeypatch.setattr(dev, "missing_programs", lambda _: screen)
    assert dev.select_tests()[-2:] == options


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        ([], True),
        (["--cov"], True),
        (["tests/frozen"], True),
        (["-m", "frozen"], True),
        (["tests/unit"], False),
    ],
)
def test_a_frozen_program_is_made_for_the_whole_suite_and_for_its_own_tests(
    monkeypatch: pytest.MonkeyPatch, arguments: list[str], wanted: bool
) -> None:
    monkeypatch.setattr(dev.sys, "platform", "linux")
    monkeypatch.delenv(dev.FROZEN_VARIABLE, raising=False)
    assert dev.wants_frozen_program(arguments) is wanted
    monkeypatch.setenv(dev.FROZEN_VARIABLE, "/one/that/is/there")
    assert not dev.wants_frozen_program(arguments)


@pytest.mark.parametrize(
    ("packages", "status", "said", "is_told"),
    [(True, 0, True, True), (True, 1, False, False), (False, 0, True, False)],
)
def test_only_freezing_that_fails_is_a_failure(
    monkeypatch: pytest.MonkeyPatch, packages: bool, status: int, said: bool, is_told: bool
) -> None:
    monkeypatch.setenv(dev.FROZEN_VARIABLE, "")  # so that it is put back
    monkeypatch.delenv(dev.FROZEN_VARIABLE)
    monkeypatch.setattr(dev, "build_packages", lambda **_: [])
    monkeypatch.setattr(dev, "provide_packages", lambda *_, **__: packages)
    monkeypatch.setattr(dev, "release", lambda *_: status)
    assert dev.freeze_for_tests(dev.Environment(ROOT, ROOT / ".venv")) is said
    assert (dev.FROZEN_VARIABLE in dev.os.environ) is is_told


# --- what is told ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "milestone"),
    [
        ("  Downloading torch-2.13.0-cp311.whl (191.8 MB)", "downloading torch (191.8 MB)"),
        ("  Downloading nvidia_cudnn-9.1-py3.whl (1.2 GB)", "downloading nvidia_cudnn (1.2 GB)"),
        ("  Downloading attrs-26.1.0-py3.whl (67 kB)", None),
        ("  Downloading pillow-13.0.0-cp311.whl (6.5 MB)", None),
        ("Installing collected packages: numpy, onnx", "unpacking 2 package(s)"),
        ("Collecting numpy", None),
    ],
)
def test_pip_is_told_in_few_lines(line: str, milestone: str | None) -> None:
    assert dev.pip_milestone(line) == milestone


def test_failed_command_shows_what_it_said() -> None:
    script = "import sys; print('the cause'); sys.exit(3)"
    with pytest.raises(dev.CommandError, match="the cause"):
        dev.run_quietly([sys.executable, "-c", script])


def test_old_python_is_told_plainly(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    monkeypatch.setattr(dev.sys, "version_info", (3, 9, 2))
    assert dev.main(["app"]) == 2
    assert "Python 3.11 or newer" in capsys.readouterr().out


@pytest.mark.parametrize(("arguments", "status"), [([], 2), (["nonsense"], 2), (["--help"], 0)])
def test_wrong_call_shows_the_usage(capsys: Capture, arguments: list[str], status: int) -> None:
    assert dev.main(arguments) == status
    assert "python3 dev.py test" in "".join(capsys.readouterr())


def test_benchmarks_run_alone_and_pytests_last_word_is_the_suites(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    calls: list[list[str]] = []
    statuses = iter([1, 0])

    def call(command: list[str], **_: object) -> int:
        calls.append(command)
        return next(statuses)

    monkeypatch.setattr(dev.subprocess, "call", call)
    environment = dev.Environment(tmp_path, tmp_path / ".venv")
    assert dev.run_whole_suite(environment, ["--deselect=tests/e2e"], ["--cov"]) == 1
    measured, tested = calls
    assert "tests/benchmarks" in measured
    assert not any(word.startswith("--numprocesses") for word in measured)
    assert "--ignore=tests/benchmarks" in tested
    assert "--numprocesses=auto" in tested
    assert all("--deselect=tests/e2e" in command for command in calls)
    assert [("--cov" in command) for command in calls] == [False, True]  # it takes its time


@pytest.mark.parametrize(
    ("arguments", "runs"),
    [
        ([], ["the suite"]),
        (["--cov", "--cov-report=html"], ["the suite", "--cov", "--cov-report=html"]),
        (["tests/unit"], ["tests/unit"]),
        (["--cov", "tests/unit"], ["--cov", "tests/unit"]),
        (["--cov", "-x"], ["--cov", "-x"]),
    ],
)
def test_the_whole_suite_is_run_unless_some_of_it_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, arguments: list[str], runs: list[str]
) -> None:
    called: list[str] = []

    def run_whole_suite(_: object, _selection: list[str], coverage: list[str]) -> int:
        called.extend(["the suite", *coverage])
        return 0

    monkeypatch.setattr(dev, "select_tests", list)
    monkeypatch.setattr(dev, "run_checks", lambda *_: 0)
    monkeypatch.setattr(dev, "wants_frozen_program", lambda _: False)
    monkeypatch.setattr(dev, "run_whole_suite", run_whole_suite)
    monkeypatch.setattr(dev, "run_pytest", lambda _, options: called.extend(options) or 0)
    assert dev.run_tests(dev.Environment(tmp_path, tmp_path / ".venv"), arguments) == 0
    assert called == runs


def test_named_tests_run_in_one_process(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    calls: list[list[str]] = []
    monkeypatch.setattr(dev.subprocess, "call", lambda command, **_: calls.append(command) or 3)
    environment = dev.Environment(tmp_path, tmp_path / ".venv")
    assert dev.run_pytest(environment, ["tests/unit/test_dev.py"]) == 3
    ((*_, last),) = calls
    assert last == "tests/unit/test_dev.py"
    assert "--numprocesses=auto" not in calls[0]
