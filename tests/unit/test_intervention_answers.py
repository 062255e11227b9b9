"""The worker runs a changed network, and measures blocks when nothing else is to be done."""

from pathlib import Path

import numpy as np
from PIL import Image as PillowImage

from desktop_app.core.images import load_image
from desktop_app.core.interventions import Intervention
from desktop_app.core.model_file import load_model
from desktop_app.core.records import FileSource, Image
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


def picture(colour: str) -> Image:
    return load_image(plain(colour))


RED_OFF = Intervention("channel", "res2a_relu", 0, 0.0)


def test_a_change_of_the_picture_on_screen(worker: Worker, inbox: Inbox, tiny_model: Path) -> None:
    worker.submit(Analyse(2, 7, plain("red")))
    classified = inbox.until(ActivationsReady)[0]
    assert isinstance(classified, Classified)
    worker.submit(Intervene(3, 7, classified.image, tiny_model, (RED_OFF,)))
    reply = inbox.next()
    assert isinstance(reply, Intervened)
    assert (reply.number, reply.entry) == (3, 7)
    np.testing.assert_array_equal(
        reply.outcome.untouched_probabilities, classified.classification.probabilities
    )
    assert reply.outcome.probability_changes[0] < -0.5


def test_the_picture_on_screen_is_not_read_again(
    worker: Worker, inbox: Inbox, tmp_path: Path, tiny_model: Path
) -> None:
    path = tmp_path / "red.png"
    PillowImage.new("RGB", (40, 30), (255, 0, 0)).save(path)
    worker.submit(Analyse(2, 1, FileSource(path)))
    classified = inbox.until(ActivationsReady)[0]
    assert isinstance(classified, Classified)
    path.unlink()
    worker.submit(Analyse(3, 2, plain("blue")))  # its tensor takes the place of the first
    inbox.until(ActivationsReady)
    worker.submit(Intervene(4, 1, classified.image, tiny_model, (RED_OFF,)))
    assert isinstance(inbox.next(), Intervened)


def test_a_place_that_is_not_there_is_a_failure(
    worker: Worker, inbox: Inbox, tiny_model: Path
) -> None:
    nowhere = (Intervention("branch", "9z", None, 0.0),)
    worker.submit(Intervene(3, 1, picture("red"), tiny_model, nowhere))
    failed = inbox.next()
    assert isinstance(failed, InterventionFailed)
    assert failed.error.code == "cannot-intervene"


def test_what_was_asked_about_another_model_is_not_answered(
    worker: Worker, inbox: Inbox, tiny_model: Path
) -> None:
    other = tiny_model.with_name("other.onnx")
    worker.submit(Intervene(3, 1, picture("red"), other, (RED_OFF,)))
    worker.submit(MeasureEffects(4, 1, picture("red"), other, 2))
    worker.submit(Analyse(5, 1, plain("red")))
    assert isinstance(inbox.next(), Classified)


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


def test_effects_come_one_by_one_and_let_pictures_go_first(
    worker: Worker, inbox: Inbox, tiny_model: Path
) -> None:
    worker.submit(MeasureEffects(2, 1, picture("blue"), tiny_model, 2))
    worker.submit(Analyse(3, 2, plain("red")))
    replies = [inbox.next() for _ in range(6)]
    effects = [reply for reply in replies if isinstance(reply, EffectMeasured)]
    assert [one.effect.block for one in effects] == ["2a", "2b", "3a"]
    assert [one.is_last for one in effects] == [False, False, True]
    assert isinstance(replies[-1], EffectMeasured)
    # No branch touches the colour channels, so none of them moves the class.
    assert all(one.effect.probability_change == 0 for one in effects)
    assert effects[0].effect.top_index == 2


def test_effects_can_be_stopped(worker: Worker, inbox: Inbox, tiny_model: Path) -> None:
    worker.submit(MeasureEffects(2, 1, picture("blue"), tiny_model, 2))
    worker.cancel(MeasureEffects)
    worker.submit(Analyse(3, 1, plain("blue")))
    replies = inbox.until(ActivationsReady)
    assert not any(isinstance(reply, EffectMeasured) and reply.is_last for reply in replies)
