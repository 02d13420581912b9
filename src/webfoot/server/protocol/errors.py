"""Faults: what went wrong on the wire, whose fault it is, and which status says so.

Fault
├── RemoteFault   the client broke the protocol or a limit; answered with `status`
└── LocalFault    the application broke the ASGI contract; raised into the application, logged, answered with 500
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

STOPPING: Final = "stopping"
"""The rule by which a request is refused that is under way when the server cannot wait any longer."""


class Fault(Exception):
    """Base of both kinds.

    status: the HTTP status that tells the client; on a WebSocket, the close code.
    reason: one sentence for a developer; never holds bytes of the request that could be a secret.
    rule: a short id, the same whichever parser read the request.
    section: where the rule stands ("RFC 9112 section 6.3").
    """

    def __init__(self, status: int, rule: str, section: str, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.rule = rule
        self.section = section
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.reason} ({self.section})" if self.section else self.reason


class RemoteFault(Fault):
    """The client sent what we refuse. The connection is closed after the reply, which has these `headers`, too."""

    def __init__(
        self, status: int, rule: str, section: str, reason: str, headers: Iterable[tuple[bytes, bytes]] = ()
    ) -> None:
        super().__init__(status, rule, section, reason)
        self.headers = tuple(headers)


class LocalFault(Fault):
    """The application sent what HTTP or ASGI does not allow; raised out of its own `send()`."""

    def __init__(self, rule: str, section: str, reason: str) -> None:
        super().__init__(500, rule, section, reason)
