"""The plot of one serving process: load, start up, listen, wait, drain, shut down."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import random
import signal
import socket
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from webfoot.asgi.stopping import STOPPING_KEY, Stopping
from webfoot.asgi.types import ASGIApp
from webfoot.server.gateway.lifespan import Lifespan, StartupFailed
from webfoot.server.gateway.service import Service, name_of
from webfoot.server.health.checkup import Checkup
from webfoot.server.health.seats import Seat, seats_for
from webfoot.server.net.binding import address_of, bound
from webfoot.server.net.connections import Connections
from webfoot.server.net.descriptors import make_room
from webfoot.server.net.listener import Listener
from webfoot.server.process.black_box import DUMP, dumps_at_signal
from webfoot.server.process.bounds import FORCED_STOP, HURRY, longest_stop
from webfoot.server.process.command import own_command
from webfoot.server.process.draining import Drain
from webfoot.server.process.ending import cut_off
from webfoot.server.process.garbage import uncollected
from webfoot.server.process.greeting import greet, tell_of_stop
from webfoot.server.process.loop import EventLoop
from webfoot.server.process.orders import Orders, unless
from webfoot.server.process.service_manager import ServiceManager
from webfoot.server.process.shutdown import shut_down
from webfoot.server.process.signals import Hangup, Spared, StopSignals, Terminated, Unwinding
from webfoot.server.process.starting import SlowStart, StartWatch
from webfoot.server.process.verdict import verdict_on
from webfoot.server.process.watching import watcher_of
from webfoot.server.settings.load import load_app
from webfoot.server.settings.options import ServerOptions
from webfoot.trail import Watcher

if TYPE_CHECKING:
    from webfoot.server.process.succession import Succession

log = logging.getLogger("webfoot")


class Server:
    """Serves one application in one event loop.

    `started` is true once requests are answered; `urls` then says where. `app` is given where the application is at
    hand already; otherwise it is loaded as `options.app` says. `watcher` sees the journeys of requests. `seat` is given
    to one of several processes, `stopping` tells the application of the end. `ended_badly`: its shutdown failed or did
    not end.
    """

    _signals: tuple[int, ...] = (signal.SIGINT, signal.SIGTERM)
    _owns_process = False
    _leader: Callable[[], int] = staticmethod(os.getpid)  # the process that stands for the whole server

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
        self.ended_badly = False
        self.urls: list[str] = []
        self._app = app
        self._watcher = watcher_of(options, watcher, self._leader(), seat.board.name if seat is not None else "")
        self._seat = seat
        self._manager = ServiceManager({})
        self._succession: Succession | None = None
        self._orders = Orders()
        self._start = StartWatch(options.timeout_startup, self._tell_of_start)
        self._held = contextlib.ExitStack()  # what is given back in the end
        self._place: tuple[list[socket.socket], Seat] | None = None

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
        signals = self._stop_signals(longest_stop(self.options) + HURRY, FORCED_STOP, self._signals)
        signals.clean_up = self._held.close
        # What is bound here must be given back even if the application is told to end while it is imported.
        unwinding = Unwinding() if sockets is None else contextlib.nullcontext()
        self._start.give_up = self._give_up
        spared = Spared([DUMP] if self.options.recorder else [])
        with (
            EventLoop(self.options.loop) as loop,
            spared,
            unwinding,
            self._held,
            contextlib.suppress(Terminated),
            self._start,
        ):
            self._take_place(sockets)
            self._load()
            loop.run(self._own_the_process(sockets, signals))
        if self._succession is not None and self._orders.is_relieved:
            self._succession.complete(signals.seen[0] if signals.seen else None)

    async def live(self, sockets: list[socket.socket] | None = None) -> None:
        """The life of the server, without a word about signals."""
        self._orders.attach()
        with self._held, self._start:
            listening, seat = self._take_place(sockets)
            app = self._load()
            served = app if self._watcher is None else self._watcher.loaded(app)
            lifespan = self._start.lifespan = Lifespan(app, self.options.lifespan)
            lifespan.state[STOPPING_KEY] = self.stopping
            checkup = Checkup(self.options, seat)
            await checkup.open()
            try:
                await self._live_with(lifespan, served, listening, checkup)
            finally:
                checkup.close()
                if self._succession is not None and self._orders.is_relieved:
                    self._succession.keep(self._held.pop_all())

    async def _live_with(
        self, lifespan: Lifespan, app: ASGIApp, sockets: list[socket.socket], checkup: Checkup
    ) -> None:
        if not await self._start_up(lifespan):
            return
        try:
            service = Service(app, self.options, lifespan.state, self._watcher, name_of(self._app))
            # Whoever waits for a save to be served does not wait for a collection, too.
            spared = uncollected(collects=not self.options.reload) if self._owns_process else contextlib.nullcontext()
            with spared:
                await self._answer_requests(service, sockets, checkup)
        finally:
            self.stopping.set()
            await self._shut_down(lifespan)

    async def _start_up(self, lifespan: Lifespan) -> bool:
        """Whether it has; not, if the server was told to stop meanwhile. Raises StartupFailed."""
        try:
            async with asyncio.timeout(self._start.left):
                return await unless(self._orders.stopping, lifespan.startup())
        except TimeoutError:
            raise self._start.failure(lifespan.stood_at) from None
        finally:
            self._start.end()

    def _take_place(self, sockets: list[socket.socket] | None) -> tuple[list[socket.socket], Seat]:
        """Where it listens, before the application is loaded: nobody has to wait for that to hear of a taken port."""
        if self._place is None:
            listening = self._held.enter_context(bound(self.options)) if sockets is None else sockets
            self._place = listening, self._held.enter_context(self._seated())
            self._held.callback(self._leave_place)
        return self._place

    def _leave_place(self) -> None:
        self._place = None

    def _tell_of_start(self, word: SlowStart) -> None:
        log.warning("%s", word)

    def _give_up(self, failure: StartupFailed) -> None:
        """The application neither starts nor lets anybody else do anything. In a thread."""
        cut_off(verdict_on(failure).report(), self._held.close)

    @contextlib.contextmanager
    def _seated(self) -> Iterator[Seat]:
        if self._seat is not None:
            yield self._seat
        else:
            with seats_for(self.options) as seats:
                yield seats.give()

    @property
    def should_exit(self) -> bool:
        return self._orders.leaving.is_set()

    @should_exit.setter
    def should_exit(self, value: bool) -> None:
        if value:
            self.stop()

    def stop(self) -> None:
        """Ask for a graceful stop; from any thread."""
        self._orders.stop()

    def drain(self) -> None:
        """Ask for a graceful stop after `shutdown_delay`, as SIGTERM does; from any thread."""
        if self.started and self.options.shutdown_delay:
            self._orders.drain()
        else:
            self.stop()

    def retire(self) -> None:
        """Ask for a graceful stop in favour of another process, which serves the same sockets already."""
        self._orders.is_relieved = True
        self.stop()

    def force(self) -> None:
        """Ask to wait for no request any longer; from any thread."""
        self.stop()
        self._orders.force()

    def _stop_signals(self, *terms: Any) -> StopSignals:
        signals = StopSignals(self.stop, self.force, *terms)
        signals.drain = self.drain
        return signals

    def _load(self) -> ASGIApp:
        if self._app is None:
            self._app = load_app(self.options)
        return self._app

    async def _own_the_process(self, sockets: list[socket.socket] | None, signals: StopSignals) -> None:
        with signals, self._hangup(), dumps_at_signal(self.options, self._leader):
            await self.live(sockets)

    def _hangup(self) -> contextlib.AbstractContextManager[None]:
        """SIGHUP has another process take over, where that is possible."""
        if own_command() is None:
            return contextlib.nullcontext()
        return Hangup(self._be_succeeded, self.stop)

    def _be_succeeded(self) -> None:
        from webfoot.server.process.succession import Succession

        command = own_command()
        if not self.started or self._orders.leaving.is_set() or self._succession is not None or command is None:
            log.warning("nothing is reloaded: the server is starting, stopping or reloading already")
            return
        log.info("reloading: another process takes over")
        self._manager.reloading()

        def call_off() -> None:
            self._succession = None
            self._manager.reloaded()

        assert self._place is not None
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
            await self._orders.leaving.wait()
            checkup.tell("stopping")
            self._take_leave()
            await Drain(self.options, self._orders, self.stopping, listener, connections).run()
        finally:
            self.started = False
            listener.close()
            connections.stop()

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
        if self._orders.is_relieved:
            return  # a reload, and no stop of the server
        self._manager.stopping()
        tell_of_stop(0.0 if self._orders.stopping.is_set() else self.options.shutdown_delay)

    async def _shut_down(self, lifespan: Lifespan) -> None:
        self.ended_badly = not await shut_down(lifespan, self.options, self._orders.forced)
