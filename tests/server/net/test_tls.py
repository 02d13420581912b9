"""HTTPS on real sockets, with Python's own client and curl, on both loops."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import trustme
import uvloop
from tests.server.process.serving import webfoot

from webfoot.server.gateway.service import Service
from webfoot.server.net.binding import bind
from webfoot.server.net.connections import Connections
from webfoot.server.net.listener import Listener
from webfoot.server.settings.options import OptionError, ServerOptions

PATIENCE = 5.0
GET = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
LAST_GET = b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


class Files:
    """A server's certificate, a client's below an intermediate authority, and the authority that signed both."""

    def __init__(self, directory: Path) -> None:
        self.authority = trustme.CA()
        self.server = self.authority.issue_cert("localhost", "127.0.0.1")
        self.client = self.authority.create_child_ca().issue_cert("daisy@example.org", common_name='Daisy, "D."')
        self.directory = directory
        self.cert = self.put("cert.pem", *(each.bytes() for each in self.server.cert_chain_pems))
        self.key = self.put("key.pem", self.server.private_key_pem.bytes())
        self.ca = self.put("ca.pem", self.authority.cert_pem.bytes())
        self.client_cert = self.put("client.pem", *(each.bytes() for each in self.client.cert_chain_pems))
        self.client_key = self.put("client_key.pem", self.client.private_key_pem.bytes())

    def put(self, name: str, *parts: bytes) -> str:
        (self.directory / name).write_bytes(b"".join(parts))
        return str(self.directory / name)

    @property
    def options(self) -> dict[str, Any]:
        return {"ssl_certfile": self.cert, "ssl_keyfile": self.key}

    @property
    def mutual(self) -> dict[str, Any]:
        return {**self.options, "ssl_ca_certs": self.ca, "ssl_cert_reqs": 2}

    def context(self, with_certificate: bool = False) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=self.ca)
        if with_certificate:
            context.load_cert_chain(self.client_cert, self.client_key)
        return context


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    return Files(tmp_path_factory.mktemp("tls"))


@pytest.fixture(params=["asyncio", "uvloop"])
def loop_factory(request: pytest.FixtureRequest) -> Iterator[Callable[[], asyncio.AbstractEventLoop]]:
    yield asyncio.new_event_loop if request.param == "asyncio" else uvloop.new_event_loop


async def tell(scope: Any, receive: Any, send: Any) -> None:
    """Answers with scheme and extension as JSON, after the whole body; spoils its scope, which is its own."""
    while (await receive()).get("more_body"):
        pass
    told = {"scheme": scope["scheme"], "tls": scope["extensions"].get("tls")}
    content = json.dumps(told).encode()
    if told["tls"] is not None:
        told["tls"]["client_cert_chain"].append("spoilt")
        told["tls"]["server_cert"] = "spoilt"
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(content))]})
    await send({"type": "http.response.body", "body": content})


class Served:
    def __init__(self, address: tuple[str, int], connections: Connections, listener: Listener) -> None:
        self.address = address
        self.connections = connections
        self.listener = listener

    async def connect(self, context: ssl.SSLContext) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection(*self.address, ssl=context, server_hostname="localhost")

    async def plain(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection(*self.address)

    async def in_thread(self, client: Callable[[tuple[str, int]], Any]) -> Any:
        """A blocking client, whose sockets do exactly what it says."""
        return await asyncio.get_running_loop().run_in_executor(None, client, self.address)


def serve(factory: Any, talk: Callable[[Served], Awaitable[Any]], app: Any = tell, **options: Any) -> Any:
    """What `talk` gives; afterwards nothing may be left: no connection, no handshake, no task."""

    async def scenario() -> Any:
        service = Service(app, ServerOptions(port=0, access_log=False, **options))
        connections = Connections(service)
        (listening,) = bind(service.options)
        address = listening.getsockname()[:2]
        listener = Listener(service, connections, [listening])
        connections.start()
        await listener.open()
        try:
            async with asyncio.timeout(PATIENCE):
                result = await talk(Served(address, connections, listener))
                while len(connections) or listener._unsettled:
                    await asyncio.sleep(0.01)
            return result
        finally:
            listener.close()
            connections.stop()
            await asyncio.sleep(0.01)
            assert asyncio.all_tasks() == {asyncio.current_task()}
            assert not service.running

    with asyncio.Runner(loop_factory=factory) as runner:
        return runner.run(scenario())


async def ask(served: Served, context: ssl.SSLContext, request: bytes = LAST_GET) -> bytes:
    reader, writer = await served.connect(context)
    writer.write(request)
    answer = await reader.read()
    writer.close()
    return answer


def told_of(answer: bytes) -> Any:
    return json.loads(answer.partition(b"\r\n\r\n")[2])


class TestWhatTheApplicationIsTold:
    def test_a_connection_without_client_certificate(self, files: Files, loop_factory: Any):
        told = told_of(serve(loop_factory, lambda served: ask(served, files.context()), **files.options))
        tls = told["tls"]
        assert told["scheme"] == "https"
        assert ssl.PEM_cert_to_DER_cert(tls["server_cert"]) == ssl.PEM_cert_to_DER_cert(
            files.server.cert_chain_pems[0].bytes().decode()
        )
        assert tls["tls_version"] == 0x0304
        assert tls["cipher_suite"] in (0x1301, 0x1302, 0x1303)
        assert (tls["client_cert_chain"], tls["client_cert_name"], tls["client_cert_error"]) == ([], None, None)
        assert len(tls) == 6

    def test_tls_1_2_with_a_chosen_cipher(self, files: Files, loop_factory: Any):
        context = files.context()
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        options = {**files.options, "ssl_ciphers": "ECDHE-ECDSA-AES256-GCM-SHA384"}
        tls = told_of(serve(loop_factory, lambda served: ask(served, context), **options))["tls"]
        assert (tls["tls_version"], tls["cipher_suite"]) == (0x0303, 0xC02C)

    @pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
    def test_a_client_certificate_and_its_chain(self, files: Files, loop_factory: Any, version: ssl.TLSVersion):
        context = files.context(with_certificate=True)
        context.minimum_version = context.maximum_version = version
        tls = told_of(serve(loop_factory, lambda served: ask(served, context), **files.mutual))["tls"]
        sent = [ssl.PEM_cert_to_DER_cert(each.bytes().decode()) for each in files.client.cert_chain_pems]
        assert len(sent) == 2
        assert [ssl.PEM_cert_to_DER_cert(each) for each in tls["client_cert_chain"]] == sent
        assert tls["client_cert_name"].startswith('CN=Daisy\\, \\"D.\\",OU=')
        assert tls["client_cert_error"] is None

    def test_certificates_that_do_not_belong_to_the_chain_are_left_out(self, files: Files, loop_factory: Any):
        odd = files.put("odd.pem", Path(files.client_cert).read_bytes(), trustme.CA().cert_pem.bytes())
        context = files.context()
        context.load_cert_chain(odd, files.client_key)
        tls = told_of(serve(loop_factory, lambda served: ask(served, context), **files.mutual))["tls"]
        assert len(tls["client_cert_chain"]) == 2

    @pytest.mark.parametrize("with_certificate", [True, False])
    def test_a_certificate_may_be_optional(self, files: Files, loop_factory: Any, with_certificate: bool):
        options = {**files.mutual, "ssl_cert_reqs": ssl.CERT_OPTIONAL}
        context = files.context(with_certificate)
        tls = told_of(serve(loop_factory, lambda served: ask(served, context), **options))["tls"]
        assert (tls["client_cert_name"] is not None) is with_certificate

    def test_a_resumed_session_still_has_its_certificate(self, files: Files, loop_factory: Any):
        context = files.context(with_certificate=True)

        def client(address: tuple[str, int]) -> list[bytes]:
            answers, session = [], None
            for _ in range(2):
                with (
                    socket.create_connection(address, PATIENCE) as raw,
                    context.wrap_socket(raw, server_hostname="localhost", session=session) as tls,
                ):
                    tls.sendall(LAST_GET)
                    answers.append(b"".join(iter(lambda: tls.recv(65536), b"")))
                    session = tls.session
                    resumed = tls.session_reused
            assert resumed
            return answers

        first, second = serve(loop_factory, lambda served: served.in_thread(client), **files.mutual)
        first, second = told_of(first)["tls"], told_of(second)["tls"]
        assert second["client_cert_name"] == first["client_cert_name"]
        assert second["client_cert_chain"][0] == first["client_cert_chain"][0]

    def test_each_request_has_a_copy_of_its_own(self, files: Files, loop_factory: Any):
        answer = serve(loop_factory, lambda served: ask(served, files.context(), GET + LAST_GET), **files.options)
        assert answer.count(b"HTTP/1.1 200") == 2
        assert b"spoilt" not in answer

    def test_plain_http_has_no_such_extension(self, loop_factory: Any):
        async def talk(served: Served) -> bytes:
            reader, writer = await served.plain()
            writer.write(LAST_GET)
            answer = await reader.read()
            writer.close()
            return answer

        assert told_of(serve(loop_factory, talk)) == {"scheme": "http", "tls": None}

    def test_alpn_chooses_http_1_1(self, files: Files, loop_factory: Any):
        context = files.context()
        context.set_alpn_protocols(["h2", "http/1.1"])

        async def talk(served: Served) -> Any:
            _, writer = await served.connect(context)
            chosen = writer.get_extra_info("ssl_object").selected_alpn_protocol()
            writer.close()
            return chosen

        assert serve(loop_factory, talk, **files.options) == "http/1.1"


class TestHandshakesThatFail:
    """One line at most, no traceback, nothing left behind (`serve` looks)."""

    @pytest.fixture(autouse=True)
    def _no_traceback(self, caplog: pytest.LogCaptureFixture) -> Iterator[None]:
        caplog.set_level(logging.DEBUG)
        yield
        assert all(record.exc_info is None and record.levelno <= logging.INFO for record in caplog.records)

    def spoken(self, caplog: pytest.LogCaptureFixture, level: int = logging.INFO) -> list[str]:
        return [each.getMessage() for each in caplog.records if each.name == "webfoot" and each.levelno == level]

    @pytest.mark.parametrize(
        "request_line", [b"GET / HTTP/1.1", b"HEAD / HTTP/1.1", b"PRI * HTTP/2.0", b"get / HTTP/1.1"]
    )
    def test_plain_http(self, files: Files, loop_factory: Any, caplog: Any, request_line: bytes):
        async def talk(served: Served) -> bytes:
            reader, writer = await served.plain()
            writer.write(request_line + b"\r\nHost: localhost\r\n\r\n" + b"x" * 1_000_000)
            answer = await reader.read()
            writer.close()
            return answer

        answer = serve(loop_factory, talk, **files.options)
        assert answer.startswith(b"HTTP/1.1 400 ")
        assert answer.endswith(b"\r\n\r\n") is request_line.startswith(b"HEAD")
        (line,) = self.spoken(caplog)
        assert "this port speaks HTTPS, and the request came in plain HTTP" in line

    @pytest.mark.parametrize("garbage", [b"\x00" * 100, b"\x16\x03\x01" + b"\xff" * 500, b"\x80\x2e\x01\x00\x02" * 20])
    def test_garbage(self, files: Files, loop_factory: Any, caplog: Any, garbage: bytes):
        async def talk(served: Served) -> None:
            reader, writer = await served.plain()
            writer.write(garbage)
            writer.write_eof()
            await reader.read()
            writer.close()

        serve(loop_factory, talk, **files.options)
        lines = self.spoken(caplog) + [line for line in self.spoken(caplog, logging.DEBUG) if "handshake" in line]
        assert len(lines) == 1

    @pytest.mark.parametrize("said", [b"", b"\x16\x03\x01"])
    def test_a_client_that_says_nothing_more(self, files: Files, loop_factory: Any, caplog: Any, said: bytes):
        async def talk(served: Served) -> bytes:
            reader, writer = await served.plain()
            writer.write(said)
            try:
                return await reader.read()
            except ConnectionResetError:
                return b""
            finally:
                writer.close()

        assert serve(loop_factory, talk, ssl_handshake_timeout=0.2, **files.options) == b""
        assert any("did not complete the TLS handshake in time" in line for line in self.spoken(caplog, logging.DEBUG))

    def test_a_flood_of_broken_handshakes_is_a_few_lines(self, files: Files, loop_factory: Any, caplog: Any):
        async def talk(served: Served) -> None:
            for _ in range(30):
                reader, writer = await served.plain()
                writer.write(b"\x16\x03\x01\x00\x05quack")
                await reader.read()
                writer.close()

        serve(loop_factory, talk, **files.options)
        assert len([line for line in self.spoken(caplog) if "TLS handshake" in line]) == 20

    @pytest.mark.parametrize("leave", ["close", "abort"])
    def test_a_client_that_leaves_in_the_middle(self, files: Files, loop_factory: Any, caplog: Any, leave: str):
        async def talk(served: Served) -> None:
            incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
            half = files.context().wrap_bio(incoming, outgoing, server_hostname="localhost")
            with pytest.raises(ssl.SSLWantReadError):
                half.do_handshake()
            reader, writer = await served.plain()
            writer.write(outgoing.read())
            await reader.read(100)
            getattr(writer.transport, leave)()

        serve(loop_factory, talk, **files.options)
        assert any("left in the middle of the TLS handshake" in line for line in self.spoken(caplog, logging.DEBUG))

    def test_a_client_that_only_looks_whether_the_port_is_open(self, files: Files, loop_factory: Any, caplog: Any):
        async def talk(served: Served) -> None:
            _, writer = await served.plain()
            writer.close()
            await writer.wait_closed()

        serve(loop_factory, talk, **files.options)
        assert not self.spoken(caplog)

    def test_no_common_version(self, files: Files, loop_factory: Any, caplog: Any):
        context = files.context()
        context.set_ciphers("ALL:@SECLEVEL=0")
        with pytest.warns(DeprecationWarning):
            context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1

        async def talk(served: Served) -> None:
            with pytest.raises(ssl.SSLError, match="PROTOCOL_VERSION"):
                await ask(served, context)

        serve(loop_factory, talk, **files.options)
        (line,) = self.spoken(caplog)
        assert line.endswith("failed: the client offers no version of TLS that we accept")

    def test_a_client_that_does_not_trust_us(self, files: Files, loop_factory: Any, caplog: Any):
        def client(address: tuple[str, int]) -> None:
            with (
                socket.create_connection(address, PATIENCE) as raw,
                pytest.raises(ssl.SSLCertVerificationError),
            ):
                ssl.create_default_context().wrap_socket(raw, server_hostname="localhost")

        serve(loop_factory, lambda served: served.in_thread(client), **files.options)
        (line,) = self.spoken(caplog)
        assert line.endswith("failed: the client does not know who signed our certificate")

    @pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
    @pytest.mark.parametrize("shown", ["none", "unknown"])
    def test_a_client_certificate_missing_or_bad(
        self, files: Files, loop_factory: Any, caplog: Any, version: ssl.TLSVersion, shown: str
    ):
        context = files.context()
        context.minimum_version = context.maximum_version = version
        if shown == "unknown":
            trustme.CA().issue_cert("mallory@example.org").configure_cert(context)

        async def talk(served: Served) -> None:
            # The alert must reach a client that thinks it may send already (TLS 1.3).
            with pytest.raises(ssl.SSLError, match="ALERT"):
                await ask(served, context, LAST_GET + b"x" * 300_000)

        serve(loop_factory, talk, **files.mutual)
        (line,) = self.spoken(caplog)
        if shown == "none":
            assert line.endswith("failed: the client showed no certificate")
        else:
            assert "failed: the client's certificate is refused: " in line

    def test_garbage_after_the_handshake(self, files: Files, loop_factory: Any):
        def client(address: tuple[str, int]) -> bytes:
            with socket.create_connection(address, PATIENCE) as raw:
                incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
                tls = files.context().wrap_bio(incoming, outgoing, server_hostname="localhost")
                while True:
                    try:
                        tls.do_handshake()
                        break
                    except ssl.SSLWantReadError:
                        raw.sendall(outgoing.read())
                        incoming.write(raw.recv(65536))
                raw.sendall(outgoing.read() + b"\x17\x03\x03\x00\x20" + b"?" * 32)
                received = b""
                while data := raw.recv(65536):
                    received += data
                return received

        assert serve(loop_factory, lambda served: served.in_thread(client), **files.options)

    def test_a_handshake_under_way_ends_when_the_server_stops(self, files: Files, loop_factory: Any):
        async def talk(served: Served) -> None:
            reader, writer = await served.plain()
            writer.write(b"\x16\x03")
            while not served.listener._unsettled:
                await asyncio.sleep(0.01)
            served.listener.close()
            with pytest.raises(ConnectionResetError):
                assert await reader.read() == b""
                raise ConnectionResetError
            writer.close()

        serve(loop_factory, talk, **files.options)


class TestClosing:
    @pytest.mark.parametrize("http", ["httptools", "h11"])
    @pytest.mark.parametrize(
        ("head", "status"),
        [
            (b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 50000000\r\n\r\n", 413),
            (b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: odd\r\nContent-Length: 5\r\n\r\n", 400),
        ],
    )
    def test_a_refusal_arrives_while_the_client_still_sends(
        self, files: Files, loop_factory: Any, http: str, head: bytes, status: int
    ):
        """The client writes megabytes before it reads at all: closing at once would reset what it has not read."""

        def client(address: tuple[str, int]) -> bytes:
            with (
                socket.create_connection(address, PATIENCE) as raw,
                files.context().wrap_socket(raw, server_hostname="localhost") as tls,
            ):
                tls.sendall(head)
                for _ in range(40):
                    tls.sendall(b"x" * 100_000)
                return b"".join(iter(lambda: tls.recv(65536), b""))

        options = {**files.options, "limit_request_body": 1000, "http": http}
        answer = serve(loop_factory, lambda served: served.in_thread(client), **options)
        assert answer.startswith(b"HTTP/1.1 %d " % status)

    def test_the_end_is_told_by_close_notify(self, files: Files, loop_factory: Any):
        """A client that insists on it, so that nobody can cut a response short unnoticed (RFC 8446 section 6.1)."""

        def client(address: tuple[str, int]) -> bytes:
            with (
                socket.create_connection(address, PATIENCE) as raw,
                files.context().wrap_socket(raw, server_hostname="localhost", suppress_ragged_eofs=False) as tls,
            ):
                tls.sendall(LAST_GET)
                return b"".join(iter(lambda: tls.recv(65536), b""))

        assert serve(loop_factory, lambda served: served.in_thread(client), **files.options).endswith(b"}")

    @pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
    def test_a_client_that_closes_its_side_gets_its_answer(
        self, files: Files, loop_factory: Any, version: ssl.TLSVersion
    ):
        context = files.context()
        context.minimum_version = context.maximum_version = version

        def client(address: tuple[str, int]) -> bytes:
            incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
            tls = context.wrap_bio(incoming, outgoing, server_hostname="localhost")
            with socket.create_connection(address, PATIENCE) as raw:
                shaken, answer = False, b""
                while True:
                    try:
                        if not shaken:
                            tls.do_handshake()
                            shaken = True
                            tls.write(GET)
                            try:
                                tls.unwrap()
                            except ssl.SSLWantReadError:
                                pass
                            raw.sendall(outgoing.read())
                        while part := tls.read(65536):
                            answer += part
                        return answer
                    except ssl.SSLWantReadError:
                        raw.sendall(outgoing.read())
                        data = raw.recv(65536)
                        assert data, answer
                        incoming.write(data)
                    except ssl.SSLZeroReturnError:
                        return answer

        async def slow(scope: Any, receive: Any, send: Any) -> None:
            await asyncio.sleep(0.1)
            await tell(scope, receive, send)

        answer = serve(loop_factory, lambda served: served.in_thread(client), slow, **files.options)
        assert answer.startswith(b"HTTP/1.1 200 ")

    def test_a_client_that_goes_without_a_word(self, files: Files, loop_factory: Any):
        async def talk(served: Served) -> None:
            reader, writer = await served.connect(files.context())
            writer.write(GET)
            await reader.readuntil(b"}}")
            writer.transport.abort()

        serve(loop_factory, talk, **files.options)


class TestFlow:
    def test_a_slow_reader_makes_the_application_wait(self, files: Files, loop_factory: Any):
        piece, sent = b"x" * 65536, 0

        async def stream(scope: Any, receive: Any, send: Any) -> None:
            nonlocal sent
            await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"65536000")]})
            for left in reversed(range(1000)):
                await send({"type": "http.response.body", "body": piece, "more_body": left > 0})
                sent += 1

        async def talk(served: Served) -> int:
            look = threading.Event()

            def client(address: tuple[str, int]) -> int:
                with (
                    socket.create_connection(address, PATIENCE) as raw,
                    files.context().wrap_socket(raw, server_hostname="localhost") as tls,
                ):
                    tls.sendall(LAST_GET)
                    look.wait(PATIENCE)
                    return sum(map(len, iter(lambda: tls.recv(65536), b"")))

            reading = asyncio.ensure_future(served.in_thread(client))
            before = -1
            while before != sent or not sent:
                before = sent
                await asyncio.sleep(0.1)
            (wire,) = served.connections._open
            assert wire.congested
            assert wire.is_sending
            # Not more than the buffer, the piece that went over it, and what encryption adds.
            assert wire._transport.get_write_buffer_size() < 3 * 65536
            look.set()
            return await reading - 65536000

        assert 0 < serve(loop_factory, talk, stream, **files.options) < 1000
        assert sent == 1000

    def test_a_whole_large_body_survives_its_close(self, files: Files, loop_factory: Any):
        """One write of megabytes, then close: a slow reader gets all of it."""
        body = os.urandom(8_000_000)

        async def whole(scope: Any, receive: Any, send: Any) -> None:
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": body})

        def client(address: tuple[str, int]) -> bytes:
            with (
                socket.create_connection(address, PATIENCE) as raw,
                files.context().wrap_socket(raw, server_hostname="localhost") as tls,
            ):
                tls.sendall(LAST_GET)
                time.sleep(0.2)
                return b"".join(iter(lambda: tls.recv(65536), b""))

        answer = serve(loop_factory, lambda served: served.in_thread(client), whole, **files.options)
        assert len(answer.partition(b"\r\n\r\n")[2]) == len(body)
        assert answer.endswith(body)

    def test_an_application_that_does_not_read_makes_the_client_wait(self, files: Files, loop_factory: Any):
        go = None
        read = 0

        async def lazy(scope: Any, receive: Any, send: Any) -> None:
            nonlocal go, read
            go = asyncio.Event()
            await go.wait()
            more = True
            while more:
                event = await receive()
                read += len(event["body"])
                more = event["more_body"]
            await send({"type": "http.response.start", "status": 204, "headers": []})
            await send({"type": "http.response.body"})

        async def talk(served: Served) -> bytes:
            reader, writer = await served.connect(files.context())
            size = 30_000_000
            writer.write(
                b"POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % size
            )
            writer.write(b"x" * size)
            await asyncio.sleep(0.3)
            (wire,) = served.connections._open
            assert not wire.is_reading
            go.set()
            answer = await reader.read()
            writer.close()
            assert read == size
            return answer

        assert serve(loop_factory, talk, lazy, **files.options).startswith(b"HTTP/1.1 204 ")


class TestCurl:
    @pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
    def test_get_and_post(self, files: Files, loop_factory: Any):
        def client(address: tuple[str, int]) -> bytes:
            url = f"https://localhost:{address[1]}/"
            more = ["--cert", files.client_cert, "--key", files.client_key, "--data", "x" * 10, url, url]
            return subprocess.run(
                ["curl", "-sS", "--cacert", files.ca, *more], stdout=subprocess.PIPE, check=True
            ).stdout

        answer = serve(loop_factory, lambda served: served.in_thread(client), **files.mutual)
        assert answer.count(b'"scheme": "https"') == 2


def refusal(**options: Any) -> str:
    with pytest.raises(OptionError) as caught:
        for each in bind(ServerOptions(port=0, **options)):
            each.close()
    sentence = str(caught.value)
    assert "\n" not in sentence
    return sentence


class TestMistakes:
    def encrypted(self, files: Files) -> str:
        command = ["openssl", "pkcs8", "-topk8", "-v2", "aes-256-cbc", "-passout", "pass:geheim", "-in", files.key]
        done = subprocess.run(command, capture_output=True, check=True)
        return files.put("encrypted.pem", done.stdout)

    def test_a_file_that_is_not_there(self, files: Files):
        for name in ("ssl_certfile", "ssl_keyfile", "ssl_ca_certs"):
            options = {**files.mutual, name: "/nowhere.pem"}
            assert refusal(**options) == f"the option {name} cannot be /nowhere.pem: there is no such file"

    def test_a_directory(self, files: Files, tmp_path: Path):
        assert refusal(**{**files.options, "ssl_keyfile": tmp_path}).endswith(f"{tmp_path}: is a directory")

    @pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
    def test_a_file_that_may_not_be_read(self, files: Files):
        secret = files.put("secret.pem", b"x")
        os.chmod(secret, 0)
        assert refusal(**{**files.options, "ssl_keyfile": secret}).endswith("this user may not read it")

    def test_files_that_are_no_pem(self, files: Files):
        text = files.put("text.pem", b"hello")
        assert refusal(**{**files.options, "ssl_certfile": text}).endswith("it holds no certificate in PEM form")
        assert refusal(**{**files.options, "ssl_keyfile": text}).endswith("it holds no private key in PEM form")
        assert refusal(**{**files.mutual, "ssl_ca_certs": text}).endswith("it holds no certificate in PEM form")

    def test_files_in_der_form(self, files: Files):
        der = files.put("cert.der", ssl.PEM_cert_to_DER_cert(Path(files.ca).read_text()))
        assert "it is in DER form, and PEM is needed" in refusal(**{**files.options, "ssl_certfile": der})

    def test_damaged_files(self, files: Files):
        for name, path in (("ssl_certfile", files.cert), ("ssl_ca_certs", files.ca), ("ssl_keyfile", files.key)):
            lines = Path(path).read_text().splitlines()
            lines[2] = "A" * len(lines[2])
            damaged = files.put("damaged.pem", "\n".join(lines).encode())
            assert refusal(**{**files.mutual, name: damaged}).startswith(f"the option {name} cannot be {damaged}: ")

    def test_key_and_certificate_exchanged(self, files: Files):
        sentence = refusal(ssl_certfile=files.key, ssl_keyfile=files.cert)
        assert sentence == f"the option ssl_certfile cannot be {files.key}: it holds no certificate in PEM form"

    def test_a_key_of_another_certificate(self, files: Files):
        sentence = refusal(ssl_certfile=files.cert, ssl_keyfile=files.client_key)
        assert sentence == f"the key in {files.client_key} does not belong to the certificate in {files.cert}"

    def test_a_certificate_without_key(self, files: Files):
        sentence = refusal(ssl_certfile=files.cert)
        assert sentence == f"the option ssl_keyfile is missing: {files.cert} holds no private key"

    def test_the_key_beside_the_certificate(self, files: Files):
        both = files.put("both.pem", Path(files.key).read_bytes(), Path(files.cert).read_bytes())
        (listening,) = bind(ServerOptions(port=0, ssl_certfile=Path(both)))
        listening.close()

    def test_passwords(self, files: Files, monkeypatch: pytest.MonkeyPatch):
        options = {**files.options, "ssl_keyfile": self.encrypted(files)}
        missing = f"the option ssl_keyfile_password is missing: the key in {options['ssl_keyfile']} is encrypted"
        assert refusal(**options) == missing
        wrong = refusal(**options, ssl_keyfile_password="falsch")
        assert wrong == f"the option ssl_keyfile_password does not open the key in {options['ssl_keyfile']}"
        assert "longer than 1024 bytes" in refusal(**options, ssl_keyfile_password="x" * 2000)
        (listening,) = bind(ServerOptions(port=0, **options, ssl_keyfile_password="geheim"))
        listening.close()

    def test_the_password_is_never_shown(self, files: Files):
        assert "geheim" not in repr(ServerOptions(**files.options, ssl_keyfile_password="geheim"))
        with pytest.raises(OptionError) as caught:
            ServerOptions(**files.options, ssl_keyfile_password=b"geheim")
        assert str(caught.value).startswith("the option ssl_keyfile_password cannot be what was given")

    def test_ciphers_that_nobody_knows(self, files: Files):
        sentence = refusal(**files.options, ssl_ciphers="ROT13")
        assert sentence == "the option ssl_ciphers cannot be 'ROT13': OpenSSL knows no such cipher"

    @pytest.mark.parametrize(
        ("name", "value"),
        [("ssl_keyfile", "k"), ("ssl_keyfile_password", "p"), ("ssl_cert_reqs", 2), ("ssl_ca_certs", "c"),
         ("ssl_ciphers", "x")],
    )  # fmt: skip
    def test_options_without_a_certificate(self, name: str, value: Any):
        assert refusal(**{name: value}) == f"the option {name} needs ssl_certfile: no certificate, no TLS"

    def test_client_certificates_without_authorities(self, files: Files):
        sentence = refusal(**files.options, ssl_cert_reqs=2)
        assert "ssl_cert_reqs = 2 asks clients for certificates, but ssl_ca_certs does not say" in sentence

    def test_what_is_hardly_meant_is_a_warning(self, files: Files, caplog: pytest.LogCaptureFixture):
        old = files.authority.issue_cert("localhost", not_after=datetime.now(UTC) - timedelta(days=2))
        expired = files.put("expired.pem", old.private_key_and_cert_chain_pem.bytes())
        (listening,) = bind(ServerOptions(port=0, ssl_certfile=expired, ssl_ca_certs=files.ca))
        listening.close()
        first, second = [record.getMessage() for record in caplog.records]
        day = time.strftime("%Y-%m-%d", time.gmtime(time.time() - 2 * 86400))
        assert first == f"the certificate in {expired} expired on {day}; clients will refuse it"
        assert second == "ssl_ca_certs is given, but ssl_cert_reqs = 0 does not ask clients for certificates"


def stricter(options: ServerOptions, default: Callable[[], ssl.SSLContext]) -> ssl.SSLContext:
    context = default()
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    return context


class TestContextFactory:
    def test_it_changes_our_context(self, files: Files, loop_factory: Any):
        options = {**files.options, "ssl_context_factory": stricter}
        tls = told_of(serve(loop_factory, lambda served: ask(served, files.context()), **options))["tls"]
        assert tls["tls_version"] == 0x0304
        assert tls["server_cert"] is not None

    def test_it_makes_its_own(self, files: Files, loop_factory: Any):
        def own(options: ServerOptions, default: Any) -> ssl.SSLContext:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(files.cert, files.key)
            return context

        answer = serve(loop_factory, lambda served: ask(served, files.context()), ssl_context_factory=own)
        told = told_of(answer)
        assert told["scheme"] == "https"
        assert told["tls"]["server_cert"] is None

    def test_no_text_stands_for_it(self):
        with pytest.raises(OptionError, match="it must be a function, given in Python"):
            ServerOptions.from_environment({"WEBFOOT_SSL_CONTEXT_FACTORY": "main:factory"})

    def test_mistakes(self, files: Files):
        assert refusal(ssl_context_factory=lambda options, default: None) == (
            "the option ssl_context_factory gave back a NoneType, not an ssl.SSLContext"
        )
        assert "which needs ssl_certfile" in refusal(ssl_context_factory=stricter)
        assert refusal(ssl_context_factory=lambda options, default: 1 / 0) == (
            "the option ssl_context_factory failed with ZeroDivisionError: division by zero"
        )
        with pytest.raises(OptionError, match="must be a function at the top of its module"):
            ServerOptions(app="x:y", workers=2, ssl_context_factory=lambda options, default: default())


APP = """
async def app(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": scope["scheme"].encode()})
"""


def fetch(url: str, context: ssl.SSLContext) -> bytes:
    host, _, port = url.removeprefix("https://").rpartition(":")
    with (
        socket.create_connection((host, int(port)), PATIENCE) as raw,
        context.wrap_socket(raw, server_hostname="localhost") as tls,
    ):
        tls.sendall(LAST_GET)
        return b"".join(iter(lambda: tls.recv(65536), b""))


class TestProcesses:
    @pytest.mark.parametrize("how", [(), ("--workers", "2"), ("--reload",)])
    def test_every_way_to_serve(self, files: Files, tmp_path: Path, how: tuple[str, ...]):
        (tmp_path / "main.py").write_text(APP)
        words = ("--port", "0", "--lifespan", "off", "--ssl-certfile", files.cert, "--ssl-keyfile", files.key, *how)
        with webfoot("run", "main:app", *words, cwd=tmp_path) as serving:
            url = serving.wait_for(r"serving .* on (https://127\.0\.0\.1:\d+)")[1]
            for _ in range(4):
                assert fetch(url, files.context()).endswith(b"https")
            assert serving.end() == 0
        assert "Traceback" not in serving.output

    @pytest.mark.parametrize("how", [(), ("--workers", "3"), ("--reload",)])
    def test_a_mistake_is_told_once(self, files: Files, tmp_path: Path, how: tuple[str, ...]):
        (tmp_path / "main.py").write_text("print('loaded')" + APP)
        encrypted = TestMistakes().encrypted(files)
        words = ("--port", "0", "--ssl-certfile", files.cert, "--ssl-keyfile", encrypted, *how)
        with webfoot("run", "main:app", *words, cwd=tmp_path, WEBFOOT_SSL_KEYFILE_PASSWORD="hush-hush") as serving:
            assert serving.code() == 2
        said = [line for line in serving.output.splitlines() if line != "loaded"]
        assert said == [f"webfoot: the option ssl_keyfile_password does not open the key in {encrypted}"]

    def test_a_unix_socket(self, files: Files, loop_factory: Any, tmp_path: Path):
        path = str(tmp_path / "socket")

        def client(_: object) -> bytes:
            with socket.socket(socket.AF_UNIX) as raw:
                raw.settimeout(PATIENCE)
                raw.connect(path)
                with files.context().wrap_socket(raw, server_hostname="localhost") as tls:
                    tls.sendall(LAST_GET)
                    return b"".join(iter(lambda: tls.recv(65536), b""))

        answer = serve(loop_factory, lambda served: served.in_thread(client), uds=path, **files.options)
        assert told_of(answer)["scheme"] == "https"

    def test_connections_beyond_the_limit_are_not_greeted(self, files: Files, loop_factory: Any):
        """Those that never complete the handshake count as well, or they would fill the process."""

        async def talk(served: Served) -> int:
            opened = [await served.plain() for _ in range(6)]
            await asyncio.sleep(0.1)
            waiting = len(served.listener._unsettled)
            for _, writer in opened:
                writer.close()
            return waiting

        assert serve(loop_factory, talk, limit_connections=3, **files.options) == 3

    def test_the_journey_tells_of_tls(self, files: Files):
        marks: list[tuple[str, dict[str, Any]]] = []

        class Trail:
            is_light = False

            def note(self, station: str, facts: dict[str, Any], /) -> None:
                self.mark(station, **facts)

            def mark(self, station: str, **facts: Any) -> None:
                marks.append((station, facts))

            def end(self) -> None:
                pass

        class Watcher:
            def begin(self) -> Trail:
                return Trail()

        context = files.context()
        context.set_alpn_protocols(["http/1.1"])

        async def talk(served: Served) -> None:
            served.connections._service.watcher = Watcher()
            await ask(served, context)

        serve(asyncio.new_event_loop, talk, **files.options)
        facts = dict(marks)
        assert facts["secured"] == {"tls": "TLSv1.3"}
        assert facts["chosen"] == {"protocol": "http/1.1", "reason": "ALPN"}
