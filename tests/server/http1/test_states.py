"""The table of a connection's life."""

from __future__ import annotations

from webfoot.server.http1.states import PATIENCE, STATES
from webfoot.server.settings.options import OPTIONS


def test_every_state_can_be_reached_and_can_end() -> None:
    assert {target for row in STATES.values() for target in row.values()} == set(STATES)
    for start in STATES:
        reached, new = {start}, {start}
        while new:
            new = {target for state in new for target in STATES[state].values()} - reached
            reached |= new
        assert "closed" in reached


def test_a_wire_can_be_lost_in_every_state() -> None:
    assert all(row["lost"] == "closed" for row in STATES.values())


def test_nothing_comes_after_closed() -> None:
    assert set(STATES["closed"].values()) == {"closed"}


def test_every_wait_for_the_client_is_bounded_by_a_setting() -> None:
    assert PATIENCE.keys() == STATES.keys()
    settings = {option.name for option in OPTIONS}
    assert {name for name in PATIENCE.values() if name} <= settings
    assert {state for state, setting in PATIENCE.items() if setting is None} == {"respond", "closed"}
