"""The test clients show what a real client sees: the large application in process, and over a socket of our server."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from tests.differential.web.everything import everything, fill_pond
from tests.differential.web.kits import OURS
from tests.differential.web.served import Step, ours
from tests.differential.web.test_over_sockets import CASES

from webfoot.testing import AsyncTestClient, TestClient

HOST = "http://pond.example"

# A server frames its responses, says when, and who it is.
_FRAMING = {"date", "server", "content-length", "transfer-encoding", "connection"}
# Not asked: what no httpx2 client sends as it stands here, what the server answers by itself (a method that nobody
# registered), and the tasks that one application keeps count of.
_LEFT_OUT = {"tell: absolute form", "tell: a wrong method", "early hints", "background"}
_BOUNDARY = re.compile("[0-9a-f]{20,}")


@pytest.fixture(scope="module")
def pond(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pond = tmp_path_factory.mktemp("pond")
    fill_pond(pond)
    return pond


@pytest.fixture(scope="module")
def port(pond: Path) -> Iterator[int]:
    with ours(everything(OURS, pond)) as port:
        yield port


@pytest.fixture(scope="module")
def client(pond: Path) -> Iterator[TestClient]:
    app = everything(OURS, pond)
    with TestClient(app, HOST, False, follow_redirects=False, client=("127.0.0.1", 1)) as client:
        yield client


def arguments(step: Step, fields: dict[str, str]) -> dict[str, Any]:
    method, target, headers, *body = step
    filled = {name: value.format(**fields) if value.startswith("{") else value for name, value in headers.items()}
    return {"method": method, "url": target, "headers": filled, "content": body[0] if body else None}


def shown(answer: httpx2.Response | httpx2.HTTPError) -> Any:
    if isinstance(answer, httpx2.HTTPError):
        return type(answer).__name__
    fields = sorted(pair for pair in answer.headers.multi_items() if pair[0] not in _FRAMING)
    content = answer.content
    if answer.headers.get("content-type", "").startswith("multipart/byteranges"):
        content = _BOUNDARY.sub("BOUNDARY", content.decode()).encode()
    return answer.status_code, [_plain(*pair) for pair in fields], content


def _plain(name: str, value: str) -> tuple[str, str]:
    if name == "set-cookie" and value.startswith("session="):
        return name, "SIGNED"
    return name, _BOUNDARY.sub("BOUNDARY", value) if name == "content-type" else value


def fields_of(answer: httpx2.Response | httpx2.HTTPError) -> dict[str, str]:
    if isinstance(answer, httpx2.HTTPError):
        return {}
    return {name: value.partition(";")[0] for name, value in answer.headers.items()}


def asked(client: httpx2.Client, steps: list[Step]) -> Iterator[Any]:
    fields: dict[str, str] = {}
    for step in steps:
        client.cookies.clear()
        try:
            answer: httpx2.Response | httpx2.HTTPError = client.request(**arguments(step, fields))
        except httpx2.HTTPError as error:
            answer = error
        fields = fields_of(answer)
        yield shown(answer)


@pytest.mark.parametrize("case", [case for case in CASES if case not in _LEFT_OUT])
def test_the_test_client_shows_what_a_client_on_a_socket_sees(port: int, client: TestClient, case: str) -> None:
    with httpx2.Client(base_url=HOST, transport=_Rerouted(port), headers={"user-agent": "testclient"}) as real:
        over_socket = list(asked(real, CASES[case]))
    assert list(asked(client, CASES[case])) == over_socket


@pytest.mark.parametrize("case", [case for case in CASES if case not in _LEFT_OUT])
def test_the_asynchronous_client_shows_the_same(pond: Path, client: TestClient, case: str) -> None:
    async def scenario() -> list[Any]:
        app = everything(OURS, pond)
        told, fields = [], {}
        options: dict[str, Any] = {"raise_server_exceptions": False, "follow_redirects": False}
        async with AsyncTestClient(app, HOST, client=("127.0.0.1", 1), **options) as other:
            for step in CASES[case]:
                other.cookies.clear()
                try:
                    answer: Any = await other.request(**arguments(step, fields))
                except httpx2.HTTPError as error:
                    answer = error
                fields = fields_of(answer)
                told.append(shown(answer))
        return told

    assert asyncio.run(scenario()) == list(asked(client, CASES[case]))


class _Rerouted(httpx2.HTTPTransport):
    """To this machine, whatever host the request is for."""

    def __init__(self, port: int) -> None:
        super().__init__()
        self.port = port

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        request.url = request.url.copy_with(host="127.0.0.1", port=self.port)
        return super().handle_request(request)
