"""Connections that begin with a header of the PROXY protocol: both loops, both parsers, TLS, WebSockets, bad ones."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import ssl
import struct
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import trustme
import uvloop
from tests.conformance.harness import Dialogue, with_server

from webfoot.server.gateway.service import Service
from webfoot.server.net.binding import bind
from webfoot.server.net.connections import Connections
from webfoot.server.net.listener import Listener
from webfoot.server.proxies.proxy_protocol import SIGNATURE
from webfoot.server.settings.options import ServerOptions
from webfoot.testing.wire import Wire, run_on_wire

LOOPS = {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}
V1 = b"PROXY TCP4 203.0.113.7 192.0.2.1 4711 8443\r\n"
ADDRESSES = bytes([203, 0, 113, 7, 192, 0, 2, 1]) + struct.pack("!HH", 4711, 8443)
SSL_TLV = struct.pack("!BHBL", 0x20, 5, 1, 0)
GET = b"GET / HTTP/1.1\r\nHost: pond\r\n\r\n"


def v2(rest: bytes = ADDRESSES, command: int = 0x21, family: int = 0x11) -> bytes:
    return SIGNATURE + struct.pack("!BBH", command, family, len(rest)) + rest


async def tell(scope: Any, receive: Any, send: Any) -> None:
    content = json.dumps({name: scope[name] for name in ("client", "server", "scheme")}).encode()
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.accept"})
        message = await receive()
        await send({"type": "websocket.send", "text": message["text"] + content.decode()})
        return
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(content))]})
    await send({"type": "http.response.body", "body": content})


def served(loop: str, talk: Callable[[Dialogue], Awaitable[Any]], **options: Any) -> Any:
    with asyncio.Runner(loop_factory=LOOPS[loop]) as runner:
        return runner.run(with_server(tell, talk, **{"proxy_protocol": True, **options}))


def told(loop: str, *parts: bytes, **options: Any) -> Any:
    """What the application was told, when these parts were sent one after the other."""

    async def talk(dialogue: Dialogue) -> Any:
        for part in parts:
            await dialogue.say(part)
            await asyncio.sleep(0.001 if len(parts) > 1 else 0)
        heard = await dialogue.hear(lambda heard: heard.endswith(b"}"))
        return json.loads(heard.partition(b"\r\n\r\n")[2])

    return served(loop, talk, **options)


@pytest.fixture(params=LOOPS)
def loop(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.mark.parametrize("header", [V1, v2(), v2(ADDRESSES + b"\x04\x00\x02xx"), v2(family=0x12)])
@pytest.mark.parametrize("http", ["httptools", "h11"])
def test_client_and_server_are_those_of_the_header(loop: str, http: str, header: bytes) -> None:
    expected = {"client": ["203.0.113.7", 4711], "server": ["192.0.2.1", 8443], "scheme": "http"}
    assert told(loop, header + GET, http=http) == expected
    assert told(loop, header, GET, http=http) == expected


@pytest.mark.parametrize("header", [V1, v2()])
def test_byte_by_byte(loop: str, header: bytes) -> None:
    assert told(loop, *(header[at : at + 1] for at in range(len(header))), GET)["client"] == ["203.0.113.7", 4711]


@pytest.mark.parametrize("header", [b"PROXY UNKNOWN\r\n", v2(b"", family=0), v2(b"\0" * 216, family=0x31)])
def test_a_client_without_an_address_is_shown_as_the_proxy_and_not_believed(loop: str, header: bytes) -> None:
    request = b"GET / HTTP/1.1\r\nHost: pond\r\nX-Forwarded-For: 6.6.6.6\r\n\r\n"
    assert told(loop, header + request)["client"][0] == "127.0.0.1"


def test_the_proxy_speaks_for_itself(loop: str) -> None:
    assert told(loop, v2(b"", command=0x20, family=0) + GET)["client"][0] == "127.0.0.1"


def test_a_client_of_the_proxy_over_tls(loop: str) -> None:
    assert told(loop, v2(ADDRESSES + SSL_TLV) + GET)["scheme"] == "https"


def test_forwarding_fields_count_if_the_client_in_the_header_is_trusted(loop: str) -> None:
    request = b"GET / HTTP/1.1\r\nHost: pond\r\nX-Forwarded-For: 198.51.100.9\r\n\r\n"
    assert told(loop, V1 + request)["client"] == ["203.0.113.7", 4711]
    trusted = {"forwarded_allow_ips": "127.0.0.1,203.0.113.7"}
    assert told(loop, V1 + request, **trusted)["client"] == ["198.51.100.9", 0]
    assert told(loop, V1 + request, proxy_headers=False, **trusted)["client"] == ["203.0.113.7", 4711]


@pytest.mark.parametrize(
    ("sent", "why"),
    [
        (GET, "it sent no header of the PROXY protocol, and proxy_protocol is on"),
        (b"\x16\x03\x01\x00\x05hello", "it sent no header of the PROXY protocol"),
        (b"PROXY TCP4 1.1.1.1 2.2.2.2 1\r\n", "it sent a malformed PROXY line"),
        (b"PROXY UNKNOWN " + b"x" * 200, "it sent a PROXY line that does not end"),
        (v2(b"\0" * 11), "it sent a PROXY header that is too short for its addresses"),
        (SIGNATURE + b"\x21\x11\xff\xff", "it sent a PROXY header of 65535 bytes"),
        (SIGNATURE + b"\x11\x11\x00\x00", "it sent a PROXY header of version 1"),
    ],
)
def test_a_wrong_header_ends_the_connection(loop: str, sent: bytes, why: str, caplog: pytest.LogCaptureFixture) -> None:
    _refused(loop, sent, why, caplog)


@pytest.mark.parametrize("trusted", ["10.0.0.0/8", "unix", ()])
def test_only_trusted_proxies_may_say_it(loop: str, trusted: Any, caplog: pytest.LogCaptureFixture) -> None:
    why = "proxy_protocol is on, and this is none of the proxies in forwarded_allow_ips"
    _refused(loop, V1 + GET, why, caplog, forwarded_allow_ips=trusted)


def _refused(loop: str, sent: bytes, why: str, caplog: pytest.LogCaptureFixture, **options: Any) -> None:
    async def talk(dialogue: Dialogue) -> bytes:
        try:
            await dialogue.say(sent)
            return await dialogue.hear(lambda _: False)
        except ConnectionError:
            return b""

    with caplog.at_level(logging.INFO, "webfoot"):
        assert served(loop, talk, **options) == b""
    (line,) = [each.getMessage() for each in caplog.records if each.name == "webfoot"]
    assert line.startswith("refused 127.0.0.1:")
    assert why in line


def test_a_flood_is_counted_and_not_listed(caplog: pytest.LogCaptureFixture) -> None:
    async def talk(dialogue: Dialogue) -> None:
        address = dialogue.writer.get_extra_info("peername")[:2]
        for _ in range(60):
            reader, writer = await asyncio.open_connection(*address)
            writer.write(b"GARBAGE")
            with contextlib.suppress(ConnectionError):
                assert await reader.read() == b""
            writer.close()

    with caplog.at_level(logging.INFO, "webfoot"):
        served("asyncio", talk)
    assert sum("refused 127.0.0.1" in each.getMessage() for each in caplog.records) == 20


def test_who_connects_and_leaves_is_no_news(loop: str, caplog: pytest.LogCaptureFixture) -> None:
    """So do proxies that only look whether the port is open."""

    async def talk(dialogue: Dialogue) -> bytes:
        dialogue.writer.write_eof()
        return await dialogue.hear(lambda _: False)

    with caplog.at_level(logging.INFO, "webfoot"):
        assert served(loop, talk) == b""
    assert not caplog.records


@pytest.mark.parametrize("sent", [b"", V1[:-1], v2()[:-1]])
def test_a_header_that_does_not_come_in_time(sent: bytes, caplog: pytest.LogCaptureFixture) -> None:
    async def talk(wire: Wire) -> bytes:
        if sent:
            await wire.say(sent)
        wire.advance(9)
        await wire.say(b"")
        wire.advance(2)
        return await wire.rest()

    with caplog.at_level(logging.INFO, "webfoot"):
        assert run_on_wire(tell, talk, proxy_protocol=True) == b""
    (line,) = [each.getMessage() for each in caplog.records]
    assert line == "refused a client of the Unix socket: it did not send its PROXY header in time"


def test_a_websocket(loop: str) -> None:
    async def talk(dialogue: Dialogue) -> bytes:
        fields = b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        key = b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        await dialogue.say(v2(ADDRESSES + SSL_TLV) + b"GET / HTTP/1.1\r\nHost: pond\r\n" + fields + key + b"\r\n")
        await dialogue.hear(lambda heard: heard.endswith(b"\r\n\r\n"))
        await dialogue.say(b"\x81\x82\0\0\0\0hi")
        return await dialogue.hear(lambda heard: b"}" in heard)

    heard = served(loop, talk)
    assert heard[:2][0] == 0x81
    assert b'hi{"client": ["203.0.113.7", 4711], "server": ["192.0.2.1", 8443], "scheme": "wss"}' in heard


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, ssl.SSLContext]:
    authority = trustme.CA()
    path = tmp_path_factory.mktemp("tls") / "cert.pem"
    authority.issue_cert("localhost").private_key_and_cert_chain_pem.write_to_path(str(path))
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return str(path), context


@pytest.mark.parametrize("header", [V1, v2()])
def test_the_header_stands_before_tls(loop: str, header: bytes, certificate: tuple[str, ssl.SSLContext]) -> None:
    path, context = certificate

    async def talk(dialogue: Dialogue) -> Any:
        await dialogue.say(header)
        await dialogue.writer.start_tls(context, server_hostname="localhost")
        await dialogue.say(GET)
        heard = await dialogue.hear(lambda heard: heard.endswith(b"}"))
        return json.loads(heard.partition(b"\r\n\r\n")[2])

    expected = {"client": ["203.0.113.7", 4711], "server": ["192.0.2.1", 8443], "scheme": "https"}
    assert served(loop, talk, ssl_certfile=path) == expected


def test_a_handshake_that_fails_is_told_of_the_client(
    loop: str, certificate: tuple[str, ssl.SSLContext], caplog: pytest.LogCaptureFixture
) -> None:
    async def talk(dialogue: Dialogue) -> bytes:
        await dialogue.say(V1 + b"\x16\x03\x01\x00\x05hello")
        return await dialogue.hear(lambda _: False)

    with caplog.at_level(logging.INFO, "webfoot"):
        served(loop, talk, ssl_certfile=certificate[0])
    (line,) = [each.getMessage() for each in caplog.records if each.name == "webfoot"]
    assert line.startswith("TLS handshake with 203.0.113.7:4711 failed")


def test_a_stop_does_not_wait_for_headers() -> None:
    async def scenario() -> bytes:
        service = Service(tell, ServerOptions(port=0, proxy_protocol=True))
        connections = Connections(service)
        (listening,) = bind(service.options)
        listener = Listener(service, connections, [listening])
        await listener.open()
        reader, writer = await asyncio.open_connection(*listening.getsockname()[:2])
        writer.write(V1[:5])
        await asyncio.sleep(0.05)  # it is accepted
        listener.close()
        try:
            async with asyncio.timeout(5):
                return await reader.read()
        except ConnectionError:
            return b""
        finally:
            writer.close()

    assert asyncio.run(scenario()) == b""


def test_without_the_option_a_header_is_no_request() -> None:
    async def talk(dialogue: Dialogue) -> bytes:
        await dialogue.say(V1 + GET)
        return await dialogue.hear(lambda _: False)

    assert served("asyncio", talk, proxy_protocol=False).startswith(b"HTTP/1.1 400 ")
