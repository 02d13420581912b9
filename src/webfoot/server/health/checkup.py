"""What one serving process does for those who ask how it is: its seat, its meter, its probes, its port for them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from webfoot.server.health.counted import CountedAccess
from webfoot.server.health.meter import Meter
from webfoot.server.health.port import AdminPort
from webfoot.server.health.probes import probes_of
from webfoot.server.logs.access import access_log_of

if TYPE_CHECKING:
    from webfoot.server.gateway.service import Service
    from webfoot.server.health.board import Readiness
    from webfoot.server.health.loop_watch import LoopWatch
    from webfoot.server.health.notes import Notes
    from webfoot.server.health.seats import Seat
    from webfoot.server.net.connections import Connections
    from webfoot.server.settings.options import ServerOptions


class Checkup:
    """From before the application's start to after its end."""

    def __init__(self, options: ServerOptions, seat: Seat) -> None:
        self._options = options
        self._seat = seat
        self._meter = Meter(seat.board, seat.slot) if options.metrics_path else None
        self._connections: Connections | None = None
        self._port: AdminPort | None = None
        self._loop_watch: LoopWatch | None = None
        self._notes: Notes | None = None
        self._probes = probes_of(options, seat.board, self._sample)
        self.tell("starting")

    def tell(self, state: Readiness) -> None:
        """What the process is doing from now on."""
        self._seat.board.tell(self._seat.slot, state)

    async def open(self) -> None:
        """Answer on the port of `admin_bind`."""
        if self._seat.sockets:
            options = self._options
            access = access_log_of(options, asyncio.get_running_loop()) if options.access_log_probes else None
            self._port = AdminPort(options, self._seat.sockets, self._probes, access)
            await self._port.open()

    def close(self) -> None:
        if self._port is not None:
            self._port.close()
        for each in (self._loop_watch, self._notes):
            if each is not None:
                each.stop()

    def look_after(self, service: Service, connections: Connections) -> None:
        """Count what these do; answer at their clients' port, if there is no other one."""
        self._connections = connections
        if self._options.access_log_probes:
            service.probe_access = service.access
        if self._probes and not self._options.admin_bind:
            service.answer_itself(self._probes.get)
        if self._meter is not None:
            service.meter = self._meter
            service.access = CountedAccess(self._meter, service.access)
            service.logs_access = True
        if self._options.log_loop_held is not None:
            from webfoot.server.health.loop_watch import LoopWatch

            self._loop_watch = LoopWatch(service, self._options.log_loop_held)
            self._loop_watch.start()
        lookout = getattr(service.watcher, "lookout", None)
        if lookout is not None:
            from webfoot.server.health.notes import Notes

            self._notes = Notes(service, connections, lookout)
            self._notes.start()

    def _sample(self) -> None:
        if self._connections is not None:
            self._connections.sample()
        if self._meter is not None:
            self._meter.sample_process()
