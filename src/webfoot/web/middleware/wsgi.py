"""A WSGI application (PEP 3333: Flask, Django and the like) as an ASGI application, mostly behind a mount.

The package a2wsgi makes the environ, reads the request's body, and has the threads. How the response gets out is ours:
each part is handed to `send` and waited for, so a slow client slows the application down, and one that leaves ends it.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, TypeAlias
from urllib.parse import quote_from_bytes

from webfoot.asgi.types import ASGIApp, Message, Receive, Scope, Send
from webfoot.web.exceptions import ClientDisconnect
from webfoot.web.packages import missing

Environ: TypeAlias = dict[str, Any]
StartResponse: TypeAlias = Callable[..., Callable[[bytes], None]]
WSGIApp: TypeAlias = Callable[[Environ, StartResponse], Iterable[bytes]]

_CALL_KEY: Final = "webfoot.wsgi"
_SAFE_IN_A_QUERY: Final = bytes(range(0x21, 0x7F)).decode()


class WSGIMiddleware:
    """Calls the WSGI application in one of `workers` threads. A mount's prefix is its SCRIPT_NAME.

    Fields with an underscore in their name are left out: in an environ they would be the ones with a hyphen.

    ImportError without the package a2wsgi.
    """

    def __init__(self, app: WSGIApp, workers: int = 10) -> None:
        try:
            from a2wsgi import WSGIMiddleware as Adapter
        except ImportError as error:
            raise missing("a2wsgi", "WSGIMiddleware", "wsgi") from error
        self.wsgi_app = app
        make: Any = Adapter  # its types say the same as ours in other words
        self._adapted: ASGIApp = make(_call, workers=workers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._adapted(scope, receive, send)
            return
        call = _Call(self.wsgi_app, send)
        inner = {
            **scope,
            "headers": [field for field in scope["headers"] if is_unambiguous(field[0])],
            # PEP 3333 has it in ASCII; not all clients do.
            "query_string": quote_from_bytes(scope["query_string"], _SAFE_IN_A_QUERY).encode(),
            _CALL_KEY: call,
        }
        try:
            await self._adapted(inner, _whole_body_or_error(receive), _send_nothing)
        finally:
            call.is_over = True


def is_unambiguous(name: bytes) -> bool:
    """Whether a field is known by one name. Proxy would become HTTP_PROXY, an address that clients trust (httpoxy)."""
    return b"_" not in name and name != b"proxy"


def _whole_body_or_error(receive: Receive) -> Receive:
    """A body that breaks off must not look like one that ends."""

    async def receive_part() -> Message:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect("the client went away before the end of the request's body")
        return message

    return receive_part


async def _send_nothing(message: Message) -> None:
    """What the adapter would send; the response is on its way without it."""


def _call(environ: Environ, _: StartResponse) -> Iterable[bytes]:
    """The WSGI application that the adapter knows: calls the real one, and has nothing to say itself."""
    call: _Call = environ["asgi.scope"][_CALL_KEY]
    call.run(environ)
    return ()


class _Call:
    """One request, as the thread sees it that answers it.

    The start is held until there is a body, for until then an error handler may still say otherwise (PEP 3333,
    "Error Handling").
    """

    def __init__(self, app: WSGIApp, send: Send) -> None:
        self._app = app
        self._send = send
        self._loop = asyncio.get_running_loop()
        self._start: Message | None = None
        self._has_started = False
        self.is_over = False

    def run(self, environ: Environ) -> None:
        environ["wsgi.errors"] = sys.stderr
        environ["wsgi.input_terminated"] = True  # so chunked bodies, which have no CONTENT_LENGTH, can be read
        parts = self._app(environ, self._start_response)
        try:
            if isinstance(parts, list | tuple):
                self._finish(b"".join(parts))
                return
            for part in parts:
                self._write(part)
            self._finish(b"")
        finally:
            close = getattr(parts, "close", None)
            if close is not None:
                close()

    def _start_response(
        self, status: str, headers: Sequence[tuple[str, str]], exc_info: Any = None
    ) -> Callable[[bytes], None]:
        if exc_info is not None and self._has_started:
            raise exc_info[1].with_traceback(exc_info[2])
        if exc_info is None and self._start is not None:
            raise AssertionError("start_response was called twice, and the second time without exc_info")
        raw = [(name.strip().lower().encode("latin-1"), value.strip().encode("latin-1")) for name, value in headers]
        self._start = {"type": "http.response.start", "status": int(status[:3]), "headers": raw}
        return self._write

    def _write(self, part: bytes) -> None:
        if part:
            self._send_all({"type": "http.response.body", "body": part, "more_body": True})

    def _finish(self, rest: bytes) -> None:
        self._send_all({"type": "http.response.body", "body": rest, "more_body": False})

    def _send_all(self, part: Message) -> None:
        """Hand one part over and wait until it is taken. Raises what `send` raises."""
        if self.is_over:
            raise ClientDisconnect("nobody waits for the answer any more")
        if self._start is None:
            raise AssertionError("the WSGI application gave a body without calling start_response")
        messages = [part] if self._has_started else [self._start, part]
        self._has_started = True
        asyncio.run_coroutine_threadsafe(self._send_each(messages), self._loop).result()

    async def _send_each(self, messages: Iterable[Message]) -> None:
        for message in messages:
            await self._send(message)
