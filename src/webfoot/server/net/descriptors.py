"""File descriptors: each connection takes one, and a process has only so many of them."""

from __future__ import annotations

import errno
import logging
import math
import os
import resource
from typing import Final

log = logging.getLogger("webfoot")

_FILES: Final = resource.RLIMIT_NOFILE

RESERVE: Final = 128
"""Descriptors that connections leave to everything else: files, databases, the refusal of further connections."""

EXHAUSTED: Final = frozenset((errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM))
"""What `accept` fails with when the process or the system has no room for another connection."""


def make_room(connections: int | None) -> float:
    """Raise the process's limit of open files as far as so many connections (None: any number) need it and the system
    allows. Gives the number that there is room for; if it is smaller, the log says so.
    """
    files = _raise_limit(math.inf if connections is None else connections + RESERVE)
    room = files - min(RESERVE, files // 2)
    if connections is None or connections <= room:
        return room if connections is None else connections
    log.warning(
        "limit_connections is %d instead of %d, because the system lets this process open %d files only "
        "(ulimit -n; LimitNOFILE in systemd)",
        room,
        connections,
        files,
    )
    return room


def _raise_limit(wanted: float) -> float:
    """Gives the limit of open files as it is then."""
    soft, hard = (math.inf if each == resource.RLIM_INFINITY else each for each in resource.getrlimit(_FILES))
    if soft >= wanted:
        return soft
    reachable = min(wanted, hard)
    try:
        resource.setrlimit(_FILES, (_as_limit(reachable), _as_limit(hard)))
    except (OSError, ValueError):  # some systems have a lower ceiling than they say
        return soft
    return reachable


def _as_limit(files: float) -> int:
    return resource.RLIM_INFINITY if files == math.inf else int(files)


def are_used_up() -> bool:
    """Whether the process, or the system, has no descriptor left."""
    try:
        os.close(os.open(os.devnull, os.O_RDONLY))
    except OSError as error:
        return error.errno in EXHAUSTED
    return False
