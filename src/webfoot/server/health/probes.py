"""Answers that the server gives itself, before the application: whether it lives, whether it is ready, its numbers.

They are given in the event loop, so that a loop which is blocked gives none; and even when all of `limit_concurrency`
is in use, because a server that has much to do is not to be taken for a dead one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from time import perf_counter
from typing import TYPE_CHECKING, Final, NamedTuple

from webfoot.server.health.exposition import MEDIA_TYPE, exposition
from webfoot.server.logs.entry import Entry
from webfoot.server.protocol.errors import RemoteFault
from webfoot.server.protocol.events import Head

if TYPE_CHECKING:
    from webfoot.server.gateway.service import Service
    from webfoot.server.health.board import Board
    from webfoot.server.protocol.face import Stream
    from webfoot.server.settings.options import ServerOptions
    from webfoot.trail import Trail

_TEXT: Final = b"text/plain; charset=utf-8"
_METHODS: Final = ("GET", "HEAD")


class Answer(NamedTuple):
    status: int
    media_type: bytes
    body: bytes


Probe = Callable[[], Answer]

_NOT_ALLOWED: Final = Answer(405, _TEXT, b"only GET and HEAD are answered here\n")


def probes_of(options: ServerOptions, board: Board, sample: Callable[[], None]) -> dict[bytes, Probe]:
    """What each path is answered with. `sample` brings the numbers of this process up to date."""

    def live() -> Answer:
        return Answer(200, _TEXT, b"alive\n")

    def ready() -> Answer:
        readiness = board.readiness
        return Answer(200 if readiness == "ready" else 503, _TEXT, f"{readiness}\n".encode())

    def metrics() -> Answer:
        sample()
        return Answer(200, MEDIA_TYPE, exposition(board).encode())

    paths = ((options.livez_path, live), (options.readyz_path, ready), (options.metrics_path, metrics))
    return {path.encode(): probe for path, probe in paths if path}


def index_of(probes: dict[bytes, Probe]) -> Probe:
    """Where nothing else is answered: what is."""
    body = b"here are only\n" + b"".join(b"%b\n" % path for path in probes)
    return lambda: Answer(404, _TEXT, body)


class ProbeExchange:
    """A request that the server answers itself. Implements `webfoot.server.protocol.face.Exchange`."""

    __slots__ = ("_head", "_probe", "_service", "_started", "_stream", "began", "trail")

    is_endless = False
    task = None
    progress = (0, 0)  # it is never under way

    def __init__(self, stream: Stream, service: Service, head: Head, trail: Trail | None, probe: Probe) -> None:
        self._stream = stream
        self._service = service
        self._head = head
        self._probe = probe
        self._started = perf_counter()
        self.began = service.now
        self.trail = trail

    def begin(self) -> None:
        head = self._head
        status, media_type, body = self._probe() if head.method in _METHODS else _NOT_ALLOWED
        fields = [
            (b"content-type", media_type),
            (b"content-length", b"%d" % len(body)),
            (b"cache-control", b"no-store"),
        ]
        if status == _NOT_ALLOWED.status:
            fields.append((b"allow", b"GET, HEAD"))
        self._stream.respond(status, fields)
        self._stream.send_body(body, False)
        self._log(status, len(body), fields)
        if self.trail is not None:
            self.trail.end()

    def _log(self, status: int, size: int, fields: list[tuple[bytes, bytes]]) -> None:
        access = self._service.probe_access
        if access is not None:
            wire, head = self._stream.wire, self._head
            sent = 0 if head.method == "HEAD" else size
            access.write(
                Entry(head, wire.client, wire.scheme, status, sent, perf_counter() - self._started, fields), None
            )

    # It has answered before anything of this could matter, unless the request's body is faulty.

    def feed(self, data: bytes) -> None:
        pass

    def feed_end(self, trailers: Sequence[tuple[bytes, bytes]]) -> None:
        pass

    def refuse(self, fault: RemoteFault) -> bool:
        return True

    def disconnect(self) -> None:
        pass

    def lose(self) -> None:
        pass

    def wind_up(self) -> None:
        pass

    def cancel(self) -> None:
        pass

    @property
    def name(self) -> str:
        return f"{self._head.method} {self._head.path.decode('ascii', 'replace')}"

    def describe(self, now: float) -> str:
        return self.name
