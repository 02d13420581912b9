"""Endpoints written as classes: a method for each HTTP method, or one for each event of a WebSocket.

The class itself is the ASGI application: `await Endpoint(scope, receive, send)` makes an object for one request and
runs it.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any, Final, Literal, NoReturn

from webfoot.asgi.types import Message, Receive, Scope, Send
from webfoot.web.answering.handlers import answer_exception, method_not_allowed
from webfoot.web.answering.sockets import answer_socket
from webfoot.web.callables import is_async_callable
from webfoot.web.decisions import decided, is_watched
from webfoot.web.exceptions import UnexpectedMessage, WebSocketDisconnect, WebSocketException
from webfoot.web.requests import Request
from webfoot.web.responses.whole import Response
from webfoot.web.threads import run_in_threadpool
from webfoot.web.websockets import BYTES_EXPECTED, DISCONNECTED, TEXT_EXPECTED, WebSocket, read_message

_METHODS: Final = {
    method: method.lower() for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "QUERY")
}
"""HTTP method -> the endpoint's method. A client names the one, so the other is looked up and never made from it."""

_NORMAL: Final = 1000
_INTERNAL_ERROR: Final = 1011


class HTTPEndpoint:
    """Requests by their method: `async def get(self, request)`, or a plain `def`, which runs in a thread.

    HEAD is answered by `get` where there is no `head`; a method that the class does not have, with 405.
    """

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert scope["type"] == "http", f"an HTTPEndpoint answers http, not {scope['type']!r}"
        self.scope = scope
        self.receive = receive
        self.send = send

    def __await__(self) -> Generator[Any, None, None]:
        return self.dispatch().__await__()

    async def dispatch(self) -> None:
        request: Request[Any] = Request(self.scope, self.receive, self.send)
        handler = self._handler(self.scope["method"])
        try:
            if is_async_callable(handler):
                response = await handler(request)
            else:
                response = await run_in_threadpool(handler, request)
            await response(self.scope, self.receive, self.send)
        except Exception as exc:
            if not await answer_exception(exc, request, self.receive, self.send):
                raise

    def _handler(self, method: str) -> Callable[[Request[Any]], Any]:
        name = _METHODS.get(method)
        if name is None:
            return self.method_not_allowed
        handler: Callable[[Request[Any]], Any] | None = getattr(self, name, None)
        if handler is None and name == "head":
            handler = getattr(self, "get", None)
        return self.method_not_allowed if handler is None else handler

    async def method_not_allowed(self, request: Request[Any]) -> Response:
        """The answer to a method that the class does not have, with those that it has (RFC 9110 section 15.5.6)."""
        allowed = {method for method, name in _METHODS.items() if getattr(self, name, None) is not None}
        if "GET" in allowed:
            allowed.add("HEAD")
        if is_watched(self.scope):
            what = f"it has no {self.scope['method']}, only {', '.join(sorted(allowed)) or 'nothing'}"
            decided(self.scope, type(self).__name__, what, status=405)
        return method_not_allowed(allowed, self.scope)


class WebSocketEndpoint:
    """A WebSocket by its events: `on_connect`, `on_receive` for each message, `on_disconnect`.

    encoding: "text", "bytes" or "json" (in either) for what `on_receive` gets. A message of another kind, or one that
    is no JSON, ends the WebSocket with 1003. Without it `on_receive` gets a str or bytes, as it comes.
    """

    encoding: Literal["text", "bytes", "json"] | None = None

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert scope["type"] == "websocket", f"a WebSocketEndpoint serves a websocket, not {scope['type']!r}"
        self.scope = scope
        self.receive = receive
        self.send = send

    def __await__(self) -> Generator[Any, None, None]:
        return self.dispatch().__await__()

    async def dispatch(self) -> None:
        websocket: WebSocket[Any] = WebSocket(self.scope, self.receive, self.send)
        try:
            await self.on_connect(websocket)
            await self._serve(websocket)
        except Exception as exc:
            if not await answer_socket(exc, websocket):
                raise

    async def _serve(self, websocket: WebSocket[Any]) -> None:
        """From the first message to the end, of which `on_disconnect` is told however it comes."""
        close_code = _INTERNAL_ERROR
        try:
            while (message := await websocket.receive())["type"] != "websocket.disconnect":
                # Who denies in on_connect has not received websocket.connect; after our own close nobody listens.
                if message["type"] == "websocket.receive" and websocket.application_state is not DISCONNECTED:
                    await self.on_receive(websocket, await self.decode(websocket, message))
            close_code = message.get("code") or _NORMAL
        except WebSocketException as exc:
            close_code = exc.code
            raise
        except WebSocketDisconnect as disconnect:
            close_code = disconnect.code if disconnect.is_told else _INTERNAL_ERROR
            raise
        finally:
            await self.on_disconnect(websocket, close_code)

    async def decode(self, websocket: WebSocket[Any], message: Message) -> Any:
        """What `on_receive` gets for a websocket.receive event; a message that it cannot be made of ends it all."""
        try:
            return self._decoded(message)
        except UnexpectedMessage as unexpected:
            if is_watched(self.scope):
                decided(self.scope, type(self).__name__, f"closed with {unexpected.code}, because {unexpected.reason}")
            await websocket.close(unexpected.code, unexpected.reason)
            raise

    def _decoded(self, message: Message) -> Any:
        text, data = message.get("text"), message.get("bytes")
        match self.encoding:
            case "text":
                return text if text is not None else _refuse(TEXT_EXPECTED)
            case "bytes":
                return data if data is not None else _refuse(BYTES_EXPECTED)
            case "json":
                return read_message(text if text is not None else data or b"")
            case None:
                return text if text is not None else data
        raise AssertionError(f"encoding is 'text', 'bytes', 'json' or None, not {self.encoding!r}")

    async def on_connect(self, websocket: WebSocket[Any]) -> None:
        """A client asks for a WebSocket: accept it, or close it."""
        await websocket.accept()

    async def on_receive(self, websocket: WebSocket[Any], data: Any) -> None:
        """A message has come."""

    async def on_disconnect(self, websocket: WebSocket[Any], close_code: int) -> None:
        """It has ended, or is about to: `close_code` is what the client said, or what it will be told."""


def _refuse(reason: str) -> NoReturn:
    raise UnexpectedMessage(reason)
