"""One line of the access log before it is written."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from webfoot.server.protocol.events import Head


class Session(NamedTuple):
    """What became of a WebSocket. code: of its Close frame (RFC 6455 section 7.4)."""

    code: int
    messages_in: int
    bytes_in: int
    messages_out: int
    bytes_out: int


class Entry:
    """A request and what became of it.

    size: bytes of the response body. seconds: from the request's head to the end of the response.
    sent: the header fields of the response, as the application gave them.
    event: "" for a request that has ended; "opened" for an event stream or a WebSocket, "closed" for a WebSocket.
    """

    __slots__ = (
        "client",
        "event",
        "head",
        "reason",
        "request_id",
        "scheme",
        "seconds",
        "sent",
        "session",
        "size",
        "status",
    )

    def __init__(
        self,
        head: Head,
        client: tuple[str, int] | None,
        scheme: str,
        status: int,
        size: int,
        seconds: float,
        sent: Iterable[tuple[bytes, bytes]] = (),
        request_id: str = "",
    ) -> None:
        self.head = head
        self.client = client
        self.scheme = scheme
        self.status = status
        self.size = size
        self.seconds = seconds
        self.sent = sent
        self.request_id = request_id
        self.reason = ""
        self.event = ""
        self.session: Session | None = None

    @property
    def peer(self) -> str:
        """`127.0.0.1:1234`, or "-"."""
        client = self.client
        return "-" if client is None else f"{client[0]}:{client[1]}"

    def field(self, name: bytes) -> bytes:
        """A header field of the request; empty if there is none."""
        return _find(self.head.headers, name)

    def sent_field(self, name: bytes) -> bytes:
        """A header field of the response."""
        return _find(self.sent, name)


def _find(fields: Iterable[tuple[bytes, bytes]], name: bytes) -> bytes:
    for each, value in fields:
        if each == name or each.lower() == name:
            return value
    return b""
