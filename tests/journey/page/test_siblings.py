"""Where workers meet, and what one makes of another that is strange, slow or gone."""

import asyncio
import json
import os
import socket
import tempfile
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest
from tests.conformance.harness import PATIENCE, echo
from tests.journey.page.paging import Ponds, hub_of, with_page

from webfoot.journey.page import crew as crews
from webfoot.journey.page import meeting as meetings
from webfoot.journey.page.application import Page
from webfoot.journey.page.crew import Crew
from webfoot.journey.page.doorway import Doorway
from webfoot.journey.page.gate import Gate
from webfoot.journey.page.hub import Hub
from webfoot.journey.page.meeting import Meeting, Place
from webfoot.journey.page.sibling import Mirror

ROW = {"id": "7-1", "cursor": 3, "started_at": 1.0, "target": "/geese", "method": "GET", "kind": "http", "status": 200}
ROW |= {"worker": 7, "slow": False, "failed": False, "state": "done"}


@pytest.fixture
def place(monkeypatch):
    with tempfile.TemporaryDirectory(prefix="wf") as name:
        monkeypatch.setattr(meetings, "private_directory", lambda: Path(name))
        yield Path(name)


def line(event, cursor, data):
    return json.dumps([event, cursor, data]).encode() + b"\n"


@contextmanager
def left_behind(path):
    """A socket whose process has gone."""
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(os.fspath(path))
    yield path


def test_they_find_each_other_and_nobody_else(place):
    first, second, stranger = Meeting("crew", "aa"), Meeting("crew", "bb"), Meeting("others", "cc")
    sockets = [each.come() for each in (first, second, stranger)]
    assert [(found.worker, found.epoch) for found in first.others()] == [(os.getpid(), "bb")]
    (place / "crew-x-dd.page").touch()
    (place / "crew.page").touch()
    (place / "crew-9.page").touch()
    assert [found.epoch for found in second.others()] == ["aa"]
    first.leave()
    first.leave()
    assert second.others() == []
    for each in sockets:
        each.close()


def test_what_the_dead_have_left_is_removed_and_what_is_alive_is_not(place):
    alive = Meeting("crew", "aa")
    with alive.come(), left_behind(place / "old-1-ee.page") as left, Meeting("crew", "bb").come():
        assert not left.exists()
        assert len(list(place.iterdir())) == 2
        (place / "no-socket.page").write_text("")
        assert [each.epoch for each in alive.others()] == ["bb"]


def test_a_mirror_shows_what_it_is_told():
    mirror = Mirror(Place(7, "ab", Path()))
    assert mirror.take(line("journey", 3, ROW)).data == ROW
    assert mirror.take(line("journey", 3, ROW)) is None
    assert mirror.take(line("journey", 2, {**ROW, "cursor": 2, "state": "running"})) is None
    assert mirror.rows == {"7-1": ROW}
    assert mirror.take(line("caught", 0, {})) is None
    assert (mirror.is_whole, mirror.cursor) == (True, 3)
    assert mirror.take(line("gone", 0, {"ids": ["7-1", "7-0"]})).data["ids"] == ["7-1", "7-0"]
    assert mirror.rows == {}
    mirror.take(line("journey", 4, {**ROW, "cursor": 4}))
    assert mirror.take(line("clear", 5, {})).data == {"worker": 7}
    assert (mirror.rows, mirror.cursor) == ({}, 5)
    assert mirror.take(line("alive", 0, {})) is None
    assert mirror.take(line("something new", 6, {})) is None


def test_what_one_does_not_tell_of_again_is_gone():
    mirror = Mirror(Place(7, "ab", Path()))
    for id in ("7-1", "7-2"):
        mirror.take(line("journey", 3, {**ROW, "id": id}))
    mirror.take(line("caught", 0, {}))
    mirror.begin()
    mirror.take(line("journey", 3, {**ROW, "id": "7-2"}))
    assert mirror.take(line("caught", 0, {})).data == {"ids": ["7-1"]}
    assert [*mirror.rows] == ["7-2"]


@pytest.mark.parametrize(
    "said", [b"", b"quack\n", b"{}\n", b"[]\n", b'["journey", 1]\n', b'["journey", 1, {}]\n'], ids=str
)
def test_another_language_is_no_news(said):
    with pytest.raises(ValueError):
        Mirror(Place(7, "ab", Path())).take(said)


# One that is played here, beside a real worker.


@asynccontextmanager
async def sibling(place, says, answer=b""):
    """Worker 7. says: to whoever follows it. answer: to every other question."""

    async def talk(reader, writer):
        writers.append(writer)
        question = json.loads(await reader.readline())
        writer.write(says if question["ask"] == "follow" else answer)
        if question["ask"] == "follow" and says:
            await reader.read()
        writer.close()

    writers = []
    server = await asyncio.start_unix_server(talk, place / "crew-7-ab.page")
    try:
        yield
    finally:
        server.close()
        for writer in writers:
            writer.close()


def with_crew(talk):
    """A server that is one of the crew."""

    def door(app, hub):
        crew = Crew(hub, "crew")
        crew.come_together()
        return Doorway(app, hub, Page(crew, Gate()))

    with_page(echo, talk, hub=Hub(door, mode="run"))


async def until(question, answer):
    async with asyncio.timeout(PATIENCE):
        while (found := await question()) != answer:
            await asyncio.sleep(0.01)
    return found


async def server_of(ponds: Ponds):
    return (await ponds.ask("/__webfoot__/api/journeys")).json["server"]


def test_one_that_hangs_and_one_that_is_a_stranger_are_silent(place):
    async def talk(ponds):
        await ponds.ask("/ducks")
        with socket.socket(socket.AF_UNIX) as hangs:
            hangs.bind(os.fspath(place / "crew-8-cd.page"))
            hangs.listen()
            async with sibling(place, b"quack\n"):
                found = (await ponds.ask("/__webfoot__/api/journeys")).json
        assert [row["target"] for row in found["journeys"]] == ["/ducks"]
        assert (found["server"]["workers"], found["server"]["silent"]) == (3, [7, 8])
        assert found["server"]["says"].startswith("Workers 7 and 8 do not answer")

    with_crew(talk)


def test_one_that_goes_in_the_middle_is_gone(place):
    async def talk(ponds):
        with left_behind(place / "crew-9-ef.page") as left:
            async with sibling(place, b"", b'{"summary":{}'):
                told = await server_of(ponds)
                assert (told["workers"], told["silent"]) == (1, [])
                assert told["says"].startswith("Worker 9 died, and its journeys have gone with it (--recorder keeps ")
                assert not left.exists()
                reply = await ponds.ask("/__webfoot__/api/journeys/7-1")
                assert reply.status == 404
                assert reply.error.startswith("there is no worker 7 any longer, and its journeys have gone with it")

    with_crew(talk)


def test_a_page_sees_one_come_and_go(place):
    async def talk(ponds):
        page = await ponds.open_stream()
        assert (await page.until("hello"))["server"]["seen"] == [os.getpid()]
        async with sibling(place, line("journey", 3, ROW) + line("caught", 0, {})):
            came = await page.until("server")
            assert came["server"]["seen"] == sorted([7, os.getpid()])
            assert (await page.until("journey"))["id"] == "7-1"
            found = await ponds.journeys("?worker=7")
            assert [row["id"] for row in found] == ["7-1"]
            assert await page.until("server", lambda data: data["server"]["silent"] == [7])  # it says no word more
        gone = await page.until("server", lambda data: 7 not in data["server"]["silent"])
        assert gone["server"]["seen"] == [os.getpid()]

    with_crew(talk)


def test_without_a_page_nobody_is_followed(place):
    async def talk(ponds):
        async with sibling(place, line("caught", 0, {})):
            page = await ponds.open_stream()
            await page.until("hello")
            assert following()
            page.writer.close()
            await until(_later(following), [])

    with_crew(talk)


def following():
    return [task for task in asyncio.all_tasks() if task.get_name().startswith("webfoot page: w")]


def _later(function):
    async def call():
        return function()

    return call


def test_where_they_cannot_meet_each_shows_its_own_and_says_so(monkeypatch, caplog):
    def nowhere():
        raise OSError("there is no directory for it")

    monkeypatch.setattr(meetings, "private_directory", nowhere)

    async def talk(ponds):
        await ponds.ask("/ducks")
        assert [row["target"] for row in await ponds.journeys()] == ["/ducks"]
        says = (await server_of(ponds))["says"]
        assert says == (
            f"This is worker {os.getpid()} and shows what it answered itself: others cannot be asked (there is no "
            "directory for it)."
        )
        reply = await ponds.ask("/__webfoot__/api/journeys/1-1")
        assert (reply.status, reply.error) == (404, f"this journey is not kept here. {says}")

    with_crew(talk)
    assert "the journeys' page shows those of one worker only: there is no directory for it" in caplog.text


def test_the_words_for_those_who_are_silent():
    assert crews._silence([]) == ""
    assert crews._silence([9]).startswith("Worker 9 does not answer: what it ")
    assert crews._silence([9, 7, 8]).startswith("Workers 7, 8 and 9 do not answer: what they ")


def test_who_is_busy_keeps_no_news_of_what_has_gone():
    async def talk(ponds):
        page = await ponds.open_stream()
        await page.until("reset")
        reader, writer = await ponds.connect()
        for _ in range(300):
            writer.write(ponds.request("/ducks"))
            await reader.readuntil(b'"body": ""}')
        writer.close()
        assert len(ponds.hub._news) <= ponds.hub.kept.most + len(ponds.hub.running)

    from webfoot.journey.page.kept import Kept

    with_page(echo, talk, hub=hub_of(kept=Kept(most=20)))
