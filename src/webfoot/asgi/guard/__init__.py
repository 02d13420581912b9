"""The guard: an ASGI middleware that holds the application AND the server to the specification.

    app = Guard(app)

It changes nothing that is right. What is wrong raises `ASGIViolation` where it happens: what the application sends,
out of `send()` in its own stack; what the server hands out, out of `receive()` or, for a bad scope, out of the call.

`rules` says what is demanded and where it is written (`all_rules()` lists it), `shapes` looks at keys and types,
`response` at the body's length, `exchanges` at the order of events, by the tables in `webfoot.asgi.states`; `plain`
knows at first sight what `shapes` need not look at.
"""

from __future__ import annotations

from collections.abc import Collection

from webfoot.asgi.guard.exchanges import EXCHANGES
from webfoot.asgi.guard.plain import is_plain_request
from webfoot.asgi.guard.rules import RULES, ASGIViolation, Rule, all_rules
from webfoot.asgi.guard.shapes import check_scope, replayable
from webfoot.asgi.types import ASGIApp, Receive, Scope, Send

__all__ = ["MENDED", "SCOPE", "TOLERATED", "ASGIViolation", "Guard", "Rule", "all_rules"]

TOLERATED = frozenset({"body-to-head", "body-type", "websocket-too-early"})
"""What applications do by the thousand and every server puts right: the body of an answer to HEAD is not sent, a
bytearray or memoryview is as good as bytes, and a handshake may be refused before its event was received."""

MENDED = TOLERATED | {"content-length-204", "header-case"}
"""What our server bears besides, because the users of frameworks cannot help it: Django, Sanic, BlackSheep, Datasette
and Socket.IO write `Content-Type`, which means the same to HTTP/1, and Quart and BlackSheep a `content-length: 0`
beside 204, which is not sent."""

SCOPE = frozenset(rule for rule in RULES if rule.startswith("scope-"))
"""What a server that stands right outside of the guard need not be asked for with each request, if it is tested."""


class Guard:
    """Wraps `app`. `ignore` holds the ids of rules to let pass: Guard(app, ignore={"body-to-head"}).

    Raises ValueError for an id that no rule has. Meant for tests and for development: each event is looked at, which
    costs 5 to 10 microseconds per request (`python -m benchmarks guard`).
    """

    def __init__(self, app: ASGIApp, *, ignore: Collection[str] = ()) -> None:
        unknown = sorted(set(ignore) - set(RULES))
        if unknown:
            raise ValueError(f"the guard has no rule {unknown[0]!r}; webfoot.asgi.guard.all_rules() lists them")
        self.app = app
        self.ignore = frozenset(ignore)
        self._passes_scope = self.ignore >= SCOPE

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not self._passes_scope and not is_plain_request(scope):
            scope = replayable(scope)
            check_scope(scope, self._complain)
        kind = EXCHANGES.get(scope.get("type", ""))
        if kind is None:
            return await self.app(scope, receive, send)
        exchange = kind(scope, receive, send, self._complain)
        await self.app(scope, exchange.receive, exchange.send)
        return exchange.returned()

    def _complain(self, rule: str, found: str) -> None:
        if rule not in self.ignore:
            raise ASGIViolation(rule, found)
