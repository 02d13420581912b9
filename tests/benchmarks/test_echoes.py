"""The load generator for WebSocket, against a server of a few lines that says what it is told to."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from hashlib import sha1

import pytest

from benchmarks.echoes import frame, measure, opening

MASK = bytes((1, 2, 3, 4))


class TestFrame:
    def test_of_a_server(self):
        assert frame(1, b"quack") == b"\x81\x05quack"

    def test_of_a_client(self):
        assert frame(1, b"\x00\x00\x00\x00\x00", MASK) == b"\x81\x85" + MASK + b"\x01\x02\x03\x04\x01"

    def test_a_longer_one(self):
        assert frame(2, bytes(300))[:4] == b"\x82\x7e\x01\x2c"


def test_the_opening_has_a_key_of_its_own():
    one, other = opening(80, "/"), opening(80, "/")
    assert one.startswith(b"GET / HTTP/1.1\r\nHost: 127.0.0.1:80\r\nUpgrade: websocket\r\n")
    assert one != other


def served(answer, **options):
    """What `measure` makes of a server that gives `answer(writer, payload)` to each message."""

    talks = set()

    async def talk(reader, writer):
        talks.add(asyncio.current_task())
        head = await reader.readuntil(b"\r\n\r\n")
        key = next(line.split(b": ")[1] for line in head.split(b"\r\n") if line.startswith(b"Sec-WebSocket-Key"))
        accept = b64encode(sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())
        writer.write(b"HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: " + accept + b"\r\n\r\n")
        try:
            while True:
                size = (await reader.readexactly(2))[1] & 0x7F
                mask, payload = await reader.readexactly(4), await reader.readexactly(size)
                await answer(writer, bytes(byte ^ mask[place % 4] for place, byte in enumerate(payload)))
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def run():
        server = await asyncio.start_server(talk, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        try:
            return await measure(port, "/", "quack", options.get("connections", 1), 0.05)
        finally:
            server.close()
            await asyncio.gather(*talks)

    return asyncio.run(run())


async def _echo(writer, payload):
    writer.write(frame(1, payload))


@pytest.mark.parametrize("connections", [1, 8])
def test_echoes_are_counted(connections):
    said = served(_echo, connections=connections)
    assert said["count"] >= connections
    assert said["per_second"] > 0
    assert said["p99_ms"] > 0


def test_an_echo_in_pieces_and_a_ping_between():
    pongs = []

    async def answer(writer, payload):
        if payload != b"quack":
            pongs.append(payload)
            return
        echo = frame(9, b"there?") + frame(1, payload)
        for place in range(len(echo)):
            writer.write(echo[place : place + 1])
            await asyncio.sleep(0)

    assert served(answer)["count"] >= 1
    assert b"there?" in pongs


def test_another_message_does_not_count():
    async def answer(writer, payload):
        writer.write(frame(1, b"QUACK"))

    with pytest.raises(SystemExit, match="another message came back"):
        served(answer)


def test_a_server_that_closes():
    async def answer(writer, payload):
        writer.close()

    with pytest.raises(SystemExit, match="the server closed a connection"):
        served(answer)
