"""Signals as a question: the first asks to stop, a second one stops, what is ignored stays so."""

import signal
from collections.abc import Iterator

import pytest

from model_export.interruption import Interruption

NUMBERS = [
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
]


class StoppedAtOnce(Exception):  # noqa: N818 - no error
    pass


@pytest.fixture(autouse=True, params=NUMBERS, ids=str)
def number(request: pytest.FixtureRequest) -> Iterator[signal.Signals]:
    """A signal that raises, were it not for the interruption."""

    def stop(*_: object) -> None:
        raise StoppedAtOnce

    before = signal.signal(request.param, stop)
    yield request.param
    signal.signal(request.param, before)


def test_the_first_signal_asks_and_the_second_acts(number: signal.Signals) -> None:
    with Interruption() as interruption:
        assert not interruption.requested
        signal.raise_signal(number)
        assert interruption.requested
        with pytest.raises(StoppedAtOnce):
            signal.raise_signal(number)


def test_afterwards_the_signal_does_what_it_did(number: signal.Signals) -> None:
    with Interruption() as interruption:
        pass
    with pytest.raises(StoppedAtOnce):
        signal.raise_signal(number)
    assert not interruption.requested


def test_an_ignored_signal_stays_ignored(number: signal.Signals) -> None:
    signal.signal(number, signal.SIG_IGN)  # as nohup does
    with Interruption() as interruption:
        signal.raise_signal(number)
    assert not interruption.requested
