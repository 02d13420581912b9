"""The field Forwarded (RFC 7239), read from its end, where the nearest proxy has written.

From its beginning it cannot be read: that may be a client's, with a quotation mark that never closes, so that what our
own proxies have added would be a part of its text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from webfoot.server.proxies.walk import Hop
from webfoot.server.proxies.x_forwarded import MOST_HOPS

NAME: Final = b"forwarded"

# Section 4: forwarded-element = [ forwarded-pair ] *( ";" [ forwarded-pair ] ), with white space around ";" as many
# write it. Quoted strings and tokens as in RFC 9110 section 5.6; possessive, so that nothing is tried twice.
_TOKEN: Final = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]++"  # noqa: S105 - RFC 9110's kind of token
_QUOTED: Final = r'"((?:[\t !#-\[\]-~\x80-\xff]|\\[\t !-~\x80-\xff])*+)"'
_PAIR: Final = re.compile(rf"[ \t]*+(?:({_TOKEN})=(?:({_TOKEN})|{_QUOTED}))?[ \t]*+(?:;|\Z)")
_ESCAPED: Final = re.compile(r"\\(.)", re.DOTALL)

_PARTS: Final = {"for": "client", "proto": "proto", "host": "host"}
_MOST_COMMAS: Final = 8  # inside of one element; an honest one has none


def read_hops(headers: Iterable[tuple[bytes, bytes]]) -> Iterator[Hop]:
    """What the field says, the nearest proxy's word first, up to an element that is malformed."""
    text = ",".join(value.decode("latin-1") for name, value in headers if name == NAME)
    for _ in range(MOST_HOPS):
        hop, text = _last_element(text)
        if hop is None:
            return
        yield hop
        if not text:
            return


def _last_element(text: str) -> tuple[Hop | None, str]:
    """The last element, None if it is malformed, and what stands before it."""
    start = len(text)
    for _ in range(_MOST_COMMAS):
        start = text.rfind(",", 0, start)
        pairs = _read_pairs(text[start + 1 :])
        if pairs is not None:
            return Hop(**{part: pairs.get(name, "") for name, part in _PARTS.items()}), text[: max(start, 0)]
        if start < 0:
            break
    return None, ""


def _read_pairs(element: str) -> dict[str, str] | None:
    """Names, in lower case, and values. None if it is malformed, also by a name that comes twice (section 4)."""
    pairs: dict[str, str] = {}
    at = 0
    while at < len(element):
        match = _PAIR.match(element, at)
        if match is None or match.end() == at:
            return None
        at = match.end()
        name, token, quoted = match.groups()
        if name is not None:
            if name.lower() in pairs:
                return None
            pairs[name.lower()] = token if token is not None else _ESCAPED.sub(r"\1", quoted)
    return pairs or None
