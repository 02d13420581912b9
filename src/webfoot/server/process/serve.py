"""The plot of one serving process: load, start up, listen, wait, drain, shut down."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import random
import signal
import socket
from collections.abc import Coroutine, Iterator
from typing import TYPE_CHECKING, Any

import webfoot
from webfoot.asgi.stopping import STOPPING_KEY, Stopping
from webfoot.asgi.types import ASGIApp
from webfoot.server.gateway.lifespan import Lifespan
from webfoot.server.gateway.service import Service, name_of
from webfoot.server.health.checkup import Checkup
from webfoot.server.health.seats import Seat, seats_for
from webfoot.server.logs.reasons import explainer_of
from webfoot.server.net.binding import address_of, bound
from webfoot.server.net.connections import NAMED, Connections
from webfoot.server.net.descriptors import make_room
from webfoot.server.net.listener import Listener
from webfoot.server.process.command import own_command
from webfoot.server.process.loop import EventLoop
from webfoot.server.process.service_manager import ServiceManager
from webfoot.server.process.signals import Hangup, StopSignals
from webfoot.server.settings.load import load_app
from webfoot.server.settings.options import ServerOptions
from webfoot.trail import Watcher

if TYPE_CHECKING:
    from webfoot.server.process.succession import Succession

log = logging.getLogger("webfoot")

HURRY = 1.0
"""Seconds for the application's shutdown after a second Ctrl-C."""

DRAIN_TAIL = 2.0
"""Seconds that `Connections.drain` may take beyond the grace, to tell applications and to cancel them."""

PARTING = 1.0
"""Seconds in which idle connections may bring a last request to a process that another one takes over from."""

FORCED_STOP = DRAIN_TAIL + HURRY + 1.0
"""Seconds that a process may take to end after a second Ctrl-C."""

LEAST_SHUTDOWN = 5.0
"""Seconds for the application's shutdown at least, however short the grace for requests is."""


class Server:
    """Serves one application in one event loop.

    `started` is true once requests are answered; `urls` then says where. `app` is given where the application is at
    hand already; otherwise it is loaded as `options.app` says. `watcher` sees the journeys of requests. `seat` is given
    to one of several processes, `stopping` tells the application of the end.
    """

    _signals: tuple[int, ...] = (signal.SIGINT, signal.SIGTERM)
    _owns_process = False

    def __init__(
        self,
        options: ServerOptions,
        app: ASGIApp | None = None,
        watcher: Watcher | None = None,
        seat: Seat | None = None,
    ) -> None:
        self.options = options
        self.stopping = Stopping()
        self.started = False
        self.urls: list[str] = []
        self._app = app
        self._watcher = watcher if watcher is not None else explainer_of(options)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._seat = seat
        self._is_relieved = False
        self._manager = ServiceManager({})
        self._succession: Succession | None = None
        self._leaving = asyncio.Event()  # told to end; `_stopping`: without accepting any longer
        self._stopping = asyncio.Event()
        self._forced = asyncio.Event()

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        """Serve in the running event loop until told to stop; in the main thread SIGINT and SIGTERM tell so, too.

        The signals are delivered again afterwards, so that the rest of the program hears of them. `sockets` are bound
        already; without them the options say where to listen. Raises LoadError, BindError, StartupFailed.
        """
        signals = self._stop_signals()
        with signals:
            await self.live(sockets)
        signals.redeliver()

    def run(self, sockets: list[socket.socket] | None = None) -> None:
        """As `serve`, in an event loop of its own and with a bound on how long the process may take to stop."""
        self._owns_process = True
        self._manager = ServiceManager.of_process()
        with EventLoop(self.options.loop) as loop:
            self._load()
            signals = self._stop_signals(longest_stop(self.options) + HURRY, FORCED_STOP, self._signals)
            loop.run(self._own_the_process(sockets, signals))
        if self._succession is not None and self._is_relieved:
            self._succession.complete(signals.seen[0] if signals.seen else None)

    async def live(self, sockets: list[socket.socket] | None = None) -> None:
        """The life of the server, without a word about signals."""
        self._loop = asyncio.get_running_loop()
        app = self._load()
        served = app if self._watcher is None else self._watcher.loaded(app)
        lifespan = Lifespan(app, self.options.lifespan)
        lifespan.state[STOPPING_KEY] = self.stopping
        with contextlib.ExitStack() as held:
            listening = held.enter_context(bound(self.options)) if sockets is None else sockets
            seat = held.enter_context(self._seated())
            checkup = Checkup(self.options, seat)
            await checkup.open()
            self._place = listening, seat
            try:
                await self._live_with(lifespan, served, listening, checkup)
            finally:
                checkup.close()
                if self._succession is not None and self._is_relieved:
                    self._succession.keep(held.pop_all())

    async def _live_with(
        self, lifespan: Lifespan, app: ASGIApp, sockets: list[socket.socket], checkup: Checkup
    ) -> None:
        if not await _unless(self._stopping, lifespan.startup()):
            return
        try:
            service = Service(app, self.options, lifespan.state, self._watcher, name_of(self._app))
            spared = self._owns_process and not self.options.reload
            with uncollected() if spared else contextlib.nullcontext():
                await self._answer_requests(service, sockets, checkup)
        finally:
            self.stopping.set()
            await self._shut_down(lifespan)

    @contextlib.contextmanager
    def _seated(self) -> Iterator[Seat]:
        if self._seat is not None:
            yield self._seat
        else:
            with seats_for(self.options) as seats:
                yield seats.give()

    @property
    def should_exit(self) -> bool:
        return self._leaving.is_set()

    @should_exit.setter
    def should_exit(self, value: bool) -> None:
        if value:
            self.stop()

    def stop(self) -> None:
        """Ask for a graceful stop; from any thread."""
        self._set(self._leaving)
        self._set(self._stopping)

    def drain(self) -> None:
        """Ask for a graceful stop after `shutdown_delay`, as SIGTERM does; from any thread."""
        if self.started and self.options.shutdown_delay:
            self._set(self._leaving)
        else:
            self.stop()

    def retire(self) -> None:
        """Ask for a graceful stop in favour of another process, which serves the same sockets already."""
        self._is_relieved = True
        self.stop()

    def force(self) -> None:
        """Ask to wait for no request any longer; from any thread."""
        self.stop()
        self._set(self._forced)

    def _stop_signals(self, *terms: Any) -> StopSignals:
        signals = StopSignals(self.stop, self.force, *terms)
        signals.drain = self.drain
        return signals

    def _load(self) -> ASGIApp:
        if self._app is None:
            self._app = load_app(self.options)
        return self._app

    async def _own_the_process(self, sockets: list[socket.socket] | None, signals: StopSignals) -> None:
        with signals, self._hangup():
            await self.live(sockets)

    def _hangup(self) -> contextlib.AbstractContextManager[None]:
        """SIGHUP has another process take over, where that is possible."""
        if own_command() is None:
            return contextlib.nullcontext()
        return Hangup(self._be_succeeded, self.stop)

    def _be_succeeded(self) -> None:
        from webfoot.server.process.succession import Succession

        command = own_command()
        if not self.started or self._leaving.is_set() or self._succession is not None or command is None:
            log.warning("nothing is reloaded: the server is starting, stopping or reloading already")
            return
        log.info("reloading: another process takes over")
        self._manager.reloading()

        def call_off() -> None:
            self._succession = None
            self._manager.reloaded()

        self._succession = Succession(self.options, command, *self._place, self.retire, call_off)

    async def _answer_requests(self, service: Service, sockets: list[socket.socket], checkup: Checkup) -> None:
        connections = Connections(service)
        checkup.look_after(service, connections)
        connections.limit = make_room(self.options.limit_connections)
        if self.options.limit_max_requests is not None and not self.options.reload:
            more = random.randint(0, self.options.limit_max_requests_jitter)  # noqa: S311 - no secret
            requests = self.options.limit_max_requests + more
            service.call_after(requests, lambda: self._retire(requests))
        listener = Listener(service, connections, sockets)
        await listener.open()
        connections.start()
        try:
            self.urls = [address_of(each, "https" if self.options.is_secured else "http") for each in sockets]
            self.started = True  # behind `urls`: who waits for it in another thread reads them at once
            checkup.tell("ready")
            self._greet()
            await self._leaving.wait()
            checkup.tell("stopping")
            self._take_leave()
            if not self._stopping.is_set():
                await self._go_on_accepting(connections)
            await connections.catch_up()
            if self._is_relieved:
                listener.stop_accepting()
                await _unless(self._forced, self._part(listener, connections))
            listener.close()
            self.stopping.set()
            await self._drain(connections)
        finally:
            self.started = False
            listener.close()
            connections.stop()

    async def _part(self, listener: Listener, connections: Connections) -> None:
        await listener.settle(PARTING)
        await connections.part(PARTING)

    async def _go_on_accepting(self, connections: Connections) -> None:
        """Who sends requests has to hear first that we end, and clients that keep connections to let go of them."""
        connections.let_go()
        self.stopping.drain()
        await _unless(self._stopping, connections.part(self.options.shutdown_delay, stays=True))

    def _retire(self, requests: int) -> None:
        who = "the process" if self.options.workers == 1 else "this worker"
        log.info("%s ends after %d requests, as limit_max_requests says", who, requests)
        self._leave_soon()

    def _leave_soon(self) -> None:
        self.stop()

    def _greet(self) -> None:
        greet(self.options, self.urls, self._app)
        self._manager.ready(self.urls)
        self._manager.attend(asyncio.get_running_loop())

    def _take_leave(self) -> None:
        if not self._is_relieved:
            self._manager.stopping()
        tell_of_stop(0.0 if self._stopping.is_set() else self.options.shutdown_delay)

    async def _drain(self, connections: Connections) -> None:
        if not await _unless(self._forced, self._drain_gently(connections)):
            _tell_of(await connections.cut_off(hurried=True))

    async def _drain_gently(self, connections: Connections) -> None:
        grace = self.options.timeout_graceful_shutdown

        def say(waiting: list[str]) -> None:
            if grace:
                log.info("waiting up to %g s for %s (Ctrl-C to cut off)", grace, _listed(waiting))

        streams = self.options.timeout_streams if self.stopping.is_heeded else 0.0
        _tell_of(await connections.drain(grace, say, streams))

    async def _shut_down(self, lifespan: Lifespan) -> None:
        bound = HURRY if self._forced.is_set() else shutdown_bound(self.options)
        try:
            async with asyncio.timeout(bound):
                if self._forced.is_set():
                    await lifespan.shutdown()
                elif not await _unless(self._forced, lifespan.shutdown()):
                    at = f" at {lifespan.stood_at}" if lifespan.stood_at else ""
                    log.warning("the application's shutdown was cut off%s", at)
        except TimeoutError:
            at = f" at {lifespan.stood_at}" if lifespan.stood_at else ""
            log.error("the application's shutdown did not end within %g s and was cut off%s", bound, at)

    def _set(self, event: asyncio.Event) -> None:
        if self._loop is None or self._loop.is_closed():
            event.set()
        else:
            self._loop.call_soon_threadsafe(event.set)


def tell_of_stop(delay: float) -> None:
    if delay:
        log.info("stopping; accepting for %g s more, as shutdown_delay says", delay)
    else:
        log.info("stopping")


@contextlib.contextmanager
def uncollected() -> Iterator[None]:
    """Keep the cyclic garbage collector from walking through what was there at the start: modules, models, routes.

    They live as long as the process. An application of a thousand routes has a million objects of this kind, and each
    full collection, of which there is one every few thousand requests, stands still for 0.3 s to look at them all.
    """
    already = gc.get_freeze_count()
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        if not already:  # the program may go on
            gc.unfreeze()


def shutdown_bound(options: ServerOptions) -> float:
    """Seconds that the application's shutdown may take."""
    return max(options.timeout_graceful_shutdown, LEAST_SHUTDOWN)


def longest_stop(options: ServerOptions) -> float:
    """Seconds that a graceful stop takes at most, as long as the event loop runs."""
    grace = options.timeout_graceful_shutdown
    return options.shutdown_delay + grace + DRAIN_TAIL + shutdown_bound(options) + HURRY


def greet(options: ServerOptions, urls: list[str], app: object = None) -> None:
    """The first line of a server that runs."""
    name = options.app if isinstance(options.app, str) and options.app else name_of(app or options.app)
    workers = f" with {options.workers} workers" if options.workers > 1 else ""
    where = " and ".join(urls)
    log.info("webfoot %s serving %s on %s%s (Ctrl-C to stop)", webfoot.__version__, name, where, workers)


async def _unless(event: asyncio.Event, work: Coroutine[Any, Any, None]) -> bool:
    """Whether `work` ended before `event` was set; if not, `work` is cancelled. What it raises is raised."""
    working = asyncio.ensure_future(work)
    waiting = asyncio.ensure_future(event.wait())
    try:
        await asyncio.wait({working, waiting}, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            return False
        working.result()
        return True
    finally:
        waiting.cancel()
        if not working.done():
            working.cancel()
            await asyncio.wait({working})


def _tell_of(cut_off: list[str]) -> None:
    if cut_off:
        log.warning("cut off %s", _listed(cut_off))


def _listed(things: list[str]) -> str:
    more = f" and {len(things) - NAMED} more" if len(things) > NAMED else ""
    return ", ".join(things[:NAMED]) + more
