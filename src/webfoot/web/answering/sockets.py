"""What becomes of an exception in a WebSocket: a handler answers it, as in a request, with what is still possible."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any, Final

from webfoot.asgi.states import WEBSOCKET_SEND, row_of
from webfoot.asgi.types import Message, Receive, Scope, Send
from webfoot.trail.trail import TRAIL_KEY
from webfoot.web.answering.answers import Answers, Handlers
from webfoot.web.answering.handlers import ExceptionHandler, call_handler, websocket_exception
from webfoot.web.callables import full_name_of
from webfoot.web.decisions import decided, is_watched
from webfoot.web.exceptions import HTTPException, WebSocketDisconnect, WebSocketException, phrase_of
from webfoot.web.middleware.seam import mark_handled
from webfoot.web.websockets import CONNECTED, CONNECTING, RESPONSE, WebSocket

_LONGEST_REASON: Final = 123  # bytes of UTF-8 (RFC 6455 section 5.5)
_POLICY_VIOLATION: Final = 1008
_INTERNAL_ERROR: Final = 1011


class SocketAnswers(Answers):
    """The `send` of one WebSocket that knows how far it has come: `stage` is a state of `WEBSOCKET_SEND`."""

    __slots__ = ("stage",)

    def __init__(self, send: Send, handlers: Handlers | None = None, stage: str = "handshake") -> None:
        super().__init__(send, handlers)
        self.stage = stage

    def send(self, message: Message) -> Awaitable[None]:
        if message["type"] == "websocket.send":
            return self._send(message)
        return self._send_turn(message)

    async def _send_turn(self, message: Message) -> None:
        await self._send(message)
        self.stage = WEBSOCKET_SEND[self.stage].get(row_of(message), self.stage)

    def within(self, send: Send) -> SocketAnswers:
        return SocketAnswers(send, self.handlers, self.stage)

    def websocket(self, scope: Scope, receive: Receive) -> WebSocket[Any]:
        """An object for a handler, when there is none that the endpoint used."""
        websocket: WebSocket[Any] = WebSocket(scope, receive, self.send)
        websocket.resume(self.stage)
        return websocket


async def answer_socket(exc: Exception, websocket: WebSocket[Any]) -> bool:
    """Let the application's handler for `exc` answer. False when there is none, so the exception has to go on.

    That the client has left is nothing to answer, and no failure. RuntimeError when a denial response has begun.
    """
    handler = _handler_of(exc, websocket.scope)
    if handler is None:
        return _ended_with_the_client(exc, websocket.scope)
    if websocket.application_state is RESPONSE:
        raise RuntimeError(
            f"{type(exc).__name__} would be answered by {full_name_of(handler)}, but a denial has already begun"
        ) from exc
    unanswered = websocket.application_state is CONNECTING
    response = await call_handler(handler, websocket, exc)
    if TRAIL_KEY in websocket.scope:
        said = getattr(response, "status_code", 403) if websocket.takes_denial_response else 403
        mark_handled(websocket.scope, exc, full_name_of(handler), said if unanswered else None)
    if response is not None:
        await _refuse(websocket, response, exc)
    return True


def _handler_of(exc: Exception, scope: Scope) -> ExceptionHandler | None:
    answers = Answers.of(scope)
    if answers is None or answers.handlers is None:  # outside of an application
        return websocket_exception if isinstance(exc, WebSocketException) else None
    return answers.handlers.find(exc)


def _ended_with_the_client(exc: Exception, scope: Scope) -> bool:
    if not _tells_that_it_left(exc):
        return False
    if is_watched(scope):
        decided(scope, "WebSocketRoute", f"the client left ({exc}), and the endpoint ended with that")
    return True


def _tells_that_it_left(exc: BaseException) -> bool:
    """Also of a task group, when that is all that its tasks have to say."""
    if isinstance(exc, BaseExceptionGroup):
        return all(map(_tells_that_it_left, exc.exceptions))
    return isinstance(exc, WebSocketDisconnect) and exc.is_told


async def _refuse(websocket: WebSocket[Any], response: Any, exc: Exception) -> None:
    """Send a handler's response; where none can be sent, close with what comes nearest to it."""
    state = websocket.application_state
    if state is CONNECTING and websocket.takes_denial_response:
        await websocket.send_denial_response(response)
    elif state is CONNECTING or state is CONNECTED:
        status = getattr(response, "status_code", 500)
        code = _POLICY_VIOLATION if status < 500 else _INTERNAL_ERROR
        await websocket.close(code, _reason(exc, status))


def _reason(exc: Exception, status: int) -> str:
    """Of the exception, if it was meant for the client; cut to what fits into a close frame."""
    said = exc.detail if isinstance(exc, HTTPException) and isinstance(exc.detail, str) else phrase_of(status)
    return said.encode(errors="replace")[:_LONGEST_REASON].decode(errors="ignore")
