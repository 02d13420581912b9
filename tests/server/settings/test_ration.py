"""Lines of the log that a client can provoke."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest
from tests.conformance.harness import Dialogue, with_server

from webfoot.server.settings.log import Ration


def test_so_many_in_a_span_and_then_how_many_more() -> None:
    ration = Ration(most=2, span=10)
    assert [ration.admit(now) for now in (100, 101, 102, 103)] == [True, True, False, False]
    assert ration.left_out(109) == 0
    assert ration.left_out(110) == 2
    assert ration.left_out(110) == 0
    assert ration.admit(111)


def test_a_span_begins_with_its_first_line() -> None:
    ration = Ration(most=1, span=10)
    assert ration.admit(0)
    assert not ration.admit(9)
    assert ration.admit(10)
    assert not ration.admit(19)


def test_a_flood_of_bad_requests_is_a_few_lines(caplog: pytest.LogCaptureFixture) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        raise AssertionError("nothing of this is for the application")

    async def talk(dialogue: Dialogue) -> None:
        address = dialogue.writer.get_extra_info("peername")
        for _ in range(50):
            reader, writer = await asyncio.open_connection(*address)
            writer.write(b"NO HTTP\r\n\r\n")
            assert b" 400 " in await reader.readline()
            writer.close()
        dialogue.service.now += 10
        dialogue.service.sum_up_refusals()

    with caplog.at_level(logging.INFO, "webfoot"):
        asyncio.run(with_server(app, talk))
    lines = [record.getMessage() for record in caplog.records if "refused" in record.getMessage()]
    assert len(lines) == 21
    assert lines[-1] == "refused 30 more requests or handshakes"
    assert not any(record.exc_info for record in caplog.records)
