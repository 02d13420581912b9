"""A file that is open to be sent: what it is, and its bytes without blocking the event loop.

Linux can be asked for what is in its page cache and nothing else (preadv2 with RWF_NOWAIT), which is nearly always
all there is to read: no hop into a thread then. Where it does not know (other systems, network and overlay file
systems), or has to fetch the bytes first, a thread waits for them.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from stat import S_ISREG
from typing import Final

from webfoot.web.threads import run_in_threadpool

_CACHED_ONLY: Final[int] = getattr(os, "RWF_NOWAIT", 0) if hasattr(os, "preadv") else 0
_TURN: Final = 512 * 1024
# Without O_NONBLOCK, opening a pipe would wait for its other end.
_FLAGS: Final = os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


class NoSuchFile(RuntimeError):
    """There is no file at a path, or what is there is none. Said before anything is sent."""


def file_stat(path: str | os.PathLike[str]) -> os.stat_result:
    """Raises NoSuchFile."""
    try:
        return _checked(path, os.stat(path))
    except FileNotFoundError:
        raise _missing(path) from None


class OpenFile:
    """A regular file, opened. `stat` is of what was opened, whatever is at the path by now.

    To be made in a thread. `ahead`: so many bytes are read at once, which for a small file are all. Raises NoSuchFile.
    """

    __slots__ = ("_ahead", "_at_once", "_buffer", "_cached_only", "_fd", "_left_to_thread", "stat")

    def __init__(self, path: str | os.PathLike[str], ahead: int = 0) -> None:
        self._fd = -1
        self._cached_only = _CACHED_ONLY
        self._buffer = bytearray()
        self._at_once = 0
        self._left_to_thread = False
        try:
            self._fd = os.open(path, _FLAGS)
            self.stat = _checked(path, os.fstat(self._fd))
            self._ahead = self._read(0, ahead) if ahead else b""
        except FileNotFoundError:
            raise _missing(path) from None
        except BaseException:
            self.close()
            raise

    def fileno(self) -> int:
        return self._fd

    async def read(self, offset: int, size: int) -> bytes:
        """At least one byte, and at most `size`, from `offset` on. RuntimeError when the file ends before."""
        if offset == 0 and self._ahead:
            ahead, self._ahead = self._ahead[:size], b""
            return ahead
        if self._cached_only and (data := self._read_cached(offset, size)):
            self._at_once += len(data)
            if self._at_once >= _TURN:  # a fast client would let nobody else have a turn
                self._at_once = 0
                await asyncio.sleep(0)
            return data
        try:
            data = await run_in_threadpool(self._read, offset, size)
        except asyncio.CancelledError:
            self._left_to_thread = True  # it may be reading still, and closes the file when it lets go of it
            raise
        if not data:
            raise RuntimeError(
                f"a file became shorter while it was sent: it had {self.stat.st_size} bytes, now {offset}"
            )
        return data

    def _read_cached(self, offset: int, size: int) -> bytes | None:
        if len(self._buffer) != size:
            self._buffer = bytearray(size)
        try:
            count = os.preadv(self._fd, [self._buffer], offset, self._cached_only)
        except BlockingIOError:
            return None
        except OSError:  # this file system does not know the flag
            self._cached_only = 0
            return None
        return bytes(self._buffer) if count == size else bytes(memoryview(self._buffer)[:count])

    def _read(self, offset: int, size: int) -> bytes:
        if hasattr(os, "pread"):
            return os.pread(self._fd, size, offset)
        os.lseek(self._fd, offset, os.SEEK_SET)
        return os.read(self._fd, size)

    def close(self) -> None:
        if self._fd >= 0 and not self._left_to_thread:
            os.close(self._fd)
            self._fd = -1

    def __del__(self) -> None:
        self._left_to_thread = False
        self.close()


async def read_pieces(path: str | os.PathLike[str], size: int = 64 * 1024) -> AsyncIterator[bytes]:
    """A file from its beginning to its end. Raises NoSuchFile."""
    file = await run_in_threadpool(OpenFile, path, size)
    offset = 0
    try:
        while offset < file.stat.st_size:
            piece = await file.read(offset, min(size, file.stat.st_size - offset))
            offset += len(piece)
            yield piece
    finally:
        file.close()


def _checked(path: str | os.PathLike[str], found: os.stat_result) -> os.stat_result:
    if not S_ISREG(found.st_mode):
        raise NoSuchFile(f"File at path {os.fspath(path)} is not a file.")
    return found


def _missing(path: str | os.PathLike[str]) -> NoSuchFile:
    return NoSuchFile(f"File at path {os.fspath(path)} does not exist.")
