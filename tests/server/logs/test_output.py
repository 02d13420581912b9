"""Streams that are full, slow, closed or broken hold nobody up, and lines stay whole and in order."""

from __future__ import annotations

import asyncio
import io
import os
import pty
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

import pytest

from webfoot.server.logs.output import MOST_HELD, WHOLE, Output, is_same_file

LINE = "x" * 99 + "\n"


def tell_lost(count: int, why: str) -> str:
    return f"lost {count}: {why}\n"


@contextmanager
def pipe() -> Iterator[tuple[int, TextIO]]:
    reading, writing = os.pipe()
    stream = os.fdopen(writing, "w")
    os.set_blocking(reading, False)
    try:
        yield reading, stream
    finally:
        os.close(reading)
        stream.close()


def read_all(descriptor: int) -> str:
    data = b""
    try:
        while more := os.read(descriptor, 65536):
            data += more
    except BlockingIOError:
        pass
    return data.decode()


def test_lines_are_there_at_once():
    with pipe() as (reading, stream):
        output = Output(stream, tell_lost)
        output.write("a\n")
        output.write("b\nc\n")
        assert read_all(reading) == "a\nb\nc\n"
        assert os.get_blocking(stream.fileno())  # others write to it, too


def test_what_is_kept_goes_first():
    with pipe() as (reading, stream):
        output = Output(stream, tell_lost)
        assert output.keep("a\n")
        assert not output.keep("b\n")
        assert read_all(reading) == ""
        output.write("c\n")
        assert read_all(reading) == "a\nb\nc\n"
        output.write_kept()
        assert read_all(reading) == ""


def test_a_full_pipe_holds_nobody_up_and_what_is_lost_is_counted():
    with pipe() as (reading, stream):
        output = Output(stream, tell_lost)
        count = 2 * MOST_HELD // len(LINE)
        for number in range(count):
            output.write(f"{number:099}\n")
        lines = []
        while more := read_all(reading):
            lines += more.splitlines()
            output.drain(0)
        *known, last = lines
        assert [int(each) for each in known] == list(range(len(known)))
        assert len(known) * len(LINE) > MOST_HELD
        assert last == f"lost {count - len(known)}: their reader did not keep up"
        output.write("on we go\n")
        assert read_all(reading) == "on we go\n"


def test_a_reader_that_is_back_gets_the_rest_without_another_line():
    async def scene() -> None:
        with pipe() as (reading, stream):
            output = Output(stream, tell_lost)
            for _ in range(1000):
                output.write(LINE)
            heard = ""
            async with asyncio.timeout(20):
                while len(heard) < 1000 * len(LINE):
                    heard += read_all(reading)
                    await asyncio.sleep(0.01)
            assert heard == 1000 * LINE

    asyncio.run(scene())


def test_a_reader_that_has_gone():
    reading, writing = os.pipe()
    with os.fdopen(writing, "w") as stream:
        output = Output(stream, tell_lost)
        os.close(reading)
        for _ in range(10):
            output.write(LINE)
        output.drain(1)


def test_a_disk_that_is_full():
    with open("/dev/full", "w") as stream:
        output = Output(stream, tell_lost)
        for _ in range(3):
            output.write(LINE)
        output.drain(1)


def test_lines_that_were_lost_are_told_of_when_there_is_room_again(monkeypatch):
    with pipe() as (reading, stream):
        output = Output(stream, tell_lost)
        send = output._send

        def is_full(data: bytes) -> int:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(output, "_send", is_full)
        for _ in range(3):
            output.write("a\nb\n")
        monkeypatch.setattr(output, "_send", send)
        output.write("c\n")
        assert read_all(reading) == "lost 6: No space left on device\nc\n"


@pytest.mark.parametrize("how", ["closed stream", "closed descriptor"])
def test_a_closed_one(how):
    reading, writing = os.pipe()
    stream = os.fdopen(writing, "w", closefd=how == "closed stream")
    output = Output(stream, tell_lost)
    if how == "closed stream":
        stream.close()
    else:
        os.close(writing)
    output.write(LINE)
    os.close(reading)
    Output(stream, tell_lost).write(LINE)


def test_a_file(tmp_path):
    with open(tmp_path / "log", "w") as stream:
        output = Output(stream, tell_lost)
        output.write("ä\n" * WHOLE)
        output.write("\ud800\n")
    assert (tmp_path / "log").read_text() == "ä\n" * WHOLE + "\\ud800\n"


def test_a_socket_as_systemd_gives_it():
    ours, theirs = socket.socketpair()
    with ours, theirs, os.fdopen(os.dup(ours.fileno()), "w") as stream:
        output = Output(stream, tell_lost)
        output.write("a\n")
        assert theirs.recv(10) == b"a\n"
        for _ in range(10_000):
            output.write(LINE)
        theirs.setblocking(False)
        heard = b""
        while len(heard) < 10_000 * len(LINE):
            try:
                heard += theirs.recv(1 << 20)
            except BlockingIOError:
                output.drain(0)
                output.write("")
        assert heard == 10_000 * LINE.encode()


def test_a_terminal_that_was_stopped():
    ours, theirs = pty.openpty()
    try:
        with os.fdopen(theirs, "w") as stream:
            output = Output(stream, tell_lost)
            for _ in range(2000):  # nobody reads: it takes some kilobytes
                output.write(LINE)
            assert os.read(ours, 10).startswith(b"xxx")
    finally:
        os.close(ours)


def test_one_that_cannot_be_opened_again_is_asked(monkeypatch):
    def refuse(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    with pipe() as (reading, stream):
        monkeypatch.setattr(os, "open", refuse)
        output = Output(stream, tell_lost)
        for _ in range(2000):
            output.write(LINE)
        heard = ""
        while len(heard) < 2000 * len(LINE):
            heard += read_all(reading)
            output.drain(0)
        assert heard == 2000 * LINE


def test_what_has_no_descriptor():
    stream = io.StringIO()
    output = Output(stream, tell_lost)
    output.write("a\n")
    assert stream.getvalue() == "a\n"
    stream.close()
    output.write("b\n")


def test_from_many_threads():
    with pipe() as (reading, stream):
        output = Output(stream, tell_lost)
        threads = [threading.Thread(target=lambda: [output.write(LINE) for _ in range(100)]) for _ in range(4)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        assert read_all(reading) == 400 * LINE


WRITER = """
import sys, time
from webfoot.server.logs.output import Output
output = Output(sys.stdout, lambda count, why: "")
for _ in range(300):
    output.write("".join(sys.argv[1] * (1 + number % 200) + "\\n" for number in range(100)))
output.drain(20)
"""


def test_lines_of_several_processes_do_not_mix():
    reading, writing = os.pipe()
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, letter], stdout=writing) for letter in "abc"]
    os.close(writing)
    with os.fdopen(reading) as stream:
        for line in stream:
            assert len(set(line)) == 2, line
    assert [each.wait() for each in writers] == [0, 0, 0]


def test_which_streams_are_one(tmp_path):
    with pipe() as (_, stream), open(tmp_path / "log", "w") as file, open(tmp_path / "log", "a") as again:
        assert is_same_file(stream, stream)
        assert is_same_file(file, again)
        assert not is_same_file(stream, file)
        assert not is_same_file(io.StringIO(), io.StringIO())
