"""A head whose fields are known byte by byte needs no parser (see `heads`): what is told of it to whoever watches."""

from __future__ import annotations

from webfoot.server.protocol.events import Head
from webfoot.trail import Trail


def mark_known(head: Head, fields: list[tuple[bytes, bytes]], trail: Trail) -> None:
    """`fields`: as they came; those of the head are the application's, which may change them."""
    trail.note(
        "head_parsed",
        {
            "parser": "known",
            "method": head.method,
            "target": head.target,
            "version": head.version,
            "headers": fields,
        },
    )
