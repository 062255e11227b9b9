"""Runs with interventions: the right places, few sessions, honest provider, clean cancel."""

import threading
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from desktop_app.core import providers
from desktop_app.core.cancellation import Cancellation
from desktop_app.core.errors import Cancelled, InterventionError, RunError
from desktop_app.core.gated_sessions import GatedSessions
from desktop_app.core.interventions import Intervention, can_scale, gates_for
from desktop_app.core.kept_sessions import SESSIONS_KEPT
from desktop_app.core.model_file import load_model
from desktop_app.core.onnx_runtime import Runtime, Session
from desktop_app.core.records import Provider, Tensor
from desktop_app.core.sessions import ModelSessions

CPU = Provider(name="cpu", reason="asked for")
CUDA = Provider(name="cuda", reason="asked for")
RED = Intervention("channel", "res2a_relu", 0, 0.0)
BRANCH = Intervention("branch", "2b", None, 0.0)


class Counting(Runtime):
    """Counts the sessions that are made; those on CUDA fail when they are."""

    def __init__(self) -> None:
        super().__init__()
        self.made: list[str] = []

    def session(self, source: str | bytes, provider_names: Sequence[str]) -> Session:
        self.made.append(provider_names[0])
        if provider_names[0] == providers.CUDA:
            raise RuntimeError("no kernel image")
        return super().session(source, provider_names)


@pytest.fixture
def runtime() -> Counting:
    return Counting()


@pytest.fixture
def gated(tiny_model: Path, runtime: Counting) -> GatedSessions:
    return GatedSessions(load_model(tiny_model), CPU, runtime)


@pytest.fixture
def red() -> Tensor:
    picture = np.zeros((1, 3, 32, 32), np.float32)
    picture[0, 0] = 1
    return picture


def test_switching_the_red_channel_off_takes_the_red_class_away(
    gated: GatedSessions, red: Tensor
) -> None:
    outcome = gated.run(red, [RED])
    assert outcome.untouched_probabilities.argmax() == 0
    assert outcome.probability_changes[0] < -0.5
    assert outcome.logit_changes[0] < 0
    np.testing.assert_allclose(outcome.probabilities.sum(), 1, atol=1e-6)
    assert not outcome.probabilities.flags.writeable


def test_untouched_scores_are_those_of_the_plain_session(
    tiny_model: Path, gated: GatedSessions, red: Tensor
) -> None:
    plain = ModelSessions(load_model(tiny_model), "cpu").probabilities(red)[0]
    outcome = gated.run(red, [RED, BRANCH])
    np.testing.assert_array_equal(outcome.untouched_probabilities, plain)


def test_scores_hold_nothing_of_a_session_that_is_let_go(gated: GatedSessions, red: Tensor) -> None:
    outcome = gated.run(red, [RED])
    for scores in (outcome.probabilities, outcome.logits, outcome.untouched_logits):
        assert (scores if scores.base is None else scores.base).flags.owndata


def test_a_factor_of_one_changes_nothing(gated: GatedSessions, red: Tensor) -> None:
    outcome = gated.run(red, [Intervention("channel", "bn3a_branch1", 2, 1.0)])
    assert not outcome.probability_changes.any()
    assert not outcome.logit_changes.any()


def test_no_interventions_give_the_untouched_scores_twice(
    gated: GatedSessions, red: Tensor
) -> None:
    outcome = gated.run(red, [])
    assert outcome.probabilities is outcome.untouched_probabilities


def test_factors_of_one_place_multiply(gated: GatedSessions) -> None:
    halves = [Intervention("branch", "2b", None, 0.5), Intervention("branch", "2b", 3, 0.5)]
    (factors,) = gates_for(gated.model, halves).values()
    assert factors.ravel().tolist() == [0.5, 0.5, 0.5, 0.25, 0.5, 0.5, 0.5, 0.5]


def test_other_channels_and_factors_of_the_same_places_need_no_other_session(
    gated: GatedSessions, runtime: Counting, red: Tensor
) -> None:
    gated.run(red, [RED, BRANCH])
    gated.run(red, [Intervention("channel", "res2a_relu", 5, 1.7)])
    gated.run(red, [BRANCH])
    gated.run(red, [])
    assert len(runtime.made) == 1
    gated.run(red, [Intervention("channel", "conv1", 5, 1.7)])
    assert len(runtime.made) == 2


def test_the_session_used_longest_ago_is_let_go(
    gated: GatedSessions, runtime: Counting, red: Tensor
) -> None:
    layers = ("conv1", "bn_conv1", "conv1_relu", "pool1", "res2a", "res2b")
    assert len(layers) == SESSIONS_KEPT + 1
    for layer in layers:
        gated.run(red, [Intervention("channel", layer, 0, 0.5)])
    gated.run(red, [Intervention("channel", layers[1], 0, 0.5)])
    assert len(runtime.made) == len(layers)
    gated.run(red, [Intervention("channel", layers[0], 0, 0.5)])
    assert len(runtime.made) == len(layers) + 1


def test_places_that_will_follow_are_gated_at_once(
    gated: GatedSessions, runtime: Counting, red: Tensor
) -> None:
    branches = [Intervention("branch", block.name, None, 0) for block in gated.model.blocks]
    for branch in branches:
        gated.run(red, [branch], also=branches)
    assert len(runtime.made) == 1


def test_every_layer_with_maps_can_be_scaled(gated: GatedSessions, red: Tensor) -> None:
    model = gated.model
    layers = [layer.name for layer in model.layers if can_scale(model, layer.name)]
    assert len(layers) == len(model.layers) - 3  # avg_pool, fc3, probabilities
    outcome = gated.run(red, [Intervention("channel", layer, 0, 1.0) for layer in layers])
    np.testing.assert_allclose(outcome.probability_changes, 0)


@pytest.mark.parametrize(
    ("intervention", "words"),
    [
        (Intervention("channel", "nowhere", 0, 0), "no layer with maps"),
        (Intervention("channel", "fc3", 0, 0), "no layer with maps"),
        (Intervention("channel", "res2a", 8, 0), "channels 0 to 7"),
        (Intervention("channel", "res2a", -1, 0), "channels 0 to 7"),
        (Intervention("branch", "9z", None, 0), "no residual block 9z"),
    ],
)
def test_what_is_not_there_is_said(
    gated: GatedSessions, red: Tensor, intervention: Intervention, words: str
) -> None:
    with pytest.raises(InterventionError, match=words):
        gated.run(red, [intervention])


def test_a_session_that_fails_on_cuda_gives_way_to_the_cpu(
    tiny_model: Path, runtime: Counting, red: Tensor
) -> None:
    gated = GatedSessions(load_model(tiny_model), CUDA, runtime)
    outcome = gated.run(red, [RED])
    assert runtime.made == [providers.CUDA, providers.CPU]
    assert outcome.provider.name == "cpu"
    assert "no kernel image" in outcome.provider.reason


def test_a_run_that_fails_on_the_cpu_is_told(gated: GatedSessions) -> None:
    with pytest.raises(RunError, match="Take the changes back"):
        gated.run(np.zeros((1, 5, 7, 7), np.float32), [RED])


def test_a_thrown_switch_stops_the_run(gated: GatedSessions, red: Tensor) -> None:
    switch = Cancellation()
    thread = threading.Thread(target=switch.cancel)
    thread.start()
    thread.join()
    with pytest.raises(Cancelled):
        gated.run(red, [RED], switch)


def test_interventions_are_named_in_words() -> None:
    assert str(RED) == "channel 0 of res2a_relu off"
    assert str(Intervention("branch", "4c", None, 0.5)) == "branch of 4c × 0.50"
