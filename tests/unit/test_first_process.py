"""One process for each person and screen: who is first, what is handed over, what may go wrong."""

import contextlib
import errno
import json
import os
import queue
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from desktop_app.first_process import Patience, Standing, Start, claim, start_from_here
from desktop_app.first_process.listening import Visit
from desktop_app.first_process.message import SIZE_LIMIT, decode, encode
from desktop_app.first_process.unix_socket import SocketCaller, SocketDoor, SocketMeeting

PICTURE = Start(paths=(Path("/pictures/dog.jpg"),))
PATIENT = Patience(answer_s=30, start_s=30, pause_s=0.01)
"""For a start that is taken: also a machine with other work takes it in time."""
HASTY = Patience(answer_s=0.2, start_s=0.2, pause_s=0.01)
"""For a start that nobody takes, however long it waits."""
ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has named pipes")


def meet(folder: Path) -> SocketMeeting:
    return SocketMeeting(folder, "test")


def claimed(folder: Path, start: Start = PICTURE, patience: Patience = PATIENT) -> Standing | None:
    return claim(folder, start, patience=patience, meet=meet)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "run"


@pytest.fixture
def first(folder: Path) -> Iterator[Standing]:
    standing = claimed(folder)
    assert standing is not None
    yield standing
    standing.close()


@pytest.fixture
def visits(first: Standing) -> "queue.Queue[Visit]":
    """What the first process hears, when nobody takes it."""
    heard: queue.Queue[Visit] = queue.Queue()
    first.listen(heard.put)
    return heard


def taking(starts: list[Start]) -> Callable[[Visit], None]:
    """Take every visit; written down before the other hears of it."""

    def deliver(visit: Visit) -> None:
        starts.append(visit.start)
        if not visit.take():
            starts.pop()

    return deliver


@pytest.fixture
def taken(first: Standing) -> list[Start]:
    """What the first process has taken."""
    starts: list[Start] = []
    first.listen(taking(starts))
    return starts


def knock(folder: Path, content: bytes) -> bytes:
    """Send anything to the socket and return the answer."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(30)
        connection.connect(str(folder / "window-test.socket"))
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            connection.sendall(content)
            connection.shutdown(socket.SHUT_WR)
        with contextlib.suppress(ConnectionResetError):
            return connection.recv(100)
    return b""


# --- who is first ----------------------------------------------------------------------------


def test_later_start_is_taken_by_the_first(folder: Path, taken: list[Start]) -> None:
    start = Start(
        paths=(Path("/pictures/dog.jpg"), Path(os.fsdecode(b"/caf\xe9.png"))),
        model="signs",
        provider="cpu",
        cuda_folder=Path("/cuda"),
        activation="token_TIME12",
    )
    assert claimed(folder, start) is None
    assert taken == [start]


def test_every_later_start_is_taken(folder: Path, taken: list[Start]) -> None:
    starts = [Start(paths=(Path(f"/{number}.png"),)) for number in range(20)]
    assert [claimed(folder, start) for start in starts] == [None] * 20
    assert taken == starts


def test_first_makes_room_when_it_closes(folder: Path, first: Standing, taken: list[Start]) -> None:
    first.close()
    next_one = claimed(folder)
    assert next_one is not None
    assert next_one.obstacle == ""
    next_one.close()
    assert [path.name for path in folder.iterdir()] == ["window-test.lock"]


def test_first_that_still_starts_is_waited_for(folder: Path, first: Standing) -> None:
    starts: list[Start] = []
    second = threading.Thread(target=claimed, args=(folder,))
    second.start()
    first.listen(taking(starts))
    second.join(30)
    assert starts == [PICTURE]


def test_first_that_never_comes_so_far_is_not_waited_for_for_ever(
    folder: Path, first: Standing
) -> None:
    second = claimed(folder, patience=HASTY)
    assert second is not None
    assert "does not answer" in second.obstacle


def test_first_that_hangs_is_left_and_does_not_open_the_files_later(
    folder: Path, visits: "queue.Queue[Visit]"
) -> None:
    second = claimed(folder, patience=HASTY)
    assert second is not None
    assert "does not answer" in second.obstacle
    assert visits.get(timeout=30).take() is False


def test_first_that_closes_with_a_visit_unanswered_is_followed_by_the_visitor(
    folder: Path, first: Standing, visits: "queue.Queue[Visit]"
) -> None:
    results: queue.Queue[Standing | None] = queue.Queue()
    second = threading.Thread(target=lambda: results.put(claimed(folder)))
    second.start()
    visits.get(timeout=30)
    first.close()
    standing = results.get(timeout=30)
    second.join(30)
    assert standing is not None
    assert standing.obstacle == ""
    standing.close()


def test_first_that_closes_while_a_caller_speaks_leaves_it_without_an_answer(
    folder: Path, first: Standing, taken: list[Start], monkeypatch: pytest.MonkeyPatch
) -> None:
    is_reading, read = threading.Event(), SocketCaller.read

    def tell_and_read(caller: SocketCaller) -> bytes:
        is_reading.set()
        return read(caller)

    monkeypatch.setattr(SocketCaller, "read", tell_and_read)
    monkeypatch.setattr("desktop_app.first_process.unix_socket.READING_S", 100)
    with socket.socket(socket.AF_UNIX) as slow:
        slow.settimeout(30)
        slow.connect(str(folder / "window-test.socket"))
        assert is_reading.wait(30)
        first.close()
        assert slow.recv(100) == b""


def test_screens_have_a_first_process_each(folder: Path, first: Standing) -> None:
    other = claim(folder, PICTURE, patience=HASTY, meet=lambda place: SocketMeeting(place, "other"))
    assert other is not None
    assert other.obstacle == ""
    other.close()


def test_lock_and_socket_of_a_killed_process_are_no_obstacle(folder: Path) -> None:
    script = (
        "import sys; from pathlib import Path\n"
        "from desktop_app.first_process import Start, claim\n"
        "from desktop_app.first_process.unix_socket import SocketMeeting\n"
        "standing = claim(Path(sys.argv[1]), Start(), meet=lambda p: SocketMeeting(p, 'test'))\n"
        "standing.listen(print)\n"
        "print('listening', flush=True)\n"
        "sys.stdin.read()\n"
    )
    command = [sys.executable, "-c", script, str(folder)]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"listening\n"
        process.kill()
    assert (folder / "window-test.socket").exists()
    standing = claimed(folder)
    assert standing is not None
    assert standing.obstacle == ""
    starts: list[Start] = []
    standing.listen(taking(starts))
    assert claimed(folder) is None
    assert starts == [PICTURE]
    standing.close()


def test_of_many_at_the_same_instant_exactly_one_is_first(folder: Path) -> None:
    begin = threading.Barrier(8)
    results: queue.Queue[Standing | None] = queue.Queue()
    taken: list[Start] = []

    def start() -> None:
        begin.wait()
        standing = claimed(folder)
        if standing is not None:
            standing.listen(taking(taken))
        results.put(standing)

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    standings = [standing for _ in threads if (standing := results.get()) is not None]
    for standing in standings:
        standing.close()
    assert len(standings) == 1
    assert len(taken) == 7


# --- what may go wrong ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "garbage",
    [
        b"",
        b"\0" * 1000,
        b"GET / HTTP/1.1\r\n\r\n",
        b"[" * 100_000,
        b'{"schema": 2, "paths": []}',
        b'{"schema": 1, "paths": ["dog.jpg"], "activation": ""}',
        b'{"schema": 1, "paths": ["/dog\\u0000.jpg"], "activation": ""}',
        b'{"schema": 1, "paths": ["/\\ud800.jpg"], "activation": ""}',
        b'{"schema": 1, "paths": [], "model": 7, "activation": ""}',
        b'{"schema": 1, "paths": [], "provider": ["cpu"], "activation": ""}',
        b'{"schema": 1, "paths": [], "activation": "", "cuda_folder": "here"}',
        b'{"schema": 1, "paths": []}',
    ],
)
def test_garbage_is_refused_and_changes_nothing(
    folder: Path, taken: list[Start], garbage: bytes
) -> None:
    assert knock(folder, garbage) == b"refused\n"
    assert taken == []
    assert claimed(folder) is None
    assert taken == [PICTURE]


def test_message_without_end_is_cut_off(folder: Path, taken: list[Start]) -> None:
    with socket.socket(socket.AF_UNIX) as endless:
        endless.settimeout(30)
        endless.connect(str(folder / "window-test.socket"))
        with pytest.raises((BrokenPipeError, ConnectionResetError)):
            endless.sendall(b" " * (SIZE_LIMIT + 2**23))
    assert claimed(folder) is None
    assert taken == [PICTURE]


def test_caller_who_says_nothing_costs_the_next_one_only_a_moment(
    folder: Path, taken: list[Start], monkeypatch: pytest.MonkeyPatch
) -> None:
    limits = iter([0.05, 30])  # for the next one, who speaks, it is not a question of time
    read = SocketCaller.read

    def read_within(caller: SocketCaller) -> bytes:
        monkeypatch.setattr("desktop_app.first_process.unix_socket.READING_S", next(limits))
        return read(caller)

    monkeypatch.setattr(SocketCaller, "read", read_within)
    with socket.socket(socket.AF_UNIX) as silent:
        silent.connect(str(folder / "window-test.socket"))
        assert claimed(folder) is None
    assert taken == [PICTURE]


def test_closing_does_not_wait_for_a_caller_who_says_nothing(
    folder: Path, first: Standing, taken: list[Start], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("desktop_app.first_process.unix_socket.READING_S", 100)
    with socket.socket(socket.AF_UNIX) as silent:
        silent.connect(str(folder / "window-test.socket"))
        first.close()
    assert "later-starts" not in {thread.name for thread in threading.enumerate()}


def test_more_than_a_message_holds_is_opened_here(folder: Path, taken: list[Start]) -> None:
    many = Start(paths=tuple(Path(f"/{'x' * 2000}/{number}.png") for number in range(9000)))
    standing = claimed(folder, many)
    assert standing is not None
    assert standing.obstacle
    assert taken == []


def test_another_answer_than_ours_opens_a_window_here(folder: Path, first: Standing) -> None:
    with socket.socket(socket.AF_UNIX) as stranger:
        stranger.bind(str(folder / "window-test.socket"))
        stranger.listen()
        results: queue.Queue[Standing | None] = queue.Queue()
        second = threading.Thread(target=lambda: results.put(claimed(folder)))
        second.start()
        connection, _ = stranger.accept()
        with connection, connection.makefile("rb") as heard:
            heard.read()  # what is not heard to its end breaks the connection
            connection.sendall(b"HTTP/1.1 200 OK\r\n")
        second.join(30)
    standing = results.get()
    assert standing is not None
    assert "did not understand" in standing.obstacle


def test_path_too_long_for_a_socket_is_reached_another_way(tmp_path: Path) -> None:
    deep = tmp_path.joinpath(*["a-rather-long-name-of-a-folder"] * 6)
    standing = claimed(deep)
    assert standing is not None
    starts: list[Start] = []
    standing.listen(taking(starts))
    if sys.platform == "linux":
        assert claimed(deep) is None
        assert starts == [PICTURE]
    standing.close()


def test_place_that_cannot_be_written_opens_a_window(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    taken = tmp_path / "run"
    taken.write_bytes(b"a file where the folder should be")
    standing = claimed(taken)
    assert standing is not None
    assert standing.obstacle == ""
    standing.listen(Visit.leave)
    standing.close()
    assert "Nothing is shared" in caplog.text


def test_place_that_holds_no_sockets_keeps_nobody_waiting(
    folder: Path, first: Standing, caplog: pytest.LogCaptureFixture
) -> None:
    (folder / "window-test.socket").mkdir()
    first.listen(Visit.leave)
    assert "windows of their own" in caplog.text
    second = claimed(folder)
    assert second is not None
    assert second.obstacle == ""
    second.close()


def test_first_that_can_hear_of_nobody_any_more_makes_room(
    folder: Path, first: Standing, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def wait(door: SocketDoor) -> None:
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    monkeypatch.setattr(SocketDoor, "wait", wait)
    first.listen(Visit.leave)
    second = claimed(folder)
    assert second is not None
    assert second.obstacle == ""
    first.stop_listening()
    assert "heard of no more" in caplog.text
    first.close()
    third = claimed(folder, patience=HASTY)
    assert third is not None, "the second one still holds the lock"
    second.close()


def test_platform_without_the_modules_for_a_meeting_opens_a_window(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def meet_nowhere(_: Path) -> SocketMeeting:
        raise ModuleNotFoundError("No module named 'multiprocessing'")

    standing = claim(folder, PICTURE, meet=meet_nowhere)
    assert standing is not None
    assert standing.obstacle == ""
    assert "Nothing is shared" in caplog.text


def test_folder_is_closed_to_others(folder: Path) -> None:
    folder.mkdir(mode=0o755)
    standing = claimed(folder)
    assert standing is not None
    assert folder.stat().st_mode & 0o777 == 0o700
    standing.close()


def test_folder_of_somebody_else_is_not_used(
    folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    somebody = os.geteuid() + 1
    monkeypatch.setattr(os, "geteuid", lambda: somebody)
    standing = claimed(folder)
    assert standing is not None
    assert "open to others" in caplog.text
    assert list(folder.iterdir()) == []


def test_folder_behind_a_link_is_not_used(tmp_path: Path, folder: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    folder.symlink_to(tmp_path / "elsewhere")
    assert claimed(folder) is not None
    assert list((tmp_path / "elsewhere").iterdir()) == []


# --- the message ---------------------------------------------------------------------------


def test_message_says_from_where_things_were_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine").touch()
    monkeypatch.setenv("XDG_ACTIVATION_TOKEN", "permission")
    start = start_from_here(
        (Path("dog.jpg"), Path("/cat.jpg")), model="signs", cuda_folder=Path("cuda")
    )
    assert start.cuda_folder == tmp_path / "cuda"
    assert start.paths == (tmp_path / "dog.jpg", Path("/cat.jpg"))
    assert start.activation == "permission"
    assert start.model == "signs"
    models = ("m.onnx", "here/m", "mine")
    here = [start_from_here((), model=model).model for model in models]
    assert here == [str(tmp_path / model) for model in models]


def test_startup_notification_is_the_older_permission(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XDG_ACTIVATION_TOKEN", raising=False)
    monkeypatch.setenv("DESKTOP_STARTUP_ID", "launcher_TIME77")
    assert start_from_here(()).activation == "launcher_TIME77"


def test_what_a_newer_version_says_besides_is_passed_over() -> None:
    fields = json.loads(encode(PICTURE))
    assert decode(json.dumps({**fields, "colour": "red"}).encode()) == PICTURE
