"""What fails on a GPU is run once more on the CPU: the one place that decides it.

Every owner of sessions runs through here: what ONNX Runtime raises is either answered by the CPU,
or becomes the owner's own error. A run that somebody stopped raises too, and is no failure.
"""

from collections.abc import Callable
from typing import TypeVar

from desktop_app.core.cancellation import Cancellation
from desktop_app.core.errors import RunError
from desktop_app.core.onnx_runtime import ORT_ERRORS, first_line

R = TypeVar("R")


def run_or_fall_back(
    run: Callable[[], R],
    *,
    switch: Cancellation,
    on_gpu: Callable[[], bool],
    to_cpu: Callable[[str], None],
    failure: Callable[[str], RunError],
) -> R:
    """Run; where a GPU fails, once more on the CPU.

    Args:
        run: Makes the session if need be, and runs it; is called twice at most.
        switch: Stops the run.
        on_gpu: Whether the failed run was on a GPU; asked after it, since making a session may
            have changed that.
        to_cpu: Lets the GPU's sessions go, and remembers why; is told what ONNX Runtime said.
        failure: The error to be raised, of what ONNX Runtime said, in one line.

    Raises:
        RunError: ``failure``'s, where it failed on the CPU.
        Cancelled: The switch was thrown.
    """
    try:
        return run()
    except ORT_ERRORS as error:
        switch.raise_if_cancelled()
        if not on_gpu():
            raise failure(first_line(error)) from error
        to_cpu(first_line(error))
    try:
        return run()
    except ORT_ERRORS as error:
        switch.raise_if_cancelled()
        raise failure(first_line(error)) from error
