"""The switch that stops work."""

import pytest

from desktop_app.core.cancellation import Cancellation
from desktop_app.core.errors import Cancelled


def test_cancelling_stops_what_is_under_way_and_what_comes_later() -> None:
    switch, stopped = Cancellation(), []
    with switch.stopping(lambda: stopped.append("first")):
        switch.cancel()
    assert stopped == ["first"]
    with pytest.raises(Cancelled), switch.stopping(lambda: stopped.append("second")):
        pytest.fail("entered although cancelled")
    with pytest.raises(Cancelled):
        switch.raise_if_cancelled()


def test_what_has_ended_is_not_stopped_any_more() -> None:
    switch, stopped = Cancellation(), []
    with switch.stopping(lambda: stopped.append("late")):
        pass
    switch.cancel()
    assert stopped == []
    assert switch.cancelled
