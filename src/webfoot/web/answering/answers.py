"""What the layers of an application know of the answer to one request: whether it has started, and who would handle
an exception. It travels in the scope and is the `send` of what lies within.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final, Protocol

from webfoot.asgi.open_files import takes_open_files
from webfoot.asgi.types import Message, Scope, Send

ANSWERS_KEY: Final = "webfoot.answers"


class Handlers(Protocol):
    """Exception handlers, looked up by exception (`webfoot.web.answering.handlers`)."""

    def find(self, exc: Exception, /) -> Callable[..., Any] | None: ...


class Answers:
    """The `send` of one request that knows whether a response has started, and which handlers would answer for it."""

    __slots__ = ("_send", "handlers", "started")

    def __init__(self, send: Send, handlers: Handlers | None = None) -> None:
        self._send = send
        self.handlers = handlers
        self.started = False

    def send(self, message: Message) -> Awaitable[None]:
        # Handing on what the inner `send` gives to await spares a coroutine for each message.
        if message["type"] == "http.response.start":
            self.started = True
        return self._send(message)

    @property
    def takes_open_files(self) -> bool:
        return takes_open_files(self._send)

    def within(self, send: Send) -> Answers:
        """The same for what is inside of a middleware that has a `send` of its own."""
        return Answers(send, self.handlers)

    def enter(self, scope: Scope) -> Answers:
        scope[ANSWERS_KEY] = self
        return self

    @staticmethod
    def of(scope: Scope) -> Answers | None:
        answers: Answers | None = scope.get(ANSWERS_KEY)
        return answers
