"""The targets by name: what runs an input, what its wire is made of, and where it begins."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from fuzz import handshake_target, head_target, http_target, websocket_target
from fuzz.inputs import Input
from fuzz.seeds import CONVERSATIONS, FRAMES, HANDSHAKE_PIECES, HANDSHAKES, HEADS, HTTP_PIECES, HTTP_WIRES


@dataclass(frozen=True)
class Target:
    run: Callable[[bytes], None]
    pieces: list[bytes]
    wires: list[bytes]

    def seeds(self) -> list[bytes]:
        """Each wire by itself, and for drivers and applications that do a little of everything."""
        draw = Random(1)
        plain = [Input(b"", b"", wire) for wire in self.wires]
        varied = [Input(draw.randbytes(8), draw.randbytes(20), wire) for wire in self.wires for _ in range(3)]
        return [one.write() for one in (*plain, *varied)]


TARGETS = {
    "handshake": Target(handshake_target.run, HANDSHAKE_PIECES, HANDSHAKES),
    "head": Target(head_target.run, HTTP_PIECES, HEADS),
    "http": Target(http_target.run, HTTP_PIECES, HTTP_WIRES),
    "websocket": Target(websocket_target.run, [b"\r\n" + frame + b"\r\n" for frame in FRAMES], CONVERSATIONS),
}
