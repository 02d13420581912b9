"""How a layer tells whoever watches what it decided about this request, and why: `decided(scope, ...)`.

For everything that a developer would otherwise have to guess: a preflight refused, a response not compressed, a 304, a
host that is not trusted. The sentences are shown by `webfoot journey` and answer the question "why this status?".
"""

from __future__ import annotations

from webfoot.asgi.types import Scope
from webfoot.trail.trail import TRAIL_KEY, trail_of


def decided(scope: Scope, by: str, what: str, status: int | None = None) -> None:
    """Costs one look into the scope while nobody watches; so ask `is_watched` first where `what` has to be built.

    by: the layer, as its user knows it: a class ("CORSMiddleware"), a call ("request.json()"), an option or a decorator
    ("requires"). what: the decision with its reason, in words that follow "CORSMiddleware: "; values of the request may
    stand in it, but no secrets. status: what the layer itself answers because of it; None when it lets the request or
    the response pass.
    """
    trail = trail_of(scope)
    if trail is not None:
        trail.mark("decided", by=by, what=what, status=status)


def is_watched(scope: Scope) -> bool:
    return TRAIL_KEY in scope
