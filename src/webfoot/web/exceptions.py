"""Exceptions that an application raises or meets.

Exception
 +-- HTTPException            answer this request with this status
 +-- OSError
      +-- ClientDisconnected  (webfoot.asgi) what a server's `send()` raises when the client has gone
           +-- ClientDisconnect  the same, met while reading a request or streaming a response
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

from webfoot.asgi.types import ClientDisconnected


class HTTPException(Exception):
    """Ends the work on a request with an error answer of `status_code`.

    `detail` says why (the status' own phrase when not given) and `headers` are added to the answer.
    """

    def __init__(self, status_code: int, detail: str | None = None, headers: Mapping[str, str] | None = None) -> None:
        if detail is None:
            detail = _phrase(status_code)
        super().__init__(status_code, detail, headers)
        self.status_code = status_code
        self.detail = detail
        self.headers = headers

    def __str__(self) -> str:
        return f"{self.status_code}: {self.detail}"

    def __repr__(self) -> str:
        return f"{type(self).__name__}(status_code={self.status_code!r}, detail={self.detail!r})"


class ClientDisconnect(ClientDisconnected):
    """The client has gone: there is no more body to read, or nobody to stream to.

    A server does not report it as the application's fault, so there is no need to catch it only for quiet logs.
    """


def _phrase(status_code: int) -> str:
    try:
        return HTTPStatus(status_code).phrase
    except ValueError:
        return ""
