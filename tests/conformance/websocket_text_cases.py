"""Text, the Close frame and sizes (RFC 6455 sections 5.5.1, 7.4 and 8.1)."""

from __future__ import annotations

from collections.abc import Iterator

from tests.conformance.websocket_harness import (
    BINARY,
    CLOSE,
    CONTINUATION,
    NO_CODE,
    PING,
    TEXT,
    close,
    fragments,
    frame,
)
from tests.conformance.websocket_makers import HELLO, LIMIT, Case, fails, goes_on

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


TEXTS = [*texts(), *closes(), *limited()]
