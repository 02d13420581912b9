"""The life of a WebSocket connection as a table: {state: {event: next state}}.

It begins when the 101 has been written; until then the connection speaks HTTP. The states are those of RFC 6455
section 7, seen from the server, which is the one to close the TCP connection (7.1.1):

    open      messages go both ways
    ending    the client closed, or broke the rules, but the application has not yet taken all that it said before; what
              it answers to that still goes out, our Close frame follows (RFC 6455 section 5.5.1 allows the delay)
    closing   our Close frame is sent and nothing follows it; we wait for the client's
    linger    there is nothing more to say: our side is closed, and we wait for the client to close its own
    closed    nothing will be read or written

The table runs the machine, draws docs/states.md and lists the cases of its test.
"""

from __future__ import annotations

STATES: dict[str, dict[str, str]] = {
    "open": {
        "close sent": "closing",
        "end ahead": "ending",
        "close received": "linger",
        "failed": "linger",
        "eof": "closed",
        "abandoned": "closed",
        "lost": "closed",
    },
    "ending": {
        "close received": "linger",
        "failed": "linger",
        "eof": "closed",
        "abandoned": "closed",
        "lost": "closed",
    },
    "closing": {
        "close received": "linger",
        "failed": "linger",
        "eof": "closed",
        "expired": "closed",
        "abandoned": "closed",
        "lost": "closed",
    },
    "linger": {
        "eof": "closed",
        "expired": "closed",
        "abandoned": "closed",
        "lost": "closed",
    },
    "closed": {
        "eof": "closed",
        "lost": "closed",
    },
}

PATIENCE: dict[str, str | None] = {
    "open": "ws_ping_interval",
    "ending": "timeout_linger",
    "closing": "ws_close_timeout",
    "linger": "timeout_linger",
    "closed": None,
}
"""state -> the setting that bounds how long we wait for the peer in it; in "open" that is the time until we ask, in
"ending" it is the application that we wait for."""
