"""The pure Python parser: h11, for machines without httptools and for a second opinion.

h11 is generous (bare LF, folded lines, repeated Content-Length), so the head is held to our grammar first; what h11
still objects to after that is refused, too.
"""

from __future__ import annotations

import h11

from webfoot.server.http1.grammar import METHODS, examine
from webfoot.server.http1.rules import accept
from webfoot.server.protocol.errors import RemoteFault
from webfoot.server.protocol.events import Head
from webfoot.trail import Trail


def parse_head(raw: bytes, trail: Trail | None) -> Head:
    """Read one complete head. Raises RemoteFault."""
    method, target, version, headers = examine(raw)
    connection = h11.Connection(h11.SERVER, max_incomplete_event_size=len(raw) + 1)
    connection.receive_data(raw)
    try:
        event = connection.next_event()
    except h11.RemoteProtocolError:
        event = h11.NEED_DATA
    if not isinstance(event, h11.Request):
        # h11 checks Host and the framing fields here; the rules do so for both parsers and word it, so they go first.
        accept(Head(METHODS[method], target, version, headers), None)
        raise RemoteFault(
            400, "parser", "RFC 9112 section 2", "the parser refuses the request head, and none of our rules says why"
        )
    if trail is not None:
        trail.mark(
            "head_parsed",
            parser="h11",
            method=METHODS[method],
            target=target,
            version=version,
            headers=headers.copy(),  # the application may change those that it is given
        )
    # h11 merges a repeated Content-Length into one; what the rules judge is what was sent.
    return Head(METHODS[event.method], event.target, version, headers)
