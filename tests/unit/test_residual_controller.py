"""The residual view's figures are asked for once, while it is looked at."""

from collections.abc import Callable
from dataclasses import replace
from types import MappingProxyType

import numpy as np
import pytest

from desktop_app.controllers.residual import ResidualController
from desktop_app.conversation import Conversation
from desktop_app.core.block_effects import BlockEffect
from desktop_app.core.errors import RunError
from desktop_app.core.records import Activations, read_only
from desktop_app.core.residual_blocks import ResidualBlock
from desktop_app.core.residual_shares import ResidualShare, residual_shares
from desktop_app.intervening import shown_residual
from desktop_app.messages import Crashed
from desktop_app.messages.interventions import (
    EffectMeasured,
    EffectsFailed,
    MeasureEffects,
    MeasureShares,
    SharesMeasured,
)
from desktop_app.state import LensState
from tests.paper import Paper
from tests.unit.test_controller import MODEL
from tests.unit.test_interventions import shown, state

BLOCK = ResidualBlock(
    name="2a",
    branch="pool1",
    shortcut="conv1",
    summed="sum",
    output="sum",
    layers=("sum",),
    channels=4,
)
__all__ = ["state"]


def activations() -> Activations:
    maps = read_only(np.ones((4, 8, 8), np.float32))
    return Activations(values=MappingProxyType({"conv1": maps, "pool1": maps}), run_ms=1)


def effect() -> BlockEffect:
    return BlockEffect(
        block="2a",
        class_index=0,
        probability_change=-0.2,
        logit_change=-1.0,
        top_index=1,
        top_probability=0.6,
    )


@pytest.fixture
def paper() -> Paper:
    return Paper()


@pytest.fixture
def conversation(paper: Paper, state: LensState) -> Conversation:
    model = replace(MODEL, blocks=(BLOCK,))
    analysed = replace(shown(1), activations=activations())
    return Conversation(paper, paper, replace(state, model=model, shown=analysed))


@pytest.fixture
def controller(conversation: Conversation) -> ResidualController:
    return ResidualController(conversation)


@pytest.fixture
def looking(controller: ResidualController, conversation: Conversation) -> Callable[[], None]:
    def look() -> None:
        options = replace(conversation.state.options, layers_tab="residual")
        conversation.become(replace(conversation.state, options=options))

    return look


def shares() -> tuple[ResidualShare, ...]:
    return residual_shares(activations(), [BLOCK])


def test_nothing_is_measured_while_nobody_looks(
    controller: ResidualController, conversation: Conversation, paper: Paper
) -> None:
    conversation.become(replace(conversation.state, channel=3))
    assert paper.requests == []


def test_the_map_measures_only_with_its_figures_shown(
    controller: ResidualController, conversation: Conversation, paper: Paper
) -> None:
    options = replace(conversation.state.options, layers_tab="map")
    conversation.become(replace(conversation.state, options=options))
    assert paper.requests == []
    options = replace(options, block_shares=True)
    conversation.become(replace(conversation.state, options=options))
    assert len(paper.asked(MeasureShares)) == 1


def test_shares_come_first_and_effects_follow(
    looking: Callable[[], None], conversation: Conversation, paper: Paper
) -> None:
    looking()
    looking()
    (request,) = paper.asked(MeasureShares)
    conversation.receive(SharesMeasured(request.number, 1, shares()))
    (effects,) = paper.asked(MeasureEffects)
    assert (effects.entry, effects.class_index) == (1, 0)
    part = shown_residual(conversation.state)
    assert part is not None
    assert part.measuring
    conversation.receive(EffectMeasured(effects.number, 1, effect(), is_last=True))
    part = shown_residual(conversation.state)
    assert part is not None
    assert not part.measuring
    assert part.effects["2a"].probability_change == -0.2


def test_another_class_s_effects_are_measured_when_it_is_asked_about(
    looking: Callable[[], None], conversation: Conversation, paper: Paper
) -> None:
    looking()
    conversation.receive(SharesMeasured(paper.asked(MeasureShares)[0].number, 1, shares()))
    conversation.become(replace(conversation.state, chosen_class=1))
    conversation.become(replace(conversation.state, channel=3))
    assert [request.class_index for request in paper.asked(MeasureEffects)] == [0, 1]
    part = shown_residual(conversation.state)
    assert part is not None
    assert (part.class_index, dict(part.effects)) == (1, {})


def test_effects_can_be_stopped_and_measured_again(
    looking: Callable[[], None],
    controller: ResidualController,
    conversation: Conversation,
    paper: Paper,
) -> None:
    looking()
    conversation.receive(SharesMeasured(paper.asked(MeasureShares)[0].number, 1, shares()))
    controller.stop()
    assert MeasureEffects in paper.cancelled
    late = paper.asked(MeasureEffects)[0].number
    conversation.receive(EffectMeasured(late, 1, effect(), is_last=False))
    part = shown_residual(conversation.state)
    assert part is not None
    assert (part.measuring, dict(part.effects)) == (False, {})
    controller.measure()
    assert len(paper.asked(MeasureEffects)) == 2


def test_another_picture_s_figures_replace_these(
    looking: Callable[[], None], conversation: Conversation, paper: Paper
) -> None:
    looking()
    conversation.receive(SharesMeasured(paper.asked(MeasureShares)[0].number, 1, shares()))
    fresh = replace(shown(2), activations=activations())
    conversation.become(replace(conversation.state, shown=fresh))
    assert MeasureEffects in paper.cancelled
    assert shown_residual(conversation.state) is None
    assert paper.asked(MeasureShares)[1].entry == 2


def test_shares_are_not_waited_for_after_a_crash(
    looking: Callable[[], None], conversation: Conversation, paper: Paper
) -> None:
    looking()
    conversation.receive(Crashed(paper.asked(MeasureShares)[0].number, "MeasureShares", "burst"))
    part = shown_residual(conversation.state)
    assert part is not None
    assert (part.shares, part.trouble) == ((), "burst")
    assert len(paper.asked(MeasureShares)) == 1


def test_a_failure_ends_the_measuring_and_is_said(
    looking: Callable[[], None], conversation: Conversation, paper: Paper
) -> None:
    looking()
    conversation.receive(SharesMeasured(paper.asked(MeasureShares)[0].number, 1, shares()))
    error = RunError("cannot run it", why="no memory", remedy="Close something.")
    number = paper.asked(MeasureEffects)[0].number
    conversation.receive(EffectsFailed(number, error))
    part = shown_residual(conversation.state)
    assert part is not None
    assert not part.measuring
    assert conversation.state.notices[-1].why == "no memory"
