"""Starlette's parts of a WSGI adapter, as programs put them together themselves."""

from __future__ import annotations

from typing import Any

import anyio
import anyio.to_thread
import pytest

from webfoot.asgi.types import Receive, Scope, Send
from webfoot.compat.wsgi import WSGIResponder, build_environ
from webfoot.testing import TestClient
from webfoot.web.routing import Mount, Router

SCOPE: Scope = {
    "type": "http",
    "http_version": "1.1",
    "method": "POST",
    "scheme": "https",
    "path": "/app/dück",
    "root_path": "/app",
    "query_string": b"a=b%20c",
    "headers": [
        (b"host", b"pond"),
        (b"content-type", b"text/plain"),
        (b"content-length", b"3"),
        (b"x-a", b"1"),
        (b"x-a", b"2"),
        (b"cookie", b"c=1"),
        (b"cookie", b"d=2"),
        (b"x_admin", b"yes"),
        (b"proxy", b"http://evil"),
    ],
    "client": ("1.2.3.4", 5),
    "server": ("srv", 443),
}


def test_an_environ() -> None:
    environ = build_environ(SCOPE, b"abc")
    said = {name: value for name, value in environ.items() if not name.startswith("wsgi.")}
    assert said == {
        "REQUEST_METHOD": "POST",
        "SCRIPT_NAME": "/app",
        "PATH_INFO": "/d\u00c3\u00bcck",
        "QUERY_STRING": "a=b%20c",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "SERVER_NAME": "srv",
        "SERVER_PORT": 443,
        "REMOTE_ADDR": "1.2.3.4",
        "HTTP_HOST": "pond",
        "CONTENT_TYPE": "text/plain",
        "CONTENT_LENGTH": "3",
        "HTTP_X_A": "1,2",
        "HTTP_COOKIE": "c=1; d=2",
    }
    assert environ["wsgi.input"].read() == b"abc"
    assert environ["wsgi.url_scheme"] == "https"


def test_an_environ_of_nobody_on_no_port() -> None:
    environ = build_environ({**SCOPE, "client": None, "server": None, "root_path": "", "headers": []}, b"")
    assert "REMOTE_ADDR" not in environ
    assert (environ["SERVER_NAME"], environ["SERVER_PORT"], environ["SCRIPT_NAME"]) == ("localhost", 80, "")


class OwnResponder(WSGIResponder):
    """Reads the body in its own way, and leaves the rest to the parts."""

    async def __call__(self, receive: Receive, send: Send) -> None:
        body = (await receive())["body"]
        environ = build_environ(self.scope, body)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self.sender, send)
            async with self.stream_send:
                await anyio.to_thread.run_sync(self.wsgi, environ, self.start_response)
        if self.exc_info is not None:
            raise self.exc_info[0].with_traceback(self.exc_info[1], self.exc_info[2])


class Parts:
    """What an application gives back, which is closed in the end."""

    closed = False

    def __iter__(self) -> Any:
        yield b"qu"
        yield b"ack"

    def close(self) -> None:
        type(self).closed = True


def wsgi_app(environ: dict[str, Any], start_response: Any) -> Any:
    if environ["PATH_INFO"] == "/late":
        start_response("200 OK", [])(b"written ")
        return [b"rest"]
    if environ["PATH_INFO"] == "/fails":
        raise RuntimeError("no duck")
    start_response("201 Created", [("X-Read", environ["wsgi.input"].read().decode())])
    return Parts()


@pytest.mark.parametrize("kind", [WSGIResponder, OwnResponder])
def test_a_responder(kind: type[WSGIResponder]) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await kind(wsgi_app, scope)(receive, send)

    client = TestClient(Router(routes=[Mount("/app", app)]))
    answer = client.post("/app/", content=b"body")
    assert (answer.status_code, answer.text, answer.headers["x-read"]) == (201, "quack", "body")
    assert Parts.closed
    assert client.get("/app/late").text == "written rest"
    with pytest.raises(BaseException) as told:
        client.get("/app/fails")
    assert "no duck" in repr(told.value)
