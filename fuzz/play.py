"""One connection from the first byte to the last: the driver decides what the client, the clock and the server do."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.conformance.made_up import Socket

from fuzz.apps import Apps
from fuzz.findings import Finding, ListeningLog, describe, hold
from fuzz.inputs import Choices
from fuzz.still_loop import StillLoop, run_still
from fuzz.watching import Watcher, check_trails
from webfoot.server.gateway.request_body import LEAST_PART
from webfoot.server.gateway.service import Service
from webfoot.server.http1.states import STATES
from webfoot.server.net.connections import Connections
from webfoot.server.net.transport import Transport
from webfoot.server.settings.options import ServerOptions
from webfoot.server.websocket.connection import WebsocketConnection
from webfoot.server.websocket.states import STATES as WEBSOCKET_STATES

SIZES = (1, 2, 3, 5, 8, 20, 60, 100, 200, 500)
PAUSES = (0.6, 3.0, 11.0, 31.0, 80.0)
STEPS = (
    *("send", "send", "line", "line", "head", "turn", "turn", "settle", "all"),
    *("take", "take all", "eof", "late", "drop", "retire", "wind up", "cancel", "cut off", "pong"),
    *("send", "settle", "line", "head", "all", "settle", "take all", "send", "line", "settle"),
)
"""Kept inputs name steps by their number: append, here and in the steps of applications."""
CALM = ("send", "line", "head", "turn", "settle", "all", "take", "take all", "eof", "pong")


@dataclass
class Record:
    """What a play came to, in the terms in which two plays are compared."""

    taken: bytes
    apps: Apps
    sent: bytes
    state: str
    whole: bool
    """Everything that was written was also taken."""
    was_reset: bool = False
    left_early: bool = False
    """Something other than the end of the bytes ended it: a deadline, a drop, the server's stop."""


class WatchedSocket(Socket):
    """Knows whether something that was written was thrown away, and can be reset by its peer."""

    cut = is_reset = False

    def abort(self) -> None:
        self.cut = self.cut or bool(self.unsent)
        super().abort()

    def reset(self) -> None:
        """As loops do it: they know at once, and tell the protocol in their next turn; until then writes are lost."""
        if not self.lost:
            self.is_reset = True
            self.abort()

    def write(self, data: bytes) -> None:
        if not self.is_reset or self.lost:
            super().write(data)

    def write_eof(self) -> None:
        if not self.is_reset or self.lost:
            super().write_eof()


class Play:
    """`wire`: what the client sends. `choices`: what happens when. `settings`: the server's. `watched`: every request
    has a trail, which must not make a difference."""

    def __init__(
        self, wire: bytes, choices: Choices, apps: Apps, settings: dict[str, Any], watched: bool = False
    ) -> None:
        self.choices, self.apps = choices, apps
        self.loop: StillLoop = asyncio.get_running_loop()  # type: ignore[assignment]
        self.loop.set_exception_handler(self._escaped)
        self.findings = self.apps.findings
        self.socket = WatchedSocket()
        options = ServerOptions(date_header=False, access_log=False, **settings)
        self.watcher = Watcher(self.findings) if watched else None
        self.service = Service(self.apps, options, watcher=self.watcher)
        self.connections = Connections(self.service)
        self.transport = self.socket.protocol = Transport(self.service, self.connections)
        self.wire, self.sent = wire, 0
        self.largest = 0
        self.client_left = self.left_early = False

    def _escaped(self, loop: Any, told: dict[str, Any]) -> None:
        error = told.get("exception")
        self.findings.append(Finding("escaped", f"{told['message']}: {describe(error) if error else told}"))

    async def run(self) -> Record:
        self.connections.start()
        self.transport.connection_made(self.socket)
        while self.choices.left and not self.socket.lost:
            await self.step(self.choices.of(STEPS))
            self.check()
        await self.to_the_end()
        self.connections.stop()
        if self.findings:
            raise self.findings[0]
        if self.watcher is not None:
            check_trails(self.watcher, len(self.apps.calls))
        state = self.transport.connection.state  # type: ignore[attr-defined]
        whole = not self.socket.cut
        sent = self.wire[: self.sent]
        return Record(self.socket.taken, self.apps, sent, state, whole, self.socket.is_reset, self.left_early)

    async def step(self, name: str) -> None:
        connection = self.transport.connection
        if name not in CALM:
            self.left_early = True
        match name:
            case "send":
                self.send(self.choices.of(SIZES))
            case "line":
                self.send(self.until(b"\r\n"))
            case "head":
                self.send(self.until(b"\r\n\r\n"))
            case "all":
                self.send(len(self.wire))
            case "turn":
                await asyncio.sleep(0)
            case "settle":
                await self.settle()
            case "take":
                self.socket.take(self.choices.of(SIZES))
            case "take all":
                self.socket.take(1 << 20)
            case "eof":
                self.leave()
            case "late":
                self.loop.advance(self.choices.of(PAUSES))
                await self.settle()
            case "drop":
                self.socket.reset()
            case "retire":
                connection.retire()
            case "wind up":
                for exchange in tuple(self.service.running):
                    if exchange.is_endless:
                        exchange.wind_up()
            case "cancel":
                for exchange in tuple(self.service.running):
                    exchange.cancel()
            case "pong":
                self.answer_ping()
            case "cut off":
                connection.retire()
                connection.cut_off()

    def until(self, mark: bytes) -> int:
        """The size up to the next `mark`, cut within it by the decision that follows."""
        found = self.wire.find(mark, self.sent)
        return max(1, found + len(mark) - self.sent - self.choices.byte() % 4) if found >= 0 else 1

    def send(self, size: int) -> None:
        """The client sends; nothing arrives that the server does not read."""
        data = self.wire[self.sent : self.sent + size]
        if data and not self.client_left and self.socket.is_reading():
            self.sent += len(data)
            self.largest = max(self.largest, len(data))
            self.transport.data_received(data)

    def answer_ping(self) -> None:
        """The client of a WebSocket answers our last ping next, be it in the middle of a frame."""
        place = self.socket.taken.rfind(b"\x89\x04")
        if place >= 0:
            pong = b"\x8a\x84\0\0\0\0" + self.socket.taken[place + 2 : place + 6]
            self.wire = self.wire[: self.sent] + pong + self.wire[self.sent :]

    def leave(self) -> None:
        if not self.client_left and self.socket.is_reading():
            self.client_left = True
            if not self.transport.eof_received():
                self.socket.close()

    async def settle(self) -> None:
        hold(await self.loop.settle(), "hang", lambda: f"the loop runs in circles, in state {self.state}")

    @property
    def state(self) -> str:
        return self.transport.connection.state  # type: ignore[attr-defined, no-any-return]

    async def to_the_end(self) -> None:
        """The client sends the rest, takes everything and leaves; every application may go on."""
        self.apps.gate.set()
        for turn in range(200):
            await self.settle()
            self.socket.take(1 << 20)
            await self.settle()
            if self.socket.lost and not self.service.running:
                break
            if self.sent == len(self.wire):
                self.leave()
            self.send(len(self.wire))
            self.check()
            if turn >= 100:  # an application may sleep, and a connection may have to wait for a deadline
                self.loop.advance(10.0)
            if turn == 150 and self.transport.connection._held:  # type: ignore[attr-defined]
                self.socket.reset()  # so many requests wait that its end was not seen, and the first waits for that
        hold(not self.service.running, "hang", lambda: f"an application never ends, in state {self.state}")
        hold(self.socket.lost, "hang", lambda: f"the connection is never closed, in state {self.state}")
        await self.settle()
        left = asyncio.all_tasks() - {asyncio.current_task()}
        hold(not left, "hang", lambda: f"tasks are left: {left}")
        hold(self.state == "closed", "state", lambda: f"ends in state {self.state}")

    def check(self) -> None:
        """What holds at every moment."""
        connection: Any = self.transport.connection
        state, options = connection.state, self.service.options
        most = options.buffer_response + self.apps.largest_part + self.largest
        hold(len(self.socket.unsent) <= most, "memory", "responses pile up")
        if isinstance(connection, WebsocketConnection):
            self.check_websocket(connection)
            return
        hold(state in STATES, "state", lambda: f"no such state: {state}")
        held = len(connection._held)
        bound = options.buffer_request_body + 2 * self.largest
        most = max(bound, options.limit_request_head + self.largest)
        hold(held <= (most if state == "head" else bound), "memory", lambda: f"{held} bytes are held in state {state}")
        for exchange in self.service.running:
            least = 2 * LEAST_PART  # what two parts count for, however small they are
            hold(getattr(exchange, "_buffered", 0) <= bound + least, "memory", "a request body piles up")
        if not self.socket.closing:
            if state in ("head", "discard", "linger"):
                hold(self.socket.reading, "hang", lambda: f"nobody reads in state {state}")
            if state in ("idle", "head", "discard", "linger"):
                hold(connection.deadline < math.inf, "hang", lambda: f"no deadline in state {state}")

    def check_websocket(self, connection: Any) -> None:
        state, options = connection.state, self.service.options
        hold(state in WEBSOCKET_STATES, "state", lambda: f"no such state: {state}")
        reader, exchange = connection._reader, connection.exchange
        # One frame head or control frame, or what came while the application was too slow.
        hold(len(reader._data) <= 140 + 2 * self.largest, "memory", lambda: f"{len(reader._data)} bytes are held")
        hold(reader._size <= options.ws_max_size, "memory", lambda: f"a message of {reader._size} bytes piles up")
        hold(len(exchange._queue) <= options.ws_max_queue, "memory", "messages pile up")
        bound = options.buffer_request_body + options.ws_max_size
        hold(exchange._held <= bound, "memory", lambda: f"{exchange._held} bytes of messages pile up")
        if not self.socket.closing:
            if state in ("closing", "linger"):
                hold(self.socket.reading, "hang", lambda: f"nobody reads in state {state}")
            if state != "closed":
                hold(connection.deadline < math.inf, "hang", lambda: f"no deadline in state {state}")


def run_play(make: Callable[[], Play]) -> Record:
    """Run a play, which is made in its own loop. Raises Finding."""

    async def scenario() -> Record:
        one = make()
        with ListeningLog(one.apps.expected) as log:
            try:
                record = await one.run()
            except Finding:
                raise
            except Exception as error:
                raise Finding("escaped", describe(error)) from error
            finally:
                one.connections.stop()
        if log.findings:
            raise log.findings[0]
        return record

    return run_still(scenario())  # type: ignore[no-any-return]
