"""The only I/O there is: an `asyncio.Protocol` that hands bytes up to a connection and down to the kernel."""

from __future__ import annotations

import asyncio
import math
import os
from time import monotonic
from typing import TYPE_CHECKING, Any, Final, cast

from webfoot.asgi.types import ClientDisconnected
from webfoot.server.net.choose import choose
from webfoot.server.net.flow import Gate
from webfoot.server.net.kernel import HALF_CLOSED, addresses, end_of, family, held_by_kernel
from webfoot.server.net.sendfile import FileSender, can_send_files
from webfoot.server.net.turned_away import TurnedAway
from webfoot.server.protocol.patience import Patience

if TYPE_CHECKING:
    from webfoot.server.gateway.service import Service
    from webfoot.server.net.connections import Connections
    from webfoot.server.protocol.face import Connection, Forwarding, Origin
    from webfoot.server.proxies.introduction import Introduction
    from webfoot.trail import Trail


_BURST: Final = 0.001
"""Seconds between two writes that make them one burst, whose parts are joined."""

_JOINED: Final = 64 * 1024
"""Bytes of a burst that are handed to the kernel at once."""

_STRETCH: Final = 256 * 1024
_LONGEST_STRETCH: Final = 0.02
"""Bytes, and seconds, that one response may take without the loop's turn; then others get theirs."""

_COPIED: Final = 128 * 1024
"""Bytes of a file that are read at a time where the kernel cannot send it."""


class Transport(asyncio.Protocol):
    """One accepted socket. Implements `webfoot.server.protocol.face.Wire`.

    introduction: what a proxy said of the connection before anything else, in the PROXY protocol.
    is_reading: False while what comes is left in the kernel's buffer.
    write_deadline: the coarse loop time to look how much of the response the client has taken (`has_stalled`).
    """

    __slots__ = (
        "_connections",
        "_gate",
        "_held",
        "_held_size",
        "_is_full",
        "_is_resting",
        "_patience",
        "_sender",
        "_service",
        "_stretch",
        "_stretch_since",
        "_transport",
        "_turn_is_due",
        "_untaken",
        "_written",
        "client",
        "congested",
        "connection",
        "forwarding",
        "introduction",
        "is_reading",
        "origin",
        "peer",
        "scheme",
        "server",
        "tls",
        "write_deadline",
    )

    connection: Connection
    _transport: asyncio.Transport

    def __init__(self, service: Service, connections: Connections) -> None:
        self._service = service
        self._connections = connections
        self._gate = Gate()
        self.is_reading = True
        self._sender: FileSender | None = None
        self._patience: Patience | None = None  # with the reader of the response, while that keeps us waiting
        self._untaken = 0
        self._held: list[bytes] | None = None  # parts of a burst, see `write_soon`
        self._held_size = 0
        self._written = 0.0
        self._turn_is_due = False  # asked for by `write_soon`, which counts the bytes until then
        self._stretch = 0
        self._stretch_since = 0.0
        self._is_full = False  # `congested` is either of these two
        self._is_resting = False
        self.congested = False
        self.introduction: Introduction | None = None
        self.client: tuple[str, int] | None = None
        self.peer: tuple[str, int] | None = None
        self.server: tuple[str, int | None] | None = None
        self.scheme = "http"
        self.origin: Origin | None = service.published
        self.forwarding: Forwarding | None = None
        self.tls: dict[str, Any] | None = None
        self.write_deadline = math.inf

    # The loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._transport.set_write_buffer_limits(high=self._service.options.buffer_response)
        connections = self._connections
        self.client, server = addresses(self._transport)
        introduction = self.introduction
        if introduction is not None:
            self.client, server = introduction.client or self.client, introduction.server or server
        self.peer = self.client
        self.server = connections.address(server)
        if connections.are_full:
            self._turn_away()
            return
        connections.add(self)
        trail = self._begin_trail()
        if trail is not None:
            said_by = introduction.said_by if introduction is not None else ""
            kind = family(self._transport)
            trail.mark("connected", client=self.client, server=self.server, transport=kind, said_by=said_by)
        self.connection, self.scheme = choose(self, self._transport, self._service, trail)
        if introduction is not None and introduction.is_secured:
            self.scheme = "https"
        believer = self._service.believer
        if believer is not None and (introduction is None or introduction.client is not None):
            self.forwarding = believer.forwarding(self)
        if connections.is_parting:
            self.connection.part()

    def data_received(self, data: bytes) -> None:
        if self._service.watcher is not None:
            self._watch_first_bytes(len(data))
        self._written = 0.0  # what answers it begins a burst of its own
        self.connection.receive(data)

    def eof_received(self) -> bool:
        return self.connection.receive_eof()

    def connection_lost(self, exc: Exception | None) -> None:
        self._connections.discard(self)
        self._held = None
        self.congested = False
        self._gate.open()
        if self._sender is not None:
            self._sender.stop()
        self.connection.lost()

    def pause_writing(self) -> None:
        self.congested = self._is_full = True
        self._wait_for_reader()
        self._gate.close()

    def resume_writing(self) -> None:
        self._is_full = False
        if not self._transport.is_closing():  # else to the last byte: nothing may keep a dead client's socket for ever
            self._stop_waiting()
        self._let_on()

    def _let_on(self) -> None:
        if not (self._is_full or self._is_resting):
            self.congested = False
            self._gate.open()
            self.connection.writable()

    # The connection calls.

    def write(self, data: bytes) -> None:
        if self._held is not None:
            self._held.append(data)
            data = b"".join(self._held)
            self._held = None
        self._transport.write(data)
        trail = self.connection.trail
        if trail is not None and not trail.is_light:
            trail.mark("bytes_sent", size=len(data), waiting=self._transport.get_write_buffer_size())

    def write_soon(self, data: bytes) -> None:
        """A system call is most of what a small part costs, so those that come in a burst share one.

        The first part goes at once, so that an application which blocks the loop between its parts still streams; the
        others go together when the loop gets its turn, or when they have become many.

        An application that never waits for anything but its `send()` would keep the loop to itself for as long as its
        client keeps up with it, and for ever once that has gone. So after a while it has to wait for the loop's turn.
        """
        if self._held is not None:
            self._held.append(data)
            self._held_size += len(data)
            if self._held_size >= _JOINED:
                self._stretch += self._held_size
                self._flush()
                self._rest_after_a_while(monotonic())
            return
        now = monotonic()
        if not self._written:  # the loop has just had its turn: it brought what this answers
            self._written = now
            self.write(data)
            return
        if not self._turn_is_due:
            self._turn_is_due = True
            self._stretch = 0
            self._stretch_since = now
            self._service.loop.call_soon(self._take_turn, context=self._service.context)
        if now - self._written > _BURST or len(data) >= _JOINED:
            self._written = now
            self._stretch += len(data)
            self.write(data)
            self._rest_after_a_while(now)
        else:
            self._held = [data]
            self._held_size = len(data)

    def _rest_after_a_while(self, now: float) -> None:
        is_long = self._stretch > _STRETCH or now - self._stretch_since > _LONGEST_STRETCH
        if is_long or self._transport.is_closing():
            self.congested = self._is_resting = True
            self._gate.close()

    def _take_turn(self) -> None:
        self._flush()
        self._turn_is_due = False
        if self._is_resting:
            self._is_resting = False
            self._let_on()

    def _flush(self) -> None:
        if self._held is not None:
            if self._transport.is_closing():
                self._held = None
            else:
                self.write(b"")

    async def drained(self) -> None:
        await self._gate.passed()

    async def send_file(self, file: int, offset: int, count: int) -> int:
        self._flush()
        left = count
        if can_send_files(self._transport):
            await self._flushed()
            left = await self._hand_over(file, offset, count)
        if left:
            left = await self._copy(file, offset + count - left, left)
        if self._transport.is_closing():
            raise ClientDisconnected("the client has gone in the middle of a file")
        return count - left

    async def _flushed(self) -> None:
        """Until the loop's transport has nothing left to write."""
        self._transport.set_write_buffer_limits(high=0)
        try:
            while self._transport.get_write_buffer_size() and not self._transport.is_closing():
                await self._gate.passed()
        finally:
            self._transport.set_write_buffer_limits(high=self._service.options.buffer_response)

    async def _hand_over(self, file: int, offset: int, count: int) -> int:
        """Have the kernel send it. Gives what is left: of a file that ended before, or that the kernel cannot send."""
        sender = self._sender = FileSender(self._service.loop, self._transport, file, offset, count)
        self._wait_for_reader()
        try:
            await sender.run()
        except (ConnectionError, TimeoutError):
            self._transport.abort()
        except OSError:
            pass  # an odd file system, or no descriptor left to watch the socket by
        finally:
            self._sender = None
            self._stop_waiting()
        trail = self.connection.trail
        if trail is not None:
            trail.mark("bytes_sent", size=count - sender.left, waiting=0)
        return sender.left

    async def _copy(self, file: int, offset: int, count: int) -> int:
        """Send it through our hands. Gives what is left when the file ends before."""
        end = offset + count
        while offset < end and not self._transport.is_closing():
            data = await self._service.loop.run_in_executor(None, os.pread, file, min(end - offset, _COPIED), offset)
            if not data or self._transport.is_closing():
                break
            self.write(data)
            offset += len(data)
            if self.congested:
                await self._gate.passed()
        return end - offset

    def pause_reading(self) -> None:
        if self.is_reading and not self._transport.is_closing():
            self.is_reading = False
            self._transport.pause_reading()

    def resume_reading(self) -> None:
        if not self.is_reading and not self._transport.is_closing():
            self.is_reading = True
            # The loop will read in the context that this is called in, which may be a request's own.
            self._service.context.copy().run(self._transport.resume_reading)

    def request_begins(self, size: int) -> None:
        if self._service.watcher is not None:
            self._watch_first_bytes(size)

    def finish_writing(self) -> None:
        self._flush()
        try:
            self._transport.write_eof()
        except OSError:  # the client has reset the connection, and the loop has yet to notice
            self._transport.abort()

    def close(self) -> None:
        self._flush()
        self._transport.close()
        if self._transport.get_write_buffer_size():
            self._wait_for_reader()

    def abort(self) -> None:
        self._flush()  # what the application sent before it failed helps whoever looks for the reason
        self._transport.abort()

    @property
    def is_sending(self) -> bool:
        """True while bytes of a response wait for the kernel to take them."""
        return self._held is not None or self._sender is not None or self._transport.get_write_buffer_size() > 0

    def look_for_end(self) -> None:
        """Asked while we do not read, when the loop does not notice that the client has gone. The kernel knows."""
        connected = self._transport.get_extra_info("socket")
        end = end_of(connected) if connected is not None else 0
        if end & ~HALF_CLOSED:  # reset, or closed on both sides: nobody reads our answer
            self.abort()
        elif end:
            self.connection.sense_eof()

    def has_stalled(self) -> bool:
        """Asked at `write_deadline`: whether the client has taken too little since then. If not, there is a new one."""
        patience, now = self._patience, self._service.now
        assert patience is not None
        before, self._untaken = self._untaken, self._count_untaken()
        patience.gain(max(0, before - self._untaken), now)
        self.write_deadline = patience.deadline
        return patience.deadline <= now

    def _wait_for_reader(self) -> None:
        """There is more to send than the kernel takes."""
        if self._patience is None:
            service = self._service
            patience = self._patience = Patience(service.options.timeout_write, service.options.rate_response)
            patience.start(service.now)
            self.write_deadline = patience.deadline
            self._untaken = self._count_untaken()

    def _stop_waiting(self) -> None:
        self._patience = None
        self.write_deadline = math.inf

    def _count_untaken(self) -> int:
        """How many bytes, of those that we have for the client, it has still to take.

        What the kernel holds counts as well: it asks for more only when a third of its buffer, megabytes perhaps, is
        free again, and until then a slow reader would look like none. It counts in segments; on the loopback device and
        on Unix sockets those have up to 64 KiB.
        """
        aside = self._sender.left if self._sender is not None else 0
        return self._transport.get_write_buffer_size() + aside + held_by_kernel(self._transport)

    def _turn_away(self) -> None:
        connections, service = self._connections, self._service
        self.connection = turned_away = TurnedAway(self, service)
        fault = connections.overload()
        service.log_refusal(self.client, fault)
        if connections.are_overrun:
            self._transport.abort()  # there are so many that even to say no would cost too much
        else:
            turned_away.refuse(fault, service.all_fields)
        connections.add(self)

    # Watching.

    def _begin_trail(self) -> Trail | None:
        watcher = self._service.watcher
        return watcher.begin() if watcher is not None else None

    def _watch_first_bytes(self, size: int) -> None:
        """Each request has a trail of its own; the first one's began with the connection."""
        connection = self.connection
        trail = connection.trail
        if not connection.awaits_request:
            if not connection.awaits_head:
                return
        elif trail is None:
            trail = connection.trail = self._begin_trail()
        if trail is not None:
            trail.mark("bytes_received", size=size)
