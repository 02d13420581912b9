"""What a process of ours leaves to the next one: descriptors, named in a variable of the environment."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from multiprocessing.connection import Connection

from webfoot.server.health.board import Board
from webfoot.server.health.seats import Seat
from webfoot.server.process.command import ESTATE


@dataclass(frozen=True, slots=True)
class Estate:
    """sockets, admin: listening ones. board, slot: the seat. pipe, stacks: between worker and parent.

    worker: the pid of the one that serves already; 0 if it is the heir itself that is to serve.
    """

    sockets: list[int]
    admin: list[int]
    board: int
    slot: int
    pipe: int
    stacks: int
    worker: int = 0

    @classmethod
    def of(
        cls, sockets: Iterable[socket.socket], seat: Seat, pipe: Connection, stacks: Connection, worker: int = 0
    ) -> Estate:
        return cls(
            [each.fileno() for each in sockets],
            [each.fileno() for each in seat.sockets],
            seat.board.descriptor,
            seat.slot,
            pipe.fileno(),
            stacks.fileno(),
            worker,
        )

    @property
    def descriptors(self) -> list[int]:
        return [*self.sockets, *self.admin, self.board, self.pipe, self.stacks]

    @property
    def variable(self) -> dict[str, str]:
        return {ESTATE: json.dumps(asdict(self))}

    def listening(self) -> list[socket.socket]:
        return [socket.socket(fileno=number) for number in self.sockets]

    def seat(self) -> Seat:
        return Seat(Board(self.board), self.slot, [socket.socket(fileno=number) for number in self.admin])

    def pipes(self) -> tuple[Connection, Connection]:
        """That for words, and that for stacks: ours to read if there is a worker, else ours to write."""
        stacks = Connection(self.stacks, readable=bool(self.worker), writable=not self.worker)
        return Connection(self.pipe), stacks


def inherited_estate() -> Estate:
    """What this process was left; taken once, and hidden from whoever it starts."""
    estate = Estate(**json.loads(os.environ.pop(ESTATE)))
    for number in estate.descriptors:
        os.set_inheritable(number, False)
    return estate
