"""Windows' meeting place, tried over a Unix socket, which the library treats alike."""

import queue
import sys
import threading
from collections.abc import Callable
from multiprocessing.connection import Client
from pathlib import Path

import pytest

from desktop_app.first_process import Patience, Start, claim
from desktop_app.first_process.listening import Visit
from desktop_app.first_process.message import encode
from desktop_app.first_process.named_pipe import PipeMeeting

PICTURE = Start(paths=(Path("/pictures/dog.jpg"),))
HASTY = Patience(answer_s=0.2, start_s=0.2, pause_s=0.01)
Meet = Callable[[Path], PipeMeeting]

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there it has no other address")


@pytest.fixture
def pipe(tmp_path: Path) -> str:
    return str(tmp_path / "pipe")


@pytest.fixture
def meet(pipe: str) -> Meet:
    return lambda folder: PipeMeeting(folder, "test", pipe)


def test_later_start_is_taken_and_the_first_makes_room(tmp_path: Path, meet: Meet) -> None:
    first = claim(tmp_path, PICTURE, meet=meet)
    assert first is not None
    heard: queue.Queue[Start] = queue.Queue()

    def take(visit: Visit) -> None:
        heard.put(visit.start)
        visit.take()

    first.listen(take)
    assert claim(tmp_path, PICTURE, meet=meet) is None
    assert claim(tmp_path, Start(), meet=meet) is None
    assert [heard.get(timeout=30), heard.get(timeout=30)] == [PICTURE, Start()]
    first.close()
    assert "later-starts" not in {thread.name for thread in threading.enumerate()}
    second = claim(tmp_path, PICTURE, patience=HASTY, meet=meet)
    assert second is not None
    assert second.obstacle == ""
    second.close()


def test_first_that_hangs_is_left(tmp_path: Path, meet: Meet) -> None:
    first = claim(tmp_path, PICTURE, meet=meet)
    assert first is not None
    visits: queue.Queue[Visit] = queue.Queue()
    first.listen(visits.put)
    second = claim(tmp_path, PICTURE, patience=HASTY, meet=meet)
    assert second is not None
    assert "does not answer" in second.obstacle
    assert visits.get(timeout=30).take() is False
    first.close()


def test_garbage_is_refused(tmp_path: Path, pipe: str, meet: Meet) -> None:
    first = claim(tmp_path, PICTURE, meet=meet)
    assert first is not None
    first.listen(Visit.leave)
    with Client(pipe) as stranger:
        stranger.send_bytes(encode(PICTURE)[:-1])
        assert stranger.recv_bytes() == b"refused\n"
    with Client(pipe) as stranger:
        stranger.send({"a pickle": "is never opened"})
        assert stranger.recv_bytes() == b"refused\n"
    first.close()
