"""How an input becomes another one: pieces of protocol are put in, taken out, doubled and moved."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from fuzz.inputs import Input


class Mutator:
    """`pieces` are what the protocol is made of; `whole` are inputs' wires to take longer parts from."""

    def __init__(self, pieces: Sequence[bytes], whole: Sequence[bytes]) -> None:
        self.pieces, self.whole = pieces, whole

    def __call__(self, data: bytes, most: int, seed: int) -> bytes:
        draw = Random(seed)
        given = Input.read(bytes(data))
        driver, apps, wire = given.driver, given.apps, given.wire
        for _ in range(draw.choice((1, 1, 2, 4))):
            where = draw.random()
            if where < 0.2:
                driver = self._decisions(driver, draw)
            elif where < 0.4:
                apps = self._decisions(apps, draw)
            else:
                wire = self._wire(wire, draw)
        return Input(driver, apps, wire).write()[:most]

    def _decisions(self, decisions: bytes, draw: Random) -> bytes:
        place = draw.randrange(len(decisions) + 1)
        match draw.randrange(5):
            case 0:
                return decisions[:place] + bytes((draw.randrange(256),)) + decisions[place + 1 :]
            case 1:
                return decisions[:place] + draw.randbytes(draw.randrange(1, 5)) + decisions[place:]
            case 2:
                return decisions[:place] + decisions[place + draw.randrange(1, 4) :]
            case 3:
                return decisions[:place] + draw.randbytes(draw.randrange(1, 20))
            case _:
                start = draw.randrange(len(decisions) + 1)
                return decisions[:place] + decisions[start : start + 8] + decisions[place:]

    def _wire(self, wire: bytes, draw: Random) -> bytes:
        place = draw.randrange(len(wire) + 1)
        match draw.randrange(9):
            case 0:
                return wire[:place] + draw.choice(self.pieces) + wire[place:]
            case 1:
                piece = draw.choice(self.pieces)
                return wire[:place] + piece + wire[place + len(piece) :]
            case 2:
                return wire[:place] + wire[place + draw.choice((1, 1, 2, 4, 16)) :]
            case 3:  # one of the lines, or what passes for one, again
                lines = wire.split(b"\r\n")
                line = draw.choice(lines)
                lines.insert(draw.randrange(len(lines) + 1), line)
                return b"\r\n".join(lines)
            case 4:  # a line moves or goes
                lines = wire.split(b"\r\n")
                line = lines.pop(draw.randrange(len(lines)))
                if draw.random() < 0.5:
                    lines.insert(draw.randrange(len(lines) + 1), line)
                return b"\r\n".join(lines)
            case 5:
                return wire[:place] + draw.randbytes(1) + wire[place + draw.randrange(2) :]
            case 6:
                return (
                    wire[:place] + bytes((wire[place] ^ 1 << draw.randrange(8),)) + wire[place + 1 :]
                    if wire[place:]
                    else wire
                )
            case 7:
                return wire + draw.choice(self.whole)
            case _:
                other = draw.choice(self.whole)
                return wire[:place] + other[draw.randrange(len(other) + 1) :]
