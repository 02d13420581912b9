"""A file in which journeys outlast a restart of the worker: two lines for each, the summary and the whole, as JSON."""

from __future__ import annotations

import json
import logging
import os
from pathlib import Path

from webfoot.journey.page.kept import Entry

log = logging.getLogger("webfoot")

_MOST_BYTES = 64 * 1024 * 1024


class Keeping:
    """Several processes may append; each line is written at once. What cannot be read or written is done without."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._failed = False

    def append(self, lines: list[bytes]) -> bool:
        """Whether there is too much in the file now."""
        if self._failed:
            return False
        try:
            descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600)
            with open(descriptor, "ab", buffering=0) as file:
                file.write(b"".join(line + b"\n" for line in lines))
                return file.tell() > _MOST_BYTES
        except OSError as error:
            self._failed = True
            log.warning("journeys will not outlast a restart: %s cannot be written (%s)", self._path, error.strerror)
            return False

    def load(self, most: int) -> list[Entry]:
        """The last ones, the oldest first."""
        try:
            lines = self._path.read_bytes().split(b"\n")[:-1]  # the last one was cut off, or is empty
        except OSError:
            return []
        entries: list[Entry] = []
        for number in range(len(lines) - len(lines) % 2 - 2, -1, -2):
            if len(entries) == most:
                break
            try:
                entries.append(Entry.read(json.loads(lines[number]), lines[number + 1]))
            except (ValueError, TypeError, AttributeError, RecursionError):
                continue
        return entries[::-1]

    def rewrite(self, entries: list[Entry]) -> None:
        """Only these; nothing is lost when the process is killed meanwhile."""
        fresh = self._path.with_suffix(f".{os.getpid()}")
        try:
            descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
            with open(descriptor, "wb") as file:
                for entry in entries:
                    file.write(b"\n".join((*entry.write_down(), b"")))
            fresh.replace(self._path)
        except OSError:
            fresh.unlink(missing_ok=True)
