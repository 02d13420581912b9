"""Which servers somebody means who names a pid, a directory or an address."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final

from webfoot.journey.flight.directory import flights
from webfoot.journey.flight.layout import SUFFIX
from webfoot.journey.flight.reading import Flight

_ADDRESS: Final = re.compile(r"(?:(?P<scheme>https?)://)?(?P<host>\[[^\]]*\]|[^/:]*)(?::(?P<port>\d+))?(?:/.*)?")
_USUAL_PORT: Final = {"http": 80, "https": 443}
_LISTENING: Final = "0A"  # as /proc/net/tcp has it
_HERE: Final = frozenset(("", "localhost", "127.0.0.1", "0.0.0.0", "[::1]", "[::]"))  # noqa: S104


class NotFound(ValueError):
    """`str()` is one sentence for the user."""


def workers_of(where: str = "") -> list[Flight]:
    """The workers that live, of all servers or of those that `where` means. Raises NotFound."""
    found: Iterable[Flight]
    if where and Path(where).is_dir():
        found = flights(where)
        what = f"in {where}"
    else:
        found = flights()
        what = ""
        if where:
            pids = {int(where)} if where.isdigit() else _listening_at(_port_of(where))
            found = {each.path: each for each in [*found, *_of_processes(pids)]}.values()
            found = [each for each in found if each.worker in pids or each.server in pids]
            what = f"with the pid {where}" if where.isdigit() else f"at {where}"
    living = [each for each in found if each.is_alive]
    if not living:
        server = f"no server {what}".rstrip()
        raise NotFound(
            f"{server} with a flight recorder runs here: start it with `webfoot dev`, or with `webfoot run --recorder`"
        )
    return sorted(living, key=lambda flight: (flight.server, flight.worker))


def _port_of(where: str) -> int:
    found = _ADDRESS.fullmatch(where)
    port = found and (found["port"] or _USUAL_PORT.get(found["scheme"] or ""))
    if not found or not port:
        raise NotFound(f"{where} is no pid, no directory and no address such as http://127.0.0.1:8000")
    if found["host"].lower() not in _HERE:
        raise NotFound(f"{where} is not on this machine, and only servers of this machine can be looked at")
    return int(port)


def _listening_at(port: int) -> set[int]:
    """The pids of processes that listen there, as far as we may see them. Linux tells."""
    sockets: set[str] = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        with suppress(OSError):
            rows = (line.split() for line in Path(table).read_text().splitlines()[1:])
            sockets |= {
                f"socket:[{row[9]}]"
                for row in rows
                if row[3] == _LISTENING and int(row[1].rpartition(":")[2], 16) == port
            }
    return {pid for pid in _processes() if sockets.intersection(_open_files(pid))}


def _of_processes(pids: Iterable[int]) -> Iterable[Flight]:
    """The flights beside the files that they or their children have open: a recorder may have a place of its own."""
    family = [each for pid in pids for each in (pid, *_children(pid))]
    places = {os.path.dirname(name) for pid in family for name in _open_files(pid) if name.endswith(SUFFIX)}
    return [flight for place in sorted(places) for flight in flights(place)]


def _children(pid: int) -> list[int]:
    with suppress(OSError):
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return []


def _processes() -> Iterable[int]:
    with suppress(OSError):
        return [int(name) for name in os.listdir("/proc") if name.isdigit()]
    return []


def _open_files(pid: int) -> list[str]:
    found = []
    with suppress(OSError):  # it has ended, or belongs to somebody else
        for name in os.listdir(f"/proc/{pid}/fd"):
            with suppress(OSError):
                found.append(os.readlink(f"/proc/{pid}/fd/{name}"))
    return found
