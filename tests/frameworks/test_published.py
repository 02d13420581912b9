"""Applications that others have published, as their users run them."""

from __future__ import annotations

import json
from pathlib import Path

import httpx2
import pytest
from tests.frameworks.ponds import served
from tests.server.process.serving import GUARD, ask, connect
from websockets.sync.client import connect as open_websocket

WAYS = pytest.mark.parametrize("flags", [(), ("--guard", "--http", "h11")], ids=["default", "guarded"])


@WAYS
def test_datasette(tmp_path: Path, flags: tuple[str, ...]) -> None:
    database = str(tmp_path / "pond.db")
    with served("datasette_pond:create_app", "--factory", *flags, DUCKS=database) as server:
        with httpx2.Client(base_url=server.url(), timeout=GUARD) as client:
            assert "pond" in client.get("/").text
            rows = client.get("/pond/ducks.json", params={"_size": 2, "_shape": "array"}).json()
            assert rows == [{"rowid": 1, "name": "duck 0", "size": 0}, {"rowid": 2, "name": "duck 1", "size": 1}]
            export = client.get("/pond/ducks.csv", params={"_stream": "on"})
            assert export.headers["transfer-encoding"] == "chunked"
            assert len(export.text.split()) == 1 + 2 * 2000
            assert client.get("/-/static/app.css").headers["content-type"] == "text/css"
            assert client.get("/pond/geese.json").status_code == 404
        assert server.end() == 0


@WAYS
def test_socket_io(flags: tuple[str, ...]) -> None:
    """Engine.IO 4: polling first, then the same session in a WebSocket; an event that is answered, and sent back."""
    with served("socketio_pond:app", *flags) as server:
        url = server.url()
        opened = ask(url, "/socket.io/?EIO=4&transport=polling")
        assert opened[0] == "0"
        session = json.loads(opened[1:])
        assert session["upgrades"] == ["websocket"]
        place = f"ws{url.removeprefix('http')}/socket.io/?EIO=4&transport=websocket&sid={session['sid']}"
        with open_websocket(place, open_timeout=GUARD) as websocket:
            websocket.send("2probe")
            assert websocket.recv(GUARD) == "3probe"
            websocket.send("5")
            websocket.send("40")
            packets = (packet for packet in websocket if packet != "6")  # which is none, to end the polling
            assert next(packets).startswith('40{"sid":')
            websocket.send('421["quack","hej"]')
            assert sorted((next(packets), next(packets))) == ['42["echo",{"text":"hej"}]', '431["HEJ"]']
        assert server.end() == 0
    assert server.output.startswith("the pond opens\n")
    assert server.output.endswith("the pond closes\n")
    assert "Traceback" not in server.output


def test_django_without_websockets() -> None:
    """Django raises an error when it is asked for one. With --ws none the request is the plain one that it also is."""
    wish = "GET /talk HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade, close\r\nUpgrade: websocket\r\n"
    key = "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    with served("mysite.asgi:application", "--ws", "none") as server:
        with connect(server.url()) as connection:
            connection.sendall((wish + key).encode())
            assert connection.recv(100).startswith(b"HTTP/1.1 404 ")
        assert server.end() == 0
    assert "Traceback" not in server.output
