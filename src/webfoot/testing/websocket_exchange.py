"""ONE WebSocket with an ASGI application, in process: no socket, no frames, no thread.

    exchange = WebSocketExchange(app, websocket_scope("/ducks"))
    await exchange.start()
    exchange.say({"type": "websocket.receive", "text": "quack"})
    assert (await exchange.hear())["text"] == "QUACK"
    await exchange.close()

To the application it is what the server is (docs/websocket.md): it holds the order of events to `webfoot.asgi.states`,
lets `send()` wait while the client reads slowly, and tells of a client that leaves. To the client it shows what arrives
there, and no more: the code of a close before the accept does not.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Final

from webfoot.asgi.disconnect import tells_of_disconnect
from webfoot.asgi.states import WEBSOCKET_SEND
from webfoot.asgi.types import ASGIApp, ClientDisconnected, Headers, Message, Scope
from webfoot.server.gateway.calling import SORRY, SORRY_HEADERS
from webfoot.server.gateway.events import check_close
from webfoot.server.websocket.close_codes import ABNORMAL, INTERNAL_ERROR, NORMAL
from webfoot.testing.contract import body_of, next_state, pairs_of, status_of
from webfoot.testing.exchange import HIGH_WATER, IncompleteResponse
from webfoot.testing.patience import patiently, place_of_task, see_out

_FRAME_HEAD: Final = 2  # bytes; so that empty messages count for something


class WebSocketExchange:
    """One WebSocket. Needs a running event loop from `start()` on.

    `events` holds all that the application has sent, in order. `status`, `headers` and `body` are the answer to the
    handshake as the client gets it: 101, 403 for a close, 500 for a failure, or what a denial says. `subprotocol` is
    the one that was agreed on. `grace`: seconds that an application gets to end by itself when its client has gone.
    """

    def __init__(self, app: ASGIApp, scope: Scope, *, grace: float = 0.5) -> None:
        self.app = app
        self.scope = scope
        self.grace = grace
        self.events: list[Message] = []
        self.status: int | None = None
        self.headers: Headers = []
        self.body = b""
        self.subprotocol: str | None = None

        self._state = "handshake"
        self._connected = False
        self._to_app: deque[Message] = deque()
        self._to_client: deque[Message] = deque()
        self._unread = 0
        # How it ended for the application, which websocket.disconnect tells.
        self._end: tuple[int, str] | None = None
        self._task: asyncio.Task[None] | None = None
        self._raised: BaseException | None = None
        # What the three parties sleep on: the client, send(), and receive().
        self._news = asyncio.Event()
        self._room = asyncio.Event()
        self._arrival = asyncio.Event()

    @property
    def accepted(self) -> bool:
        return self.status == 101

    @property
    def ended(self) -> bool:
        """Whether the application has returned or raised."""
        return self._task is not None and self._task.done()

    @property
    def error(self) -> BaseException | None:
        """What went wrong, once the application has ended: its exception, or an IncompleteResponse.

        An application that ends because its client has gone, by whatever exception that caused, did nothing wrong.
        """
        raised = self._raised
        if raised is not None and not isinstance(raised, asyncio.CancelledError):
            return None if self._end is not None and tells_of_disconnect(raised) else raised
        if self._state not in ("handshake", "denial") or self._end is not None or not self.ended:
            return None
        how = "returned" if raised is None else "was cancelled"
        done = "without an answer to the handshake" if self._state == "handshake" else "before its denial was complete"
        incomplete = IncompleteResponse(f"the application {how} {done}")
        incomplete.__cause__ = raised
        return incomplete

    async def start(self, patience: float | None = None) -> None:
        """Call the application; return when the handshake is answered. One that was refused is seen out as well.

        TimeoutError when that takes more than `patience` seconds.
        """
        self._task = asyncio.create_task(self._call())
        self._task.add_done_callback(lambda _: self._news.set())
        while self._state in ("handshake", "denial") and not self.ended:
            if not await self._news_within(patience):
                place = place_of_task(self._task)
                await self.close()
                raise TimeoutError(f"the application did not answer the handshake within {patience:g} seconds{place}")
        if not self.accepted:
            await self._see_refusal_out(patience)

    async def _see_refusal_out(self, patience: float | None) -> None:
        assert self._task is not None
        if self._state != "closed":  # the application has ended before it answered
            self.status, self.headers, self.body = 500, SORRY_HEADERS, SORRY
        await asyncio.wait({self._task}, timeout=patience)
        await self.close()

    async def hear(self, patience: float | None = None) -> Message:
        """The next websocket.send, or the websocket.close that ends it all, as the client gets it.

        An application that ends without a close is closed by the server: with 1000, or 1011 if it failed. TimeoutError
        when nothing comes within `patience` seconds.
        """
        while not self._to_client:
            if self.ended:
                code = NORMAL if self.error is None else INTERNAL_ERROR
                return {"type": "websocket.close", "code": code, "reason": ""}
            if not await self._news_within(patience):
                assert self._task is not None
                place = place_of_task(self._task)
                raise TimeoutError(f"the application sent nothing within {patience:g} seconds{place}")
        message = self._to_client.popleft()
        self._unread -= _size_of(message)
        self._room.set()
        return message

    def say(self, message: Message) -> None:
        """Hand the application a websocket.receive."""
        self._to_app.append(message)
        self._arrival.set()

    def leave(self, code: int = NORMAL, reason: str = "") -> None:
        """The client closes: after what it has said, receive() gives websocket.disconnect, and send() raises."""
        if self._end is None and not self.ended:
            self._end = code, reason
        self._arrival.set()
        self._room.set()

    async def close(self) -> None:
        """Leave, and see the application out, see `see_out`."""
        self.leave()
        if self._task is not None:
            await see_out(self._task, self.grace)

    async def _call(self) -> None:
        try:
            await self.app(self.scope, self._receive, self._send)
        except BaseException as exc:  # raised again in the test, see Exchange
            self._raised = exc

    async def _news_within(self, patience: float | None) -> bool:
        self._news.clear()
        return await patiently(self._news, patience)

    async def _receive(self) -> Message:
        if not self._connected:
            self._connected = True
            return {"type": "websocket.connect"}
        while self._state == "handshake" or not self._to_app:
            if self._end is not None:
                code, reason = self._end
                return {"type": "websocket.disconnect", "code": code, "reason": reason}
            self._arrival.clear()
            await self._arrival.wait()
        return self._to_app.popleft()

    async def _send(self, message: Message) -> None:
        if self._end is not None and self._state != "closed" and not self._to_app:
            await asyncio.sleep(0)  # an application that swallows the error in a loop must not starve everyone else
            raise ClientDisconnected("the client has gone")
        following = next_state(WEBSOCKET_SEND, self._state, message, self.scope)
        self._take(message)
        self._state = following
        self.events.append(message)
        if following == "closed":
            self._to_app.clear()
        self._news.set()
        self._arrival.set()
        while self._unread > HIGH_WATER and self._end is None:
            self._room.clear()
            await self._room.wait()

    def _take(self, message: Message) -> None:
        match message["type"]:
            case "websocket.accept":
                self._accept(message)
            case "websocket.send":
                _check_data(message)
                self._unread += _size_of(message)
                self._to_client.append(message)
            case "websocket.close":
                self._close(message.get("code", NORMAL), message.get("reason") or "")
            case "websocket.http.response.start":
                self.headers = pairs_of(message)
                self.status = status_of(message)
            case "websocket.http.response.body":
                self.body += body_of(message)
                if not message.get("more_body"):
                    self._end = ABNORMAL, ""

    def _accept(self, message: Message) -> None:
        headers, subprotocol = pairs_of(message), message.get("subprotocol")
        if subprotocol is not None and subprotocol not in self.scope["subprotocols"]:
            raise RuntimeError(f"the subprotocol {subprotocol!r} was accepted, which the client did not offer")
        self.status, self.headers, self.subprotocol = 101, headers, subprotocol

    def _close(self, code: int, reason: str) -> None:
        if self._state == "handshake":
            self.status, self._end = 403, (ABNORMAL, "")
        else:
            check_close(code, reason)
            self._to_client.append({"type": "websocket.close", "code": code, "reason": reason})
            self._end = code, reason  # a client answers a close frame with the same


def _check_data(message: Message) -> None:
    text, data = message.get("text"), message.get("bytes")
    if (data is None and isinstance(text, str)) or (text is None and isinstance(data, bytes | bytearray | memoryview)):
        return
    kinds = f"{type(text).__name__} and {type(data).__name__}"
    raise RuntimeError(f"websocket.send needs exactly one of text (str) and bytes, not {kinds}")


def _size_of(message: Message) -> int:
    return len(message.get("text") or message.get("bytes") or "") + _FRAME_HEAD
