"""What is done with journeys once nobody waits: secrets go, and what has left the ring is not held on to."""

from __future__ import annotations

import asyncio
import gc
import time

import pytest
from tests.conformance.harness import PATIENCE, echo
from tests.journey.page.paging import hub_of, with_page

from webfoot.journey.capture.thorough import ThoroughRecord
from webfoot.journey.page import afterwards as afterwards_module
from webfoot.journey.page.afterwards import Afterwards
from webfoot.journey.page.keeping import Keeping
from webfoot.journey.page.kept import Entry, Kept

SECRET = "hunter2-of-the-pond"


def raw(record):
    """All that the record holds, without reading it, which would clean it."""
    return repr((record.kept, record.request_body and record.request_body._begin))


def finished():
    gc.collect()
    return sum(type(each) is ThoroughRecord and each.done for each in gc.get_objects())


async def ended(ponds, count):
    async with asyncio.timeout(PATIENCE):
        while len(ponds.hub.kept) < count:
            await asyncio.sleep(0)


def test_a_journey_that_nobody_reads_is_without_secrets_soon():
    async def talk(ponds):
        await ponds.ask(f"/?token={SECRET}", "content-type: text/plain", method="POST", body=b"password=x")
        await ended(ponds, 1)
        [entry] = ponds.hub.kept
        before = raw(entry.record)
        async with asyncio.timeout(PATIENCE):
            while SECRET in raw(entry.record):
                await asyncio.sleep(0.01)
        return before, raw(entry.record)

    before, after = with_page(echo, talk, hub=hub_of())
    assert SECRET in before, "it was gone through while the request could have waited for it"
    assert "password=x" in before
    assert "password=x" not in after


def test_who_reads_it_before_that_sees_no_secret_either(monkeypatch):
    monkeypatch.setattr(afterwards_module, "SOON", 3600.0)

    async def talk(ponds):
        await ponds.ask(f"/?token={SECRET}", "content-type: text/plain", method="POST", body=SECRET.encode())
        await ended(ponds, 1)
        [entry] = ponds.hub.kept
        return entry.summary, entry.whole(), raw(entry.record)

    summary, whole, after = with_page(echo, talk, hub=hub_of())
    assert summary["target"] == "/?token=[redacted]"
    assert SECRET.encode() not in whole
    assert SECRET not in after


@pytest.mark.parametrize("is_kept", [True, False], ids=["written down", "in memory"])
def test_under_load_no_more_is_held_than_the_ring_holds(tmp_path, monkeypatch, is_kept):
    monkeypatch.setattr(afterwards_module, "SOON", 3600.0)  # it is never quiet
    hub = hub_of(keeping=Keeping(tmp_path / "journeys") if is_kept else None, kept=Kept(most=5))

    async def talk(ponds):
        reader, writer = await ponds.connect()
        for number in range(60):
            writer.write(ponds.request(f"/{number}"))
            await reader.readuntil(b"\r\n\r\n")
        await ended(ponds, 5)
        return finished()

    before = finished()
    assert with_page(echo, talk, hub=hub) - before <= 6


def test_when_the_process_ends_the_newest_are_written_in_their_order(tmp_path):
    keeping = Keeping(tmp_path / "journeys")
    hub = hub_of(keeping=keeping)

    async def talk(ponds):
        for number in range(9):
            await ponds.ask(f"/{number}")
        await ended(ponds, 9)
        ponds.hub.afterwards.save(4)

    with_page(echo, talk, hub=hub)
    assert [entry.summary["target"] for entry in keeping.load(100)] == ["/5", "/6", "/7", "/8"]


def test_one_look_writes_for_some_milliseconds_only(monkeypatch, tmp_path):
    written, in_one_look = [], []

    def write_down(entry):
        written.append(entry)
        time.sleep(0.004)
        return b"{}", b"{}"

    def look(self):
        before = len(written)
        real(self)
        in_one_look.append(len(written) - before)

    real = Afterwards._look
    monkeypatch.setattr(Afterwards, "_look", look)
    monkeypatch.setattr(Entry, "write_down", write_down)

    async def talk(ponds):
        for _ in range(20):
            await ponds.ask("/")
        async with asyncio.timeout(PATIENCE):
            while len(written) < 20:
                await asyncio.sleep(0.01)

    with_page(echo, talk, hub=hub_of(keeping=Keeping(tmp_path / "journeys")))
    assert max(in_one_look) <= 4
