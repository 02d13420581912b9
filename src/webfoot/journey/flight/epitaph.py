"""How a worker ended: written into its flight file by whoever looked after it, when it could not do so any more."""

from __future__ import annotations

import re
from time import time
from typing import Final, NamedTuple

from webfoot.journey.flight import layout

_FRAME: Final = re.compile(r'File "(.+)", line (\d+) in (.+)')


class Epitaph(NamedTuple):
    """at: seconds since the epoch, 0.0 if nobody has told of it. how: in words that follow "worker 12", such as "was
    killed by SIGSEGV at main.py:30 in work". stack: `/srv/main.py:30 in work`, the innermost line first.
    """

    at: float = 0.0
    how: str = ""
    stack: tuple[str, ...] = ()


UNTOLD: Final = Epitaph()


def packed(how: str, stack: str) -> bytes:
    """`stack`: as Python prints it, the innermost line first; the outer ones may be cut off."""
    return layout.EPITAPH.pack(time(), how.encode("utf-8", "replace"), stack.encode("utf-8", "replace"))


def epitaph_in(header: bytes) -> Epitaph:
    at, how, stack = layout.EPITAPH.unpack_from(header, layout.EPITAPH_AT)
    if not 0 < at < 1e12:  # NaN neither
        return UNTOLD
    lines = (f"{found[1]}:{found[2]} in {found[3]}" for found in _FRAME.finditer(_whole_lines(stack)))
    return Epitaph(at, printable(how), tuple(printable(line.encode()) for line in lines))


def printable(field: bytes) -> str:
    """Without what would command somebody's terminal: the file may be anybody's."""
    text = field.partition(b"\0")[0].decode("utf-8", "replace")
    return text if text.isprintable() else "".join(char if char.isprintable() else "?" for char in text)


def _whole_lines(stack: bytes) -> str:
    text = stack.partition(b"\0")[0]
    return (text if len(text) < len(stack) else text.rpartition(b"\n")[0]).decode("utf-8", "replace")
