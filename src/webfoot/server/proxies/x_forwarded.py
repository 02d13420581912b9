"""X-Forwarded-For, -Proto, -Host, -Port and -Prefix: no standard, but what most proxies send."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from webfoot.server.proxies.walk import Hop

NAMES: Final = {
    b"x-forwarded-for": "client",
    b"x-forwarded-proto": "proto",
    b"x-forwarded-host": "host",
    b"x-forwarded-port": "port",
    b"x-forwarded-prefix": "prefix",
}

MOST_HOPS: Final = 64
"""Proxies, the nearest ones, that are looked at."""


def read_hops(headers: Iterable[tuple[bytes, bytes]]) -> Iterator[Hop]:
    """What the fields say, the nearest proxy's word first; nothing without any.

    Only X-Forwarded-For is added to by every proxy. Another field counts for the same hop if it has as many elements;
    else its last element, which is the nearest proxy's, holds for all hops.
    """
    said: dict[str, str] = {}
    for name, value in headers:
        if name in NAMES:
            part, text = NAMES[name], value.decode("latin-1")
            said[part] = f"{said[part]},{text}" if part in said else text
    if not said:
        return
    columns = {part: [each.strip(" \t") for each in text.rsplit(",", MOST_HOPS)][::-1] for part, text in said.items()}
    clients = columns.get("client", [""])
    for number in range(len(clients)):
        yield Hop(**{
            part: elements[number] if len(elements) == len(clients) else elements[0]
            for part, elements in columns.items()
        })  # fmt: skip
