"""What to do about it, for terminal and page alike: real requests, and the steps for each."""

from __future__ import annotations

import asyncio
import gzip
import json
import re
import subprocess
import sys
from typing import Annotated, Any

import pytest
from pydantic import BaseModel
from tests.journey.asking import record_of

from webfoot import Depends, HTTPException, Webfoot
from webfoot.cli.composing import as_bytes
from webfoot.cli.one_request import send_once
from webfoot.journey.advice import advice
from webfoot.journey.saved.reading import read_journeys
from webfoot.journey.saved.recalled import RecalledRecord
from webfoot.journey.schema import as_json
from webfoot.journey.terminal import draw
from webfoot.server import ServerOptions
from webfoot.web import CORSMiddleware, WebSocket


class Duck(BaseModel):
    name: str
    weight: float


def keeper(key: str = "") -> str:
    if key != "7":
        raise HTTPException(403, "wrong key")
    return key


app = Webfoot()
covered = Webfoot()
covered.add_middleware(CORSMiddleware, allow_origins=["https://pond.test"])


@app.get("/ducks/{number}")
@covered.get("/ducks/{number}")
async def read_duck(number: int) -> dict[str, int]:
    return {"number": number}


@app.post("/ducks")
async def make_duck(duck: Duck) -> Duck:
    return duck


@app.get("/kept")
async def kept(key: Annotated[str, Depends(keeper)]) -> str:
    return key


@app.get("/wrong", response_model=Duck)
async def wrong() -> dict[str, str]:
    return {"name": "Emma"}


@app.get("/sinks")
async def sinks() -> None:
    raise LookupError("sunk")


@app.get("/ponds/{number}")
async def pond(number: int) -> None: ...


@app.get("/ponds/all")
async def ponds() -> None: ...


@app.websocket("/talk")
async def talk(websocket: WebSocket) -> None: ...


ALL = "Or add a route for it. All that there are: webfoot routes module:app"
ORIGIN = "origin: https://front.test"


@pytest.mark.parametrize(
    ("asked", "steps"),
    [
        pytest.param(("GET", "/ducks/7"), [], id="all went well"),
        pytest.param(("GET", "/duck/7?x=1"), ["Did you mean GET /ducks/7?", ALL], id="a slip"),
        pytest.param(("GET", "/zebra"), [ALL.replace("Or add", "Add")], id="nothing near"),
        pytest.param(("GET", "//ducks/7"), ["Did you mean GET /ducks/7?", ALL], id="two slashes in a row"),
        pytest.param(("GET", "/api/ducks/7"), ["Did you mean GET /ducks/7?", ALL], id="a prefix too many"),
        pytest.param(("GET", "/7"), [ALL.replace("Or add", "Add")], id="no prefix, and nothing else"),
        pytest.param(("GET", "/ponds/all"), ["Declare /ponds/all before /ponds/{number}."], id="a route in the shadow"),
        pytest.param(("GET", "/ducks/7?" + "x" * 9000), ["--limit-request-line"], id="a long request line"),
        pytest.param(("GET", "/ducks/7", "x: " + "x" * 70000), ["--limit-request-head"], id="a large head"),
        pytest.param(("DELETE", "/ducks/7"), ["Send GET, or add a route for DELETE."], id="405"),
        pytest.param(
            ("GET", "/talk"),
            ['Open it as a WebSocket: new WebSocket("ws://.../talk"); a proxy has to let the upgrade pass.', ALL],
            id="a WebSocket route",
        ),
        pytest.param(
            ("GET", "/ducks/x"),
            ["Change what the client sends, or the types that read_duck asks for (PLACE)."],
            id="a wrong value",
        ),
        pytest.param(
            ("POST", "/ducks", "content-type: text/plain"),
            ["Send content-type: application/json in place of text/plain."],
            id="a wrong content type",
        ),
        pytest.param(("GET", "/wrong"), ["Make wrong return what its response model says, or change"], id="a reply"),
        pytest.param(("GET", "/kept"), ["The code means this answer: see the condition above PLACE."], id="meant"),
        pytest.param(("GET", "/sinks"), [], id="not meant, and the sentence says where"),
        pytest.param(
            ("OPTIONS", "/zebra", ORIGIN, "access-control-request-method: PUT"),
            [
                "If a page from there may call this API: app.add_middleware(CORSMiddleware, "
                'allow_origins=["https://front.test"], allow_methods=["PUT"]).',
                "A browser asks so before",
            ],
            id="a preflight",
        ),
        pytest.param(
            ("GET", "/ducks/7", ORIGIN),
            [
                "If that page may read it: app.add_middleware(CORSMiddleware, "
                'allow_origins=["https://front.test"]). What is added last is the outermost',
                "If page and API are to be one site",
            ],
            id="a page that cannot read it",
        ),
    ],
)
def test_the_steps(asked: tuple[str, ...], steps: list[str]) -> None:
    record = record_of(app, *asked, body="{}" if asked[0] == "POST" else None)
    told = [_without_place(step) for step in advice(record)]
    assert len(told) == len(steps)
    assert all(step in each for step, each in zip(steps, told, strict=True)), told
    assert as_json(record)["advice"] == advice(record)
    drawn = " ".join(draw(record).split())
    assert all(" ".join(f"→ {step}".split()) in drawn for step in advice(record))


def test_a_preflight_that_the_middleware_refused() -> None:
    record = record_of(covered, "OPTIONS", "/ducks/7", ORIGIN, "access-control-request-method: GET")
    first, second = advice(record)
    assert "CORSMiddleware's allow_origins, allow_methods and allow_headers" in first
    assert "CORS error" in second


def test_an_answer_that_the_middleware_keeps_from_a_page() -> None:
    record = record_of(covered, "GET", "/ducks/7", ORIGIN)
    first, second = advice(record)
    assert record.status == 200
    assert "CORSMiddleware's allow_origins, allow_methods and allow_headers" in first
    assert "CORS error" in second


def test_a_compressed_body() -> None:
    body = gzip.compress(b"{}")
    kind = [("content-type", "application/json"), ("content-encoding", "gzip")]
    request = as_bytes("POST", "/ducks", [("host", "x"), ("content-length", str(len(body))), *kind], body)
    [record] = asyncio.run(send_once(app, ServerOptions(), request, 5))
    [step] = advice(record)
    assert step.startswith("Send it without content-encoding, or unpack it")


def test_tls_for_a_port_without_it() -> None:
    [record] = asyncio.run(send_once(app, ServerOptions(), b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 5))
    assert advice(record) == ["Ask with http://, or give the server a certificate: --ssl-certfile and --ssl-keyfile."]


def test_a_saved_journey_is_advised_in_the_same_way() -> None:
    record = record_of(app, "GET", "/duck/7", ORIGIN)
    [saved] = read_journeys(json.dumps(as_json(record)), "it")
    assert advice(RecalledRecord(saved)) == advice(record)


def test_the_command_gives_it(tmp_path: Any) -> None:
    source = "from webfoot import Webfoot\napp = Webfoot()\n@app.get('/ducks')\nasync def ducks(): ...\n"
    (tmp_path / "pond.py").write_text(source)
    command = [sys.executable, "-m", "webfoot", "journey", "pond:app", "GET", "/dcuks"]
    drawn = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False).stdout
    assert "→ Did you mean GET /ducks?" in drawn


def _without_place(step: str) -> str:
    return re.sub(r"[\w/.]*test_advice\.py:\d+", "PLACE", step)
