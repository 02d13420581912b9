"""`server-timing`: a field that browsers read, with durations that add up."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel
from tests.journey.headers.test_reason import ask

from webfoot import Depends, Webfoot
from webfoot.journey.headers.server_timing import MOST, ServerTiming, _entry, fields_of
from webfoot.journey.record import Record
from webfoot.journey.watching import Watching
from webfoot.web import GZipMiddleware, PlainTextResponse

ENTRY = re.compile(r"""[!#$%&'*+\-.^_`|~0-9A-Za-z]+;dur=(\d+\.\d{3})(;desc="[ !#-\[\]-~]*")?""")


class Duck(BaseModel):
    name: str


def make() -> Webfoot:
    app = Webfoot()
    app.add_middleware(GZipMiddleware, minimum_size=10_000)

    async def pond() -> str:
        await asyncio.sleep(0.005)
        return "blue"

    @app.post("/ducks", response_model=Duck)
    async def ducks(duck: Duck, pond: str = Depends(pond)) -> Any:
        await asyncio.sleep(0.01)
        return {"name": pond}

    @app.get("/own")
    async def own() -> PlainTextResponse:
        return PlainTextResponse("hi", headers={"server-timing": "db;dur=1", "timing-allow-origin": "https://a.test"})

    return app


def timing(app: Any, target: str, *fields: str, method: str = "GET") -> dict[str, float]:
    (head,) = ask(app, target, *fields, method=method, watcher=Watching([ServerTiming()])).heads
    entries = head["server-timing"].split(", ")
    found = [ENTRY.fullmatch(entry) for entry in entries]
    assert all(found), head["server-timing"]
    return {entry.partition(";")[0]: float(each[1]) for entry, each in zip(entries, found, strict=True) if each}


def test_each_part_has_its_own_time_and_the_parts_add_up() -> None:
    body = b'{"name": "Emma"}'
    fields = ("content-type: application/json", f"content-length: {len(body)}", "", body.decode())
    told = timing(make(), "/ducks", *fields, method="POST")
    assert list(told) == [
        "server",
        "framework",
        "mw-GZipMiddleware",
        "dep-pond",
        "endpoint",
        "body",
        "validation",
        "serialization",
        "total",
    ]
    assert told["dep-pond"] >= 4.9
    assert told["endpoint"] >= 9.9
    total = told.pop("total")
    assert total == pytest.approx(sum(told.values()), abs=0.01)


def test_the_names_of_an_application_cannot_break_the_field() -> None:
    async def raw(scope: Any, receive: Any, send: Any) -> None:
        await PlainTextResponse("hi")(scope, receive, send)

    assert list(timing(raw, "/")) == ["server", "framework", "total"]


def test_fields_of_the_application_stay_as_they_are() -> None:
    raw = ask(make(), "/own", watcher=Watching([ServerTiming()])).raw
    fields = [line for line in raw.split(b"\r\n") if line.lower().startswith((b"server-timing", b"timing-allow"))]
    assert len(fields) == 3
    assert fields[:2] == [b"server-timing: db;dur=1", b"timing-allow-origin: https://a.test"]


def test_of_many_parts_the_longest_are_told() -> None:
    record = Record()
    for number in range(200):
        record.mark("middleware_entered", name=f"Layer{number}", index=number)
    [(name, value)] = fields_of(record, 200)
    assert name == b"server-timing"
    assert value.count(b";dur=") == MOST + 2
    assert b"others;dur=" in value
    assert len(value) < 1500


def test_nothing_is_said_of_an_empty_record() -> None:
    assert fields_of(Record(), 200) == []


@given(st.text(min_size=1), st.text(), st.integers(0, 10**15))
def test_any_name_gives_a_token(name: str, says: str, ns: int) -> None:
    assert ENTRY.fullmatch(_entry((name, says), ns))
