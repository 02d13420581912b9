"""The clock that waiting uses up and that bytes give back."""

from __future__ import annotations

import math

import pytest

from webfoot.server.protocol.patience import Patience


def test_silence_ends_it_after_its_span() -> None:
    patience = Patience(30, 240)
    assert patience.deadline == math.inf
    patience.start(100)
    assert patience.deadline == 130


def test_a_byte_gives_back_its_share_and_never_more_than_the_span() -> None:
    patience = Patience(30, 240)
    patience.start(0)
    patience.gain(240, 10)
    assert patience.deadline == 31
    patience.gain(10**9, 20)
    assert patience.deadline == 50
    patience.gain(0, 45)
    assert patience.deadline == 50


def test_it_stands_still_while_it_is_not_the_peer_that_is_slow() -> None:
    patience = Patience(30, 240)
    patience.start(0)
    patience.stop(10)
    assert patience.deadline == math.inf
    patience.start(1000)
    patience.start(1005)  # it runs already
    assert patience.deadline == 1020
    patience.stop(1020)
    patience.gain(480, 2000)
    patience.start(2000)
    assert patience.deadline == 2002


@pytest.mark.parametrize("size", [1, 10**6])
def test_without_a_rate_any_byte_gives_all_of_it_back(size: int) -> None:
    patience = Patience(30, 0)
    patience.start(0)
    patience.gain(size, 29)
    assert patience.deadline == 59
    patience.stop(58)
    patience.gain(size, 60)
    patience.start(60)
    assert patience.deadline == 90
