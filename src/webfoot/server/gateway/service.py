"""What all connections of one worker share: the application, the settings, the lifespan state, the coarse clock."""

from __future__ import annotations

import asyncio
import contextvars
import logging
import math
import sys
from collections.abc import Callable
from email.utils import formatdate
from functools import partial
from typing import TYPE_CHECKING, Any

from webfoot.asgi.guard import MENDED, SCOPE, Guard
from webfoot.asgi.types import ASGIApp
from webfoot.server.gateway.http_exchange import HttpExchange
from webfoot.server.health.probes import Probe, ProbeExchange
from webfoot.server.http1.heads import HeadReader
from webfoot.server.http1.states import PATIENCE
from webfoot.server.logs.access import AccessLog, access_log_of
from webfoot.server.logs.request_id import EchoRequestId, request_ids_of
from webfoot.server.protocol.errors import STOPPING, RemoteFault
from webfoot.server.protocol.events import Head
from webfoot.server.proxies.believing import Believer, Published
from webfoot.server.settings.log import Ration
from webfoot.server.settings.options import OptionError, ServerOptions
from webfoot.trail import Trail, Watcher

if TYPE_CHECKING:
    from webfoot.server.health.counted import CountedAccess
    from webfoot.server.health.meter import Meter
    from webfoot.server.http1.encoder import ResponseHead
    from webfoot.server.protocol.face import Exchange, Stream

log = logging.getLogger("webfoot")

_TASK_NAME = "webfoot request"  # a name of our own spares asyncio the making of a number for each


class Service:
    """One worker serves one application.

    now: the loop's time in seconds, renewed by the sweep (`webfoot.server.net.connections`), so up to half a second
        old; good enough for deadlines and free of a system call per request.
    patience: state of a connection -> seconds until its deadline.
    published: the path below which the application is published, if there is one.
    believer: what is believed of forwarding fields, if anything.
    access: the access log, if there is one; request_ids: who gives requests their ids, if anybody does.
    all_fields: the encoded fields that the server adds to every response.
    running: the requests whose application has not returned yet, background tasks included.
    new_exchange: makes the exchange for a request that asks for no WebSocket.
    meter: who counts, if anybody does. probe_access: the access log for what the server answers itself.
    """

    def __init__(
        self,
        app: ASGIApp,
        options: ServerOptions,
        state: dict[str, Any] | None = None,
        watcher: Watcher | None = None,
        app_name: str | None = None,
    ) -> None:
        self.app = Guard(app, ignore=MENDED | SCOPE) if options.guard else app
        self.app_name = app_name or name_of(app)
        self.options = options
        self.state = state if state is not None else {}
        self.watcher = watcher
        self.loop = asyncio.get_running_loop()
        self.context = contextvars.copy_context()
        self.start_task = _task_starter(self.loop)
        self.now = self.loop.time()
        self.running: set[Exchange] = set()
        self.read_head = HeadReader(choose_parser(options.http)).read
        self.published = Published(options.root_path) if options.root_path else None
        self.believer = Believer(options) if options.proxy_headers and options.forwarded_allow_ips else None
        self.access: AccessLog | CountedAccess | None = access_log_of(options, self.loop)
        self.logs_access = self.access is not None
        self.request_ids = request_ids_of(options)
        if options.request_id_response_header:
            self.app = EchoRequestId(self.app, options.request_id_response_header)
        self.patience = {
            state: getattr(options, setting) if setting else math.inf for state, setting in PATIENCE.items()
        }
        # A head below this size breaks neither limit, so that neither needs a closer look.
        self.unsuspicious_head = min(options.limit_request_line, options.limit_request_head)
        self.most_requests = math.inf if options.limit_concurrency is None else options.limit_concurrency
        self.most_fields = options.limit_request_fields
        self.largest_body = math.inf if options.limit_request_body is None else options.limit_request_body
        self.new_exchange: Callable[[Stream, Service, Head, Trail | None], Exchange] = HttpExchange
        self.meter: Meter | None = None
        self.probe_access: AccessLog | CountedAccess | None = None
        self._probe_for: Callable[[bytes], Probe | None] = lambda path: None
        self._refusals = Ration(most=20, span=10.0)
        self._extra_fields = b"".join(b"%b: %b\r\n" % field for field in options.header_fields)
        self.renew_date()

    def renew_date(self) -> None:
        """RFC 9110 section 6.6.1: an origin server with a clock sends Date; a second is all its resolution."""
        date = b"date: %b\r\n" % formatdate(usegmt=True).encode() if self.options.date_header else b""
        server = b"server: webfoot\r\n" if self.options.server_header else b""
        self._date, self._server = date, server
        self.all_fields = date + server + self._extra_fields

    def default_fields(self, head: ResponseHead) -> bytes:
        """Those of `all_fields` that the application did not set itself."""
        if not (head.has_date or head.has_server):
            return self.all_fields
        date = b"" if head.has_date else self._date
        return date + (b"" if head.has_server else self._server) + self._extra_fields

    def open_websocket(self, stream: Stream, head: Head, trail: Trail | None) -> Exchange:
        """The exchange for a request that asks for a WebSocket. Raises RemoteFault.

        The first one pays for the imports, of which a worker that serves none has no need.
        """
        from webfoot.server.gateway.websocket_exchange import CountedWebsocketExchange, WebsocketExchange
        from webfoot.server.websocket.handshake import read_handshake

        handshake = read_handshake(head, offers_deflate=self.options.ws_per_message_deflate)
        kind = CountedWebsocketExchange if self.logs_access else WebsocketExchange
        return kind(stream, self, head, handshake, trail)

    def call_after(self, requests: int, then: Callable[[], None]) -> None:
        """Call `then` when so many requests have begun."""
        left, start = requests, self.start_task

        def count(*arguments: Any, **more: Any) -> asyncio.Task[None]:
            nonlocal left
            left -= 1
            if not left:
                then()
            return start(*arguments, **more)

        self.start_task = count

    def answer_itself(self, probe_for: Callable[[bytes], Probe | None]) -> None:
        """`probe_for` gives for a path what the server itself answers there, or None for the application's paths."""

        def new_exchange(stream: Stream, service: Service, head: Head, trail: Trail | None) -> Exchange:
            probe = probe_for(head.path)
            if probe is None:
                return HttpExchange(stream, service, head, trail)
            return ProbeExchange(stream, service, head, trail, probe)

        self._probe_for = probe_for
        self.new_exchange = new_exchange

    def check_overload(self, head: Head) -> None:
        """There are as many requests as there may be. Raises RemoteFault for all but what the server answers itself."""
        if self._probe_for(head.path) is not None:
            return
        limit = self.options.limit_concurrency
        reason = f"the server is answering its limit of {limit} requests (limit_concurrency)"
        raise RemoteFault(503, "concurrency", "RFC 9110 section 15.6.4", reason)

    def warn_of_dropped_body(self, status: int, head: Head) -> None:
        path = head.path.decode("ascii", "replace")
        log.warning(
            "%s %s: a %d response has no body (RFC 9110 section 6.4.1); it was not sent", head.method, path, status
        )

    def sum_up_refusals(self) -> None:
        """Tell of the refusals that were too many for the log. Called once a second."""
        if more := self._refusals.left_out(self.now):
            log.info("refused %d more requests or handshakes", more)

    def log_refusal(self, client: tuple[str, int] | None, fault: RemoteFault) -> None:
        if self.meter is not None:
            self.meter.refused(fault.status)
        if fault.rule == STOPPING:
            return  # whoever stops the server tells of all that are cut off
        self.log_rationed(
            "refused %s: %d %s", f"{client[0]}:{client[1]}" if client else "a client", fault.status, fault
        )

    def log_rationed(self, line: str, *details: object) -> None:
        """One line for what a client did wrong; in a flood the first ones, and then how many more there were."""
        self.sum_up_refusals()
        if self._refusals.admit(self.now):
            log.info(line, *details)


def _task_starter(loop: asyncio.AbstractEventLoop) -> Callable[..., asyncio.Task[None]]:
    """How a request's task is made: as the loop would, less its detour, unless somebody gave it a factory of his own.

    From Python 3.12 on the application runs at once up to its first wait, which spares a turn of the loop.
    """
    if loop.get_task_factory() is not None:
        return loop.create_task
    if sys.version_info >= (3, 12):
        return partial(asyncio.Task, loop=loop, name=_TASK_NAME, eager_start=True)
    return partial(asyncio.Task, loop=loop, name=_TASK_NAME)


def choose_parser(name: str) -> Callable[[bytes, Trail | None], Head]:
    """The parser called `name`; "auto" takes httptools and falls back on h11. Raises OptionError."""
    if name != "h11":
        try:
            from webfoot.server.http1.parser_httptools import HttptoolsParser

            return HttptoolsParser().parse_head
        except ImportError:
            if name == "httptools":
                raise OptionError(
                    "the option http = httptools needs the package httptools, which is not installed"
                ) from None
    from webfoot.server.http1 import parser_h11

    return parser_h11.parse_head


def name_of(app: object) -> str:
    """What a log calls the application: `main`, or the class of which it is an instance."""
    return getattr(app, "__qualname__", None) or type(app).__qualname__
