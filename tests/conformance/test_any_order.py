"""A connection in any order of events: bytes in any cut, ends, deadlines, slow clients, applications of every kind.

The transport below is made up and every step is drawn, so that what took an hour of bad luck on a network takes a
millisecond. Whatever happens: nothing escapes, nothing is written behind the end, what is held is bounded, nobody waits
for what cannot come, the responses are well framed, and the application sees a legal order of events.
"""

from __future__ import annotations

import asyncio
import contextvars
import logging
import math
import re
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.conformance.made_up import Socket

from webfoot.asgi.guard import ASGIViolation, Guard
from webfoot.asgi.guard.rules import RULES
from webfoot.server.gateway.service import Service
from webfoot.server.http1.states import STATES
from webfoot.server.net.connections import Connections
from webfoot.server.net.transport import Transport
from webfoot.server.settings.options import ServerOptions

HOST = b"Host: a\r\n"
REQUESTS = [
    b"GET / HTTP/1.1\r\n" + HOST + b"\r\n",
    b"HEAD / HTTP/1.1\r\n" + HOST + b"\r\n",
    b"\r\nGET / HTTP/1.1\r\n" + HOST + b"\r\n",
    b"GET / HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n",
    b"GET / HTTP/1.0\r\n\r\n",
    b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
    b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 5\r\n\r\n12345",
    b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 400\r\n\r\n" + b"1" * 400,
    b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 5\r\nExpect: 100-continue\r\n\r\n12345",
    b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n3\r\n123\r\n2;x=y\r\n12\r\n0\r\nA: b\r\n\r\n",
    b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n1\r\n1\r\n0\r\n\r\n",
    b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n3\r\n123\r\nzz\r\n",
    b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n40\r\n" + b"2" * 64 + b"\r\n0\r\n\r\n",
    b"GET / HTTP/1.1\nHost: a\r\n\r\n",
    b"GET /" + b"a" * 300 + b" HTTP/1.1\r\n" + HOST + b"\r\n",
    b"\x16\x03\x01",
]  # fmt: skip
ALL_STEPS = ("receive", "receive", "hurry", "wait", "start", "part", "end", "odd", "both")
LIMITS = {"buffer_request_body": 100, "limit_discard": 50, "buffer_response": 100, "limit_request_line": 256}
LARGEST_READ = 500

held = contextvars.ContextVar[int]("held", default=0)


class Play:
    """One connection, from the first byte to the last, with everything drawn from `draw`."""

    def __init__(self, draw: Random, parser: str) -> None:
        self.draw = draw
        self.defects: list[str] = []
        self.gate = asyncio.Event()
        self.socket = Socket()
        self.service = Service(self.app, ServerOptions(http=parser, **LIMITS))  # type: ignore[arg-type]
        self.connections = Connections(self.service)
        self.transport = self.socket.protocol = Transport(self.service, self.connections)
        self.to_come = b"".join(draw.choice(REQUESTS) for _ in range(draw.randrange(1, 6)))
        asyncio.get_running_loop().set_exception_handler(lambda _, told: self.defects.append(repr(told)))

    async def app(self, scope: Any, receive: Any, send: Any) -> None:
        try:
            await Guard(self.act)(scope, receive, send)
        except ASGIViolation as violation:
            if RULES[violation.rule].side == "server":
                self.defects.append(str(violation))
            raise

    async def act(self, scope: Any, receive: Any, send: Any) -> None:
        if held.get():
            self.defects.append("a request sees the context of another")
        held.set(1)
        step = self.draw.choice
        steps = [step(ALL_STEPS) for _ in range(self.draw.randrange(8))]
        if step((0, 1, 1)):  # one that works, in its way
            steps[3:3] = ["start", step(ALL_STEPS), *[step(("part", "receive"))] * step((0, 1, 3)), "end"]
            steps[:3] = [step(("receive", "receive", "wait", "hurry", "both")) for _ in steps[:3]]
        for each in steps:
            match each:
                case "receive":
                    await receive()
                case "hurry":
                    try:
                        await asyncio.wait_for(receive(), 0)
                    except TimeoutError:
                        pass
                case "both":
                    one, two = asyncio.create_task(receive()), asyncio.create_task(receive())
                    await asyncio.sleep(0)
                    one.cancel()
                    two.cancel()
                    await asyncio.gather(one, two, return_exceptions=True)
                case "wait":
                    await (self.gate.wait() if step((0, 1)) else asyncio.sleep(0))
                case "start":
                    headers = step(([], [(b"content-length", b"6")], [(b"content-type", b"text/event-stream")]))
                    status = step((200, 200, 200, 204, 304))
                    await send({"type": "http.response.start", "status": status, "headers": headers})
                case "part":
                    await send({"type": "http.response.body", "body": b"b" * step((0, 3, 300)), "more_body": True})
                case "end":
                    await send({"type": "http.response.body", "body": b"b" * step((0, 3, 6, 300))})
                case "odd":
                    match step(range(6)):
                        case 0:
                            raise ZeroDivisionError
                        case 1:
                            raise asyncio.CancelledError
                        case 2:
                            raise SystemExit
                        case 3:
                            asyncio.current_task().cancel()  # type: ignore[union-attr]

    async def run(self) -> None:
        self.transport.connection_made(self.socket)
        client_left = False
        for _ in range(self.draw.randrange(5, 40)):
            match self.draw.choice(("send", "send", "send", "turn", "turn", "take", "eof", "late", "drop", "stop")):
                case "send" if self.to_come and not client_left and self.socket.is_reading():
                    size = self.draw.choice((1, 20, 60, 200, LARGEST_READ))
                    data, self.to_come = self.to_come[:size], self.to_come[size:]
                    self.transport.data_received(data)
                case "take":
                    self.socket.take(self.draw.choice((1, 50, 10000)))
                case "eof" if not client_left and self.socket.is_reading() and self.draw.random() < 0.3:
                    client_left = True
                    if not self.transport.eof_received():
                        self.socket.close()
                case "late" if self.draw.random() < 0.2:
                    self.connections._sweep()
                    self.service.now += self.draw.choice((1, 20, 100))
                    self.sweep_once()
                case "drop" if self.draw.random() < 0.05:
                    self.socket.lose()
                case "stop" if self.draw.random() < 0.05:
                    self.transport.connection.retire()
                    for exchange in tuple(self.service.running):
                        if exchange.is_endless:
                            exchange.wind_up()
                        elif self.draw.random() < 0.3:
                            exchange.cancel()
                    if self.draw.random() < 0.5:
                        self.transport.connection.cut_off()
                case _:
                    for _ in range(self.draw.randrange(1, 12)):
                        await asyncio.sleep(0)
            self.check()
        await self.to_the_end(client_left)

    def sweep_once(self) -> None:
        """What the sweep does, by a clock of our own."""
        if self.socket.lost:
            return
        if self.transport.write_deadline <= self.service.now and self.transport.has_stalled():
            self.transport.abort()
        elif self.transport.connection.deadline <= self.service.now:
            self.transport.connection.expire()

    async def to_the_end(self, client_left: bool) -> None:
        """The client sends the rest, takes everything and leaves; every application may go on."""
        self.gate.set()
        for turn in range(600):
            await asyncio.sleep(0)
            connection: Any = self.transport.connection
            if turn == 400 and connection._held:
                self.socket.lose()  # behind so many requests that its end was not seen while the first is answered
            self.socket.take(10000)
            if self.to_come and not client_left and self.socket.is_reading():
                data, self.to_come = self.to_come[:LARGEST_READ], self.to_come[LARGEST_READ:]
                self.transport.data_received(data)
            elif not self.to_come and not client_left and self.socket.is_reading():
                client_left = True
                if not self.transport.eof_received():
                    self.socket.close()
            self.check()
        state = self.transport.connection.state
        if self.service.running:
            self.defects.append(f"an application never ends, in state {state}")
        if not self.socket.lost:
            self.defects.append(f"the connection is never closed, in state {state}")
        well_framed(self.socket.taken)

    def check(self) -> None:
        connection: Any = self.transport.connection
        assert connection.state in STATES
        bound = LIMITS["buffer_request_body"] + 2 * LARGEST_READ
        assert len(connection._held) <= bound, "requests pile up"
        for exchange in self.service.running:
            assert exchange._buffered <= bound, "a body piles up"
        assert len(self.socket.unsent) < 2000, "responses pile up"
        if not self.socket.closing:
            if connection.state in ("head", "discard", "linger"):
                assert self.socket.reading, f"nobody reads in state {connection.state}"
            if connection.state in ("idle", "head", "discard", "linger"):
                assert connection.deadline < math.inf, f"no deadline in state {connection.state}"
            if connection.state == "idle" and not connection._held and not self.transport.congested:
                assert self.socket.reading or connection._eof is False, "nobody reads in state idle"
        elif connection.state not in ("closed", "linger"):
            assert self.socket.lost is False


def well_framed(raw: bytes) -> None:
    """Responses, one behind the other; only the last may be cut. Bodies are made of b, or are our own words."""
    while raw:
        head, found, raw = raw.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 ") or b"HTTP/1.1 ".startswith(head), head
        if not found or re.match(rb"HTTP/1.1 (100|204|304)|\Z", head) or re.match(rb"HTTP/1.1 \d", raw):
            continue  # cut in the head, or without a body
        if length := re.search(rb"content-length: (\d+)", head):
            body, raw = raw[: int(length[1])], raw[int(length[1]) :]
            assert not re.search(rb"HTTP/1.1 \d", body), "something stands within a body"
        elif b"chunked" in head:
            whole = re.match(rb"(?:[1-9a-f][0-9a-f]*\r\nb+\r\n)*0\r\n\r\n", raw)
            assert whole or re.fullmatch(rb"[0-9a-fb\r\n]*", raw), "something stands within a chunked body"
            raw = raw[whole.end() :] if whole else b""
        else:
            raw = raw.lstrip(b"b")


@pytest.mark.parametrize("parser", ["httptools", "h11"])
@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(draw=st.randoms(use_true_random=False))
def test_any_order(draw: Random, parser: str) -> None:
    async def play() -> list[str]:
        one = Play(draw, parser)
        try:
            await one.run()
        finally:
            one.connections.stop()
        return one.defects

    logging.disable(logging.CRITICAL)
    try:
        assert asyncio.run(play()) == []
    finally:
        logging.disable(logging.NOTSET)
