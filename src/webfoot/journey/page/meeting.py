"""Where the workers of one server find each other: a Unix socket for each, in a directory that only its user can enter.

    CREW-PID-EPOCH.page    of a worker
    CREW-PID-EPOCH.dead    of one that was killed, as long as there are others of its crew

Only what answers is a worker. What one leaves behind that was killed is renamed, or removed where its crew is no more,
by whoever finds that nobody listens there: another worker that asks, or the next one of any server that starts.
"""

from __future__ import annotations

import errno
import os
import socket
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from webfoot.journey.flight.directory import private_directory

_SUFFIX: Final = ".page"
_DEAD: Final = ".dead"
_BACKLOG: Final = 100


@dataclass(frozen=True, slots=True)
class Place:
    """That of one worker. epoch: its hub's, which tells two workers apart that have the same number."""

    worker: int
    epoch: str
    path: Path


class Meeting:
    """crew: the name that all workers of a server share, and nobody else has. Raises OSError if there is no directory
    for it; its text says what is wrong.
    """

    def __init__(self, crew: str, epoch: str) -> None:
        self.directory = private_directory()
        self._crew = crew
        self._own = self.directory / f"{crew}-{os.getpid()}-{epoch}{_SUFFIX}"

    def come(self) -> socket.socket:
        """Our socket, which listens. Raises OSError."""
        self._remove_abandoned()
        new = self._own.with_suffix(".new")  # until it listens: what does not might be taken for abandoned
        listening = socket.socket(socket.AF_UNIX)
        try:
            new.unlink(missing_ok=True)
            listening.bind(os.fspath(new))
            listening.listen(_BACKLOG)
            listening.setblocking(False)
            new.chmod(0o600)
            new.rename(self._own)
        except OSError:
            listening.close()
            new.unlink(missing_ok=True)
            raise
        return listening

    def leave(self) -> None:
        with suppress(OSError):
            self._own.unlink()
        if not self.others():
            self.forget_dead()

    def others(self) -> list[Place]:
        """Who is there but for us, or has left a socket."""
        return [place for place in self._places(_SUFFIX) if place.path != self._own]

    def dead(self) -> list[int]:
        """Workers that have left a socket."""
        return [place.worker for place in self._places(_DEAD)]

    def forget(self, place: Place) -> None:
        """Nobody listens there any more."""
        with suppress(OSError):
            place.path.rename(place.path.with_suffix(_DEAD))

    def forget_dead(self) -> None:
        for place in self._places(_DEAD):
            with suppress(OSError):
                place.path.unlink()

    def _places(self, suffix: str) -> list[Place]:
        places = []
        with suppress(OSError):
            for path in self.directory.glob(f"{self._crew}-*{suffix}"):
                _, worker, epoch = (*path.stem.split("-", 2), "")[:3]
                if worker.isdecimal() and epoch:
                    places.append(Place(int(worker), epoch, path))
        return sorted(places, key=lambda place: place.worker)

    def _remove_abandoned(self) -> None:
        with suppress(OSError):
            for path in self.directory.glob(f"*{_SUFFIX}"):
                if _is_abandoned(path):
                    path.rename(path.with_suffix(_DEAD))
            crews = {_crew_of(path) for path in self.directory.glob(f"*{_SUFFIX}")} | {self._crew}
            for path in self.directory.glob(f"*{_DEAD}"):
                if _crew_of(path) not in crews:
                    path.unlink(missing_ok=True)


def _crew_of(path: Path) -> str:
    return path.name.partition("-")[0]


def _is_abandoned(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as asking:
        asking.setblocking(False)
        return asking.connect_ex(os.fspath(path)) == errno.ECONNREFUSED
