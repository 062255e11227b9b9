"""A session's message bus is used where there is one, and never started."""

from pathlib import Path

import pytest

from desktop_app.session_bus import start_no_bus

ADDRESS = "DBUS_SESSION_BUS_ADDRESS"


@pytest.mark.parametrize("session", [{}, {"XDG_RUNTIME_DIR": "/nowhere"}, {"XDG_RUNTIME_DIR": ""}])
def test_where_there_is_none_none_is_started(session: dict[str, str]) -> None:
    variables = dict(session)
    start_no_bus(variables)
    assert variables == {**session, ADDRESS: "disabled:"}


def test_one_that_is_there_is_used(tmp_path: Path) -> None:
    told = {ADDRESS: "unix:path=/run/bus"}
    start_no_bus(told)
    assert told == {ADDRESS: "unix:path=/run/bus"}
    (tmp_path / "bus").touch()
    found = {"XDG_RUNTIME_DIR": str(tmp_path)}
    start_no_bus(found)
    assert ADDRESS not in found
