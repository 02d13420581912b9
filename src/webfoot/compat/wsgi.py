"""The parts of Starlette's WSGI adapter, for programs that have put together an adapter of their own out of them.

The whole one is `webfoot.web.middleware.wsgi`, which says why it does not hold the body, or the answer, in memory.
"""

from __future__ import annotations

import io
import math
import sys
from collections.abc import Callable
from typing import Any

import anyio
import anyio.from_thread
import anyio.to_thread

from webfoot.asgi.types import Message, Receive, Scope, Send
from webfoot.web.exceptions import ClientDisconnect
from webfoot.web.middleware.wsgi import Environ, StartResponse, WSGIApp, is_unambiguous


def build_environ(scope: Scope, body: bytes) -> Environ:
    """The environ of a request (PEP 3333) whose body was read.

    Fields with an underscore in their name are left out: in an environ they would be the ones with a hyphen.
    """
    root = scope.get("root_path", "")
    server = scope.get("server") or ("localhost", 80)
    environ: Environ = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": _as_bytes_told(root),
        "PATH_INFO": _as_bytes_told(scope["path"].removeprefix(root)),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "SERVER_NAME": server[0],
        "SERVER_PORT": server[1],
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.get("scheme", "http"),
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    if scope.get("client"):
        environ["REMOTE_ADDR"] = scope["client"][0]
    for name, value in scope["headers"]:
        if is_unambiguous(name):
            _add_field(environ, name.decode("latin-1"), value.decode("latin-1"))
    return environ


def _as_bytes_told(text: str) -> str:
    """Each byte of the UTF-8 as one character, as PEP 3333 has it ("Unicode Issues")."""
    return text.encode().decode("latin-1")


def _add_field(environ: Environ, name: str, value: str) -> None:
    key = name.upper().replace("-", "_")
    if key not in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        key = f"HTTP_{key}"
    between = "; " if key == "HTTP_COOKIE" else ","
    environ[key] = f"{environ[key]}{between}{value}" if key in environ else value


class WSGIResponder:
    """One request: the application runs in a thread, and what it says goes through `stream_send` to `sender`."""

    def __init__(self, app: WSGIApp, scope: Scope) -> None:
        self.app = app
        self.scope = scope
        self.status: int | None = None
        self.response_headers: list[tuple[str, str]] | None = None
        self.stream_send, self.stream_receive = anyio.create_memory_object_stream[Message](math.inf)
        self.response_started = False
        self.exc_info: Any = None

    async def __call__(self, receive: Receive, send: Send) -> None:
        body = bytearray()
        more = True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise ClientDisconnect("the client went away before the end of the request's body")
            body += message.get("body", b"")
            more = message.get("more_body", False)
        environ = build_environ(self.scope, bytes(body))
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self.sender, send)
            async with self.stream_send:
                await anyio.to_thread.run_sync(self.wsgi, environ, self.start_response)
        if self.exc_info is not None:
            raise self.exc_info[1].with_traceback(self.exc_info[2])

    async def sender(self, send: Send) -> None:
        async with self.stream_receive:
            async for message in self.stream_receive:
                await send(message)

    def start_response(
        self, status: str, response_headers: list[tuple[str, str]], exc_info: Any = None
    ) -> Callable[[bytes], None]:
        self.exc_info = exc_info
        if not self.response_started:
            self.response_started = True
            headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in response_headers]
            self._hand_over({"type": "http.response.start", "status": int(status[:3]), "headers": headers})
        return self._write

    def wsgi(self, environ: Environ, start_response: StartResponse) -> None:
        parts = self.app(environ, start_response)
        try:
            for part in parts:
                self._write(part)
            self._hand_over({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            close = getattr(parts, "close", None)
            if close is not None:
                close()

    def _write(self, part: bytes) -> None:
        self._hand_over({"type": "http.response.body", "body": part, "more_body": True})

    def _hand_over(self, message: Message) -> None:
        anyio.from_thread.run(self.stream_send.send, message)
