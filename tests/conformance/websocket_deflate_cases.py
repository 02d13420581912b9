"""Compressed messages: permessage-deflate (RFC 7692)."""

from __future__ import annotations

from collections.abc import Iterator

from tests.conformance.websocket_harness import (
    BINARY,
    CLOSE,
    CONTINUATION,
    PING,
    PONG,
    TEXT,
    Compressor,
    compress,
    fragments,
    frame,
)
from tests.conformance.websocket_makers import HELLO, LIMIT, Case, fails, goes_on

DEFLATE = b"Sec-WebSocket-Extensions: permessage-deflate\r\n"
LONG = b"a goose is no duck, and a duck no goose; " * 20


def deflated() -> Iterator[Case]:
    def on(name: str, *frames: bytes, section: str = "7692 7.2", **more: object) -> Case:
        return goes_on(name, section, *frames, fields=DEFLATE, **more)  # type: ignore[arg-type]

    def off(code: int, name: str, *frames: bytes, section: str = "7692 6", **more: object) -> Case:
        return fails(code, name, section, *frames, fields=DEFLATE, **more)  # type: ignore[arg-type]

    def packed(opcode: int, data: bytes, **more: object) -> bytes:
        return frame(opcode, compress(data), rsv=4, **more)  # type: ignore[arg-type]

    for data in (b"", b"hello", LONG, LONG * 100, bytes(range(256)) * 300):
        yield on(f"compressed binary of {len(data)}", packed(BINARY, data), told=(data,))
        if data.isascii():
            yield on(f"compressed text of {len(data)}", packed(TEXT, data), told=(data.decode(),))
            yield on(f"text of {len(data)} as it is", frame(TEXT, data), told=(data.decode(),))
    yield on(
        "Hello of the RFC", frame(TEXT, bytes.fromhex("f248cdc9c90700"), rsv=4), told=("Hello",), section="7692 7.2.3.1"
    )
    yield on(
        "Hello of the RFC, fragments",
        *fragments(TEXT, bytes.fromhex("f248cd"), bytes.fromhex("c9c90700"), rsv=4),
        told=("Hello",),
        section="7692 7.2.3.1",
    )
    yield on(
        "Hello of the RFC, twice",
        frame(TEXT, bytes.fromhex("f248cdc9c90700"), rsv=4),
        frame(TEXT, bytes.fromhex("f200110000"), rsv=4),
        told=("Hello", "Hello"),
        section="7692 7.2.3.2",
    )
    yield on(
        "Hello of the RFC, not compressed",
        frame(TEXT, bytes.fromhex("000500faff48656c6c6f00"), rsv=4),
        told=("Hello",),
        section="7692 7.2.3.3",
    )
    yield on(
        "Hello of the RFC, a block with BFINAL",
        frame(TEXT, bytes.fromhex("f348cdc9c9070000"), rsv=4),
        told=("Hello",),
        section="7692 7.2.3.4",
    )
    yield on(
        "Hello of the RFC, two blocks",
        frame(TEXT, bytes.fromhex("f248050000 00ffffcac9c90700".replace(" ", "")), rsv=4),
        told=("Hello",),
        section="7692 7.2.3.5",
    )
    yield on(
        "BFINAL, fifty times in a message",
        frame(BINARY, b"\x03\x00" * 50 + compress(LONG), rsv=4),
        told=(LONG,),
        section="7692 7.2.3.4",
    )
    yield off(
        1007,
        "BFINAL, thousands of times in a message",
        frame(BINARY, b"\x03\x00" * 2000, rsv=4, fin=False),
        section="7692 7.2.3.4",
    )
    yield on(
        "BFINAL, then one more message",
        frame(TEXT, bytes.fromhex("f348cdc9c9070000"), rsv=4),
        packed(TEXT, b"bye"),
        told=("Hello", "bye"),
        section="7692 7.2.3.4",
    )
    yield on("an empty message is one byte", frame(TEXT, b"\0", rsv=4), told=("",), section="7692 7.2.3.6")

    together = Compressor()
    yield on("context taken over", *[frame(TEXT, together(LONG), rsv=4) for _ in range(3)], told=(LONG.decode(),) * 3)
    together = Compressor()
    yield on(
        "context taken over past a plain message",
        frame(TEXT, together(LONG), rsv=4),
        HELLO,
        frame(BINARY, together(LONG), rsv=4),
        told=(LONG.decode(), "hello", LONG),
    )
    yield on("context begun anew", *[packed(TEXT, LONG) for _ in range(3)], told=(LONG.decode(),) * 3)
    one = compress(LONG)
    yield on(
        "compressed fragments with pings between",
        *between(fragments(TEXT, *cut(one, 7), rsv=4)),
        told=(LONG.decode(),),
        pongs=tuple(b"%d" % i for i in range(len(cut(one, 7)))),
    )
    yield on("compressed, first fragment empty", *fragments(BINARY, b"", one, rsv=4), told=(LONG,))
    yield on("compressed, last fragment empty", *fragments(BINARY, one, b"", rsv=4), told=(LONG,))
    yield on("plain fragments", *fragments(BINARY, LONG, LONG), told=(LONG * 2,))
    yield on("as long as allowed, compressed", packed(BINARY, b"*" * 100), told=(b"*" * 100,), options=LIMIT)
    noise = bytes(range(100, 200))
    yield on("as long as allowed, and longer when compressed", packed(BINARY, noise), told=(noise,), options=LIMIT)

    for opcode in (CLOSE, PING, PONG):
        yield off(1002, f"RSV1 with control frame {opcode}", frame(opcode, rsv=4), section="7692 6.1")
    yield off(
        1002,
        "RSV1 in a continuation",
        frame(TEXT, one[:5], rsv=4, fin=False),
        frame(CONTINUATION, one[5:], rsv=4),
        section="7692 6.1",
    )
    yield off(
        1002,
        "RSV1 in the continuation of a plain message",
        frame(TEXT, b"a", fin=False),
        frame(CONTINUATION, one, rsv=4),
        section="7692 6.1",
    )
    for rsv in (1, 2, 3, 5, 6, 7):
        yield off(1002, f"RSV {rsv} beside deflate", HELLO, frame(TEXT, one, rsv=rsv), told=("hello",), section="5.2")
    yield off(
        1007, "no deflate data", HELLO, frame(TEXT, b"\x07\xff\xff\xff", rsv=4), told=("hello",), section="7692 7.2.2"
    )
    yield off(
        1007,
        "deflate data that points before its beginning",
        frame(TEXT, bytes.fromhex("f200110000"), rsv=4),
        section="7692 7.2.2",
    )
    yield off(1007, "invalid UTF-8 in compressed text", packed(TEXT, b"ok\xff"), section="8.1")
    yield off(1007, "invalid UTF-8 in a compressed fragment", packed(TEXT, b"ok\xff" + LONG, fin=False), section="8.1")
    for name, size in (("by one", 101), ("by much", 70_000), ("a bomb", 100_000_000)):
        yield off(
            1009,
            f"too long {name} when inflated",
            HELLO,
            packed(BINARY, bytes(size)),
            told=("hello",),
            options=LIMIT,
            section="7.4.1",
        )
    yield off(
        1009,
        "too long together when inflated",
        *fragments(TEXT, *cut(compress(b"*" * 101), 3), rsv=4),
        options=LIMIT,
        section="7.4.1",
    )


def cut(data: bytes, size: int) -> list[bytes]:
    return [data[i : i + size] for i in range(0, len(data), size)]


def between(parts: list[bytes]) -> Iterator[bytes]:
    """Each part with a ping before it."""
    for i, part in enumerate(parts):
        yield frame(PING, b"%d" % i)
        yield part


COMPRESSED = [*deflated()]
