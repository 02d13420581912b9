"""The sessions that the test clients' `websocket_connect` gives: a WebSocket as its client has it.

The handshake is a request like any other, so cookies, headers, authentication and event hooks are those of the client.
"""

from __future__ import annotations

import json
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from types import TracebackType
from typing import Any, Final, Literal, Self, TypeVar

import httpx2

from webfoot.asgi.types import Headers, Message, Scope
from webfoot.server.websocket.close_codes import ABNORMAL, NORMAL
from webfoot.testing.loop import LoopThread
from webfoot.testing.websocket_exchange import WebSocketExchange
from webfoot.web.exceptions import WebSocketDisconnect

T = TypeVar("T")

CALL_KEY: Final = "webfoot.websocket_call"
"""The extension of a request that says: this is the handshake of a WebSocket, and what it needs is here."""

_SCHEMES: Final = {"http": "ws", "https": "wss"}
_OFFER: Final = {
    "connection": "Upgrade",
    "upgrade": "websocket",
    "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",  # RFC 6455 section 1.3
    "sec-websocket-version": "13",
}


@dataclass(slots=True)
class Call:
    """One handshake on its way through a client to its transport, which fills in the rest.

    patience: seconds to wait for the application, None for ever. raises: what the application raised is raised here.
    loop: where the exchange lives, if not here. stops_loop: that loop was made for it.
    """

    patience: float | None
    raises: bool
    exchange: WebSocketExchange | None = None
    loop: LoopThread | None = None
    stops_loop: bool = False

    def stop_loop(self) -> None:
        if self.loop is not None and self.stops_loop:
            self.loop.stop()
        self.loop = None


class WebSocketDenialResponse(httpx2.Response, WebSocketDisconnect):  # type: ignore[misc]  # two __setstate__
    """The handshake was refused, by this response. As a WebSocketDisconnect it is what a browser tells its script:
    code 1006, no reason.
    """

    code = ABNORMAL
    reason = ""
    _because = ""

    @classmethod
    def of(cls, exchange: WebSocketExchange, request: httpx2.Request) -> Self:
        assert exchange.status is not None
        denial = cls(exchange.status, headers=exchange.headers, content=exchange.body, request=request)
        last = exchange.events[-1] if exchange.events else {}
        if last.get("type") == "websocket.close":
            said = " ".join(str(each) for each in (last.get("code", NORMAL), last.get("reason")) if each)
            denial._because = f" (closed before it was accepted; the close code, {said}, reaches no client)"
        return denial

    def __str__(self) -> str:
        phrase = HTTPStatus(self.status_code).phrase if self.status_code in list(HTTPStatus) else ""
        return f"the handshake was refused with {self.status_code} {phrase}".rstrip() + self._because


class Session:
    """The client's end of one WebSocket, once it is there; all methods run where the application does.

    over: the code and reason that it has ended with, for this side.
    """

    def __init__(self, exchange: WebSocketExchange, call: Call) -> None:
        self._exchange = exchange
        self._patience = call.patience
        self._raises = call.raises
        self._over: tuple[int, str] | None = None
        self._left = False
        self._told: BaseException | None = None

    async def send(self, message: Message) -> None:
        if self._left:
            raise RuntimeError("nothing can be sent on a session that this side has closed")
        if self._over is not None:
            raise WebSocketDisconnect(*self._over)
        if message["type"] == "websocket.disconnect":
            await self.close(message.get("code", NORMAL), message.get("reason"))
        else:
            self._exchange.say(message)

    async def receive(self) -> Message:
        if self._over is not None:
            raise WebSocketDisconnect(*self._over)
        message = await self._exchange.hear(self._patience)
        if message["type"] == "websocket.close":
            self.raise_error()
            self._over = message["code"], message["reason"]
        return message

    async def receive_data(self, kind: Literal["text", "bytes"]) -> Any:
        message = await self.receive()
        if message["type"] == "websocket.close":
            raise WebSocketDisconnect(message["code"], message["reason"])
        data = message.get(kind)
        if data is None:
            raise AssertionError(f"the application sent {message!r:.200} where {kind} was to be received")
        return data if kind == "text" else bytes(data)

    async def close(self, code: int = NORMAL, reason: str | None = None) -> None:
        if not self._left:
            self._left = True
            self._over = self._over or (code, reason or "")
            self._exchange.leave(code, reason or "")

    async def see_out(self) -> None:
        await self.close()
        await self._exchange.close()

    def raise_error(self) -> None:
        """What the application raised, once, unless the client was made not to tell."""
        error = self._exchange.error
        if error is not None and error is not self._told and self._raises:
            self._told = error
            raise error


class _Connecting:
    """What both kinds have in common: the handshake to be, and what is known of it afterwards."""

    _session: Session | None = None
    shows_close_codes = False  # of a close before the accept, which in truth reach no client; see `webfoot.compat`

    def __init__(
        self,
        client: httpx2.Client | httpx2.AsyncClient,
        url: httpx2.URL | str,
        subprotocols: Sequence[str] | None,
        call: Call,
        options: Mapping[str, Any],
    ) -> None:
        self._client: Any = client
        self._call = call
        url = client.build_request("GET", url).url  # joined to the client's base_url
        self._url = url.copy_with(scheme=_SCHEMES.get(url.scheme, url.scheme))
        self._options = {"follow_redirects": False, **options}
        headers = httpx2.Headers(self._options.pop("headers", None))
        for name, value in _OFFER.items():
            headers.setdefault(name, value)
        if subprotocols:
            headers.setdefault("sec-websocket-protocol", ", ".join(subprotocols))
        self._options["headers"] = headers
        self._options["extensions"] = {**self._options.pop("extensions", {}), CALL_KEY: call}

    def _begin(self, response: httpx2.Response) -> None:
        exchange = self._exchange
        if not exchange.accepted:
            last = exchange.events[-1] if exchange.events else {}
            if self.shows_close_codes and last.get("type") == "websocket.close":
                raise WebSocketDisconnect(last.get("code", NORMAL), last.get("reason"))
            raise WebSocketDenialResponse.of(exchange, response.request)
        self._session = Session(exchange, self._call)

    @property
    def _exchange(self) -> WebSocketExchange:
        assert self._call.exchange is not None, "a session begins with its `with` block"
        return self._call.exchange

    @property
    def _open(self) -> Session:
        assert self._session is not None, "a session is used in its `with` block"
        return self._session

    @property
    def accepted_subprotocol(self) -> str | None:
        return self._exchange.subprotocol

    @property
    def extra_headers(self) -> Headers:
        """The header fields that the application gave to its accept."""
        return self._exchange.headers

    @property
    def scope(self) -> Scope:
        return self._exchange.scope


class WebSocketTestSession(_Connecting):
    """A WebSocket, used in a `with` block: entering it shakes hands, leaving it closes with 1000.

    Entering raises WebSocketDenialResponse, which is a WebSocketDisconnect, when the handshake is refused. Receiving
    raises WebSocketDisconnect when the application has closed, what the application raised, and TimeoutError when
    nothing comes in time.
    """

    def __enter__(self) -> Self:
        try:
            self._begin(self._client.request("GET", self._url, **self._options))
        except BaseException:
            self._call.stop_loop()
            raise
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None = None,
        exc_value: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        try:
            self._run(self._open.see_out(), 3 * self._exchange.grace)
        finally:
            self._call.stop_loop()
        self._open.raise_error()

    def _run(self, work: Coroutine[Any, Any, T], patience: float | None) -> T:
        if self._call.loop is None:
            work.close()
            raise RuntimeError("the session's `with` block has ended")
        return self._call.loop.run(work, timeout=None if patience is None else patience + 1)

    def send(self, message: Message) -> None:
        """A bare event: websocket.receive, or websocket.disconnect."""
        self._run(self._open.send(message), self._call.patience)

    def send_text(self, data: str) -> None:
        self.send({"type": "websocket.receive", "text": data})

    def send_bytes(self, data: bytes) -> None:
        self.send({"type": "websocket.receive", "bytes": data})

    def send_json(self, data: Any, mode: Literal["text", "binary"] = "text") -> None:
        self.send(_json_event(data, mode))

    def receive(self) -> Message:
        """A bare event: websocket.send, or the websocket.close that ends it."""
        return self._run(self._open.receive(), self._call.patience)

    def receive_text(self) -> str:
        """The next message. AssertionError when it is bytes."""
        text: str = self._run(self._open.receive_data("text"), self._call.patience)
        return text

    def receive_bytes(self) -> bytes:
        data: bytes = self._run(self._open.receive_data("bytes"), self._call.patience)
        return data

    def receive_json(self, mode: Literal["text", "binary"] = "text") -> Any:
        return json.loads(self._run(self._open.receive_data(_kind_of(mode)), self._call.patience))

    def close(self, code: int = NORMAL, reason: str | None = None) -> None:
        """Close from this side; the application is told, and may go on until the `with` block ends."""
        self._run(self._open.close(code, reason), self._call.patience)


class AsyncWebSocketTestSession(_Connecting):
    """As WebSocketTestSession, in the test's own event loop: `async with`, and each method is awaited."""

    async def __aenter__(self) -> Self:
        self._begin(await self._client.request("GET", self._url, **self._options))
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None = None,
        exc_value: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        await self._open.see_out()
        self._open.raise_error()

    async def send(self, message: Message) -> None:
        await self._open.send(message)

    async def send_text(self, data: str) -> None:
        await self._open.send({"type": "websocket.receive", "text": data})

    async def send_bytes(self, data: bytes) -> None:
        await self._open.send({"type": "websocket.receive", "bytes": data})

    async def send_json(self, data: Any, mode: Literal["text", "binary"] = "text") -> None:
        await self._open.send(_json_event(data, mode))

    async def receive(self) -> Message:
        return await self._open.receive()

    async def receive_text(self) -> str:
        text: str = await self._open.receive_data("text")
        return text

    async def receive_bytes(self) -> bytes:
        data: bytes = await self._open.receive_data("bytes")
        return data

    async def receive_json(self, mode: Literal["text", "binary"] = "text") -> Any:
        return json.loads(await self._open.receive_data(_kind_of(mode)))

    async def close(self, code: int = NORMAL, reason: str | None = None) -> None:
        await self._open.close(code, reason)


def _json_event(data: Any, mode: str) -> Message:
    text = json.dumps(data, separators=(",", ":"), ensure_ascii=False)
    if _kind_of(mode) == "text":
        return {"type": "websocket.receive", "text": text}
    return {"type": "websocket.receive", "bytes": text.encode()}


def _kind_of(mode: str) -> Literal["text", "bytes"]:
    if mode not in ("text", "binary"):
        raise ValueError(f"mode is 'text' or 'binary', not {mode!r}")
    return "text" if mode == "text" else "bytes"
