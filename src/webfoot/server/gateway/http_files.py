"""Files as parts of a response: what http.response.pathsend and http.response.zerocopysend name (ASGI "Extensions").

A `FilePart` is a piece of a file with its size known, so that it can be promised to the client before it is read. What
has no size (a pipe, a socket, a device) is an `EndlessPart` and read as it comes.
"""

from __future__ import annotations

import asyncio
import io
import os
import stat
from typing import Any, Final

from webfoot.asgi.types import Message
from webfoot.server.protocol.errors import LocalFault

_SMALL: Final = 16 * 1024
"""Up to this size a file is read, and goes out with the head in one write; two writes would cost more."""

_READ: Final = 64 * 1024
"""Bytes that are read at a time from what has no size."""


class FilePart:
    """`count` bytes of a regular file, from `offset` on.

    file: the descriptor. `_owned`: we opened it, and close it. `_source`: the application's file whose position is to
    stand behind the part once it is sent, because it was to be read from its position.
    """

    __slots__ = ("_owned", "_source", "count", "file", "offset")

    def __init__(self, file: int, offset: int, count: int, *, owned: bool = False, source: Any = None) -> None:
        self.file = file
        self.offset = offset
        self.count = count
        self._owned = owned
        self._source = source

    def read_small(self) -> bytes | None:
        """The contents, if they are few enough to be sent like any other part of a body."""
        if self.count > _SMALL:
            return None
        try:
            data = os.pread(self.file, self.count, self.offset)
        except OSError as error:
            raise _unreadable(error) from None
        if len(data) < self.count:
            raise _fault("file", "the file ended before the size that it had a moment ago")
        return data

    def advance(self) -> None:
        """It was sent."""
        if self._source is not None:
            _seek(self._source, self.offset + self.count)

    def close(self) -> None:
        if self._owned:
            os.close(self.file)


class EndlessPart:
    """What comes out of a descriptor that is no regular file: `count` bytes, or all until its end."""

    __slots__ = ("count", "file")

    def __init__(self, file: int, count: int | None) -> None:
        self.file = file
        self.count = count

    async def read(self, loop: asyncio.AbstractEventLoop, news: asyncio.Event) -> bytes | None:
        """What is there next, b"" at the end; None if `news` came first."""
        if self.count == 0:
            return b""
        if not await _readable(loop, self.file, news):
            return None
        try:
            data = os.read(self.file, _READ if self.count is None else min(self.count, _READ))
        except OSError as error:
            raise _unreadable(error) from None
        if self.count is not None:
            self.count -= len(data)
        return data

    def advance(self) -> None:
        """Reading has done it."""

    def close(self) -> None:
        """It is the application's."""


def open_path(path: object) -> FilePart:
    """The file that http.response.pathsend names, opened. Raises LocalFault with what is wrong with it."""
    if not isinstance(path, str) or not os.path.isabs(path):
        raise _fault("path", f"http.response.pathsend needs the absolute path of a file as a str, not {path!r:.200}")
    try:
        # Without O_NONBLOCK a pipe that has no writer would stop the whole server here.
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC | getattr(os, "O_NONBLOCK", 0))
    except (OSError, ValueError) as error:
        raise _fault("path", f"the file of http.response.pathsend cannot be opened: {_why(error)}: {path!r}") from None
    found = os.fstat(file)
    if not stat.S_ISREG(found.st_mode):
        os.close(file)
        kind = "a directory" if stat.S_ISDIR(found.st_mode) else "no regular file"
        raise _fault("path", f"the path of http.response.pathsend is {kind}: {path!r}")
    return FilePart(file, 0, found.st_size, owned=True)


def part_of(message: Message) -> FilePart | EndlessPart:
    """What http.response.zerocopysend names. Raises LocalFault."""
    source: Any = message.get("file")
    offset, count = message.get("offset"), message.get("count")
    for name, number in (("offset", offset), ("count", count)):
        if number is not None and (not isinstance(number, int) or isinstance(number, bool) or number < 0):
            raise _fault("range", f"the {name} of http.response.zerocopysend must be an int from 0, not {number!r:.60}")
    file = _descriptor_of(source)
    try:
        if hasattr(source, "flush"):
            source.flush()  # what was written before is to be sent, too
        found = os.fstat(file)
        if not stat.S_ISREG(found.st_mode):
            if offset is not None:
                raise _fault("range", "the file of http.response.zerocopysend is no regular file: it takes no offset")
            return EndlessPart(file, count)
        position = _position(source, file) if offset is None else offset
    except (OSError, ValueError, AttributeError) as error:
        raise _fault("file", f"the file of http.response.zerocopysend cannot be read: {_why(error)}") from None
    rest = max(0, found.st_size - position)
    return FilePart(
        file, position, rest if count is None else min(count, rest), source=source if offset is None else None
    )


def _descriptor_of(source: Any) -> int:
    if isinstance(source, int) and not isinstance(source, bool) and source >= 0:
        return source
    if isinstance(source, io.TextIOBase):
        raise _fault("file", "the file of http.response.zerocopysend must be opened in binary mode")
    try:
        file: int = source.fileno()
    except (AttributeError, OSError, ValueError):
        kind = type(source).__name__
        reason = f"the file of http.response.zerocopysend must be an open file with a descriptor, not {kind}"
        raise _fault("file", reason) from None
    return file


def _position(source: Any, file: int) -> int:
    """A buffered reader is not where its descriptor is."""
    position: int = source.tell() if hasattr(source, "tell") else os.lseek(file, 0, os.SEEK_CUR)
    return position


def _seek(source: Any, position: int) -> None:
    try:
        if hasattr(source, "seek"):
            source.seek(position)
        else:
            os.lseek(_descriptor_of(source), position, os.SEEK_SET)
    except (OSError, ValueError, LocalFault):
        pass  # the application has closed it meanwhile, as it may: all is sent


async def _readable(loop: asyncio.AbstractEventLoop, file: int, news: asyncio.Event) -> bool:
    """Wait until reading would not wait: at once for what cannot be watched, because it never does. False if `news`
    came first. A duplicate is watched: the application's descriptor may be one that the loop uses already."""
    news.clear()
    try:
        watched = os.dup(file)
    except OSError as error:
        raise _unreadable(error) from None
    first: asyncio.Future[bool] = loop.create_future()
    try:
        loop.add_reader(watched, _settle, first, True)
    except (PermissionError, ValueError):
        os.close(watched)
        return True
    hearing = loop.create_task(news.wait())
    hearing.add_done_callback(lambda _: _settle(first, False))
    try:
        return await first
    finally:
        hearing.cancel()
        loop.remove_reader(watched)
        os.close(watched)


def _settle(first: asyncio.Future[bool], answer: bool) -> None:
    if not first.done():
        first.set_result(answer)


def _why(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)


def _unreadable(error: OSError) -> LocalFault:
    return _fault("file", f"the file cannot be read: {_why(error)}")


def _fault(rule: str, reason: str) -> LocalFault:
    return LocalFault(rule, "ASGI 'Extensions'", reason)
