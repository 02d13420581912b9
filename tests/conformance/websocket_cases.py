"""WebSocket cases: frames of a client and what RFC 6455 and RFC 7692 make of them.

The application echoes, so what it must be told is also what must come back, before a Close frame if there is one:
who breaks the rules in his second message still gets the answer to his first.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.conformance.websocket_harness import (
    BINARY,
    CLOSE,
    CONTINUATION,
    NO_CODE,
    PING,
    PONG,
    TEXT,
    Compressor,
    close,
    compress,
    fragments,
    frame,
)

LIMIT = {"ws_max_size": 100}
DEFLATE = b"Sec-WebSocket-Extensions: permessage-deflate\r\n"


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


# One case, one line.
# fmt: off

HELLO = frame(TEXT, b"hello")
SIZES = (0, 1, 125, 126, 127, 128, 65535, 65536, 65537)


def lengths() -> Iterator[Case]:
    for size in SIZES:
        yield goes_on(f"text of {size}", "5.2", frame(TEXT, b"*" * size), told=("*" * size,))
        yield goes_on(f"binary of {size}", "5.2", frame(BINARY, b"\xfe" * size), told=(b"\xfe" * size,))
    for size, length_size in ((0, 2), (5, 2), (125, 2), (0, 8), (125, 8), (126, 8), (65535, 8)):
        longer = frame(BINARY, b"*" * size, length_size=length_size)
        yield fails(1002, f"length {size} in {length_size} bytes", "5.2", HELLO, longer, told=("hello",))
    yield fails(1002, "length with the sign bit", "5.2", frame(BINARY, length=1 << 63))
    yield fails(1009, "length that no memory holds", "5.2", frame(BINARY, length=(1 << 63) - 1))


def masking() -> Iterator[Case]:
    for mask in (b"\0\0\0\0", b"\xff\xff\xff\xff", b"\x01\0\0\x80"):
        yield goes_on(f"mask {mask.hex()}", "5.3", frame(TEXT, b"abcdefghi", mask=mask), told=("abcdefghi",))
    yield goes_on(
        "another mask for each frame",
        "5.3",
        frame(TEXT, b"abc", fin=False),
        frame(CONTINUATION, b"defgh", mask=b"wxyz"),
        told=("abcdefgh",),
    )
    for opcode in (TEXT, BINARY, CLOSE, PING, PONG):
        yield fails(1002, f"no mask, opcode {opcode}", "5.1", HELLO, frame(opcode, mask=None), told=("hello",))
    yield fails(
        1002, "no mask in a continuation", "5.1", frame(TEXT, b"a", fin=False), frame(CONTINUATION, b"b", mask=None)
    )


def reserved() -> Iterator[Case]:
    for opcode in (*range(0x3, 0x8), *range(0xB, 0x10)):
        yield fails(1002, f"opcode {opcode:#x}", "5.2", HELLO, frame(opcode), HELLO, told=("hello",))
        yield fails(1002, f"opcode {opcode:#x} with a payload", "5.2", frame(opcode, b"payload"))
    for rsv in range(1, 8):
        for opcode in (TEXT, BINARY, CLOSE, PING, PONG):
            yield fails(1002, f"RSV {rsv} with opcode {opcode}", "5.2", HELLO, frame(opcode, rsv=rsv), told=("hello",))
        yield fails(
            1002, f"RSV {rsv} in a continuation", "5.2", frame(TEXT, b"a", fin=False), frame(CONTINUATION, rsv=rsv)
        )


def fragmented() -> Iterator[Case]:
    for opcode, whole in ((TEXT, "abc"), (BINARY, b"abc")):
        for parts in ((b"ab", b"c"), (b"a", b"b", b"c"), (b"", b"abc"), (b"abc", b""), (b"", b"", b"abc", b"", b"")):
            name = f"fragments {'+'.join(str(len(part)) for part in parts)}, opcode {opcode}"
            yield goes_on(name, "5.4", *fragments(opcode, *parts), told=(whole,))  # type: ignore[arg-type]
        empty: str | bytes = "" if opcode == TEXT else b""
        yield goes_on(f"empty fragments, opcode {opcode}", "5.4", *fragments(opcode, b"", b"", b""), told=(empty,))
    first, middle, last = fragments(TEXT, b"a", b"b", b"c")
    yield goes_on(
        "pings between fragments",
        "5.5",
        first,
        frame(PING, b"1"),
        middle,
        frame(PING, b"2"),
        last,
        told=("abc",),
        pongs=(b"1", b"2"),
    )
    yield goes_on("pong between fragments", "5.5.3", first, frame(PONG, b"1"), middle, last, told=("abc",))
    yield goes_on("many fragments", "5.4", *fragments(BINARY, *[b"x"] * 300), told=(b"x" * 300,))
    yield goes_on(
        "one message after the other",
        "5.4",
        *fragments(TEXT, b"a", b"b"),
        *fragments(BINARY, b"c", b"d"),
        HELLO,
        told=("ab", b"cd", "hello"),
    )
    yield fails(1000, "close between fragments", "5.4", first, close(1000), last)
    for opcode in (TEXT, BINARY):
        yield fails(
            1002, f"continuation of nothing, then opcode {opcode}", "5.4", frame(CONTINUATION, b"a"), frame(opcode)
        )
        yield fails(1002, f"new message inside of one, opcode {opcode}", "5.4", first, frame(opcode, b"x"), last)
        yield fails(1002, f"new fragments inside, opcode {opcode}", "5.4", first, frame(opcode, b"x", fin=False), last)
    yield fails(1002, "continuation without FIN of nothing", "5.4", frame(CONTINUATION, b"a", fin=False))
    yield fails(1002, "continuation after a whole message", "5.4", HELLO, frame(CONTINUATION, b"a"), told=("hello",))
    yield fails(1002, "continuation after the last", "5.4", first, last, last, told=("ac",))
    for opcode in (CLOSE, PING, PONG):
        yield fails(
            1002, f"fragmented control frame {opcode}", "5.5", frame(opcode, b"ab", fin=False), frame(CONTINUATION)
        )
        yield fails(1002, f"the same between fragments, {opcode}", "5.5", first, frame(opcode, fin=False), last)


def pings() -> Iterator[Case]:
    for size in (0, 1, 124, 125):
        payload = bytes(range(130, 130 + size))
        yield goes_on(f"ping of {size}", "5.5.2", frame(PING, payload), pongs=(payload,))
    many = tuple(b"%d" % i for i in range(20))
    yield goes_on("pings in order", "5.5.3", *[frame(PING, each) for each in many], pongs=many)
    yield goes_on("ping that is no UTF-8", "5.5.2", frame(PING, b"\xff\xfe\0"), pongs=(b"\xff\xfe\0",))
    yield goes_on(
        "ping before and after a message",
        "5.5.2",
        frame(PING, b"1"),
        HELLO,
        frame(PING, b"2"),
        told=("hello",),
        pongs=(b"1", b"2"),
    )
    yield goes_on(
        "pongs that nobody asked for",
        "5.5.3",
        frame(PONG),
        frame(PONG, b"x"),
        frame(PONG, b"*" * 125),
        HELLO,
        told=("hello",),
    )
    for opcode in (CLOSE, PING, PONG):
        payload = (b"\x03\xe8" if opcode == CLOSE else b"**") + b"*" * 124
        yield fails(1002, f"control frame {opcode} of 126", "5.5", HELLO, frame(opcode, payload), told=("hello",))
        yield fails(1002, f"control frame {opcode} of 65536", "5.5", frame(opcode, length=65536))
        yield fails(
            1002, f"control frame {opcode}, length in 2 bytes", "5.5", frame(opcode, payload[:2], length_size=2)
        )


VALID_UTF8 = (
    "κόσμε",
    "\0",
    "\x7f",
    "\u0080",
    "\u07ff",
    "\u0800",
    "\ud7ff",
    "\ue000",
    "\ufffd",
    "\uffff",
    "\ufeff",
    "\U00010000",
    "\U0010fffd",
    "\U0010ffff",
    "a\u00e4\u20ac\U0001f986z",
)

# What it is, and the bytes up to the one that cannot be part of any UTF-8 (RFC 3629 section 4).
INVALID_UTF8 = {
    "stray continuation": b"\x80",
    "stray last continuation": b"\xbf",
    "overlong slash in 2": b"\xc0",
    "overlong in 2, the last": b"\xc1",
    "overlong slash in 3": b"\xe0\x80",
    "overlong in 3, the last": b"\xe0\x9f",
    "overlong slash in 4": b"\xf0\x80",
    "overlong in 4, the last": b"\xf0\x8f",
    "first surrogate": b"\xed\xa0",
    "last surrogate": b"\xed\xbf",
    "beyond U+10FFFF": b"\xf4\x90",
    "far beyond U+10FFFF": b"\xf5",
    "lead of 5": b"\xf8",
    "lead of 6": b"\xfc",
    "FE": b"\xfe",
    "FF": b"\xff",
    "cut off after 1 of 2": b"\xc3a",
    "cut off after 1 of 3": b"\xe2a",
    "cut off after 2 of 3": b"\xe2\x82a",
    "cut off after 3 of 4": b"\xf0\x9f\xa6a",
    "two leads": b"\xc3\xc3",
}
OPEN_ENDED_UTF8 = (b"\xc3", b"\xe2", b"\xe2\x82", b"\xf0", b"\xf0\x9f", b"\xf0\x9f\xa6")


def texts() -> Iterator[Case]:
    for text in VALID_UTF8:
        raw = text.encode()
        yield goes_on(f"UTF-8 {raw.hex()}", "5.6", frame(TEXT, raw), told=(text,))
        yield goes_on(
            f"UTF-8 {raw.hex()}, a fragment for each byte",
            "5.6",
            *fragments(TEXT, *[raw[i : i + 1] for i in range(len(raw))]),
            told=(text,),
        )
    for name, bad in INVALID_UTF8.items():
        yield fails(
            1007, f"{name}, whole", "8.1", HELLO, frame(TEXT, "κόσμε".encode() + bad + b"tail"), told=("hello",)
        )
        yield fails(1007, f"{name}, first", "8.1", frame(TEXT, bad))
        yield fails(1007, f"{name}, fail fast in a fragment", "8.1", frame(TEXT, b"ok" + bad, fin=False))
        yield fails(
            1007,
            f"{name}, fail fast in a continuation",
            "8.1",
            frame(TEXT, "κό".encode() + bad[:1], fin=False),
            frame(CONTINUATION, bad[1:] or b"\x80", fin=False),
        )
        yield fails(1007, f"{name}, fail fast within a frame", "8.1", frame(TEXT, b"ok" + bad, length=1000))
        yield goes_on(f"{name}, binary", "5.6", frame(BINARY, bad), told=(bad,))
    for bad in OPEN_ENDED_UTF8:
        yield fails(1007, f"ends within a character, {bad.hex()}", "8.1", frame(TEXT, b"ok" + bad))
        yield fails(1007, f"ends within a character, {bad.hex()}, fragments", "8.1", *fragments(TEXT, b"ok", bad))
        yield fails(
            1007, f"ends within a character, {bad.hex()}, empty last", "8.1", *fragments(TEXT, b"ok" + bad, b"")
        )


LEGAL_CODES = (1000, 1001, 1002, 1003, *range(1007, 1015), 3000, 3999, 4000, 4999)
ILLEGAL_CODES = (0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 1999, 2000, 2999, 5000, 65535)


def closes() -> Iterator[Case]:
    yield fails(NO_CODE, "close without a code", "5.5.1", frame(CLOSE))
    for code in LEGAL_CODES:
        yield fails(code, f"close {code}", "7.4.1", HELLO, close(code), told=("hello",))
    for code in ILLEGAL_CODES:
        yield fails(1002, f"close {code}, which is illegal", "7.4.1", close(code))
        yield fails(1002, f"close {code}, which is illegal, with a reason", "7.4.1", close(code, b"because"))
    yield fails(1000, "close with a reason", "5.5.1", close(1000, "tschüss".encode()))
    yield fails(1000, "close with the longest reason", "5.5.1", close(1000, b"*" * 123))
    yield fails(1002, "close with too long a reason", "5.5.1", close(1000, b"*" * 124))
    yield fails(1002, "close of one byte", "5.5.1", frame(CLOSE, b"\x03"))
    for name, bad in (*INVALID_UTF8.items(), ("cut off", b"\xf0\x9f\xa6")):
        yield fails(1007, f"close with a reason: {name}", "5.5.1", close(1000, b"ok" + bad))
    yield fails(1000, "text after close", "5.5.1", close(1000), HELLO)
    yield fails(1000, "ping after close", "5.5.1", close(1000), frame(PING, b"late"))
    yield fails(4001, "second close", "5.5.1", close(4001), close(4002))
    yield fails(1000, "nonsense after close", "5.5.1", close(1000), b"\xff" * 40)
    yield fails(1000, "close and half a frame", "5.5.1", close(1000), HELLO[:3])
    yield fails(1000, "much after close", "5.5.1", close(1000), frame(BINARY, b"*" * 200_000))


def limited() -> Iterator[Case]:
    yield goes_on("as long as allowed", "7.4.1", frame(BINARY, b"*" * 100), told=(b"*" * 100,), options=LIMIT)
    yield goes_on(
        "as long as allowed, fragments",
        "7.4.1",
        *fragments(TEXT, b"*" * 60, b"*" * 40),
        told=("*" * 100,),
        options=LIMIT,
    )
    yield goes_on(
        "each message counts by itself",
        "7.4.1",
        *[frame(BINARY, b"*" * 100)] * 3,
        told=(b"*" * 100,) * 3,
        options=LIMIT,
    )
    yield goes_on("a ping may be longer", "5.5", frame(PING, b"*" * 125), pongs=(b"*" * 125,), options=LIMIT)
    yield goes_on(
        "characters are counted as bytes", "7.4.1", frame(TEXT, "ü".encode() * 50), told=("ü" * 50,), options=LIMIT
    )
    yield fails(
        1009, "characters are counted as bytes, one too many", "7.4.1", frame(TEXT, "ü".encode() * 51), options=LIMIT
    )
    for size in (101, 126, 200, 65536):
        yield fails(
            1009, f"too long, {size}", "7.4.1", HELLO, frame(BINARY, b"*" * size), told=("hello",), options=LIMIT
        )
        yield fails(1009, f"too long by its length, {size}", "7.4.1", frame(TEXT, length=size), options=LIMIT)
    yield fails(1009, "too long together", "7.4.1", *fragments(TEXT, b"*" * 60, b"*" * 41), options=LIMIT)
    yield fails(
        1009, "too long together, with no end", "7.4.1", *fragments(BINARY, *[b"*" * 30] * 5)[:4], options=LIMIT
    )


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


ALL = [
    *lengths(),
    *masking(),
    *reserved(),
    *fragmented(),
    *pings(),
    *texts(),
    *closes(),
    *limited(),
    *deflated(),
]
