"""What all connections of one worker share: the application, the settings, the lifespan state, the coarse clock."""

from __future__ import annotations

import asyncio
import contextvars
import logging
import math
from collections.abc import Callable
from email.utils import formatdate
from typing import TYPE_CHECKING, Any

from webfoot.asgi.types import ASGIApp
from webfoot.server.http1.states import PATIENCE
from webfoot.server.protocol.errors import RemoteFault
from webfoot.server.protocol.events import Head
from webfoot.server.settings.log import access_log
from webfoot.server.settings.options import OptionError, ServerOptions
from webfoot.trail import Trail, Watcher

if TYPE_CHECKING:
    from webfoot.server.gateway.http_exchange import HttpExchange
    from webfoot.server.http1.encoder import ResponseHead

log = logging.getLogger("webfoot")

_LINGER = 2.0  # seconds; long enough for a reply to cross the network before a reset could overtake it


class Service:
    """One worker serves one application.

    now: the loop's time in seconds, renewed by the sweep (`webfoot.server.net.connections`), so up to half a second
        old; good enough for deadlines and free of a system call per request.
    patience: state of a connection -> seconds until its deadline.
    running: the requests whose application has not returned yet, background tasks included.
    """

    def __init__(
        self, app: ASGIApp, options: ServerOptions, state: dict[str, Any] | None = None, watcher: Watcher | None = None
    ) -> None:
        self.app = app
        self.options = options
        self.state = state if state is not None else {}
        self.watcher = watcher
        self.loop = asyncio.get_running_loop()
        self.context = contextvars.copy_context()
        self.now = self.loop.time()
        self.running: set[HttpExchange] = set()
        self.parse_head = choose_parser(options.http)
        self.logs_access = options.access_log and access_log.isEnabledFor(logging.INFO)
        self.patience = {
            state: _LINGER if setting == "timeout_linger" else getattr(options, setting) if setting else math.inf
            for state, setting in PATIENCE.items()
        }
        # A head below this size breaks neither limit, so that neither needs a closer look.
        self.unsuspicious_head = min(options.limit_request_line, options.limit_request_head)
        self._extra_fields = b"".join(b"%b: %b\r\n" % field for field in options.header_fields)
        self._fields = b""
        self.renew_date()

    def renew_date(self) -> None:
        """RFC 9110 section 6.6.1: an origin server with a clock sends Date; a second is all its resolution."""
        date = b"date: %b\r\n" % formatdate(usegmt=True).encode() if self.options.date_header else b""
        server = b"server: webfoot\r\n" if self.options.server_header else b""
        self._date, self._server = date, server
        self._fields = date + server + self._extra_fields

    def default_fields(self, answer: ResponseHead) -> bytes:
        """The encoded fields that the server adds to `answer`, without those that the application set itself."""
        if answer.has_date or answer.has_server:
            date = b"" if answer.has_date else self._date
            return date + (b"" if answer.has_server else self._server) + self._extra_fields
        return self._fields

    @property
    def is_full(self) -> bool:
        limit = self.options.limit_concurrency
        return limit is not None and len(self.running) >= limit

    def overload(self) -> RemoteFault:
        limit = self.options.limit_concurrency
        return RemoteFault(
            503, "concurrency", "RFC 9110 section 15.6.4", f"the server is answering its limit of {limit} requests"
        )

    def warn_of_dropped_body(self, status: int, head: Head) -> None:
        path = head.path.decode("ascii", "replace")
        log.warning(
            "%s %s: a %d response has no body (RFC 9110 section 6.4.1); it was not sent", head.method, path, status
        )

    def log_refusal(self, client: tuple[str, int] | None, fault: RemoteFault) -> None:
        log.info("refused %s: %d %s", f"{client[0]}:{client[1]}" if client else "a client", fault.status, fault)


def choose_parser(name: str) -> Callable[[bytes, Trail | None], Head]:
    """The parser called `name`; "auto" takes httptools and falls back on h11. Raises OptionError."""
    if name != "h11":
        try:
            from webfoot.server.http1 import parser_httptools

            return parser_httptools.parse_head
        except ImportError:
            if name == "httptools":
                raise OptionError(
                    "the option http = httptools needs the package httptools, which is not installed"
                ) from None
    from webfoot.server.http1 import parser_h11

    return parser_h11.parse_head
