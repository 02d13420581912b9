"""Exceptions that an application raises or meets.

Exception
 +-- HTTPException            answer this request with this status
 +-- WebSocketException       close this WebSocket with this code
 |    +-- UnexpectedMessage   the client sent another kind of message than was asked for
 |         +-- InvalidJSONMessage  ... or one that is no JSON; a json.JSONDecodeError as well
 +-- WebSocketDisconnect      the client has left the WebSocket
 +-- RuntimeError
 |    +-- WebSocketDisconnected  a WebSocket was used that is not open: a mistake of the application
 +-- OSError
      +-- ClientDisconnected  (webfoot.asgi) what a server's `send()` raises when the client has gone
           +-- ClientDisconnect  the same, met while reading a request or streaming a response
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus

from webfoot.asgi.types import ClientDisconnected


class HTTPException(Exception):
    """Ends the work on a request with an error answer of `status_code`.

    `detail` says why (the status' own phrase when not given) and `headers` are added to the answer.
    """

    def __init__(self, status_code: int, detail: str | None = None, headers: Mapping[str, str] | None = None) -> None:
        if detail is None:
            detail = phrase_of(status_code)
        super().__init__(status_code, detail, headers)
        self.status_code = status_code
        self.detail = detail
        self.headers = headers

    def __str__(self) -> str:
        return f"{self.status_code}: {self.detail}"

    def __repr__(self) -> str:
        return f"{type(self).__name__}(status_code={self.status_code!r}, detail={self.detail!r})"


class WebSocketException(Exception):
    """Ends a WebSocket: a close frame with `code` and `reason` once it is accepted, a refused handshake before that.

    code: one that RFC 6455 section 7.4 lets a server send, such as 1008 or one of 4000 to 4999.
    """

    def __init__(self, code: int, reason: str | None = None) -> None:
        super().__init__(code, reason)
        self.code = code
        self.reason = reason or ""

    def __str__(self) -> str:
        return f"{self.code}: {self.reason}"

    def __repr__(self) -> str:
        return f"{type(self).__name__}(code={self.code!r}, reason={self.reason!r})"


class UnexpectedMessage(WebSocketException):
    """The client sent a message of another kind than was asked for; left alone, it ends the WebSocket with 1003.

    1003 is RFC 6455's code for "a type of data it cannot accept" (section 7.4.1).
    """

    def __init__(self, reason: str) -> None:
        super().__init__(1003, reason)

    def __reduce__(self) -> tuple[type, tuple[str]]:
        return type(self), (self.reason,)


class InvalidJSONMessage(json.JSONDecodeError, UnexpectedMessage):
    """The client sent a message that is no JSON. What catches a json.JSONDecodeError (a ValueError) catches it too."""

    def __init__(self, msg: str, doc: str, pos: int) -> None:
        json.JSONDecodeError.__init__(self, msg, doc, pos)
        self.code = 1003
        self.reason = f"malformed JSON: {self.args[0] if doc else msg}"  # with line and column, if there are any

    def __reduce__(self) -> tuple[type, tuple[str, str, int]]:  # type: ignore[override]
        return type(self), (self.msg, self.doc, self.pos)


class WebSocketDisconnect(Exception):
    """The client has left: `code` and `reason` of its close frame, 1005 if it gave none, 1006 if there was no frame.

    Nobody has to catch it: an endpoint that it ends has ended well. `is_told`: it comes from the server. One that
    somebody raises by hand is an exception like any other (to close with a code, raise WebSocketException).
    """

    is_told = False

    def __init__(self, code: int = 1000, reason: str | None = None) -> None:
        super().__init__(code, reason)
        self.code = code
        self.reason = reason or ""

    def __str__(self) -> str:
        return f"{self.code}: {self.reason}" if self.reason else str(self.code)


class WebSocketDisconnected(RuntimeError):
    """A WebSocket was used that is not open: not accepted yet, closed already, or known to be left by its client."""


class ClientDisconnect(ClientDisconnected):
    """The client has gone: there is no more body to read, or nobody to stream to.

    A server does not report it as the application's fault, so there is no need to catch it only for quiet logs.
    """


def phrase_of(status_code: int) -> str:
    """`Not Found` for 404; nothing for a code that nobody registered."""
    try:
        return HTTPStatus(status_code).phrase
    except ValueError:
        return ""
