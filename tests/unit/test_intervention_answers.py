"""The worker runs a changed network, and measures blocks when nothing else is to be done."""

from pathlib import Path

import numpy as np
from PIL import Image as PillowImage

from desktop_app.core.interventions import Intervention
from desktop_app.core.model_file import load_model
from desktop_app.core.records import FileSource
from desktop_app.messages import ActivationsReady, Analyse, Classified
from desktop_app.messages.interventions import (
    EffectMeasured,
    Intervene,
    Intervened,
    InterventionFailed,
    MeasureEffects,
    MeasureShares,
    SharesMeasured,
)
from desktop_app.worker import Worker
from tests.unit.test_worker import Inbox, inbox, plain, worker

__all__ = ["inbox", "worker"]

RED_OFF = Intervention("channel", "res2a_relu", 0, 0.0)


def test_a_change_of_the_picture_on_screen(worker: Worker, inbox: Inbox) -> None:
    source = plain("red")
    worker.submit(Analyse(2, 7, source))
    classified = inbox.until(ActivationsReady)[0]
    assert isinstance(classified, Classified)
    worker.submit(Intervene(3, 7, source, (RED_OFF,)))
    reply = inbox.next()
    assert isinstance(reply, Intervened)
    assert (reply.number, reply.entry) == (3, 7)
    np.testing.assert_array_equal(
        reply.outcome.untouched_probabilities, classified.classification.probabilities
    )
    assert reply.outcome.probability_changes[0] < -0.5


def test_the_picture_on_screen_is_not_read_again(
    worker: Worker, inbox: Inbox, tmp_path: Path
) -> None:
    path = tmp_path / "red.png"
    PillowImage.new("RGB", (40, 30), (255, 0, 0)).save(path)
    source = FileSource(path)
    worker.submit(Analyse(2, 1, source))
    inbox.until(ActivationsReady)
    path.unlink()
    worker.submit(Intervene(3, 1, source, (RED_OFF,)))
    assert isinstance(inbox.next(), Intervened)


def test_a_picture_that_is_gone_and_a_place_that_is_not_there_are_failures(
    worker: Worker, inbox: Inbox, tmp_path: Path
) -> None:
    worker.submit(Intervene(2, 1, FileSource(tmp_path / "gone.png"), (RED_OFF,)))
    gone = inbox.next()
    worker.submit(Intervene(3, 1, plain("red"), (Intervention("branch", "9z", None, 0.0),)))
    nowhere = inbox.next()
    assert isinstance(gone, InterventionFailed)
    assert gone.error.code == "image-missing"
    assert isinstance(nowhere, InterventionFailed)
    assert nowhere.error.code == "cannot-intervene"


def test_shares_of_every_block(worker: Worker, inbox: Inbox, tiny_model: Path) -> None:
    source = plain("green")
    worker.submit(Analyse(2, 1, source))
    ready = inbox.until(ActivationsReady)[-1]
    assert isinstance(ready, ActivationsReady)
    blocks = load_model(tiny_model).blocks
    worker.submit(MeasureShares(3, 1, ready.activations, blocks))
    reply = inbox.next()
    assert isinstance(reply, SharesMeasured)
    assert [share.block.name for share in reply.shares] == ["2a", "2b", "3a"]
    # The colours go through the shortcut alone.
    assert reply.shares[1].branch_norms[:3].tolist() == [0, 0, 0]
    assert 0 < reply.shares[1].branch_share < 1


def test_effects_come_one_by_one_and_let_pictures_go_first(worker: Worker, inbox: Inbox) -> None:
    source = plain("blue")
    worker.submit(MeasureEffects(2, 1, source, 2))
    worker.submit(Analyse(3, 2, plain("red")))
    replies = [inbox.next() for _ in range(6)]
    effects = [reply for reply in replies if isinstance(reply, EffectMeasured)]
    assert [one.effect.block for one in effects] == ["2a", "2b", "3a"]
    assert [one.is_last for one in effects] == [False, False, True]
    assert isinstance(replies[-1], EffectMeasured)
    # No branch touches the colour channels, so none of them moves the class.
    assert all(one.effect.probability_change == 0 for one in effects)
    assert effects[0].effect.top_index == 2


def test_effects_can_be_stopped(worker: Worker, inbox: Inbox) -> None:
    source = plain("blue")
    worker.submit(MeasureEffects(2, 1, source, 2))
    worker.cancel(MeasureEffects)
    worker.submit(Analyse(3, 1, source))
    replies = inbox.until(ActivationsReady)
    assert not any(isinstance(reply, EffectMeasured) and reply.is_last for reply in replies)
