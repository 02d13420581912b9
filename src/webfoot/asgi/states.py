"""The legal order of ASGI events, as tables: {state: {event: next state}}.

Source: the ASGI HTTP & WebSocket message format 2.5, the lifespan format 2.0 and the page "Extensions". The tables
run the server's exchanges and the guard, they draw the docs, and they are the list of cases for the tests.

`*_SEND` is what an application may send and `*_RECEIVE` is what a server may hand out. The first state of a table is
the one that an exchange begins in; a state without rows is final. Where a flag inside the event decides what comes
next, each flavour has a row of its own, named after the flag (`row_of()` gives the name for an event):

    http.response.body            the last part          http.response.body+more       more_body is true
    http.response.start           no trailers follow     http.response.start+trailers  trailers is true

Plain strings in nested dicts are on purpose: a look-up costs 18 ns, one with Enum members as keys ten times that.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, TypeAlias

Table: TypeAlias = dict[str, dict[str, str]]

HTTP_SEND: Final[Table] = {
    # Nothing was sent. A server that has to answer by itself (the application failed) still can.
    "start": {
        "http.response.start": "body",
        "http.response.start+trailers": "body+trailers",
        # "must be sent once, before the Response Start message"; only test clients offer it.
        "http.response.debug": "start",
        # The extension's text places hints after Response Start, which servers may hold back until the first body
        # part. On the wire a 103 comes before the final head (RFC 8297, 2), so both places are legal.
        "http.response.early_hint": "start",
    },
    # Response Start was sent: "needs to be followed by at least one response content message".
    "body": {
        "http.response.body": "done",
        "http.response.body+more": "body",
        # "can be mixed with http.response.body ... should behave the same"
        "http.response.zerocopysend": "done",
        "http.response.zerocopysend+more": "body",
        # "can be called just one time in one response", and stands for the whole body.
        "http.response.pathsend": "done",
        # "at any time after the Response Start message but before the final Response Body message"
        "http.response.push": "body",
        "http.response.early_hint": "body",
    },
    # As "body", but Response Start said that trailers follow: "the server must wait".
    "body+trailers": {
        "http.response.body": "trailers",
        "http.response.body+more": "body+trailers",
        "http.response.zerocopysend": "trailers",
        "http.response.zerocopysend+more": "body+trailers",
        "http.response.pathsend": "trailers",
        "http.response.push": "body+trailers",
        "http.response.early_hint": "body+trailers",
    },
    # The body is complete, the announced trailers are not.
    "trailers": {
        "http.response.trailers": "done",
        "http.response.trailers+more": "trailers",
    },
    # "response will be taken as complete and closed"
    "done": {},
}

HTTP_RECEIVE: Final[Table] = {
    # The request body is not complete yet. An empty body is one event, too.
    "request": {
        "http.request": "complete",
        "http.request+more": "request",
        "http.disconnect": "disconnected",
    },
    # "Sent if receive is called after a response has been sent or after the HTTP connection has been closed."
    "complete": {"http.disconnect": "disconnected"},
    # Whoever asks again hears the same.
    "disconnected": {"http.disconnect": "disconnected"},
}

WEBSOCKET_SEND: Final[Table] = {
    # The handshake: Connect "must be responded to with either an Accept message or a Close message".
    "handshake": {
        "websocket.accept": "open",
        # "If this is sent before the socket is accepted, the server must close the connection with a HTTP 403"
        "websocket.close": "closed",
        # Extension "Websocket Denial Response": an HTTP answer of the application's own instead of the 403.
        "websocket.http.response.start": "denial",
    },
    "open": {
        "websocket.send": "open",
        "websocket.close": "closed",
    },
    # "These messages cannot be followed by any other websocket messages."
    "denial": {
        "websocket.http.response.body": "closed",
        "websocket.http.response.body+more": "denial",
    },
    "closed": {},
}

WEBSOCKET_RECEIVE: Final[Table] = {
    "handshake": {"websocket.connect": "connected"},
    # Receive needs the application's Accept as well; that is the other table's state "open".
    "connected": {
        "websocket.receive": "connected",
        "websocket.disconnect": "disconnected",
    },
    "disconnected": {"websocket.disconnect": "disconnected"},
}

LIFESPAN_SEND: Final[Table] = {
    # "A server must wait for this message before it starts processing connections."
    "startup": {
        "lifespan.startup.complete": "running",
        # "If a server sees this it should log/print the message provided and then exit."
        "lifespan.startup.failed": "done",
    },
    "running": {
        "lifespan.shutdown.complete": "done",
        "lifespan.shutdown.failed": "done",
    },
    "done": {},
}

LIFESPAN_RECEIVE: Final[Table] = {
    # "ready to startup and receive connections, but before it has started to do so"
    "startup": {"lifespan.startup": "running"},
    # "stopped accepting connections and closed all active connections"
    "running": {"lifespan.shutdown": "done"},
    "done": {},
}

TABLES: Final[dict[str, Table]] = {
    "HTTP_SEND": HTTP_SEND,
    "HTTP_RECEIVE": HTTP_RECEIVE,
    "WEBSOCKET_SEND": WEBSOCKET_SEND,
    "WEBSOCKET_RECEIVE": WEBSOCKET_RECEIVE,
    "LIFESPAN_SEND": LIFESPAN_SEND,
    "LIFESPAN_RECEIVE": LIFESPAN_RECEIVE,
}

EXTENSION_OF: Final[dict[str, str]] = {
    "http.response.start+trailers": "http.response.trailers",
    "http.response.trailers": "http.response.trailers",
    "http.response.trailers+more": "http.response.trailers",
    "http.response.debug": "http.response.debug",
    "http.response.early_hint": "http.response.early_hint",
    "http.response.push": "http.response.push",
    "http.response.pathsend": "http.response.pathsend",
    "http.response.zerocopysend": "http.response.zerocopysend",
    "http.response.zerocopysend+more": "http.response.zerocopysend",
    "websocket.http.response.start": "websocket.http.response",
    "websocket.http.response.body": "websocket.http.response",
    "websocket.http.response.body+more": "websocket.http.response",
}
"""Row -> the name that scope["extensions"] must hold before an application may send it."""

FLAG_OF: Final[dict[str, tuple[str, str]]] = {
    "http.request": ("more_body", "+more"),
    "http.response.start": ("trailers", "+trailers"),
    "http.response.body": ("more_body", "+more"),
    "http.response.zerocopysend": ("more_body", "+more"),
    "http.response.trailers": ("more_trailers", "+more"),
    "websocket.http.response.body": ("more_body", "+more"),
}
"""Event type -> the key whose truth makes another row of it, and what that row's name ends in."""

# What an illegal event came before or after: {table: {state: {event: words}}}; "*" speaks for the rest of a state.
_REASONS: Final[dict[str, dict[str, dict[str, str]]]] = {
    "HTTP_SEND": {
        "start": {"*": "before http.response.start"},
        "body": {
            "http.response.start": "a second time",
            "http.response.trailers": "although http.response.start did not announce trailers",
            "*": "after http.response.start",
        },
        "body+trailers": {
            "http.response.start": "a second time",
            "http.response.trailers": "before the last part of the body",
            "*": "after http.response.start",
        },
        "trailers": {"http.response.start": "a second time", "*": "after the last part of the body"},
        "done": {"*": "after the response was complete"},
    },
    "HTTP_RECEIVE": {
        "complete": {"*": "after the request body was complete"},
        "disconnected": {"*": "after http.disconnect"},
    },
    "WEBSOCKET_SEND": {
        "handshake": {
            "websocket.send": "before websocket.accept",
            "*": "before websocket.http.response.start",
        },
        "open": {"websocket.accept": "a second time", "*": "after websocket.accept"},
        "denial": {"websocket.http.response.start": "a second time", "*": "after websocket.http.response.start"},
        "closed": {"*": "after the WebSocket was closed"},
    },
    "WEBSOCKET_RECEIVE": {
        "handshake": {"*": "before websocket.connect"},
        "connected": {"*": "a second time"},
        "disconnected": {"*": "after websocket.disconnect"},
    },
    "LIFESPAN_SEND": {
        "startup": {"*": "before lifespan.startup.complete"},
        "running": {"lifespan.startup.complete": "a second time", "*": "after lifespan.startup.complete"},
        "done": {"*": "after the lifespan was over"},
    },
    "LIFESPAN_RECEIVE": {
        "startup": {"*": "before lifespan.startup"},
        "running": {"*": "a second time"},
        "done": {"*": "after lifespan.shutdown"},
    },
}


def row_of(message: Mapping[str, Any]) -> str:
    """The name under which the tables list this event: its type, and the flag that it carries.

    The event's type must be a string; whether the table knows it is for the caller to see.
    """
    name: str = message["type"]
    flag = FLAG_OF.get(name)
    return name + flag[1] if flag is not None and message.get(flag[0]) else name


def events_of(table: Table) -> set[str]:
    """Every row name that occurs in a table, in whichever state."""
    return {event for row in table.values() for event in row}


def explain(table: str | Table, state: str, event: str) -> str:
    """Say in one sentence (without a full stop) why `event` is illegal in `state`.

    `table` is one of the six above or its name, `event` a row name or a bare event type: "http.response.body was
    sent before http.response.start". Meant for the failing path; the way there is a plain look-up in the table.
    """
    name = table if isinstance(table, str) else next(key for key, value in TABLES.items() if value is table)
    kind, direction = name.split("_")
    by_whom = "the application" if direction == "SEND" else "the server"
    event_type = event.partition("+")[0]
    if event_type not in events_of(TABLES[name]):
        return _explain_stranger(kind, by_whom, event_type)
    reasons = _REASONS[name][state]
    return f"{event_type} was sent {reasons.get(event_type) or reasons['*']}"


def _explain_stranger(kind: str, by_whom: str, event_type: str) -> str:
    """The sentence for an event type that a table does not list in any state."""
    protocol = {"HTTP": "an HTTP", "WEBSOCKET": "a WebSocket", "LIFESPAN": "a lifespan"}[kind]
    homes = [name for name, table in TABLES.items() if event_type in events_of(table)]
    if not homes:
        return f"{event_type!r} was sent, which is no event of {protocol} exchange"
    if homes[0].startswith(kind):
        other = "the server" if by_whom == "the application" else "the application"
        return f"{event_type} was sent by {by_whom}, though it is an event for {other} to send"
    return f"{event_type} was sent in {protocol} exchange"
