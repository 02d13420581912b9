"""A WebSocket as an object: what `webfoot.web.connection` tells of its scope, and the messages both ways.

How far a WebSocket has come is kept as two states that may be read, `application_state` for what was sent and
`client_state` for what was received. What may be sent in which is `webfoot.asgi.states.WEBSOCKET_SEND`.
"""

from __future__ import annotations

import enum
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable
from typing import Any, Final, Literal, TypeVar

from webfoot.asgi.extensions import DENIAL, offers
from webfoot.asgi.states import WEBSOCKET_SEND, explain, row_of
from webfoot.asgi.types import ASGIApp, Message, Receive, Scope, Send
from webfoot.web.connection import HTTPConnection, StateT
from webfoot.web.datastructures.headers import encode_header
from webfoot.web.decisions import decided, is_watched
from webfoot.web.exceptions import (
    InvalidJSONMessage,
    UnexpectedMessage,
    WebSocketDisconnect,
    WebSocketDisconnected,
    WebSocketException,
)
from webfoot.web.json_body import InvalidJSON, read_json
from webfoot.web.responses.json_text import json_text_writer

__all__ = [
    "InvalidJSONMessage",
    "UnexpectedMessage",
    "WebSocket",
    "WebSocketClose",
    "WebSocketDisconnect",
    "WebSocketDisconnected",
    "WebSocketException",
    "WebSocketState",
]

DataT = TypeVar("DataT")

TEXT_EXPECTED: Final = "text was expected, and bytes came"
BYTES_EXPECTED: Final = "bytes were expected, and text came"

_NO_STATUS: Final = 1005  # RFC 6455 section 7.4.1: there was no code in the Close frame
_ABNORMAL: Final = 1006  # ... and: there was no Close frame

_encode: Final = json_text_writer(allow_nan=True)


class WebSocketState(enum.Enum):
    """How far one side has come. RESPONSE: it refuses the handshake with an HTTP response that is not complete yet."""

    CONNECTING = 0
    CONNECTED = 1
    DISCONNECTED = 2
    RESPONSE = 3


CONNECTING, CONNECTED = WebSocketState.CONNECTING, WebSocketState.CONNECTED
DISCONNECTED, RESPONSE = WebSocketState.DISCONNECTED, WebSocketState.RESPONSE

_STAGE_OF: Final = {CONNECTING: "handshake", CONNECTED: "open", RESPONSE: "denial", DISCONNECTED: "closed"}
_STATE_OF: Final = {stage: state for state, stage in _STAGE_OF.items()}


class WebSocket(HTTPConnection[StateT]):
    """One WebSocket, from the handshake to its end.

    What is sent or received out of order is a RuntimeError, and a WebSocketDisconnected if the WebSocket is not open.
    That the client has left is a WebSocketDisconnect, once out of receiving and each time out of sending.
    """

    _left: tuple[int, str] | None = None

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert scope["type"] == "websocket", f"a WebSocket is made from a websocket scope, not {scope['type']!r}"
        self.scope = scope
        self._receive = receive
        self._send = send
        self.client_state = CONNECTING
        self.application_state = CONNECTING

    def resume(self, stage: str) -> None:
        """Go on where another object for the same connection has come: a state of `WEBSOCKET_SEND`."""
        self.application_state = _STATE_OF[stage]
        self.client_state = CONNECTED

    async def receive(self) -> Message:
        """The next event from the server: websocket.connect, then messages, then websocket.disconnect."""
        if self.client_state is CONNECTED:
            message = await self._receive()
            kind = message["type"]
            if kind == "websocket.disconnect":
                self.client_state = DISCONNECTED
                code = message.get("code")
                self._left = (_NO_STATUS if code is None else code, message.get("reason") or "")
            elif kind != "websocket.receive":
                raise RuntimeError(f"websocket.receive or websocket.disconnect was expected, and {kind} was received")
            return message
        if self.client_state is CONNECTING:
            message = await self._receive()
            if message["type"] != "websocket.connect":
                raise RuntimeError(f"websocket.connect was expected, and {message['type']} was received")
            self.client_state = CONNECTED
            return message
        raise WebSocketDisconnected("receive() was called after websocket.disconnect was received")

    async def send(self, message: Message) -> None:
        """Hand an event to the server, if it is the time for it."""
        before = self.application_state
        if self._left is not None:
            raise self._disconnect()
        if before is not CONNECTED or message["type"] != "websocket.send":
            self.application_state = self._following(message)
        try:
            await self._send(message)
        except OSError as error:  # so a server says that the client has gone (ASGI WebSocket 2.4)
            self.application_state = DISCONNECTED
            self._left = (_ABNORMAL, "")
            raise self._disconnect() from error
        except Exception:  # the server refused it, and nothing was sent
            self.application_state = before
            raise

    def _following(self, message: Message) -> WebSocketState:
        stage, row = _STAGE_OF[self.application_state], row_of(message)
        following = WEBSOCKET_SEND[stage].get(row)
        if following is None:
            error = WebSocketDisconnected if stage == "closed" else RuntimeError
            raise error(explain(WEBSOCKET_SEND, stage, row))
        return _STATE_OF[following]

    def _disconnect(self) -> WebSocketDisconnect:
        assert self._left is not None
        disconnect = WebSocketDisconnect(*self._left)
        disconnect.is_told = True
        return disconnect

    async def accept(
        self, subprotocol: str | None = None, headers: Iterable[tuple[bytes, bytes]] | None = None
    ) -> None:
        """Complete the handshake. `headers` are added to the 101; `subprotocol` is one of `scope["subprotocols"]`."""
        if self.client_state is CONNECTING:
            await self.receive()
        fields = [] if headers is None else [_field(pair) for pair in headers]
        await self.send({"type": "websocket.accept", "subprotocol": subprotocol, "headers": fields})

    async def close(self, code: int = 1000, reason: str | None = None) -> None:
        """Send a close frame; before `accept()` it refuses the handshake with 403, and nobody sees code or reason.

        Nothing when the client has left already.
        """
        if self._left is None:
            if self.application_state is CONNECTING and is_watched(self.scope):
                what = f"closed ({code}) before accept(), which refuses the handshake; a client never sees that code"
                decided(self.scope, "WebSocket", what, status=403)
            try:
                await self.send({"type": "websocket.close", "code": code, "reason": reason or ""})
            except WebSocketDisconnect:
                pass  # it left at this moment
        self.application_state = DISCONNECTED

    async def send_denial_response(self, response: ASGIApp) -> None:
        """Refuse the handshake with an HTTP response of your own. RuntimeError where the server cannot send one."""
        if not self.takes_denial_response:
            raise RuntimeError(
                f"The server does not offer {DENIAL!r}, so it cannot refuse a handshake with a response; "
                "close() before accept() refuses it with 403."
            )
        await response(self.scope, self.receive, self.send)

    @property
    def takes_denial_response(self) -> bool:
        """Whether the server offers the ASGI extension "Websocket Denial Response"."""
        return offers(self.scope, DENIAL)

    async def receive_text(self) -> str:
        """The next message. UnexpectedMessage when it is bytes."""
        if self.application_state is not CONNECTED:
            raise self._not_open()
        message = await self.receive()
        text: str | None = message.get("text")
        if text is None:
            raise self._not_taken(message, TEXT_EXPECTED)
        return text

    async def receive_bytes(self) -> bytes:
        """The next message. UnexpectedMessage when it is text."""
        if self.application_state is not CONNECTED:
            raise self._not_open()
        message = await self.receive()
        data: bytes | None = message.get("bytes")
        if data is None:
            raise self._not_taken(message, BYTES_EXPECTED)
        return data

    async def receive_json(self, mode: str = "text") -> Any:
        """The next message read as JSON; mode "binary" when the client sends it in bytes.

        UnexpectedMessage when it is of the other kind, InvalidJSONMessage (a json.JSONDecodeError too) when it is no
        JSON, or too much of it to be read.
        """
        return read_message(await (self.receive_text() if _is_text(mode) else self.receive_bytes()))

    def _not_open(self) -> Exception:
        if self._left is not None:
            return self._disconnect()
        if self.application_state is DISCONNECTED:
            return WebSocketDisconnected("a message was to be received after the WebSocket was closed")
        return WebSocketDisconnected('WebSocket is not connected. Need to call "accept" first.')

    def _not_taken(self, message: Message, expected: str) -> Exception:
        return self._disconnect() if message["type"] == "websocket.disconnect" else UnexpectedMessage(expected)

    def iter_text(self) -> AsyncIterator[str]:
        """The messages, until the client leaves or this side closes; the same for the other two."""
        return self._iterate(self.receive_text)

    def iter_bytes(self) -> AsyncIterator[bytes]:
        return self._iterate(self.receive_bytes)

    def iter_json(self) -> AsyncIterator[Any]:
        return self._iterate(self.receive_json)

    async def _iterate(self, receive: Callable[[], Coroutine[Any, Any, DataT]]) -> AsyncIterator[DataT]:
        was_open = False
        try:
            # Closed within the loop, there is nothing more to come; never accepted, it is a mistake to be told.
            while self.application_state is CONNECTED or not was_open:
                was_open = True
                yield await receive()
        except WebSocketDisconnect:
            pass

    async def send_text(self, data: str) -> None:
        await self.send({"type": "websocket.send", "text": data})

    async def send_bytes(self, data: bytes) -> None:
        await self.send({"type": "websocket.send", "bytes": data})

    async def send_json(self, data: Any, mode: str = "text") -> None:
        """Send `data` as compact JSON, in a text message or, with mode "binary", in bytes."""
        if _is_text(mode):
            await self.send({"type": "websocket.send", "text": write_message(data)})
        else:
            await self.send({"type": "websocket.send", "bytes": write_message(data).encode()})


class WebSocketClose:
    """An ASGI application that closes whatever WebSocket comes."""

    def __init__(self, code: int = 1000, reason: str | None = None) -> None:
        self.code = code
        self.reason = reason or ""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "websocket.close", "code": self.code, "reason": self.reason})


def read_message(data: str | bytes) -> Any:
    """A message as JSON. Raises InvalidJSONMessage, and nothing else, for whatever a client sends."""
    try:
        return read_json(data)
    except InvalidJSON as error:
        raise InvalidJSONMessage(error.msg, error.doc, error.pos) from None


def write_message(data: Any) -> str:
    """`data` as JSON that can be encoded: half a surrogate pair, which a client may send escaped, is escaped again."""
    text = _encode(data)
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()


def _is_text(mode: str | Literal["text", "binary"]) -> bool:
    if mode not in ("text", "binary"):
        raise RuntimeError('The "mode" argument should be "text" or "binary".')
    return mode == "text"


def _field(pair: tuple[bytes, bytes]) -> tuple[bytes, bytes]:
    """A header field as ASGI sends it, checked as all that this toolkit writes."""
    if not (isinstance(pair, tuple | list) and len(pair) == 2 and all(isinstance(each, bytes) for each in pair)):
        raise TypeError(f"the headers of accept() are pairs of bytes (name, value), not {pair!r:.60}")
    name, value = pair
    return encode_header(name.decode("latin-1"), value.decode("latin-1"))
