"""What each process of a server needs for its probes and numbers, handed out by the process that looks after them."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator
from dataclasses import dataclass

from webfoot.server.health.board import Board
from webfoot.server.health.port import bound_port
from webfoot.server.settings.options import ServerOptions


@dataclass(frozen=True, slots=True)
class Seat:
    """The place of one process. sockets: where `admin_bind` listens; all processes share it."""

    board: Board
    slot: int
    sockets: list[socket.socket]

    def give_back(self) -> None:
        """The process has ended."""
        self.board.release(self.slot)


class Seats:
    """`first`: a seat of before, whose process serves already."""

    def __init__(self, sockets: list[socket.socket], first: Seat | None = None) -> None:
        self.board = first.board if first is not None else Board()
        if first is not None:
            self.board.keep(first.slot)
        self._sockets = sockets

    def give(self) -> Seat:
        """For a process that is about to start."""
        return Seat(self.board, self.board.claim(), self._sockets)


@contextlib.contextmanager
def seats_for(options: ServerOptions) -> Iterator[Seats]:
    """Raises BindError if `admin_bind` is a place where nobody can listen."""
    with bound_port(options) as sockets:
        yield Seats(sockets)
