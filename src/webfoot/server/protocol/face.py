"""The faces that the parts of the server show each other.

    bytes      Wire <-> Connection       net/transport    <-> http1/connection
    messages   Stream <-> Exchange       http1/connection <-> gateway/http_exchange

Each part knows only the face of its neighbour. That is what lets HTTP/2 and WebSocket stand beside HTTP/1.1 with one
transport below and one gateway above. Everything is a plain call; the one thing that waits is `drained`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from webfoot.server.protocol.errors import RemoteFault
from webfoot.trail import Trail

if TYPE_CHECKING:
    import asyncio

    from webfoot.server.protocol.events import Head


class Wire(Protocol):
    """The transport as a connection sees it: the only I/O there is."""

    client: tuple[str, int] | None
    server: tuple[str, int | None] | None
    scheme: str
    """What the scope of a request says of where it comes from and where it went. On the connection of a proxy that is
    trusted, `forwarding` has them show what that says of the request that has come last."""

    origin: Origin | None
    """There if requests may be below a path, or the wire shows what a proxy said of the last one."""

    peer: tuple[str, int] | None
    """`client`, as far as the connection itself tells."""

    forwarding: Forwarding | None
    """There if what forwarding fields say is to be believed."""

    tls: dict[str, Any] | None
    """What ASGI's extension "tls" tells of the connection; None if it is not encrypted."""

    connection: Connection
    """Who speaks on it; replaced when the protocol changes."""

    congested: bool
    """True while the write buffer is over its high-water mark."""

    def write(self, data: bytes) -> None: ...

    def write_soon(self, data: bytes) -> None:
        """As `write`, where more may follow: together with it, if that comes before the loop's next turn."""

    async def drained(self) -> None:
        """Returns when the write buffer is below its low-water mark, or the wire is lost."""

    async def send_file(self, file: int, offset: int, count: int) -> int:
        """Send `count` bytes of the regular file with the descriptor `file`; returns when the last one is handed on.

        Gives their number, which is lower where the file ends before. Meanwhile nothing else may be written. Raises
        ClientDisconnected when the wire is lost, OSError when the file cannot be read.
        """

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...

    def request_begins(self, size: int) -> None:
        """Told by the connection when it begins to read a request from `size` bytes that it already held."""

    def finish_writing(self) -> None:
        """Half-close: no more bytes from us, but we still read (RFC 9112 section 9.6)."""

    def close(self) -> None:
        """Close once everything written has been sent."""

    def abort(self) -> None:
        """Close now and drop what is not sent yet."""


class Origin(Protocol):
    """Where the application is published."""

    def root_path_of(self, head: Head, wire: Wire) -> str:
        """The `root_path` of the request, as ASGI wants it. Asked once, before the other parts of its scope are."""


class Forwarding(Protocol):
    """What a trusted proxy says of requests."""

    said_by: str
    """Who said what the wire shows; "" while it shows its own."""

    def tell(self, head: Head, wire: Wire) -> None:
        """Have `wire`, and `head` where it names the host, show what is believed of the request."""


class Connection(Protocol):
    """One protocol on one wire. The transport pushes, the connection answers through the wire."""

    trail: Trail | None
    """The journey of the request being read or answered, if somebody watches it."""

    deadline: float
    """The coarse loop time at which patience with the peer ends; infinity while we do not wait for it."""

    def receive(self, data: bytes) -> None: ...

    def receive_eof(self) -> bool:
        """The client will send no more. True keeps the write side open for the answer that is under way."""

    def sense_eof(self) -> None:
        """The client will send no more than what waits in the kernel while we do not read. May be told repeatedly."""

    def lost(self) -> None:
        """The wire is gone; nothing can be written any more."""

    def writable(self) -> None:
        """The write buffer was congested, and is not any longer."""

    def expire(self) -> None:
        """The deadline has passed."""

    def part(self) -> None:
        """Another process takes over: answer one request more, the one that may be on its way, and close."""

    def retire(self) -> None:
        """The server stops: close when idle, else after the response that is under way."""

    def cut_off(self) -> None:
        """The server can wait no longer: refuse the request with 503, or cut the response that has begun."""

    @property
    def awaits_request(self) -> bool:
        """True between two requests: the next byte begins a new one."""

    @property
    def awaits_head(self) -> bool:
        """True while only a part of a request's head is there."""

    @property
    def is_busy(self) -> bool:
        """True while a request is being read, answered, or waits for its turn behind another."""


class Stream(Protocol):
    """One request/response pair on a connection, as the exchange sees it."""

    wire: Wire

    def hint(self, links: Iterable[bytes]) -> None:
        """Send an interim response 103 (RFC 8297), before the first body part. Raises LocalFault."""

    def respond(self, status: int, headers: Iterable[tuple[bytes, bytes]], trailers: bool = False) -> None:
        """Check and encode the response head. Nothing is sent before the first body part. Raises LocalFault.

        `trailers`: no body part is the last one, `send_trailers` ends the response."""

    def send_body(self, data: bytes, more: bool) -> None:
        """A part of the response body; the last one when `more` is False. Raises LocalFault."""

    async def send_file(self, file: int, offset: int, count: int, more: bool) -> None:
        """A part of the response body: `count` bytes of a regular file. Raises LocalFault, ClientDisconnected."""

    def send_trailers(self, fields: Iterable[tuple[bytes, bytes]], more: bool) -> None:
        """Fields that follow the body; the last ones when `more` is False. Raises LocalFault."""

    def want_body(self) -> None:
        """The application waits for the request body."""

    def resume_body(self) -> None:
        """The application has taken what was there of the request body, and there will be more."""

    def hold_body(self) -> None:
        """The application has more unread request body than it may hold."""

    def switch(self, reply: bytes, connection: Connection) -> None:
        """Send `reply`, a 101, and let `connection` speak from now on (RFC 9110 section 7.8).

        Raises ClientDisconnected."""

    def abandon(self, reason: str) -> None:
        """The response cannot be completed: cut the connection, so that the client sees it truncated."""


class Exchange(Protocol):
    """The application's side of one request, as a connection and the drain see it."""

    trail: Trail | None

    began: float
    """The coarse loop time at which the request was there."""

    @property
    def name(self) -> str:
        """What is asked for, in the log."""

    @property
    def progress(self) -> tuple[int, int]:
        """The status of the answer, 0 before there is one, and how many bytes of its body the application has given."""

    @property
    def task(self) -> asyncio.Task[None] | None:
        """In which the application runs."""

    def begin(self) -> None:
        """Call the application."""

    def feed(self, data: bytes) -> None:
        """A part of the request body."""

    def feed_end(self, trailers: Sequence[tuple[bytes, bytes]]) -> None:
        """The request body is complete; `trailers` are the fields behind it."""

    def refuse(self, fault: RemoteFault) -> bool:
        """The request body is faulty. True if no response has begun, so that the fault can still be answered."""

    def disconnect(self) -> None:
        """The client sends no more, so it has probably gone: `receive()` says so."""

    def lose(self) -> None:
        """The connection is lost: `receive()` says so and `send()` raises ClientDisconnected."""

    @property
    def is_endless(self) -> bool:
        """Whether it ends only when somebody ends it, so that there is no use in waiting for that."""

    def wind_up(self) -> None:
        """Have the application end what is endless."""

    def cancel(self) -> None:
        """Cancel the application's task."""

    def describe(self, now: float) -> str:
        """What is asked for and since when, for whoever waits for its end."""


class MessageExchange(Protocol):
    """The application's side of an open WebSocket, as its connection sees it."""

    is_full: bool
    """True while the application is to get no more messages. Ends, with `proceed`, when it asks for more than it was
    given."""

    @property
    def is_behind(self) -> bool:
        """True while the application has not taken all messages that it was given."""

    def deliver(self, message: str | bytes) -> None:
        """A message of the client."""

    def end(self, code: int, reason: str) -> None:
        """There will be no more messages: `receive()` says so and `send()` raises ClientDisconnected. Only the first
        call counts."""
