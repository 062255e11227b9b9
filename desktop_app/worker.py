"""One thread that owns the sessions: requests in, frozen results out.

What a person waits for goes first: opening a model, then the picture they look at, then
thumbnails, then the folder that runs in the background, one batch at a time. A new analysis
cancels the one before it, in mid-run if need be, so that holding an arrow key down never queues
up work. A request that gives way goes behind those of its own priority after each step. Knows no
Qt: replies go to a function, called from this thread.

Whatever is slow to import (ONNX Runtime, the decoders) is imported by the thread, so that the
window can be on screen meanwhile.
"""

import heapq
import itertools
import logging
import threading
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from desktop_app.core.cancellation import Cancellation
from desktop_app.core.errors import Cancelled
from desktop_app.messages import Crashed
from desktop_app.messages.base import Reply, Request

if TYPE_CHECKING:
    from desktop_app.answering.answers import Answers
    from desktop_app.core.onnx_runtime import Runtime

_log: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, order=True)
class _Task:
    """A request in the queue; ``steps`` is what is left of one that has begun."""

    priority: int
    order: int
    request: Request = field(compare=False)
    switch: Cancellation = field(compare=False)
    steps: Iterator[None] | None = field(default=None, compare=False)


class Worker:
    """Takes requests from any thread; answers from its own."""

    def __init__(
        self,
        deliver: Callable[[Reply], None],
        *,
        model_folders: tuple[Path, ...],
        runtime: "Runtime | None" = None,
        report: Callable[[BaseException, str], Path | None] | None = None,
    ) -> None:
        """Prepare the thread; :meth:`start` starts it.

        Args:
            deliver: Called from the worker's thread with every reply.
            model_folders: Where models are looked for.
            runtime: ONNX Runtime; another one in tests.
            report: Writes the crash report of an error, told what was being done.
        """
        self._deliver = deliver
        self._model_folders = model_folders
        self._runtime = runtime
        self._report = report
        self._wake = threading.Condition()
        self._queue: list[_Task] = []
        self._running: _Task | None = None
        self._order = itertools.count()
        self._newest: dict[type[Request], Cancellation] = {}
        self._closing = False
        self._thread = threading.Thread(target=self._work, name="lens-worker", daemon=True)

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def submit(self, request: Request) -> None:
        """Ask for something; returns at once."""
        kind, switch = type(request), Cancellation()
        with self._wake:
            if kind.supersedes and (earlier := self._newest.get(kind)) is not None:
                earlier.cancel()
            self._newest[kind] = switch
            order = next(self._order)
            if kind.newest_first:
                order = -order
            self._put(_Task(kind.priority, order, request, switch))

    def cancel(self, kind: type[Request]) -> None:
        """Stop the newest request of that type, also in mid-run."""
        with self._wake:
            if (switch := self._newest.get(kind)) is not None:
                switch.cancel()

    def close(self, timeout_s: float = 5.0) -> bool:
        """Stop everything, also in mid-run; True when the thread has ended in time."""
        with self._wake:
            self._closing = True
            tasks = [*self._queue, self._running] if self._running else self._queue
            for task in tasks:
                task.switch.cancel()
            self._wake.notify_all()
        if self._thread.is_alive():
            self._thread.join(timeout_s)
        return not self._thread.is_alive()

    # --- the thread ----------------------------------------------------------------------------

    def _put(self, task: _Task) -> None:
        heapq.heappush(self._queue, task)
        self._wake.notify_all()

    def _work(self) -> None:
        from desktop_app.answering.answers import Answers  # noqa: PLC0415 - slow, so here

        answers = Answers(self._deliver, self._model_folders, self._runtime)
        while (task := self._next(answers)) is not None:
            self._answer(answers, task)
        for task in self._queue:
            if isinstance(task.steps, Generator):
                task.steps.close()

    def _next(self, answers: "Answers") -> _Task | None:
        with self._wake:
            self._running = None
            is_idle = not self._queue and not self._closing
        if is_idle:
            answers.rest()
        with self._wake:
            while not self._queue and not self._closing:
                self._wake.wait()
            if self._closing:
                return None
            self._running = heapq.heappop(self._queue)
            return self._running

    def _answer(self, answers: "Answers", task: _Task) -> None:
        request, switch = task.request, task.switch
        try:
            switch.raise_if_cancelled()
            steps = task.steps or answers.answer(request, switch)
            if steps is not None and next(steps, self) is None:
                with self._wake:
                    order = next(self._order) if type(request).gives_way else task.order
                    self._put(replace(task, order=order, steps=steps))
        except Cancelled:
            pass
        except Exception as error:  # noqa: BLE001 - the boundary: logged, delivered, shown
            kind = type(request).__name__
            _log.exception("The worker failed while answering %s", kind)
            message = f"{type(error).__name__}: {error}"
            report = self._report(error, f"answering {kind}") if self._report else None
            self._deliver(Crashed(request.number, kind, message, report))
