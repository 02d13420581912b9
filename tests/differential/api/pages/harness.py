"""FastAPI's documentation, walked page by page over real sockets: FastAPI on Uvicorn, webfoot on its own server.

A module of this folder is one page of the guide, or a few that belong together. It writes an application of its own
against a namespace that has FastAPI's public names (`tests/differential/api/twins.py`), and asks both:

    def app(lib):                                   # lib: FastAPI's names, or ours
        app = lib.FastAPI()

        @app.get("/ponds/{pond_id}")
        async def read(pond_id: int) -> dict[str, int]:
            return {"pond": pond_id}

        return app

    page = served(app)                              # a fixture; both servers run while the module's tests do

    def test_document(page):
        page.same_document()                        # /openapi.json, whole

    def test_numbers(page):
        page.right(get("/ponds/7"), get("/ponds/-1"))           # both alike, and 2xx or 3xx
        page.wrong(get("/ponds/x"), get("/ponds/%F0%9F%A6%86")) # both alike, and 4xx
        page.same(head("/ponds/7"), ask("BREW", "/ponds/7"))    # both alike, whatever it is

An ask is a method, a target and what httpx2's `Client.request` takes beside them: `params`, `headers`, `cookies`,
`json`, `data`, `files`, `content`. Each call puts all its asks to both servers, in order, and tells all differences
at once; it gives our answers. Compared are status, body (JSON by value), and all fields but Date and Server.
`same_raw` takes bytes, for what no client would send; `same_talk` a function of an open WebSocket. An application may
append to `app.state.log = []`; `noted([...])` waits until both have noted just that, and empties both (for background
tasks and what else comes behind the answer). The Host of requests is `testserver`, so that URLs in answers are equal.

What differs on purpose is adapted by the table of `tests/differential/api/differences.py`.
"""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx2
import pytest
from tests.conformance.harness import Answers
from tests.differential.api.differences import DIFFERENCES
from tests.differential.api.documents import same_documents
from tests.differential.api.twins import FASTAPI, WEBFOOT, Answer, comparable
from tests.differential.web.served import ours, uvicorns
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

PATIENCE = 5.0  # seconds until a test that waits gives up
BESIDE_THE_POINT = {"date", "server"}
ETAG = re.compile(r'^"[0-9a-f-]{10,}"$')
"""Made of a file's time and size, by each in its own way."""


@dataclass(frozen=True)
class Ask:
    method: str
    target: str
    options: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return " ".join([self.method, self.target, *(f"{name}={value!r}" for name, value in self.options.items())])[
            :200
        ]


def ask(method: str, target: str, **options: Any) -> Ask:
    return Ask(method, target, options)


def get(target: str, **options: Any) -> Ask:
    return Ask("GET", target, options)


def head(target: str, **options: Any) -> Ask:
    return Ask("HEAD", target, options)


def post(target: str, json: Any = None, **options: Any) -> Ask:
    return Ask("POST", target, options if json is None else {"json": json, **options})


def put(target: str, json: Any = None, **options: Any) -> Ask:
    return Ask("PUT", target, options if json is None else {"json": json, **options})


def patch(target: str, json: Any = None, **options: Any) -> Ask:
    return Ask("PATCH", target, options if json is None else {"json": json, **options})


def delete(target: str, **options: Any) -> Ask:
    return Ask("DELETE", target, options)


class Side:
    """One of the two: its application, and a client of its server that keeps no cookies."""

    def __init__(self, app: Any, port: int, *, kept: int) -> None:
        """`kept`: how many connections are used again."""
        self.app = app
        self.port = port
        self.client = httpx2.Client(
            base_url=f"http://127.0.0.1:{port}",
            headers={"host": "testserver"},
            timeout=PATIENCE,
            trust_env=False,
            limits=httpx2.Limits(max_keepalive_connections=kept),
        )

    def put(self, ask: Ask) -> tuple[Answer, bytes]:
        """The answer, and the body that was sent."""
        request = self.client.build_request(ask.method, ask.target, **ask.options)
        response = self.client.send(request)
        self.client.cookies.clear()
        fields = [(name.lower(), value) for name, value in response.headers.multi_items()]
        kept = [(name, ETAG.sub('"ETAG"', value)) for name, value in fields if name not in BESIDE_THE_POINT]
        answer = Answer(response.status_code, kept)
        answer.body = response.content
        return answer, request.read()

    def say(self, data: bytes) -> Any:
        with socket.create_connection(("127.0.0.1", self.port), PATIENCE) as connection:
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
            answers = Answers(b"".join(iter(lambda: connection.recv(65536), b"")), True)
        heads = [
            {name: value for name, value in head.items() if name not in BESIDE_THE_POINT} for head in answers.heads
        ]
        return list(zip(answers.statuses, heads, answers.bodies, strict=True))

    def talk(self, target: str, conversation: Callable[[Any], Any], options: dict[str, Any]) -> Any:
        """What `conversation(websocket)` gives and how it ended: refused (status, body), or closed (code, reason)."""
        heard = None
        address = f"ws://127.0.0.1:{self.port}{target}"
        try:
            with connect(address, proxy=None, open_timeout=PATIENCE, **options) as websocket:
                heard = conversation(websocket)
                websocket.recv(PATIENCE)  # what is left is the close
                return heard, "more than was asked for"
        except InvalidStatus as refused:
            return refused.response.status_code, bytes(refused.response.body or b"")
        except ConnectionClosed as closed:
            return heard, closed.rcvd and (closed.rcvd.code, closed.rcvd.reason)


@dataclass(frozen=True)
class Asked:
    """What the table of differences wants to know of a request."""

    body: bytes
    parts: Any


class Page:
    """One application, twice."""

    def __init__(self, theirs: Side, ours: Side) -> None:
        self.theirs = theirs
        self.ours = ours

    def same(self, *asks: Ask) -> list[Answer]:
        return self._compare(asks, range(100, 600))

    def right(self, *asks: Ask) -> list[Answer]:
        return self._compare(asks, range(200, 400))

    def wrong(self, *asks: Ask) -> list[Answer]:
        return self._compare(asks, range(400, 500))

    def _compare(self, asks: tuple[Ask, ...], expected: range) -> list[Answer]:
        answers, differing = [], []
        for ask in asks:
            (theirs, body), (ours, _) = self.theirs.put(ask), self.ours.put(ask)
            for difference in DIFFERENCES:
                difference.adapt(Asked(body, ask.options.get("files")), theirs, ours)
            _without_framing(theirs, ours)
            if (said := comparable(ours)) != (says := comparable(theirs)):
                differing.append(f"{ask}\n" + _told_apart(said, says))
            elif ours.status not in expected:
                differing.append(f"{ask}\n  both: {ours.status} {ours.body[:300]!r}")
            answers.append(ours)
        assert not differing, "\n".join(["", *differing])
        return answers

    def same_document(self, path: str = "/openapi.json") -> dict[str, Any]:
        theirs, ours = (side.client.get(path) for side in (self.theirs, self.ours))
        assert (ours.status_code, ours.headers["content-type"]) == (theirs.status_code, theirs.headers["content-type"])
        return same_documents(ours.json(), theirs.json())

    def same_raw(self, *requests: bytes) -> None:
        """Bytes as they are, on a connection of their own; each answer is read to the end of the connection."""
        for data in requests:
            says, said = self.theirs.say(data), self.ours.say(data)
            assert said == says, f"{data[:200]!r}\n  ours:   {said}\n  theirs: {says}"

    def same_talk(self, target: str, conversation: Callable[[Any], Any], **options: Any) -> Any:
        """`conversation(websocket)` on both; `options` are those of `websockets.sync.client.connect`."""
        says, said = (side.talk(target, conversation, options) for side in (self.theirs, self.ours))
        assert said == says, f"{target}\n  ours:   {said}\n  theirs: {says}"
        return said

    def noted(self, expected: list[Any]) -> None:
        deadline = time.monotonic() + PATIENCE
        logs = self.ours.app.state.log, self.theirs.app.state.log
        while logs != (expected, expected) and time.monotonic() < deadline:
            time.sleep(0.002)
        assert logs[1] == expected, f"FastAPI's: {logs[1]}"
        assert logs[0] == expected, f"ours: {logs[0]}"
        for log in logs:
            log.clear()


def served(build: Callable[[Any], Any]) -> Any:
    """A fixture: `build(lib)` on FastAPI under Uvicorn, and on webfoot under its server, for the tests of a module."""

    @pytest.fixture(scope="module")
    def page() -> Iterator[Page]:
        judge, app = build(FASTAPI), build(WEBFOOT)
        with uvicorns(judge) as there, ours(app) as here:
            # Uvicorn answers 500, and then closes the connection; whoever used it again may have been too early.
            theirs, own = Side(judge, there, kept=0), Side(app, here, kept=1)
            with theirs.client, own.client:
                yield Page(theirs, own)

    return page


def _without_framing(theirs: Answer, ours: Answer) -> None:
    """How a stream is delimited is the server's business (ours sends one that is empty with its length)."""
    if ("transfer-encoding", "chunked") in theirs.headers:
        for answer in (theirs, ours):
            answer.headers = [pair for pair in answer.headers if pair[0] not in ("transfer-encoding", "content-length")]


def _told_apart(ours: dict[str, Any], theirs: dict[str, Any]) -> str:
    return "\n".join(
        f"  {name}\n    ours:   {ours[name]}\n    theirs: {theirs[name]}" for name in ours if ours[name] != theirs[name]
    )
