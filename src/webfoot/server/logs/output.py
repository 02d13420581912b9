"""Where lines go: a stream of the process that may be full, slow or closed, and must hold nobody up.

A pipe that nobody empties, or a terminal after Ctrl-S, blocks whoever writes to it. We must not make the stream itself
non-blocking: it belongs to the shell and to other processes as well. So the pipe or terminal is opened once more, for
us alone (proc(5), /proc/self/fd); a socket can be told so for each call; a file does not block. What cannot be opened
again, because the process has given up its rights, is asked before (poll(2)).
"""

from __future__ import annotations

import asyncio
import errno
import os
import select
import socket
import stat
from collections.abc import Callable
from contextlib import suppress
from threading import Lock
from time import monotonic, sleep
from typing import Final, TextIO

WHOLE: Final = 4096
"""Bytes that a pipe takes whole or not at all, so that lines of several processes never mix (pipe(7), PIPE_BUF)."""

MOST_HELD: Final = 1 << 20
"""Bytes kept for a reader that does not keep up; then lines are lost, and counted."""

_AGAIN: Final = 0.05  # seconds until the next try while nothing else is logged


class Output:
    """Writes lines to `stream` at once, or keeps them until it takes them.

    `tell_lost`: makes the line that says how many lines were lost, and why. `_kept`: lines of this turn of a loop, to
    be written together; `_held`: bytes that the stream does not take yet.
    """

    def __init__(self, stream: TextIO, tell_lost: Callable[[int, str], str]) -> None:
        self._stream = stream
        self._tell_lost = tell_lost
        self._send = _sender(stream)
        self._lock = Lock()
        self._kept: list[str] = []
        self._held = bytearray()
        self._lost = 0
        self._why = ""
        self._timer: asyncio.TimerHandle | None = None

    def keep(self, line: str) -> bool:
        """Have `line` written with the next ones. True if it is the first: then `write_kept` must be called soon."""
        self._kept.append(line)
        return len(self._kept) == 1

    @property
    def has_kept(self) -> bool:
        return bool(self._kept)

    def write_kept(self) -> None:
        if self._kept:
            self.write("")

    def write(self, lines: str) -> None:
        """`lines`: each with its line end. Never blocks, never raises; from any thread."""
        if self._kept:
            kept, self._kept = self._kept, []
            lines = "".join(kept) + lines
        if self._send is None:
            self._write_to_stream(lines)
            return
        data = lines.encode("utf-8", "backslashreplace")
        with self._lock:
            if self._held or self._lost or len(data) > WHOLE:
                self._hold(data)
            elif (sent := self._send_part(data)) < len(data):
                self._hold(data[sent:])

    def _hold(self, data: bytes) -> None:
        if self._lost and not self._held:
            self._excuse()
        if len(self._held) + len(data) > MOST_HELD:
            self._lose(data, _FULL)
        else:
            self._held += data
        self._empty()
        if self._held:
            self._try_again_soon()

    def drain(self, seconds: float) -> None:
        """Wait until everything is written, for so long at most."""
        self.write_kept()
        end = monotonic() + seconds
        while True:
            with self._lock:
                self._empty()
            if not self._held or monotonic() >= end:
                return
            sleep(0.01)

    def _empty(self) -> None:
        held = self._held
        while held:
            size = len(held) if len(held) <= WHOLE else held.rfind(b"\n", 0, WHOLE) + 1 or held.find(b"\n") + 1
            lost = self._lost
            sent = self._send_part(bytes(held[:size]))
            if not sent:
                return
            del held[:sent]
            if self._lost > lost:  # so is the rest
                self._lose(bytes(held), self._why)
                held.clear()
        if self._lost and self._send is not None:
            self._excuse()

    def _send_part(self, data: bytes) -> int:
        """How much of `data` is done with: sent, or lost."""
        assert self._send is not None
        try:
            return self._send(data)
        except (BlockingIOError, InterruptedError):
            return 0
        except OSError as error:  # closed by its reader, or the disk is full
            self._lose(data, error.strerror or str(error))
            return len(data)

    def _lose(self, data: bytes, why: str) -> None:
        self._lost += data.count(b"\n")
        self._why = why

    def _excuse(self) -> None:
        """Tell of the lines that were lost, if the stream takes that."""
        assert self._send is not None
        with suppress(OSError):
            if self._send(self._tell_lost(self._lost, self._why).encode()):
                self._lost = 0

    def _try_again_soon(self) -> None:
        if self._timer is not None:
            return
        try:
            self._timer = asyncio.get_running_loop().call_later(_AGAIN, self._try_again)
        except RuntimeError:
            pass  # no loop runs in this thread: the next line tries

    def _try_again(self) -> None:
        self._timer = None
        with self._lock:
            self._empty()
            if self._held:
                self._try_again_soon()

    def _write_to_stream(self, lines: str) -> None:
        """What has no descriptor blocks nobody: a StringIO, a window of an editor."""
        try:
            self._stream.write(lines)
            self._stream.flush()
        except (OSError, ValueError):  # ValueError: it is closed
            pass


_FULL: Final = "their reader did not keep up"


def is_same_file(one: TextIO, other: TextIO) -> bool:
    """Whether both lead to one file, pipe or terminal, as with `2>&1`."""
    try:
        return os.path.samestat(os.fstat(one.fileno()), os.fstat(other.fileno()))
    except (AttributeError, OSError, ValueError):
        return False


def _sender(stream: TextIO) -> Callable[[bytes], int] | None:
    """What sends bytes and says how many were taken; raises BlockingIOError if none. None without a descriptor."""
    try:
        descriptor = stream.fileno()
    except (AttributeError, OSError, ValueError):
        return None
    try:
        mode = os.fstat(descriptor).st_mode
    except OSError:
        return _refuse  # closed beneath the stream, which would keep the lines, and fail with them when it ends
    if stat.S_ISREG(mode):
        return lambda data: os.write(descriptor, data)
    if stat.S_ISSOCK(mode):
        return _Socket(descriptor).send
    try:
        own = os.open(f"/proc/self/fd/{descriptor}", os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    except OSError:
        return _Asked(descriptor).send
    return _Owned(own).send


def _refuse(_data: bytes) -> int:
    raise OSError(errno.EBADF, os.strerror(errno.EBADF))


class _Socket:
    def __init__(self, descriptor: int) -> None:
        self._socket = socket.socket(fileno=os.dup(descriptor))

    def send(self, data: bytes) -> int:
        return self._socket.send(data, socket.MSG_DONTWAIT)

    def __del__(self) -> None:
        self._socket.close()


class _Owned:
    """A descriptor that we opened, and close."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._close = os.close  # modules may be gone by then

    def send(self, data: bytes) -> int:
        return os.write(self._descriptor, data)

    def __del__(self) -> None:
        self._close(self._descriptor)


class _Asked:
    """A descriptor that is asked before each write whether it takes a line."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._poll = select.poll()
        self._poll.register(descriptor, select.POLLOUT)

    def send(self, data: bytes) -> int:
        if not self._poll.poll(0):
            raise BlockingIOError
        return os.write(self._descriptor, data[:WHOLE])
