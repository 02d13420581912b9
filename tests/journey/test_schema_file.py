"""docs/journey.schema.json says what a journey as JSON is: real ones of many kinds are held to it."""

import asyncio
import json
from copy import deepcopy
from pathlib import Path
from typing import Annotated, Any

import pytest
from jsonschema import Draft202012Validator
from pydantic import BaseModel
from tests.journey.made import recorded, typed_post
from tests.journey.page.paging import with_page

from webfoot import Depends, HTTPException, Webfoot, WebSocket
from webfoot.journey.record import Record
from webfoot.journey.schema import VERSION, as_json
from webfoot.journey.timing.listening import Timing
from webfoot.web.middleware.cors import CORSMiddleware
from webfoot.web.middleware.gzip import GZipMiddleware
from webfoot.web.responses import StreamingResponse

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "journey.schema.json").read_text())


def strict(schema: Any) -> Any:
    """The same, and no field is there that it does not name."""
    if isinstance(schema, list):
        return [strict(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    made = {name: strict(each) for name, each in schema.items()}
    return {**made, "additionalProperties": False} if "properties" in schema else made


CHECK = Draft202012Validator(strict(deepcopy(SCHEMA)))


class Duck(BaseModel):
    name: str
    weight: float


async def pond():
    yield "pond"


def keeper(pond: Annotated[str, Depends(pond)]) -> str:
    return "Jo"


app = Webfoot()
app.add_middleware(GZipMiddleware, minimum_size=10)
app.add_middleware(CORSMiddleware, allow_origins=["https://pond.example"])


@app.get("/")
async def hello():
    return {"hello": "world"}


@app.get("/in-a-thread")
def in_a_thread(keeper: Annotated[str, Depends(keeper)]):
    return keeper


@app.post("/ducks/{number}")
async def add(number: int, duck: Duck, keeper: Annotated[str, Depends(keeper)]):
    return duck


@app.get("/broken")
async def broken():
    try:
        raise KeyError("cause")
    except KeyError as error:
        raise RuntimeError("no duck") from error


@app.get("/teapot")
async def teapot():
    raise HTTPException(418, detail={"of": ["tea", 1, None]})


@app.get("/wrong", response_model=Duck)
async def wrong():
    return {"name": 5}


@app.get("/events")
async def events():
    async def give():
        yield b"event: tick\ndata: 1\n\n"

    return StreamingResponse(give(), media_type="text/event-stream")


@app.websocket("/ws")
async def talk(websocket: WebSocket):
    await websocket.accept()
    await websocket.send_text("hello")
    await websocket.send_bytes(b"hello")
    await websocket.close(4404, "no duck")


@app.websocket("/refused")
async def refused(websocket: WebSocket):
    await websocket.close(4401)


JSON = "content-type: application/json"
WS = (
    "upgrade: websocket",
    "connection: upgrade",
    "sec-websocket-version: 13",
    "sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==",
)
KINDS: dict[str, tuple[str, str, tuple[str, ...], bytes, int]] = {
    "well": ("GET", "/", (), b"", 200),
    "in a thread": ("GET", "/in-a-thread", ("accept-encoding: gzip",), b"", 200),
    "typed": ("POST", "/ducks/7?token=x", (JSON,), b'{"name": "Emma", "weight": 1.5}', 200),
    "refused values": ("POST", "/ducks/x", (JSON,), b'{"name": 1}', 422),
    "broken JSON": ("POST", "/ducks/7", (JSON,), b'{"name', 422),
    "no route": ("GET", "/duks", (), b"", 404),
    "no method": ("PUT", "/", (), b"x", 405),
    "redirect": ("GET", "/events/", (), b"", 307),
    "preflight": ("OPTIONS", "/", ("origin: https://x.example", "access-control-request-method: GET"), b"", 400),
    "the application breaks": ("GET", "/broken", (), b"", 500),
    "the application refuses": ("GET", "/teapot", (), b"", 418),
    "a wrong reply": ("GET", "/wrong", (), b"", 500),
    "events": ("GET", "/events", (), b"", 200),
    "a websocket": ("GET", "/ws", WS, b"", 101),
    "a refused websocket": ("GET", "/refused", WS, b"", 403),
    "an unknown websocket": ("GET", "/nothing", WS, b"", 403),
    "the server refuses": ("GET", "/", ("content-length: x",), b"", 400),
    "too large": ("POST", "/ducks/7", (JSON,), b"x" * 3000, 413),
}


@pytest.mark.parametrize("keeps_bodies", [True, False], ids=["bodies", "no bodies"])
@pytest.mark.parametrize("kind", KINDS)
def test_real_journeys(kind, keeps_bodies):
    method, target, headers, body, status = KINDS[kind]

    async def visit(ponds):
        reader, writer = await ponds.connect()
        writer.write(ponds.request(target, *headers, method=method, body=body))
        assert (await reader.readuntil(b"\r\n\r\n")).split(b" ")[1] == b"%d" % status
        await asyncio.sleep(0.02)
        writer.close()
        whole = await ponds.last()
        summary = whole.pop("summary")
        assert summary["status"] == whole["status"] == status
        CHECK.validate(whole)

    with_page(app, visit, others=(Timing(),), keeps_bodies=keeps_bodies, limit_request_body=2000)


def test_one_that_was_made_up_one_without_marks_and_one_under_way():
    CHECK.validate(json.loads(json.dumps(as_json(recorded(typed_post())))))
    CHECK.validate(as_json(Record()))
    record = Record()
    record.mark("app_entered", app="x", outcome="called")
    CHECK.validate(as_json(record))


def test_the_schema_is_one_and_of_this_version():
    Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["properties"]["version"]["const"] == VERSION


def test_a_reader_of_today_understands_a_journey_of_tomorrow():
    later = {**as_json(recorded(typed_post())), "new": 1}
    Draft202012Validator(SCHEMA).validate(json.loads(json.dumps(later)))
