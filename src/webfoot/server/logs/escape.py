"""What a client sent, as a line of the log may show it.

Nothing of it can end the line, close a quotation or command a terminal, and no line grows without bound.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from webfoot.trail.secret_names import query_without_secrets

LONGEST: Final = 700
"""Characters shown of one value. Lines stay below 4096 bytes, up to which a pipe takes them whole (pipe(7))."""

CACHED: Final = 200
"""Bytes up to which a value that comes again and again is remembered as it is shown."""

_QUESTION_MARK: Final = ord("?")

# All but printable ASCII, and of that what the field's formats use to quote.
_UNSAFE: Final = re.compile(r"[^ !#-\[\]-~]")

# Controls, ends of lines, and what turns the direction of writing, by which a line can read as another one.
_COMMANDS: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def escaped(text: str) -> str:
    r"""`"` is written `\"`, `\` is `\\`, and whatever is not printable ASCII is `\xNN` or `\uNNNN`."""
    if _UNSAFE.search(text) is not None:
        text = _UNSAFE.sub(_escape, text[:LONGEST])
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}..."


def _escape(found: re.Match[str]) -> str:
    char = found[0]
    if char in '"\\':
        return f"\\{char}"
    code = ord(char)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def without_controls(text: str) -> str:
    """Text of several lines that somebody else wrote, for a terminal: of the characters that command it only line ends
    and tabs are left."""
    return _COMMANDS.sub(_escape, text)


def shown(value: bytes) -> str:
    """The value of a header field."""
    return escaped(value.decode("latin-1"))


def shown_target(target: bytes) -> str:
    """A request target, the secrets in its query left out."""
    if _QUESTION_MARK not in target:
        return shown_path(target)
    path, _, query = target.partition(b"?")
    return f"{shown_path(path)}?{shown_query(query)}"


def shown_path(path: bytes) -> str:
    return _cached_path(path) if len(path) <= CACHED else shown(path)


def shown_query(query: bytes) -> str:
    return escaped(query_without_secrets(query.decode("latin-1")))


@lru_cache(maxsize=1024)
def _cached_path(path: bytes) -> str:
    return shown(path)
