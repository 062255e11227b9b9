"""The guard against leaks sees each kind of leak, and lets clean code pass."""

import threading
from collections.abc import Iterator

import pytest

from tests.leaks import LeakGuard


@pytest.fixture
def guard() -> Iterator[LeakGuard]:
    guard = LeakGuard(patience_s=0)
    yield guard
    guard.close()


def test_running_thread_is_a_leak_until_it_ends(guard: LeakGuard) -> None:
    release = threading.Event()
    thread = threading.Thread(target=release.wait, name="stray")
    thread.start()
    assert guard.leaks() == ["thread stray"]
    release.set()
    thread.join()
    assert guard.leaks() == []


def test_thread_that_is_about_to_end_is_no_leak() -> None:
    guard = LeakGuard()
    release = threading.Event()
    thread = threading.Thread(target=release.wait)
    thread.start()
    ending = threading.Timer(0.05, release.set)
    ending.start()
    guard.close()
    assert guard.leaks() == []
