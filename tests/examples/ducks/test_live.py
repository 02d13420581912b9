"""The stream of new sightings: its text, its listeners, and what becomes of those who are too slow."""

from __future__ import annotations

import asyncio
import json

from examples.ducks import live
from examples.ducks.live import Live, events
from examples.ducks.models import SightingOut, Species

TEAL = {"species": "teal", "place": "Ditch"}


def sighting(number: int) -> SightingOut:
    return SightingOut(
        id=number,
        species=Species.TEAL,
        place="Ditch",
        seen_at="2024-05-01T06:30:00Z",
        count=1,
        note=None,
        photo_url=None,
    )


class Events:
    """The events of a response that is still coming in."""

    def __init__(self, response) -> None:
        assert response.status_code == 200
        assert response.headers["content-type"].startswith("text/event-stream")
        self.lines = response.iter_lines()

    def next(self) -> dict[str, str]:
        event: dict[str, str] = {}
        for line in self.lines:
            if not line:
                return event
            name, _, value = line.partition(": ")
            event[name or "comment"] = value
        raise AssertionError("the stream has ended")


class TestOverHTTP:
    def test_everybody_hears_of_a_new_sighting(self, client):
        with client.stream("GET", "/sightings/live") as one, client.stream("GET", "/sightings/live") as two:
            listeners = [Events(one), Events(two)]
            for listener in listeners:
                assert listener.next() == {"comment": "listening", "retry": "2000"}
            assert client.get("/health").json()["listeners"] == 2
            told = client.post("/sightings", json=TEAL).json()
            for listener in listeners:
                event = listener.next()
                assert (event["id"], event["event"]) == ("7", "sighting")
                assert json.loads(event["data"]) == told

    def test_whoever_comes_back_is_told_what_was_missed(self, client):
        client.post("/sightings", json=TEAL)
        with client.stream("GET", "/sightings/live", headers={"last-event-id": "5"}) as response:
            listener = Events(response)
            listener.next()
            assert [listener.next()["id"], listener.next()["id"]] == ["6", "7"]
            client.post("/sightings", json=TEAL)
            assert listener.next()["id"] == "8"

    def test_a_listener_who_leaves_is_forgotten(self, client):
        with client.stream("GET", "/sightings/live") as response:
            Events(response).next()
        assert client.get("/health").json()["listeners"] == 0

    def test_a_wrong_last_event_id(self, client):
        assert client.get("/sightings/live", headers={"last-event-id": "x"}).status_code == 422


class TestListeners:
    def test_whoever_is_too_slow_is_let_go_and_the_others_hear_on(self):
        async def main():
            pond = Live()
            with pond.listen() as slow, pond.listen() as quick:
                heard = []
                for number in range(1, live.WAITING_AT_MOST + 2):
                    pond.publish(sighting(number))
                    heard.append(quick.get_nowait().id)
                assert heard == [*range(1, live.WAITING_AT_MOST + 2)]
                assert len(pond) == 1
                # What was waiting is still told, then the stream ends; the client comes back with Last-Event-ID.
                told = [text async for text in events(slow, [])]
                assert len(told) == 1 + live.WAITING_AT_MOST

        asyncio.run(main())

    def test_close_ends_every_stream(self):
        async def main():
            pond = Live()
            with pond.listen() as one, pond.listen() as two:
                pond.publish(sighting(1))
                pond.close()
                for listener in (one, two):
                    assert [text async for text in events(listener, [])][1:] == [live.as_event(sighting(1))]
            assert len(pond) == 0

        asyncio.run(main())

    def test_what_was_both_missed_and_published_is_told_once(self):
        async def main():
            pond = Live()
            with pond.listen() as listener:
                pond.publish(sighting(2))
                pond.publish(sighting(3))
                pond.close()
                told = [text async for text in events(listener, [sighting(1), sighting(2)])]
            assert told[1:] == [live.as_event(sighting(number)) for number in (1, 2, 3)]

        asyncio.run(main())

    def test_silence_is_broken_by_a_comment(self, monkeypatch):
        async def main():
            monkeypatch.setattr(live, "PING_EVERY", 0)
            with Live().listen() as listener:
                stream = events(listener, [])
                assert [await anext(stream), await anext(stream)][1] == ": still here\n\n"

        asyncio.run(main())

    def test_an_event_is_one_block_whatever_the_note_says(self):
        text = live.as_event(sighting(1).model_copy(update={"note": "two\nlines\r\n\r\nevent: fake"}))
        assert text.count("\n") == 4
        assert "\r" not in text
