"""Responses out of files: http.response.pathsend and http.response.zerocopysend (ASGI "Extensions"), on both loops."""

from __future__ import annotations

import asyncio
import io
import logging
import os
import socket
import ssl
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme
import uvloop
from tests.conformance.harness import Answers, Dialogue, exchange_bytes, with_server

from webfoot.asgi.types import ClientDisconnected
from webfoot.server.net.transport import Transport
from webfoot.server.protocol.errors import LocalFault

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
GET_10 = b"GET / HTTP/1.0\r\n\r\n"
HEAD = b"HEAD / HTTP/1.1\r\nHost: a\r\n\r\n"
BIG = os.urandom(1 << 16) * 48  # 3 MiB, more than the kernel takes at once
LOOPS = pytest.mark.parametrize("run", [asyncio.run, uvloop.run], ids=["asyncio", "uvloop"])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "duck").write_bytes(BIG)
    return tmp_path / "duck"


class Seen:
    """What went through our hands: every os.sendfile, and every byte that was written the usual way."""

    def __init__(self) -> None:
        self.by_kernel: list[int] = []
        self.written = 0
        self.watched: list[int] = []


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> Iterator[Seen]:
    seen, sendfile, write, dup = Seen(), os.sendfile, Transport.write, os.dup

    def counting_sendfile(*args: Any) -> int:
        sent = sendfile(*args)
        seen.by_kernel.append(sent)
        return sent

    def counting_write(self: Transport, data: bytes) -> None:
        seen.written += len(data)
        write(self, data)

    def remembering_dup(file: int) -> int:
        seen.watched.append(dup(file))
        return seen.watched[-1]

    monkeypatch.setattr(os, "sendfile", counting_sendfile)
    monkeypatch.setattr(Transport, "write", counting_write)
    monkeypatch.setattr(os, "dup", remembering_dup)
    yield seen
    assert not {file for file in seen.watched if is_open(file)}, "a duplicate of the socket was left open"


def is_open(file: int) -> bool:
    try:
        os.fstat(file)
    except OSError:
        return False
    return True


def start(*headers: tuple[bytes, bytes], status: int = 200, **more: Any) -> dict[str, Any]:
    return {"type": "http.response.start", "status": status, "headers": list(headers), **more}


def body(data: bytes = b"", more: bool = False) -> dict[str, Any]:
    return {"type": "http.response.body", "body": data, "more_body": more}


def pathsend(path: Any) -> dict[str, Any]:
    return {"type": "http.response.pathsend", "path": path if isinstance(path, bytes) else str(path)}


def zerocopy(file: Any, more: bool = False, **keys: Any) -> dict[str, Any]:
    return {"type": "http.response.zerocopysend", "file": file, "more_body": more, **keys}


def sends(*events: dict[str, Any]) -> Any:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        for event in events:
            await send(event)

    return app


def length(size: int) -> tuple[bytes, bytes]:
    return (b"content-length", b"%d" % size)


def fetch(run: Any, app: Any, raw: bytes = GET, **options: Any) -> Answers:
    """All that one request brings, until the server closes."""

    async def talk(dialogue: Dialogue) -> Answers:
        await dialogue.say(raw)
        return await dialogue.hear_all()

    answers: Answers = run(with_server(app, talk, **options))
    return answers


# Zero copies.


@LOOPS
@pytest.mark.parametrize("parser", ["httptools", "h11"])
def test_a_path_is_sent_by_the_kernel(run: Any, parser: str, file: Path, seen: Seen) -> None:
    answers = fetch(run, sends(start(length(len(BIG))), pathsend(file)), http=parser)
    assert answers.bodies == [BIG]
    assert sum(seen.by_kernel) == len(BIG)
    assert seen.written < 500, "the head, and not a byte of the file"


@LOOPS
def test_a_length_that_was_not_declared_is_the_files(run: Any, file: Path) -> None:
    answers = fetch(run, sends(start(), pathsend(file)))
    assert answers.heads[0]["content-length"] == str(len(BIG))
    assert answers.bodies == [BIG]


@LOOPS
def test_a_small_file_goes_with_the_head_in_one_write(run: Any, tmp_path: Path, seen: Seen) -> None:
    (tmp_path / "small").write_bytes(b"duck")
    answers = fetch(run, sends(start(), pathsend(tmp_path / "small")))
    assert answers.bodies == [b"duck"]
    assert not seen.by_kernel


@LOOPS
def test_an_empty_file_is_an_empty_body(run: Any, tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    answers = fetch(run, sends(start(), pathsend(tmp_path / "empty")))
    assert answers.heads[0]["content-length"] == "0"
    assert answers.bodies == [b""]


@LOOPS
def test_parts_of_files_and_bytes_may_be_mixed(run: Any, file: Path, seen: Seen) -> None:
    with file.open("rb") as source:
        app = sends(
            start(),
            body(b"before ", True),
            zerocopy(source, True, offset=5, count=100_000),
            body(b" between ", True),
            zerocopy(source, offset=200_000),
        )
        answers = fetch(run, app)
        assert not source.closed
    assert answers.heads[0]["transfer-encoding"] == "chunked"
    assert answers.bodies == [b"before " + BIG[5:100_005] + b" between " + BIG[200_000:]]
    assert sum(seen.by_kernel) == 100_000 + len(BIG) - 200_000
    assert b"\r\n186a0\r\n" in answers.raw, "a part is a chunk"


@LOOPS
def test_a_file_may_stand_before_everything_else(run: Any, file: Path) -> None:
    with file.open("rb") as source:
        answers = fetch(run, sends(start(), zerocopy(source, True), body(b"behind")))
    assert answers.bodies == [BIG + b"behind"]


@LOOPS
def test_a_descriptor_is_read_from_where_it_stands(run: Any, file: Path) -> None:
    number = os.open(file, os.O_RDONLY)
    os.lseek(number, 1000, os.SEEK_SET)
    try:
        answers = fetch(run, sends(start(), zerocopy(number, True, count=50_000), zerocopy(number)))
        assert os.lseek(number, 0, os.SEEK_CUR) == len(BIG)
    finally:
        os.close(number)
    assert answers.bodies == [BIG[1000:]]


def test_a_buffered_file_is_read_from_where_its_reader_is(file: Path) -> None:
    with file.open("rb") as source:
        source.read(10)  # the descriptor stands 8 KiB further, or more
        answers = fetch(asyncio.run, sends(start(), zerocopy(source, True, count=20_000), zerocopy(source)))
    assert answers.bodies == [BIG[10:]]


def test_what_was_written_a_moment_ago_is_sent(seen: Seen) -> None:
    with tempfile.TemporaryFile() as source:
        source.write(b"x" * 100_000)
        source.flush()
        source.write(b"!")
        answers = fetch(asyncio.run, sends(start(), zerocopy(source, offset=0)))
    assert answers.bodies == [b"x" * 100_000 + b"!"]


def test_count_and_offset_end_where_the_file_does(file: Path) -> None:
    with file.open("rb") as source:
        answers = fetch(asyncio.run, sends(start(), zerocopy(source, offset=len(BIG) - 3, count=100)))
        assert answers.bodies == [BIG[-3:]]
        assert answers.heads[0]["content-length"] == "3"
        answers = fetch(asyncio.run, sends(start(), zerocopy(source, offset=len(BIG) + 3)))
        assert answers.bodies == [b""]


@LOOPS
def test_the_next_request_follows_on_the_same_connection(run: Any, file: Path) -> None:
    answers = fetch(run, sends(start(), pathsend(file)), GET + HEAD.replace(b"HEAD", b"GET") + GET)
    assert answers.bodies == [BIG, BIG, BIG]


@LOOPS
def test_http_1_0_ends_an_unknown_length_with_the_connection(run: Any, file: Path) -> None:
    with file.open("rb") as source:
        answers = fetch(run, sends(start(), zerocopy(source, True, offset=0), body(b"!")), GET_10)
    assert "transfer-encoding" not in answers.heads[0]
    assert answers.bodies == [BIG + b"!"]


@pytest.mark.parametrize("declared", [True, False])
def test_head_gets_the_length_and_no_body(declared: bool, file: Path, seen: Seen) -> None:
    headers = [length(len(BIG))] if declared else []
    answers = exchange_bytes(
        sends(start(*headers), pathsend(file)), [HEAD.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")]
    )
    head, _, rest = answers.raw.partition(b"\r\n\r\n")
    assert b"content-length: %d" % len(BIG) in head
    assert rest == b""
    assert not seen.by_kernel


@pytest.mark.parametrize("status", [204, 304])
def test_a_status_without_content_sends_none(status: int, file: Path, seen: Seen) -> None:
    answers = exchange_bytes(sends(start(status=status), pathsend(file)), [GET])
    assert answers.raw.startswith(b"HTTP/1.1 %d " % status)
    assert answers.raw.count(b"HTTP/1.1 ") == 2, "the next response follows at once"
    assert not seen.by_kernel


@LOOPS
def test_others_get_their_turn_meanwhile(run: Any, tmp_path: Path) -> None:
    """A client that reads as fast as the kernel writes must not have the loop for itself."""
    with (tmp_path / "sparse").open("wb") as sparse:
        sparse.truncate(64 << 20)
    turns = 0

    async def app(scope: Any, receive: Any, send: Any) -> None:
        nonlocal turns
        ended = False

        async def count() -> None:
            nonlocal turns
            while not ended:
                turns += 1
                await asyncio.sleep(0)

        counting = asyncio.create_task(count())
        await send(start())
        await send(pathsend(tmp_path / "sparse"))
        ended = True
        await counting

    assert len(fetch(run, app).bodies[0]) == 64 << 20
    assert turns > 64


# Where the kernel cannot.


@LOOPS
@pytest.mark.parametrize("refused_after", [0, 1])
def test_what_the_kernel_refuses_is_read(
    run: Any, refused_after: int, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sendfile = os.sendfile
    calls: list[int] = []

    def refuse(*args: Any) -> int:
        calls.append(1)
        if len(calls) > refused_after:
            raise OSError(22, "Invalid argument")
        return sendfile(*args)

    monkeypatch.setattr(os, "sendfile", refuse)
    answers = fetch(run, sends(start(length(len(BIG))), pathsend(file)))
    assert answers.bodies == [BIG]
    assert len(calls) == refused_after + 1


@LOOPS
@pytest.mark.parametrize("count", [None, 5])
def test_a_pipe_is_read_as_it_comes(run: Any, count: int | None) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        outlet, inlet = os.pipe()

        async def pour() -> None:
            for data in (b"one ", b"two ", b"three"):
                os.write(inlet, data)
                await asyncio.sleep(0.01)
            os.close(inlet)

        pouring = asyncio.create_task(pour())
        await send(start())
        await send(zerocopy(outlet, count=count))
        await pouring
        os.close(outlet)

    answers = fetch(run, app)
    assert answers.bodies == [b"one two three"[:count]]


@LOOPS
def test_a_device_is_read_to_the_count(run: Any) -> None:
    with open("/dev/zero", "rb") as zero:
        assert fetch(run, sends(start(), zerocopy(zero, count=300_000))).bodies == [b"\0" * 300_000]


@LOOPS
def test_who_waits_for_a_pipe_hears_of_a_client_that_leaves(run: Any) -> None:
    heard: list[type] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        outlet, inlet = os.pipe()
        try:
            await send(start())
            await send(body(b"begun", True))
            await send(zerocopy(outlet))
        except OSError as error:
            heard.append(type(error))
            raise
        finally:
            os.close(outlet)
            os.close(inlet)

    run(with_server(app, leaves_in_the_middle))
    assert heard == [ClientDisconnected]


@LOOPS
def test_https_sends_files_too(run: Any, file: Path, tmp_path: Path, seen: Seen) -> None:
    authority = trustme.CA()
    authority.issue_cert("localhost").private_key_and_cert_chain_pem.write_to_path(str(tmp_path / "key_and_cert.pem"))
    trust = ssl.create_default_context()
    authority.configure_trust(trust)
    told: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        told.append(scope["extensions"]["tls"]["tls_version"])
        await send(start())
        await send(pathsend(file))

    async def talk(dialogue: Dialogue) -> Answers:
        address = dialogue.writer.get_extra_info("peername")
        reader, writer = await asyncio.open_connection(*address, ssl=trust, server_hostname="localhost")
        writer.write(GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
        answers = Answers(await reader.read(), True)
        writer.close()
        return answers

    answers = run(with_server(app, talk, ssl_certfile=tmp_path / "key_and_cert.pem"))
    assert answers.bodies == [BIG]
    assert not seen.by_kernel, "what the kernel sends is not encrypted"
    assert told == [0x0304]


# What is wrong is said before anything is sent.

WRONG: dict[str, tuple[Any, str]] = {
    "relative": (lambda tmp: pathsend("duck"), "absolute path"),
    "bytes": (lambda tmp: pathsend(b"/etc/passwd"), "absolute path"),
    "missing": (lambda tmp: pathsend(tmp / "nothing"), "cannot be opened: No such file or directory"),
    "directory": (lambda tmp: pathsend(tmp), "is a directory"),
    "pipe": (lambda tmp: pathsend(fifo(tmp)), "is no regular file"),
    "nul": (lambda tmp: pathsend("/a\0b"), "embedded null"),
    "no file": (lambda tmp: zerocopy(None), "must be an open file with a descriptor, not NoneType"),
    "no descriptor": (lambda tmp: zerocopy(io.BytesIO(b"duck")), "must be an open file with a descriptor, not BytesIO"),
    "closed file": (lambda tmp: zerocopy(closed(tmp)), "must be an open file with a descriptor"),
    "closed descriptor": (lambda tmp: zerocopy(99999), "Bad file descriptor"),
    "text file": (lambda tmp: zerocopy(sys.__stdout__), "opened in binary mode"),
    "negative offset": (lambda tmp: zerocopy(0, offset=-1), "the offset"),
    "count is text": (lambda tmp: zerocopy(0, count="1"), "the count"),
    "offset of a device": (lambda tmp: zerocopy(os.open(os.devnull, os.O_RDONLY), offset=1), "takes no offset"),
}


def fifo(folder: Path) -> Path:
    os.mkfifo(folder / "fifo")
    return folder / "fifo"


def closed(folder: Path) -> Any:
    with (folder / "text").open("rb") as file:
        return file


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_file_is_a_500_and_the_connection_lives_on(
    name: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "text").write_text("text")
    event, sentence = WRONG[name]
    answers = exchange_bytes(sends(start(), event(tmp_path)), [GET])
    assert answers.statuses == [500]
    assert not answers.closed
    assert sentence in caplog.text
    assert "LocalFault" in caplog.text


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read(file: Path, caplog: pytest.LogCaptureFixture) -> None:
    file.chmod(0)
    assert exchange_bytes(sends(start(), pathsend(file)), [GET]).statuses == [500]
    assert "Permission denied" in caplog.text


@pytest.mark.parametrize("off", [-1, 1])
def test_a_length_that_is_not_the_files_is_found_before_anything_is_sent(
    off: int, file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    answers = exchange_bytes(sends(start(length(len(BIG) + off)), pathsend(file)), [GET])
    assert answers.statuses == [500]
    assert not answers.closed
    assert ("longer" if off < 0 else "shorter") in caplog.text


def test_an_application_may_answer_otherwise_when_a_file_is_missing(tmp_path: Path) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send(start(status=404))
        with pytest.raises(LocalFault):
            await send(pathsend(tmp_path / "nothing"))
        await send(body(b"there is no such file"))

    answers = exchange_bytes(app, [GET])
    assert answers.statuses == [404]
    assert answers.bodies == [b"there is no such file"]


@pytest.mark.parametrize(
    "events",
    [[body(b"x", True), "file"], ["file", "file"], ["file", body(b"x")]],
    ids=["behind a body", "twice", "before a body"],
)
def test_a_path_stands_for_the_whole_body(events: list[Any], file: Path, caplog: pytest.LogCaptureFixture) -> None:
    app = sends(start(), *(pathsend(file) if event == "file" else event for event in events))

    async def talk(dialogue: Dialogue) -> bytes:
        await dialogue.say(GET)
        return await dialogue.hear(lambda heard: heard.endswith((b"\r\nx\r\n", BIG[-10:])))

    assert asyncio.run(with_server(app, talk)).startswith(b"HTTP/1.1 200 ")
    assert "pathsend was sent after another part" in caplog.text or "after the response was complete" in caplog.text


@LOOPS
def test_parts_that_are_longer_than_the_length_are_cut_before_the_client_sees_too_much(
    run: Any, file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with file.open("rb") as source:
        answers = fetch(
            run, sends(start(length(100_000)), zerocopy(source, True, count=60_000), zerocopy(source, count=60_000))
        )
    assert answers.bodies == [BIG[:60_000]]
    assert "longer than its content-length" in caplog.text


# While it is on its way.


@LOOPS
def test_what_else_is_sent_waits_for_the_file(run: Any, file: Path) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send(start())
        with file.open("rb") as source:
            sending = asyncio.create_task(send(zerocopy(source, True)))
            await asyncio.sleep(0)
            await send(body(b"behind", True))
            assert sending.done()
            await sending
        await send(body(b"!"))

    assert fetch(run, app).bodies == [BIG + b"behind!"]


@LOOPS
def test_a_file_that_grows_is_sent_as_long_as_it_was(run: Any, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sendfile = os.sendfile

    def grow(*args: Any) -> int:
        with file.open("ab") as log:
            log.write(b"more")
        return sendfile(*args)

    monkeypatch.setattr(os, "sendfile", grow)
    assert fetch(run, sends(start(), pathsend(file))).bodies == [BIG]


@LOOPS
def test_a_file_that_gets_shorter_cuts_the_connection(
    run: Any, file: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    sendfile = os.sendfile

    def shrink(*args: Any) -> int:
        os.truncate(file, 600_000)
        return sendfile(*args)

    monkeypatch.setattr(os, "sendfile", shrink)

    async def talk(dialogue: Dialogue) -> bytes:
        await dialogue.say(GET)
        try:
            return await dialogue.hear(lambda _: False)
        except ConnectionError:
            return b""

    heard = run(with_server(sends(start(), pathsend(file)), talk))
    assert len(heard) < 601_000
    assert f"a file ended {len(BIG) - 600_000} bytes before the size" in caplog.text


async def leaves_in_the_middle(dialogue: Dialogue) -> None:
    dialogue.writer.transport.pause_reading()
    await dialogue.say(GET)
    await asyncio.sleep(0.05)
    dialogue.writer.transport.abort()
    await until_nothing_runs(dialogue)


async def until_nothing_runs(dialogue: Dialogue) -> None:
    async with asyncio.timeout(5):
        while dialogue.service.running:
            await asyncio.sleep(0.001)


async def until_it_waits(seen: Seen) -> None:
    """The client's buffers and ours are full."""
    async with asyncio.timeout(5):
        while not seen.watched:
            await asyncio.sleep(0.001)


@pytest.fixture
def endless(tmp_path: Path) -> Path:
    """More than all the buffers between the two ends take."""
    with (tmp_path / "endless").open("wb") as sparse:
        sparse.truncate(256 << 20)
    return tmp_path / "endless"


def tells(heard: list[Any], *events: dict[str, Any]) -> Any:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        try:
            for event in events:
                await send(event)
        except BaseException as error:
            heard.append(type(error))
            raise
        finally:
            heard.append((await receive())["type"])

    return app


@LOOPS
def test_a_client_that_leaves_in_the_middle(
    run: Any, endless: Path, seen: Seen, caplog: pytest.LogCaptureFixture
) -> None:
    heard: list[Any] = []

    async def talk(dialogue: Dialogue) -> None:
        dialogue.writer.transport.pause_reading()
        await dialogue.say(GET)
        await until_it_waits(seen)
        dialogue.writer.transport.abort()
        await until_nothing_runs(dialogue)

    run(with_server(tells(heard, start(), pathsend(endless)), talk))
    assert heard == [ClientDisconnected, "http.disconnect"]
    assert not caplog.records, "a client that leaves is nobody's error"


@LOOPS
def test_a_client_that_takes_nothing_is_cut_off(run: Any, endless: Path, seen: Seen) -> None:
    heard: list[Any] = []

    async def talk(dialogue: Dialogue) -> None:
        dialogue.writer.transport.pause_reading()
        await dialogue.say(GET)
        await until_it_waits(seen)
        await until_nothing_runs(dialogue)

    run(with_server(tells(heard, start(), pathsend(endless)), talk, timeout_write=0.05))
    assert heard == [ClientDisconnected, "http.disconnect"]


@LOOPS
def test_an_application_that_is_cancelled_in_the_middle(run: Any, endless: Path, seen: Seen) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send(start())
        sending = asyncio.create_task(send(pathsend(endless)))
        await until_it_waits(seen)
        sending.cancel()
        await sending

    async def talk(dialogue: Dialogue) -> None:
        dialogue.writer.transport.pause_reading()
        await dialogue.say(GET)
        await until_it_waits(seen)
        await until_nothing_runs(dialogue)
        dialogue.writer.transport.resume_reading()
        assert len(await dialogue.hear(lambda _: False)) < 256 << 20
        assert not [task for task in asyncio.all_tasks() if task.get_name() == "webfoot request"]

    run(with_server(app, talk))
    assert seen.watched


@LOOPS
def test_a_server_that_stops_in_the_middle(run: Any, endless: Path, seen: Seen) -> None:
    heard: list[Any] = []

    async def talk(dialogue: Dialogue) -> None:
        dialogue.writer.transport.pause_reading()
        await dialogue.say(GET)
        await asyncio.sleep(0.05)
        assert await dialogue.connections.drain(0.05, lambda _: None)
        assert not dialogue.service.running

    run(with_server(tells(heard, start(), pathsend(endless)), talk))
    assert heard[0] is ClientDisconnected


@LOOPS
def test_a_client_that_closes_its_side_gets_the_whole_file(run: Any, file: Path) -> None:
    async def talk(dialogue: Dialogue) -> Answers:
        dialogue.writer.transport.pause_reading()
        await dialogue.say(GET)
        dialogue.writer.write_eof()
        await asyncio.sleep(0.05)
        dialogue.writer.transport.resume_reading()
        return Answers(await dialogue.hear(lambda _: False), True)

    assert run(with_server(sends(start(), pathsend(file)), talk)).bodies == [BIG]


@LOOPS
def test_a_faulty_request_body_cuts_the_file(run: Any, endless: Path, caplog: pytest.LogCaptureFixture) -> None:
    heard: list[Any] = []
    caplog.set_level(logging.INFO)

    async def talk(dialogue: Dialogue) -> None:
        dialogue.writer.transport.pause_reading()
        await dialogue.say(b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
        await asyncio.sleep(0.05)
        await dialogue.say(b"zz\r\n")
        await until_nothing_runs(dialogue)

    run(with_server(tells(heard, start(), pathsend(endless)), talk))
    assert heard == [ClientDisconnected, "http.disconnect"]
    assert "a chunk does not begin with its size" in caplog.text


def test_nothing_stays_open(file: Path) -> None:
    app = sends(start(), pathsend(file))
    fetch(asyncio.run, app)
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(5):
        fetch(asyncio.run, app)
        fetch(asyncio.run, sends(start(length(1)), pathsend(file)))
    assert len(os.listdir("/proc/self/fd")) <= before


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="needs Linux's account of memory")
def test_a_large_file_takes_no_memory(tmp_path: Path, seen: Seen) -> None:
    size = 256 << 20
    with (tmp_path / "sparse").open("wb") as sparse:
        sparse.truncate(size)

    def peak() -> int:
        status = Path("/proc/self/status").read_text()
        return int(status.partition("VmHWM:")[2].split()[0]) * 1024

    def read_all(address: Any) -> int:
        received, room = 0, bytearray(1 << 20)
        with socket.create_connection(address) as client:
            client.sendall(GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
            while count := client.recv_into(room):
                received += count
        return received

    async def talk(dialogue: Dialogue) -> int:
        address = dialogue.writer.get_extra_info("peername")
        return await asyncio.to_thread(read_all, address)

    Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
    before = peak()
    assert uvloop.run(with_server(sends(start(), pathsend(tmp_path / "sparse")), talk)) > size
    assert sum(seen.by_kernel) == size
    assert seen.written < 500
    assert peak() - before < 16 << 20
