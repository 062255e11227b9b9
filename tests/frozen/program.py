"""The frozen program as a user meets it: a file to start, an environment, a status and words.

Nothing of the project is imported from it; the tests run in another Python on purpose.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from tests.traces import traced, tracing_obstacle, without_network

NAME: Final = "residual-lens"
FROM_SOURCE: Final = (sys.executable, "-m", "desktop_app")
TIMEOUT_S: Final = 60

Words = list[str | Path]


@dataclass(frozen=True)
class Done:
    """What a command left.

    Attributes:
        status: Its exit status.
        out: Standard output.
        err: Standard error.
    """

    status: int
    out: str
    err: str

    def json(self) -> Any:
        """Return what it printed, after making sure that it succeeded without a word of worry."""
        assert (self.status, self.err) == (0, ""), self.err
        return json.loads(self.out)


def run(
    *command: str | Path,
    variables: Mapping[str, str] | None = None,
    cwd: str | Path = "/",
    status: int | None = 0,
) -> Done:
    """Run ``command`` as ``env -i`` would: with ``variables`` and nothing else.

    Args:
        command: Program and arguments.
        variables: The whole environment; none at all if not given.
        cwd: Where; far from the checkout if not given.
        status: What it has to end with; None takes any.
    """
    done = subprocess.run(
        [str(word) for word in command],
        check=False,
        capture_output=True,
        text=True,
        errors="surrogateescape",
        env=dict(variables or {}),
        cwd=cwd,
        timeout=TIMEOUT_S,
        stdin=subprocess.DEVNULL,
    )
    assert status in {None, done.returncode}, f"{done.returncode}\n{done.stdout}{done.stderr}"
    return Done(done.returncode, done.stdout, done.stderr)


def run_from_source(*words: str | Path) -> Done:
    """Run the same command from the checkout, in the tests' own environment."""
    return run(*FROM_SOURCE, *words, variables=os.environ, cwd=Path(__file__).parents[2])


def predictions(reports: Sequence[Mapping[str, Any]]) -> list[tuple[str, list[str], list[float]]]:
    """Return (file name, labels, probabilities) of what ``classify --format json`` printed."""
    return [
        (
            Path(report["path"]).name,
            [prediction["label"] for prediction in report["predictions"]],
            [prediction["probability"] for prediction in report["predictions"]],
        )
        for report in reports
    ]


def tracing(file: Path, *, detached: bool = False) -> list[str]:
    """Return the words that, before a command, have it traced into ``file``; skip without strace.

    Args:
        file: For :class:`tests.traces.Trace`.
        detached: The command, not strace, is the child that is started.
    """
    if reason := tracing_obstacle():
        pytest.skip(reason)
    return _found(traced(file, detached=detached, files=True))


def no_network() -> list[str]:
    """Return the words that, before a command, leave it no network; skip where nobody may."""
    words = without_network()
    if words is None:
        pytest.skip("this machine lets nobody make a network namespace")
    return _found(words)


def _found(words: Sequence[str]) -> list[str]:
    """Return ``words`` with the program's whole path: nothing is searched for without a PATH."""
    return [shutil.which(words[0]) or words[0], *words[1:]]
