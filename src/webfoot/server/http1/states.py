"""The life of an HTTP/1.1 connection as a table: {state: {event: next state}}.

One request is read at a time; bytes of a pipelined request wait until the response before it is complete, so a single
state tells all there is to know:

    idle      between requests (the keep-alive clock runs)
    head      part of a request head is there
    body      the application runs, its request body is still coming in
    respond   the request is complete, its response is not
    discard   the response is complete, the rest of the request body is read and thrown away (RFC 9112 section 9.3)
    linger    our last bytes are sent and our side is closed; we wait for the peer to close (RFC 9112 section 9.6)
    closed    nothing will be read or written; another protocol may have taken the wire over (RFC 9110 section 7.8)

The table runs the machine, draws docs/states.md and lists the cases of its test.
"""

from __future__ import annotations

STATES: dict[str, dict[str, str]] = {
    "idle": {
        "partial head": "head",
        "head": "respond",
        "head with body": "body",
        "refused": "linger",
        "eof": "closed",
        "lost": "closed",
        "retired": "closed",
        "expired": "closed",
    },
    "head": {
        "head": "respond",
        "head with body": "body",
        "refused": "linger",
        "eof": "closed",
        "lost": "closed",
    },
    "body": {
        "body end": "respond",
        "response end": "discard",
        "last response end": "linger",
        "refused": "linger",
        "abandoned": "closed",
        "eof": "closed",
        "lost": "closed",
    },
    "respond": {
        "response end": "idle",
        "last response end": "linger",
        "refused": "linger",
        "switched": "closed",
        "abandoned": "closed",
        "lost": "closed",
    },
    "discard": {
        "body end": "idle",
        "refused": "linger",
        "expired": "closed",
        "eof": "closed",
        "lost": "closed",
        "retired": "linger",
    },
    "linger": {
        "eof": "closed",
        "lost": "closed",
        "expired": "closed",
    },
    "closed": {
        "lost": "closed",
        "eof": "closed",
    },
}

PATIENCE: dict[str, str | None] = {
    "idle": "timeout_keep_alive",
    "head": "timeout_head",
    "body": "timeout_body",
    "respond": None,
    "discard": "timeout_body",
    "linger": "timeout_linger",
    "closed": None,
}
"""state -> the setting that bounds how long we wait for the peer in it; None where we wait for the application.

A new connection is idle, too, and has `timeout_first_byte`. In the state body the clock runs only while the application
waits for more (see `webfoot.server.protocol.patience`).
"""
