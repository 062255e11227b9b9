"""A run that fails on a GPU is made on the CPU, once; every other failure is told."""

from collections.abc import Callable

import pytest

from desktop_app.core.cancellation import Cancellation
from desktop_app.core.cpu_fallback import run_or_fall_back
from desktop_app.core.errors import Cancelled, GradientError, RunError

NO_ROOM = RuntimeError("CUDA failure 2: out of memory\nin some file")


class Owner:
    """Of sessions; its runs fail as told, one after the other."""

    def __init__(self, *failures: Exception, on_gpu: bool) -> None:
        self.on_gpu = on_gpu
        self.switch = Cancellation()
        self.left_for: list[str] = []
        self._failures = list(failures)

    def run(self, before: Callable[[], None] = lambda: None) -> str:
        def once() -> str:
            before()
            if self._failures:
                raise self._failures.pop(0)
            return "GPU" if self.on_gpu else "CPU"

        def to_cpu(why: str) -> None:
            self.on_gpu = False
            self.left_for.append(why)

        return run_or_fall_back(
            once,
            switch=self.switch,
            on_gpu=lambda: self.on_gpu,
            to_cpu=to_cpu,
            failure=lambda why: RunError("cannot run", why=why, remedy="Wait."),
        )


@pytest.mark.parametrize(
    ("on_gpu", "failures", "ran_on", "left_for"),
    [
        (True, (), "GPU", []),
        (False, (), "CPU", []),
        (True, (NO_ROOM,), "CPU", ["CUDA failure 2: out of memory"]),
    ],
)
def test_the_gpu_is_left_only_when_it_fails(
    on_gpu: bool, failures: tuple[Exception, ...], ran_on: str, left_for: list[str]
) -> None:
    owner = Owner(*failures, on_gpu=on_gpu)
    assert owner.run() == ran_on
    assert owner.left_for == left_for


@pytest.mark.parametrize(("on_gpu", "failures"), [(False, (NO_ROOM,)), (True, (NO_ROOM, NO_ROOM))])
def test_what_fails_on_the_cpu_is_told_in_a_line(
    on_gpu: bool, failures: tuple[Exception, ...]
) -> None:
    with pytest.raises(RunError, match=r"cannot run: CUDA failure 2: out of memory\."):
        Owner(*failures, on_gpu=on_gpu).run()


def test_a_session_that_came_up_without_the_gpu_is_not_tried_again() -> None:
    """Making it has already led to the CPU: the failure is the CPU's."""
    owner = Owner(NO_ROOM, on_gpu=True)
    with pytest.raises(RunError):
        owner.run(before=lambda: setattr(owner, "on_gpu", False))
    assert owner.left_for == []


@pytest.mark.parametrize("on_gpu", [False, True])
def test_a_run_that_was_stopped_has_not_failed(on_gpu: bool) -> None:
    owner = Owner(NO_ROOM, on_gpu=on_gpu)
    with pytest.raises(Cancelled):
        owner.run(before=owner.switch.cancel)
    assert owner.left_for == []


def test_what_the_program_itself_says_is_no_failure_of_the_gpu() -> None:
    said = GradientError("cannot differentiate", why="an operator", remedy="Another model.")
    owner = Owner(said, on_gpu=True)
    with pytest.raises(GradientError):
        owner.run()
    assert owner.left_for == []
