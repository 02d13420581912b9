"""Frames: lengths, masks, reserved bits and opcodes, fragments, control frames (RFC 6455 section 5)."""

from __future__ import annotations

from collections.abc import Iterator

from tests.conformance.websocket_harness import (
    BINARY,
    CLOSE,
    CONTINUATION,
    PING,
    PONG,
    TEXT,
    close,
    fragments,
    frame,
)
from tests.conformance.websocket_makers import HELLO, Case, fails, goes_on

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


FRAMES = [*lengths(), *masking(), *reserved(), *fragmented(), *pings()]
