"""One call of the application in a task of its own: how it begins, and how it ends.

    Call  <-  RequestBody   <-  HttpExchange
          <-  MessageQueue  <-  WebsocketExchange

What comes in for the application is the second one's, what goes out the third one's. The three are one object, because
another one, and each call between two, would be paid for with every request.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final

from webfoot.asgi.types import Message, Scope
from webfoot.server.logs.entry import Entry
from webfoot.server.logs.formatters import WITHOUT_SECRETS
from webfoot.server.logs.request_id import working_for
from webfoot.server.protocol.events import Head
from webfoot.server.settings.places import place_of_task
from webfoot.trail import Trail
from webfoot.trail.trail import answer_fields

if TYPE_CHECKING:
    from webfoot.server.gateway.service import Service
    from webfoot.server.protocol.face import Stream

log = logging.getLogger("webfoot")

SORRY: Final = b"Internal Server Error"
SORRY_HEADERS: Final = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", b"%d" % len(SORRY))]

_OVER: Final = ("done", "closed")  # the last states of `asgi.states.HTTP_SEND` and `WEBSOCKET_SEND`


class Call:
    """One call of the application for one request.

    began: the coarse loop time at which the request was there.
    request_id: "" as long as it has none.
    `_sent`: how far the application has come with its answer, a state of the tables in `asgi.states` or one of the
    exchange's own. `_started`: when the request was there, for the access log; 0 without one. `_winding_up`: the
    application was told that its client is gone, which it is not: the stream that it gives up will be ended properly.
    """

    __slots__ = (
        "_sent",
        "_started",
        "_task",
        "_winding_up",
        "began",
        "head",
        "request_id",
        "service",
        "stream",
        "trail",
    )

    # Set by the exchange, in its own __init__: one call less for each request.
    stream: Stream
    service: Service
    head: Head
    trail: Trail | None
    began: float
    request_id: str
    _started: float
    _task: asyncio.Task[None] | None
    _sent: str
    _winding_up: bool

    # What an exchange adds.

    async def receive(self) -> Message:
        raise NotImplementedError

    async def send(self, message: Message) -> None:
        raise NotImplementedError

    @property
    def name(self) -> str:
        """What is asked for, in the log."""
        raise NotImplementedError

    def _finish(self) -> None:
        """The application has returned before its answer was complete."""
        raise NotImplementedError

    def _fail(self, error: BaseException) -> None:
        """The application raised."""
        raise NotImplementedError

    def _abandon(self, reason: str) -> None:
        """Cut the connection, unless everything that is to be said on it has been said."""
        raise NotImplementedError

    def _end_stream(self) -> None:
        """The application has ended without ending what it was to wind up: do that for it."""
        raise NotImplementedError

    # What they share.

    def _call(self, scope: Scope) -> None:
        """Run the application in a task of its own, with context variables of its own."""
        service = self.service
        if service.request_ids is None:
            self._task = service.start_task(self._run(scope))
        else:
            self.request_id = service.request_ids.give(self.head, scope)
            self._task = working_for(self.request_id, service.start_task, self._run(scope))

    async def _run(self, scope: Scope) -> None:
        service, trail = self.service, self.trail
        if self._task is None:  # from Python 3.12 on it begins before `start_task` returns
            self._task = asyncio.current_task()
        if trail is not None:
            called = {"app": service.app_name, "outcome": "called", "request_id": self.request_id}
            trail.note("app_entered", called)
        try:
            await service.app(scope, self.receive, self.send)
        except asyncio.CancelledError as error:
            if not _is_cancelled():
                self._fail(error)  # it cancelled something of its own, and nobody told it to stop
                return
            self._abandon("the application was cancelled")
            raise
        except KeyboardInterrupt:
            # Python 3.12 begins a request within `data_received`, out of which uvloop lets nothing escape.
            service.loop.call_soon(_interrupt)
        except GeneratorExit as error:
            if _is_running(self._task):
                self._fail(error)
                return
            self._winding_up = False  # the end of a task that was left behind
            raise
        except BaseException as error:  # a SystemExit of one request must not end the server
            self._fail(error)
        else:
            if self._sent not in _OVER:
                self._finish()
        finally:
            if self._winding_up:
                self._end_stream()
            service.running.discard(self)
            if trail is not None:
                trail.end()

    def _log_access(self, entry: Entry) -> None:
        """Asked only if there is an access log."""
        access = self.service.access
        assert access is not None
        access.write(entry, self.trail)

    def _sorry_headers(self) -> list[tuple[bytes, bytes]]:
        """The head of a 500 of ours; the application, which would have sent the id, has failed."""
        header = self.service.options.request_id_response_header
        headers = [*SORRY_HEADERS, *answer_fields(self.trail, 500)]
        if not header or not self.request_id:
            return headers
        return [*headers, (header.lower().encode("ascii"), self.request_id.encode("ascii"))]

    def _report(self, reason: str, error: BaseException | None, status: int | None) -> None:
        """Tell of the application's fault. status: the one that the client gets for it; None: too late for one."""
        # Whoever records the request knows what came under the name of a secret, and the message may quote it.
        extra = {WITHOUT_SECRETS: getattr(self.trail, WITHOUT_SECRETS, None)}
        log.error("%s: %s", self.name, reason, exc_info=error, extra=extra)
        if self.trail is not None:
            self.trail.mark("app_entered", outcome="failed", reason=reason, error=error, status=status)

    @property
    def progress(self) -> tuple[int, int]:
        """See `webfoot.server.protocol.face.Exchange`."""
        raise NotImplementedError

    @property
    def task(self) -> asyncio.Task[None] | None:
        return self._task

    def cancel(self) -> None:
        if self._task is not None:
            # A task that is cancelled before its first step never runs at all, and nobody would end this exchange.
            self.service.loop.call_soon(self._task.cancel)

    def describe(self, now: float) -> str:
        """What is asked for, its age, and where the application stands, for whoever waits for it."""
        place = place_of_task(self._task) if self._task is not None else ""
        at = f" at {place}" if place else ""
        return f"{self.name} ({now - self.began:.0f} s){at}{self._waits_for()}"

    def _waits_for(self) -> str:
        """What else there is to say of that."""
        return ""


def _is_cancelled() -> bool:
    """Whether somebody asked the running task to stop. A CancelledError alone may come from anything awaited."""
    task = asyncio.current_task()
    return task is None or task.cancelling() > 0


def _is_running(task: asyncio.Task[None] | None) -> bool:
    try:
        return asyncio.current_task() is task
    except RuntimeError:  # no loop runs any more
        return False


def _interrupt() -> None:
    raise KeyboardInterrupt
