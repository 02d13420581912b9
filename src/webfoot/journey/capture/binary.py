"""Messages that are bytes: text, if they are that all the same, or the bytes, where no secret is seen in them.

What is no text cannot be cleaned: where a value begins and ends nobody knows. So bytes are kept as they are or not at
all.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable
from typing import Any, Final

from webfoot.trail.secret_names import mentions_secret

_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_LONGEST_LETTER: Final = 4  # bytes of UTF-8
_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
_ANY_WINDOW: Final = 47  # zlib's number for: gzip or zlib, whatever size of window
_MOST_UNPACKED: Final = 256 * 1024


def text_in(data: bytes, *, is_cut: bool = False) -> str | None:
    """What was sent as bytes and is text: JSON, as many clients send it. is_cut: its last letter may be in half."""
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        if not is_cut or error.start <= len(data) - _LONGEST_LETTER:
            return None
        text = data[: error.start].decode()
    return None if _CONTROL.search(text) else text


def may_hold_secret(data: bytes) -> bool:
    """Whether the name of a secret is in it, or what is one by its looks, or nobody can say so."""
    unpacked = _unpacked(data)
    return unpacked is None or any(mentions_secret(_letters(each)) for each in (data, unpacked))


def holds(data: bytes, without: Callable[[Any], Any]) -> bool:
    """Whether `without` would take something out of it."""
    text = data.decode(errors="surrogateescape")
    return bool(without(text) != text)


def _letters(data: bytes) -> str:
    """Also of UTF-16."""
    return data.replace(b"\0", b"").decode("latin-1")


def _unpacked(data: bytes) -> bytes | None:
    """What is compressed in it, as far as it is there; nothing, if it is not compressed; None if it is and how cannot
    be told."""
    if data.startswith(_ZSTD):
        return None
    is_gzip = data.startswith(_GZIP)
    if not is_gzip and not (len(data) > 1 and data[0] & 15 == 8 and int.from_bytes(data[:2]) % 31 == 0):  # RFC 1950
        return b""
    unpacking = zlib.decompressobj(_ANY_WINDOW)
    try:
        unpacked = unpacking.decompress(data, _MOST_UNPACKED)
    except zlib.error:
        return None if is_gzip else b""  # two bytes may well look so by chance
    return None if unpacking.unconsumed_tail else unpacked
