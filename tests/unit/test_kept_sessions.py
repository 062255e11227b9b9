"""Few sessions stay, the one used longest ago goes first, and nothing goes in vain."""

import weakref
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from desktop_app.answering.bench import Bench
from desktop_app.core.gated_sessions import GatedSessions
from desktop_app.core.interventions import Intervention
from desktop_app.core.kept_sessions import SESSIONS_KEPT, KeptSessions
from desktop_app.core.model_file import load_model
from desktop_app.core.onnx_runtime import Runtime
from desktop_app.core.sessions import ModelSessions

MINE, YOURS = object(), object()


class Loaded:
    """What stands for a session."""

    def __init__(self, name: str) -> None:
        self.name = name


class Shelf:
    """Two sessions, and what was loaded."""

    def __init__(self) -> None:
        self.sessions = KeptSessions(2)
        self.loaded: list[str] = []

    def ask(self, name: str, owner: object = MINE) -> Loaded:
        return self.sessions.get(owner, name, lambda: lambda: self._load(name))

    def _load(self, name: str) -> Loaded:
        self.loaded.append(name)
        return Loaded(name)


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


def test_what_is_kept_is_not_loaded_again(shelf: Shelf) -> None:
    assert shelf.ask("why") is shelf.ask("why")
    assert shelf.loaded == ["why"]


def test_what_was_used_longest_ago_goes_first(shelf: Shelf) -> None:
    for name in ("why", "what if", "why", "which images", "why"):
        assert shelf.ask(name).name == name
    assert shelf.loaded == ["why", "what if", "which images"]
    shelf.ask("what if")
    assert shelf.loaded[-1] == "what if"


def test_those_of_all_owners_are_counted_together_but_not_mixed(shelf: Shelf) -> None:
    assert shelf.ask("why", MINE) is not shelf.ask("why", YOURS)
    shelf.ask("what if", YOURS)
    shelf.ask("why", MINE)
    assert shelf.loaded == ["why", "why", "what if", "why"]


def test_there_is_room_before_another_one_is_loaded(shelf: Shelf) -> None:
    first = weakref.ref(shelf.ask("why"))
    shelf.ask("what if")
    seen: list[bool] = []

    def load() -> Loaded:
        seen.append(first() is None)
        return Loaded("which images")

    shelf.sessions.get(MINE, "which images", lambda: load)
    assert seen == [True]


def test_what_cannot_be_prepared_costs_nothing_that_is_kept(shelf: Shelf) -> None:
    shelf.ask("why")
    shelf.ask("what if")

    def refuse() -> Callable[[], Loaded]:
        raise ValueError("an operator without a derivative")

    for _ in range(3):
        with pytest.raises(ValueError, match="without a derivative"):
            shelf.sessions.get(MINE, "guided", refuse)
    shelf.ask("why")
    assert shelf.loaded == ["why", "what if"]


def test_one_that_serves_as_well_is_taken(shelf: Shelf) -> None:
    wide = shelf.ask("gates at a, b")
    narrow = shelf.sessions.get(
        MINE, "gates at a", lambda: lambda: Loaded("a"), serves=lambda key: "a" in key
    )
    assert narrow is wide


def test_an_owner_can_let_all_its_own_go(shelf: Shelf) -> None:
    mine = weakref.ref(shelf.ask("why", MINE))
    yours = shelf.ask("why", YOURS)
    shelf.sessions.let_go(MINE)
    assert mine() is None
    assert shelf.ask("why", YOURS) is yours


def test_sessions_of_one_model_are_few_whoever_asks(tiny_model: Path) -> None:
    """The one for exact activations belongs to another owner than those with gates."""
    runtime = Runtime()
    bench = Bench(lambda _: None, (), runtime)
    sessions = ModelSessions(load_model(tiny_model), "cpu", runtime=runtime)
    bench.open(sessions)
    gated = GatedSessions(sessions.model, sessions.provider, runtime, sessions.kept)
    picture = np.zeros((1, 3, 32, 32), np.float32)

    def made_by(ask: Callable[[], object]) -> int:
        before = runtime.sessions_made
        ask()
        return runtime.sessions_made - before

    def exact() -> object:
        return sessions.activations(picture, exact=True)

    exact()
    assert made_by(exact) == 0
    assert made_by(bench.need_gradients().logits) == 1
    places = ("conv1", "pool1", "res2a", "res2b", "res3a")[: SESSIONS_KEPT - 1]
    for layer in places:
        assert made_by(lambda: gated.run(picture, [Intervention("channel", layer, 0, 0)])) == 1  # noqa: B023 - called at once
    assert made_by(exact) == 1
    assert made_by(bench.need_gradients().logits) == 1
