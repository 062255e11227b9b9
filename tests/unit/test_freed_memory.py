"""Memory that sessions left behind is given back once, when nothing is asked."""

import sys
from pathlib import Path

import pytest

from desktop_app.answering.bench import Bench
from desktop_app.core import freed_memory
from desktop_app.core.model_file import load_model
from desktop_app.core.onnx_runtime import Runtime
from desktop_app.core.sessions import ModelSessions


@pytest.fixture
def given_back(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    calls: list[bool] = []
    monkeypatch.setattr(freed_memory, "give_back", lambda: calls.append(True))
    return calls


@pytest.fixture
def bench(tiny_model: Path) -> Bench:
    runtime = Runtime()
    bench = Bench(lambda _: None, (), runtime)
    bench.open(ModelSessions(load_model(tiny_model), "cpu", runtime=runtime))
    return bench


@pytest.mark.skipif(sys.platform != "linux", reason="other C libraries are not asked")
def test_the_c_library_can_be_asked() -> None:
    assert freed_memory.give_back()


def test_elsewhere_nothing_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    assert not freed_memory.give_back()


def test_it_is_given_back_once_after_a_session_was_made(
    bench: Bench, given_back: list[bool]
) -> None:
    bench.rest()
    bench.rest()
    assert len(given_back) == 1
    bench.need_gradients().logits()
    bench.rest()
    bench.rest()
    assert len(given_back) == 2


def test_it_is_given_back_after_sessions_went(bench: Bench, given_back: list[bool]) -> None:
    bench.rest()
    bench.has_freed = True
    bench.rest()
    bench.rest()
    assert len(given_back) == 2
