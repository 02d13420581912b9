"""What a WebSocket case is.

The application echoes, so what it must be told is also what must come back, before a Close frame if there is one:
who breaks the rules in his second message still gets the answer to his first.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.conformance.websocket_harness import TEXT, frame

LIMIT = {"ws_max_size": 100}


@dataclass(frozen=True)
class Case:
    """section: of RFC 6455, unless it names another.

    told: the messages that the application gets, and that come back. pongs: their payloads in order.
    code: of the server's Close frame; None: the connection goes on, and closes when it is asked to.
    """

    name: str
    section: str
    frames: tuple[bytes, ...]
    told: tuple[str | bytes, ...] = ()
    pongs: tuple[bytes, ...] = ()
    code: int | None = None
    fields: bytes = b""
    options: dict[str, object] = field(default_factory=dict)

    @property
    def raw(self) -> bytes:
        return b"".join(self.frames)

    def __str__(self) -> str:
        return self.name


def goes_on(name: str, section: str, *frames: bytes, told: tuple[str | bytes, ...] = (), **more: object) -> Case:
    return Case(name, section, frames, told, **more)  # type: ignore[arg-type]


def fails(
    code: int, name: str, section: str, *frames: bytes, told: tuple[str | bytes, ...] = (), **more: object
) -> Case:
    return Case(name, section, frames, told, code=code, **more)  # type: ignore[arg-type]


HELLO = frame(TEXT, b"hello")
