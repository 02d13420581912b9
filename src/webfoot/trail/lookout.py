"""What the server tells of requests that are under way, for people who look at the process from outside.

The server has a thread of its own for that, which can speak also while the event loop is held. It tells only as long as
somebody looks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from webfoot.trail.trail import Trail


@dataclass(frozen=True, slots=True)
class Pulse:
    """How a worker's event loop does. late: seconds by which it is behind; held_by: who holds it at which line, if
    that is too long, else "". connections: how many are open. is_ending: the worker stops, and tells of whom it waits
    for.
    """

    late: float
    held_by: str
    connections: int
    is_ending: bool = False


@dataclass(frozen=True, slots=True)
class Note:
    """Of one request under way. text: what it waits for, or where it is, in one line; "" if that is not known.
    status: that of its answer, 0 before there is one; sent: bytes of its body so far. is_endless: it is a stream that
    ends only when somebody ends it. has_left: its client has, as far as we know.
    """

    text: str
    status: int
    sent: int
    is_endless: bool
    has_left: bool = False


class Lookout(Protocol):
    """Somebody who hands that on: the `lookout` of a watcher. Called from a thread; must neither raise nor block."""

    @property
    def is_looked_at(self) -> bool:
        """Whether somebody wants to know at present."""

    def note(self, trail: Trail, note: Note) -> None:
        """How far the request of this trail is."""

    def pulse(self, pulse: Pulse) -> None:
        """Told about twice a second."""
