"""Schemes in requests and WebSockets, and what a recorded journey keeps of them."""

import asyncio
from base64 import b64encode
from typing import Annotated

import pytest

from webfoot import Depends, Security, Webfoot
from webfoot.cli.composing import compose
from webfoot.cli.one_request import send_once
from webfoot.journey.terminal import draw
from webfoot.journey.why import why
from webfoot.security import APIKeyCookie, APIKeyHeader, APIKeyQuery, HTTPBasic, HTTPBearer, SecurityScopes
from webfoot.server import ServerOptions
from webfoot.testing import TestClient, WebSocketDenialResponse
from webfoot.web import WebSocket

SECRET = "quack-7-quack"
app = Webfoot()


@app.get("/keys")
async def keys(
    header: Annotated[str, Depends(APIKeyHeader(name="X-Duck"))],
    query: Annotated[str, Depends(APIKeyQuery(name="duck"))],
    cookie: Annotated[str, Depends(APIKeyCookie(name="egg"))],
) -> str:
    return "all there"


@app.get("/basic")
async def basic(given: Annotated[object, Depends(HTTPBasic())]) -> str:
    return "welcome"


@app.get("/broken")
async def broken(given: Annotated[object, Depends(HTTPBearer())]) -> str:
    raise RuntimeError(f"it broke with {given!r}")


def checked(scopes: SecurityScopes, given: Annotated[object, Depends(HTTPBearer())]) -> list[str]:
    return scopes.scopes


@app.websocket("/socket")
async def socket(websocket: WebSocket, scopes: Annotated[list[str], Security(checked, scopes=["fly"])]) -> None:
    await websocket.accept()
    await websocket.send_json(scopes)
    await websocket.close()


@app.websocket("/key")
async def socket_with_key(websocket: WebSocket, key: Annotated[str, Depends(APIKeyQuery(name="duck"))]) -> None:
    await websocket.accept()
    await websocket.send_text(key)
    await websocket.close()


def journey(path, *headers):
    (record,) = asyncio.run(send_once(app, ServerOptions(lifespan="off"), compose("GET", path, headers, None), 5))
    return record


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        (f"/keys?duck={SECRET}", [f"X-Duck: {SECRET}", f"Cookie: egg={SECRET}"], 200),
        (f"/keys?%64uck={SECRET}", [f"x-duck: {SECRET}"], 401),
        ("/basic", ["Authorization: Basic " + b64encode(f"emma:{SECRET}".encode()).decode()], 200),
        ("/basic", [f"Authorization: Basic {SECRET}"], 401),
        ("/basic", [f"Authorization: {SECRET}"], 401),
        ("/broken", [f"Authorization: Bearer {SECRET}"], 500),
    ],
)
def test_no_secret_is_kept(path, headers, status, caplog):
    record = journey(path, *headers)
    assert record.status == status
    told = [repr(record.marks), record.target, "\n".join(draw(record, width=400)), str(why(record)), caplog.text]
    for secret in (SECRET, b64encode(f"emma:{SECRET}".encode()).decode()):
        assert not [one for one in told if secret in one]


def test_the_journey_says_why():
    assert "HTTPBasic answered 401: there is no Authorization field." in str(why(journey("/basic")))


class TestWebSockets:
    client = TestClient(app)

    def test_credentials_in_a_field(self):
        with self.client.websocket_connect("/socket", headers={"authorization": "Bearer x"}) as session:
            assert session.receive_json() == ["fly"]

    def test_a_key_in_the_query(self):
        with self.client.websocket_connect(f"/key?duck={SECRET}") as session:
            assert session.receive_text() == SECRET

    @pytest.mark.parametrize(("path", "challenge"), [("/socket", "Bearer"), ("/key", "APIKey")])
    def test_none_are_refused_before_the_handshake_ends(self, path, challenge):
        with pytest.raises(WebSocketDenialResponse) as caught, self.client.websocket_connect(path):
            pass
        assert caught.value.status_code == 401
        assert caught.value.headers["www-authenticate"] == challenge

    def test_the_document_does_not_tell_of_them(self):
        document = app.openapi()
        assert set(document["paths"]) == {"/keys", "/basic", "/broken"}
        assert document["paths"]["/keys"]["get"]["security"] == [
            {"APIKeyHeader": []}, {"APIKeyQuery": []}, {"APIKeyCookie": []}
        ]  # fmt: skip
