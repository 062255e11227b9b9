"""A file is the old one or the new one, whole: killed at any step, written by several at once."""

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from desktop_app.core import atomic
from desktop_app.core.errors import OutputError
from desktop_app.core.file_lock import try_lock

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="kills with signals")

OLD, NEW = b"old" * 20_000, b"new!" * 30_000

KILLED_AT_A_STEP = """
import os, signal, sys
from pathlib import Path
from desktop_app.core import atomic

path, step = Path(sys.argv[1]), int(sys.argv[2])
steps = 0

def count(event, arguments):
    global steps
    if event == "open" or event.startswith(("os.", "fcntl.")):
        steps += 1
        if steps == step:
            os.kill(os.getpid(), signal.SIGKILL)

sys.addaudithook(count)
atomic.write_bytes(path, b"new!" * 30_000)
"""


def test_a_kill_before_any_step_of_a_write_leaves_one_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    step, seen = 0, set()
    while True:
        step += 1
        path.write_bytes(OLD)
        done = subprocess.run(
            [sys.executable, "-c", KILLED_AT_A_STEP, path, str(step)], check=False, timeout=60
        )
        content = path.read_bytes()
        assert content in (OLD, NEW)
        seen.add(content)
        if done.returncode == 0:
            break
        assert done.returncode == -signal.SIGKILL
    assert seen == {OLD, NEW}
    assert step > 4  # the folder, the file beside it, its lock, the move: each was a step
    assert [entry.name for entry in tmp_path.iterdir()] == ["settings.json"]


def test_kills_at_random_moments_always_leave_settings_that_load(tmp_path: Path) -> None:
    """One process forks writers, lets each live for a moment, kills it, and loads."""
    done = subprocess.run(
        [sys.executable, "-c", KILLED_AT_RANDOM, tmp_path / "settings.json"],
        check=True,
        capture_output=True,
        text=True,
        timeout=100,
    )
    survived, torn_writes = map(int, done.stdout.split())
    assert survived == 200
    assert torn_writes > 0  # some kills did hit in the middle of a write
    assert len(list(tmp_path.iterdir())) <= 2


KILLED_AT_RANDOM = """
import os, random, signal, sys, time
from pathlib import Path
from desktop_app.settings import Settings, load_settings, save_settings

path = Path(sys.argv[1])
part = path.with_name(".settings.json.part")
moments = random.Random(0)
save_settings(path, Settings(layer="0"))
newest = torn = 0

def settings(number):
    return Settings(layer=str(number), recent=(str(number),) * (number % 97 * 50))

for _ in range(200):
    child = os.fork()
    if child == 0:
        number = newest
        while True:
            number += 1
            save_settings(path, settings(number))
    time.sleep(moments.uniform(0, 0.01))  # the moment
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    torn += part.exists()
    found, damage = load_settings(path)
    number = int(found.layer)
    assert damage is None and number >= newest and found.recent == settings(number).recent, number
    newest = number
save_settings(path, settings(1))
assert not part.exists()
print(200, torn)
"""

WRITER = """
import sys
from pathlib import Path
from desktop_app.core import atomic
for number in range(150):
    atomic.write_bytes(Path(sys.argv[1]), sys.argv[2].encode() * (20_000 + 100 * number))
"""


def test_processes_that_write_the_same_file_do_not_mix(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_bytes(b"a")
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, path, letter]) for letter in ("a", "b", "c")
    ]
    while any(writer.poll() is None for writer in writers):
        assert len(set(path.read_bytes())) == 1
    assert [writer.returncode for writer in writers] == [0, 0, 0]
    assert [entry.name for entry in tmp_path.iterdir()] == ["settings.json"]


def test_what_a_link_names_is_written_and_the_link_stays(tmp_path: Path) -> None:
    (tmp_path / "dotfiles").mkdir()
    file, link = tmp_path / "dotfiles" / "lens.json", tmp_path / "settings.json"
    link.symlink_to(Path("dotfiles", "lens.json"))
    for content in (OLD, NEW):  # there is no file yet; there is one
        atomic.write_bytes(link, content)
        assert link.is_symlink()
        assert file.read_bytes() == content
    assert [entry.name for entry in file.parent.iterdir()] == ["lens.json"]


def test_a_link_that_leads_nowhere_is_said(tmp_path: Path) -> None:
    link = tmp_path / "settings.json"
    link.symlink_to(link)
    with pytest.raises(OutputError, match="cannot write"):
        atomic.write_bytes(link, NEW)
    assert link.is_symlink()


def test_a_file_that_another_is_writing_is_left_to_it(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    with atomic.replacing(path) as slow:
        slow.write(b"slow")
        atomic.write_bytes(path, b"quick")
        assert path.read_bytes() == b"quick"
    assert path.read_bytes() == b"slow"
    assert [entry.name for entry in tmp_path.iterdir()] == ["settings.json"]


def test_what_a_kill_left_is_taken_over_by_the_next_write(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    (tmp_path / ".settings.json.part").write_bytes(b"longer than what is to come")
    atomic.write_bytes(path, b"new")
    assert path.read_bytes() == b"new"
    assert [entry.name for entry in tmp_path.iterdir()] == ["settings.json"]


def test_the_file_is_on_the_disk_before_it_is_moved_and_the_folder_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "settings.json"
    synchronised: list[tuple[str, bool]] = []

    def sync(descriptor: int) -> None:
        kind = "folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file"
        synchronised.append((kind, path.exists()))

    monkeypatch.setattr(os, "fsync", sync)
    atomic.write_bytes(path, b"new")
    assert synchronised == [("file", False), ("folder", True)]


def test_a_lock_dies_with_its_holder(tmp_path: Path) -> None:
    path = tmp_path / "locked"
    code = (
        "import os, sys, time\nfrom desktop_app.core.file_lock import try_lock\n"
        "print(try_lock(os.open(sys.argv[1], os.O_RDWR | os.O_CREAT)), flush=True)\ntime.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code, path], stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"True\n"
        with path.open("r+b") as file:
            assert not try_lock(file.fileno())
        holder.kill()
        holder.wait(30)
        with path.open("r+b") as file:
            assert try_lock(file.fileno())


def test_a_failed_write_leaves_the_old_file_and_no_litter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "settings.json"
    atomic.write_bytes(path, b"old")

    def full_disk(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full_disk)
    with pytest.raises(OutputError, match="No space left"):
        atomic.write_bytes(path, b"new")
    assert path.read_bytes() == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["settings.json"]


def test_a_written_file_keeps_the_permissions_it_had(tmp_path: Path) -> None:
    path = tmp_path / "result.json"
    path.write_bytes(b"old")
    path.chmod(0o640)
    atomic.write_bytes(path, b"new")
    assert path.stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize("below", ["new.png", "inner/new.png"])
def test_a_file_where_a_folder_should_be_is_named(below: str, tmp_path: Path) -> None:
    (tmp_path / "maps").touch()
    with pytest.raises(OutputError) as caught:
        atomic.write_bytes(tmp_path / "maps" / below, NEW)
    assert caught.value.why == f"{tmp_path / 'maps'} is a file and no folder"
    assert caught.value.remedy == "Choose another place."


def test_a_folder_where_the_file_should_be_is_named(tmp_path: Path) -> None:
    with pytest.raises(OutputError) as caught:
        atomic.write_bytes(tmp_path, NEW)
    assert caught.value.why == f"{tmp_path} is a folder"
    assert list(tmp_path.iterdir()) == []
