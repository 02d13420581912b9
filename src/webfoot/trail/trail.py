"""What the layers of the house know of whoever watches: six verbs, two of them for the server alone.

A layer asks `trail is not None` and then marks; while nobody watches that question is the whole cost. A mark never
changes what happens, so an implementation must not raise and must not keep a reference that it was not given to keep
(secrets are redacted by the implementation before anything is shown or written, see `webfoot.journey.record`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, cast

if TYPE_CHECKING:
    from collections.abc import Sequence

    from webfoot.asgi.types import ASGIApp, Scope
    from webfoot.trail.held import Hold
    from webfoot.trail.stations import StationName

TRAIL_KEY = "webfoot.trail"
"""Scope key under which the server hands the trail to the layers above. Absent while nobody watches."""


class Trail(Protocol):
    """The journey of one request, being recorded.

    `is_thorough`: somebody wants to know each value, too. Ask `is_thorough(trail)` before building what only he needs.
    is_light: made for all requests of a server under load. Stations that say nothing which others do not say, or that
    cost much, pass it over: `closely(trail)` is None.
    """

    is_light: bool = False

    def mark(self, station: StationName, /, **facts: object) -> None:
        """Note that the request is at `station` now. `facts` are those named in `webfoot.trail.stations`."""

    def note(self, station: StationName, facts: dict[str, Any], /) -> None:
        """`mark`, of something that goes well: no `error`, `errors` or `values` is among the facts.

        The dictionary is the trail's from now on. It costs half as much as a call with many names.
        """
        self.mark(station, **facts)

    def before(self, station: StationName, /, **facts: object) -> None:
        """The request is about to reach `station`, which is marked when it is there: for whoever measures the way.

        Asked at stations that are marked only when their work is done: a dependency that gives its value, its clean-up.
        """

    def held(self, hold: Hold) -> None:
        """The event loop is held while this request is under way. Called by the server, from a thread of its own."""

    def end(self) -> None:
        """The application has returned, background work and clean-up included. Called by the server, once.

        The response may be complete and the connection kept or closed long before; a request that the server refused
        reaches no application and is not ended.
        """

    def onward(self, app: ASGIApp, name: str, index: int) -> ASGIApp:
        """What a seam is to call for the layer `app` of this name: just that, or something around it.

        For whoever wants to look at the messages that pass between two layers; they must pass unchanged.
        """
        return app


class Watcher(Protocol):
    """Somebody who wants to see journeys: gives a trail for each request, or None to let that one pass."""

    def begin(self) -> Trail | None:
        """Called when a connection opens, and again when the next request's first bytes arrive on it."""

    def loaded(self, app: ASGIApp) -> ASGIApp:
        """The server has its application and is about to start it up: what is to be served in its place, or just that.

        Called once, and never by a test's exchange."""


def is_thorough(trail: Trail) -> bool:
    """Whether facts that cost something to be put together are wanted, as on a page for developers."""
    return getattr(trail, "is_thorough", False) is True


def closely(trail: Trail | None) -> Trail | None:
    """The trail, if it is to be told of everything."""
    return None if trail is None or getattr(trail, "is_light", False) else trail


def answer_fields(trail: Trail | None, status: int) -> Sequence[tuple[bytes, bytes]]:
    """Header fields that whoever watches adds to an answer of the server's own, of this status: the reason for it."""
    tell = getattr(trail, "answer_fields", None)
    return () if tell is None else cast("Sequence[tuple[bytes, bytes]]", tell(status))


def client_left(trail: Trail | None) -> None:
    """Tell whoever watches that the client sends no more, so that it has probably gone, and the application still works
    on the answer. Called by the server; the connection may go on for a while."""
    tell = getattr(trail, "left", None)
    if tell is not None:
        tell()


def tell_sent(trail: Trail | None, sent: object) -> None:
    """Tell whoever watches a request that fails what its client has sent in the body (mappings, lists and texts): the
    message of an exception may quote what stands there under the name of a secret. Who is thorough knows it already."""
    learn = getattr(trail, "learn_sent", None)
    if learn is not None:
        learn(sent)


def trail_of(scope: Scope) -> Trail | None:
    """The trail that travels in `scope`, if somebody watches this request."""
    trail: Trail | None = scope.get(TRAIL_KEY)  # no cast, which is a call: every layer asks
    return trail
