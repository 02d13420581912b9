"""What the page shows outlasts a restart, whatever state the file is in."""

import asyncio
import json
import os

import pytest
from tests.conformance.harness import echo
from tests.journey.page.paging import hub_of, with_page

from webfoot.journey.page import afterwards as afterwards_module
from webfoot.journey.page import keeping as keeping_module
from webfoot.journey.page.keeping import Keeping
from webfoot.journey.page.kept import Kept


@pytest.fixture
def path(tmp_path):
    return tmp_path / "journeys"


def serve(path, talk, **kept):
    """One worker's life."""
    hub = hub_of(keeping=Keeping(path), kept=Kept(**kept) if kept else None)

    async def live(ponds):
        told = await talk(ponds)
        hub.afterwards.save(1000)
        return told

    return with_page(echo, live, hub=hub)


async def targets(ponds):
    return [(each["target"], each["earlier"]) for each in await ponds.journeys()]


def test_the_next_worker_shows_what_the_one_before_did(path):
    async def first(ponds):
        await ponds.ask("/ducks?token=hunter2", method="POST", body=b'{"password": "hunter2"}')
        return await ponds.last()

    async def second(ponds):
        await ponds.ask("/geese")
        assert await targets(ponds) == [("/ducks?token=[redacted]", True), ("/geese", False)]
        return await ponds.journey(before["id"])

    async def third(ponds):
        return await targets(ponds)

    before = serve(path, first)
    after = serve(path, second)
    assert after["summary"].pop("earlier") != before["summary"].pop("earlier")
    assert after["summary"].pop("cursor")
    assert before["summary"].pop("cursor")
    assert after == before
    assert serve(path, third) == [("/ducks?token=[redacted]", True), ("/geese", True)]
    assert b"hunter2" not in path.read_bytes()
    assert path.stat().st_mode & 0o077 == 0


def test_it_is_written_when_all_is_quiet(path, monkeypatch):
    monkeypatch.setattr(afterwards_module, "QUIET", 0.05)

    async def talk(ponds):
        await ponds.ask("/ducks")
        async with asyncio.timeout(5):
            while not path.exists():
                await asyncio.sleep(0.01)
        [entry] = ponds.hub.kept
        assert entry.record is None
        assert entry.weight == len(entry.data) == ponds.hub.kept.weight
        return await ponds.last()

    whole = serve(path, talk)
    assert whole["target"] == "/ducks"


def test_when_the_server_stops_it_is_written_at_once(path):
    async def talk(ponds):
        await ponds.ask("/ducks")
        ponds.hub.stopping.set()
        await ponds.ask("/geese")
        async with asyncio.timeout(5):
            while ponds.hub.running:
                await asyncio.sleep(0.01)
        assert path.read_bytes().count(b"\n") == 4

    serve(path, talk)


BROKEN = {
    "nothing": b"",
    "no lines": b"quack",
    "half an entry": b'{"id": "1-1"}\n',
    "half a line": b'{"id": "1-1"}\n{"version"',
    "no JSON": b"quack\nquack\n",
    "no summary": b"[]\n{}\n",
    "no id": b"{}\n{}\n",
    "bytes": bytes(range(256)) * 10 + b"\n\n",
    "deep": b"[" * 100_000 + b"\n{}\n",
}


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_file_costs_what_was_in_it(path, content):
    async def talk(ponds):
        await ponds.ask("/ducks")
        return await targets(ponds)

    path.write_bytes(content)
    assert serve(path, talk) == [("/ducks", False)]


def test_a_line_that_was_cut_off_costs_one_journey(path):
    async def talk(ponds):
        for name in "abc":
            await ponds.ask(f"/{name}")

    async def again(ponds):
        return await targets(ponds)

    serve(path, talk)
    path.write_bytes(path.read_bytes()[:-20])
    assert serve(path, again) == [("/a", True), ("/b", True)]


def test_where_nothing_can_be_written_it_is_said_once(tmp_path, caplog):
    async def talk(ponds):
        for _ in range(3):
            await ponds.ask("/ducks")
            ponds.hub.afterwards.save(10)
        return len(await ponds.journeys())

    assert serve(tmp_path / "no" / "journeys", talk) == 3
    said = [record.message for record in caplog.records if "outlast" in record.message]
    assert len(said) == 1
    assert said[0].endswith("cannot be written (No such file or directory)")


def test_no_link_is_followed(path, tmp_path):
    async def talk(ponds):
        await ponds.ask("/ducks")

    target = tmp_path / "precious"
    target.write_bytes(b"precious")
    os.symlink(target, path)
    serve(path, talk)
    assert target.read_bytes() == b"precious"


def test_the_file_does_not_grow_for_ever(path, monkeypatch):
    monkeypatch.setattr(keeping_module, "_MOST_BYTES", 100_000)

    async def talk(ponds):
        for number in range(60):
            await ponds.ask(f"/{number}")
            ponds.hub.afterwards.save(10)

    async def again(ponds):
        return await targets(ponds)

    serve(path, talk, most=5)
    assert path.stat().st_size < 200_000
    assert serve(path, again, most=5) == [(f"/{number}", True) for number in range(55, 60)]


def test_clearing_clears_the_file_too(path):
    async def talk(ponds):
        await ponds.ask("/ducks")
        ponds.hub.afterwards.save(10)
        await ponds.ask("/__webfoot__/api/clear", "x-webfoot-page: 1", method="POST")
        return path.read_bytes()

    assert serve(path, talk) == b""


def test_what_is_kept_is_whole_json(path):
    async def talk(ponds):
        await ponds.ask("/\\ud800", "x: \xff\xfe", method="POST", body="é€😀".encode() + b"\xed\xa0\x80")
        return await ponds.last()

    serve(path, talk)
    for line in path.read_bytes().splitlines():
        json.loads(line)
