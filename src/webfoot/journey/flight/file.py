"""How a worker writes its flight file. What it writes is in the file at once: nothing is flushed, and nobody waits."""

from __future__ import annotations

import errno
import fcntl
import mmap
import os
import weakref
import zlib
from collections import deque
from pathlib import Path
from time import time
from typing import Final

import webfoot
from webfoot.journey.flight import layout

SHARE_OF_ROWS: Final = 4
"""One part in so many of the file is for rows, the others are for journeys."""

LEAST_SIZE: Final = 64 * 1024

_begin = layout.BEGIN.pack_into
_end = layout.END.pack_into
_UNDER_WAY = layout.UNDER_WAY


class FlightFile:
    """The file of this process. A row is told by its place in the file; 0 is the row of a request that got none.

    Texts are bytes here, and are cut to their fields. Raises OSError where the file cannot be made: its memory is
    reserved at once, because a system that has none left would kill a process that writes to it later. kin: see
    `layout.KIN`.
    """

    def __init__(self, directory: Path, size: int, server: int, app: str = "", kin: bytes = b"") -> None:
        now = time()
        worker = os.getpid()
        rows = max(16, size // SHARE_OF_ROWS // layout.ROW_SIZE)
        self._journeys_at = layout.HEADER_SIZE + rows * layout.ROW_SIZE
        self._journeys_size = (size - self._journeys_at) // layout.BLOCK * layout.BLOCK
        size = self._journeys_at + self._journeys_size
        self.path = directory / f"{server}-{worker}-{int(now * 1000)}{layout.SUFFIX}"
        self._descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            if os.pwrite(self._descriptor, bytes(size), 0) < size:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._memory = mmap.mmap(self._descriptor, size)
        except OSError:
            os.close(self._descriptor)
            self.path.unlink(missing_ok=True)
            raise
        self._let_go = weakref.finalize(self, os.close, self._descriptor)
        _open_files.add(self)
        self._free = deque(range(layout.HEADER_SIZE, self._journeys_at, layout.ROW_SIZE))
        self._next = 0
        self.unseen = self.kept = self.left_out = 0
        layout.HEADER.pack_into(
            self._memory,
            0,
            layout.MAGIC,
            layout.VERSION,
            layout.ROW_SIZE,
            rows,
            self._journeys_size,
            server,
            worker,
            now,
            app.encode()[:64],
            webfoot.__version__.encode(),
        )
        layout.KIN.pack_into(self._memory, layout.KIN_AT, kin)

    @property
    def longest_journey(self) -> int:
        """Bytes of one journey's text, so that a long one does not drive out all others."""
        return min(256 * 1024, self._journeys_size // 8)

    @property
    def watched_until(self) -> float:
        """Somebody wants notes until then, in seconds since the epoch."""
        until: float = layout.WATCHED.unpack_from(self._memory, layout.WATCHED_AT)[0]
        return until

    def begin(
        self, number: int, began: float, method: bytes, path: bytes, host: bytes, port: int, flags: int = 0
    ) -> int:
        """The row for a request that is under way."""
        try:
            row = self._free.popleft()
        except IndexError:
            self.unseen += 1
            self.count()
            return 0
        _begin(self._memory, row, number, began, _UNDER_WAY, flags, port, method, host, path, number)
        return row

    def end(self, row: int, took: float, sent: int, status: int, flags: int) -> None:
        _end(self._memory, row + layout.END_AT, took, sent, status, layout.ENDED, flags)
        self._free.append(row)

    def identify(self, row: int, request_id: bytes) -> None:
        layout.REQUEST_ID.pack_into(self._memory, row + layout.REQUEST_ID_AT, request_id)

    def rename(self, row: int, path: bytes) -> None:
        """Replace the path: a part of it has turned out to be a secret."""
        layout.PATH.pack_into(self._memory, row + layout.PATH_AT, path)

    def note(self, row: int, text: bytes) -> None:
        """What the request waits for."""
        layout.NOTE.pack_into(self._memory, row + layout.NOTE_AT, text)

    def pulse(self, late: float, connections: int, held_by: bytes) -> None:
        """How the event loop does."""
        layout.PULSE.pack_into(self._memory, layout.PULSE_AT, time(), late, connections, held_by)

    def progress(self, row: int, sent: int, status: int, is_endless: bool) -> None:
        """How far a request is that is under way."""
        memory = self._memory
        layout.PROGRESS.pack_into(memory, row + layout.PROGRESS_AT, sent, status)
        if is_endless:
            memory[row + layout.FLAGS_AT] |= layout.ENDLESS

    def keep(self, number: int, text: bytes) -> None:
        """Keep a journey; `text` is at most `longest_journey` bytes."""
        self.kept += 1
        entry = layout.ENTRY.pack(layout.ENTRY_MARK, 0, len(text), 0, number, self.kept) + text
        check = zlib.crc32(memoryview(entry)[layout.CHECKED_FROM :])
        if self._next + len(entry) > self._journeys_size:
            self._next = 0
        at = self._journeys_at + self._next
        self._memory[at : at + len(entry)] = (
            layout.ENTRY.pack(layout.ENTRY_MARK, check, len(text), 0, number, self.kept) + text
        )
        self._next += -(-len(entry) // layout.BLOCK) * layout.BLOCK
        self.count()

    def count(self) -> None:
        """Write the counts."""
        layout.COUNTS.pack_into(self._memory, layout.COUNTS_AT, self.unseen, self.kept, self.left_out)

    def close(self) -> None:
        """Let go of the file, which stays."""
        self.count()
        self._memory.close()
        self._let_go()


_open_files: weakref.WeakSet[FlightFile] = weakref.WeakSet()


def _forget_in_child() -> None:
    """A child that goes on after a fork must not write here, nor make its parent look alive."""
    for each in list(_open_files):
        each._memory.close()  # which has a descriptor of its own
        each._let_go()


os.register_at_fork(after_in_child=_forget_in_child)
