"""What gates cost, on ResNet-50 at 224×224 and 1000 classes."""

import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from desktop_app.core.gated_sessions import GatedSessions
from desktop_app.core.interventions import Intervention
from desktop_app.core.model_file import load_model
from desktop_app.core.records import Tensor
from desktop_app.core.sessions import ModelSessions
from tests.benchmarks.measure import compare, report

pytest.importorskip("torch")
pytestmark = [pytest.mark.benchmark, pytest.mark.torch, pytest.mark.timeout(300)]

FEW = (
    Intervention("channel", "res2b_branch2a_relu", 3, 0.0),
    Intervention("channel", "res3b_relu", 44, 0.5),
    Intervention("channel", "bn4c_branch2b", 7, 0.0),
    Intervention("branch", "4d", None, 0.0),
)


@pytest.fixture(scope="module")
def sessions(random_model: Path) -> ModelSessions:
    return ModelSessions(load_model(random_model), "cpu")


@pytest.fixture(scope="module")
def tensor() -> Tensor:
    return np.random.default_rng(0).normal(size=(1, 3, 224, 224)).astype(np.float32)


def changed(
    sessions: ModelSessions, tensor: Tensor, changes: Sequence[Intervention]
) -> Callable[[], object]:
    """One run with changes; the run without them has been made before."""
    gated = GatedSessions(sessions.model, sessions.provider, sessions.runtime)
    gated.run(tensor, changes)
    return lambda: gated.run(tensor, changes)


def test_a_few_changes_against_the_plain_run(sessions: ModelSessions, tensor: Tensor) -> None:
    for name, changes in (("one channel off", FEW[:1]), ("three channels and a branch", FEW)):
        ratio = compare(changed(sessions, tensor, changes), lambda: sessions.probabilities(tensor))
        report(f"{name} / plain run", ratio, goal=1.15)
        assert ratio.baseline_ms > 0


def test_every_branch_and_every_relu_against_the_plain_run(
    sessions: ModelSessions, tensor: Tensor
) -> None:
    model = sessions.model
    branches = [Intervention("branch", block.name, None, 0.5) for block in model.blocks]
    relus = [Intervention("channel", r.name, 0, 0.5) for r in model.layers if r.kind == "relu"]
    for name, changes in (
        ("16 branches", branches),
        ("49 ReLUs and 16 branches", branches + relus),
    ):
        ratio = compare(
            changed(sessions, tensor, changes), lambda: sessions.probabilities(tensor), rounds=9
        )
        report(f"gates at {name} / plain run", ratio, goal=1.15)
        assert ratio.baseline_ms > 0


def test_the_first_change_at_a_place(sessions: ModelSessions, tensor: Tensor) -> None:
    times = []
    for change in FEW:
        gated = GatedSessions(sessions.model, sessions.provider, sessions.runtime)
        began = time.perf_counter()
        gated.run(tensor, [change])
        times.append(1000 * (time.perf_counter() - began))
    print(
        f"\nfirst change at a place, with a session made for it: {statistics.median(times):.0f} ms"
    )
