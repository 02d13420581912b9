"""What an application is held to, as a server would: which event may come next, and what is in it."""

from __future__ import annotations

from webfoot.asgi.extensions import offers
from webfoot.asgi.states import EXTENSION_OF, Table, explain, row_of
from webfoot.asgi.types import Headers, Message, Scope


def next_state(table: Table, state: str, message: Message, scope: Scope) -> str:
    """Where `message` leads in a table of `webfoot.asgi.states`. RuntimeError when it must not be sent now."""
    if not isinstance(message.get("type"), str):
        raise RuntimeError(f"an event needs a str as its 'type', {message!r} was sent")
    row = row_of(message)
    following = table[state].get(row)
    if following is None:
        raise RuntimeError(explain(table, state, row))
    extension = EXTENSION_OF.get(row)
    if extension is not None and not offers(scope, extension):
        raise RuntimeError(f"{message['type']} was sent, but the scope does not offer the extension {extension!r}")
    return following


def status_of(message: Message) -> int:
    status = message.get("status")
    if not isinstance(status, int) or not 200 <= status <= 599:
        raise RuntimeError(f"the status of a response must be an int from 200 to 599, not {status!r}")
    return status


def pairs_of(message: Message) -> Headers:
    pairs = list(message.get("headers", ()))
    for pair in pairs:
        if len(pair) != 2 or not all(isinstance(text, bytes) for text in pair):
            raise RuntimeError(f"the headers of {message['type']} must be pairs of bytes (name, value), not {pair!r}")
    return [(name, value) for name, value in pairs]


def body_of(message: Message) -> bytes:
    """Bytes; from whatever else has bytes in it a copy, since the application may write into it again."""
    body = message.get("body", b"")
    if not isinstance(body, (bytes, bytearray, memoryview)):
        raise RuntimeError(f"the body in {message['type']} must be bytes, not {type(body).__name__}")
    return bytes(body)
