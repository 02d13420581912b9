"""What each layer changed: what it was given, held against what it gave to the next one, in both directions."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from webfoot.asgi.open_files import takes_open_files
from webfoot.asgi.types import ASGIApp, Message, Receive, Scope, Send
from webfoot.journey import redact
from webfoot.trail import StationName

if TYPE_CHECKING:
    from webfoot.journey.capture.thorough import ThoroughRecord

log = logging.getLogger("webfoot")

Way: TypeAlias = Literal["in", "out"]
What: TypeAlias = Literal["header", "body", "status", "scope", "answer"]

OUTERMOST: Final = "ServerErrorMiddleware"
INNERMOST: Final = "ExceptionMiddleware"
"""Around and within the layers of every application. Of themselves they change nothing that passes."""

MOST = 200
"""Changes kept of one request."""

# What is the framework's own, or is compared by itself.
_PASSED_OVER = frozenset(("headers", "state", "app", "router", "endpoint", "route", "extensions", "path_params"))
_CLEANERS: dict[str, Callable[[str], str]] = {
    "path": redact.target,
    "raw_path": redact.target,
    "root_path": redact.target,
    "query_string": redact.query,
}
_FURTHER_IN: frozenset[StationName] = frozenset(
    ("middleware_entered", "route_matched", "route_entered", "endpoint_called")
)


@dataclass(frozen=True, slots=True)
class Change:
    """`before` is None for what was added, `after` for what was taken away."""

    layer: str
    index: int
    way: Way
    what: What
    name: str
    before: str | None
    after: str | None


class Layer:
    """One layer while a request is in it, and what went into it and came out of it. Gone when the request is over."""

    __slots__ = ("headers", "index", "inner", "name", "scope", "sent", "size", "state", "status")

    def __init__(self, name: str, index: int) -> None:
        self.name = name
        self.index = index
        self.scope: dict[str, Any] = {}
        self.headers: list[Any] = []
        self.state: dict[str, Any] = {}
        self.inner: Layer | None = None  # the next one, once it was entered
        self.sent: list[Any] | None = None  # the fields of its answer, once that has begun
        self.status = 0
        self.size = 0

    def enter(self, scope: Scope) -> None:
        self.scope = dict(scope)
        self.headers = fields_in(scope)
        state = scope.get("state")
        self.state = dict(state) if isinstance(state, Mapping) else {}

    @property
    def gives_as(self) -> str:
        """Who it is that gives something to the next layer: behind the innermost one there comes the router."""
        return "router" if self.name == INNERMOST else self.name


class Between:
    """Stands around a layer for one request, with what it is given and what it gives back."""

    __slots__ = ("_app", "_index", "_name", "_record")

    def __init__(self, record: ThoroughRecord, app: ASGIApp, name: str, index: int) -> None:
        self._record = record
        self._app = app
        self._name = name
        self._index = index

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        record = self._record
        layer, around = Layer(self._name, self._index), record.layer
        quietly(layer.enter, scope)
        if around is not None:
            around.inner = layer
            quietly(_compare_way_in, around, layer, record)
        if around is not None or self._name != INNERMOST:  # else no other layer will ask what came out of this one
            send = Outlet(layer, record, send).send
        record.layer = layer
        try:
            await self._app(scope, receive, send)
        finally:
            record.layer = around
            quietly(_compare_bodies, layer, record)
            layer.scope = {}  # no reference to the application's objects stays


class Outlet:
    """What a layer sends, on its way to the one around it."""

    __slots__ = ("_layer", "_record", "_send", "takes_open_files")

    def __init__(self, layer: Layer, record: ThoroughRecord, send: Send) -> None:
        self._layer = layer
        self._record = record
        self._send = send
        # Whoever may hand files to the server may do so through this one, too.
        self.takes_open_files = takes_open_files(send)

    async def send(self, message: Message) -> None:
        quietly(self._look, message)
        await self._send(message)

    def _look(self, message: Message) -> None:
        kind, layer = message.get("type"), self._layer
        if kind == "http.response.body":
            layer.size += len(message.get("body", b""))
        elif kind == "http.response.start" and layer.sent is None:
            layer.sent = fields_in(message)
            layer.status = message.get("status", 0)
            _compare_way_out(layer, self._record)


def quietly(look: Callable[..., None], *given: object) -> None:
    """Look at what an application hands over: that may be anything, and what is wrong with it others say."""
    try:
        look(*given)
    except Exception:
        log.debug("something could not be shown on the journey's page", exc_info=True)


def fields_in(given: Mapping[str, Any]) -> list[Any]:
    """The header fields of a scope or a message; none where they can be read only once, which is not for us to do."""
    fields = given.get("headers")
    return list(fields) if type(fields) is list or isinstance(fields, (list, tuple)) else []


def _compare_way_in(around: Layer, given: Layer, record: ThoroughRecord) -> None:
    if given.headers != around.headers:
        _note_headers(around, "in", around.headers, given.headers, record)
    before = around.scope
    for key, value in given.scope.items():
        if type(key) is not str or key in _PASSED_OVER or key.startswith(("webfoot.", "starlette.", "fastapi")):
            continue
        if key in before and before[key] is value:
            continue
        if key not in before:
            _note(record, Change(around.gives_as, around.index, "in", "scope", key, None, _shown(key, value)))
        elif _differ(before[key], value):
            was, now = _shown(key, before[key]), _shown(key, value)
            _note(record, Change(around.gives_as, around.index, "in", "scope", key, was, now))
    for key in given.state.keys() - around.state.keys():
        name = f"state.{key}"
        now = _shown(name, given.state[key])
        _note(record, Change(around.gives_as, around.index, "in", "scope", name, None, now))


def _differ(before: object, after: object) -> bool:
    try:
        return bool(before != after)
    except Exception:  # an array, say, has no one answer
        return True


def _compare_way_out(layer: Layer, record: ThoroughRecord) -> None:
    inner = layer.inner
    if inner is not None and inner.sent is not None:
        if layer.status != inner.status:
            was, now = str(inner.status), str(layer.status)
            _note(record, Change(layer.name, layer.index, "out", "status", "status", was, now))
        if layer.sent != inner.sent:
            _note_headers(layer, "out", inner.sent, layer.sent or [], record)
    elif inner is None and not record.came_further_than(layer.name, layer.index, _FURTHER_IN):
        _note(record, Change(layer.name, layer.index, "out", "answer", "answer", None, str(layer.status)))


def _compare_bodies(layer: Layer, record: ThoroughRecord) -> None:
    inner = layer.inner
    if inner is not None and inner.sent is not None and layer.sent is not None and inner.size != layer.size:
        was, now = f"{inner.size} bytes", f"{layer.size} bytes"
        _note(record, Change(layer.name, layer.index, "out", "body", "size", was, now))


def _note_headers(layer: Layer, way: Way, before: list[Any], after: list[Any], record: ThoroughRecord) -> None:
    was, now = _by_name(before), _by_name(after)
    for name in [*was, *(name for name in now if name not in was)]:
        if was.get(name) != now.get(name):
            shown = _field(name, was.get(name)), _field(name, now.get(name))
            who = layer.gives_as if way == "in" else layer.name
            _note(record, Change(who, layer.index, way, "header", redact.short(name), *shown))


def _by_name(fields: list[Any]) -> dict[str, list[bytes]]:
    found: dict[str, list[bytes]] = {}
    for name, value in fields:
        found.setdefault(bytes(name).decode("latin-1").lower(), []).append(bytes(value))
    return found


def _field(name: str, values: list[bytes] | None) -> str | None:
    if values is None:
        return None
    kept = redact.headers([(name.encode("latin-1"), value) for value in values[:8]])
    assert isinstance(kept, list)
    return ", ".join(value for _, value in redact.readable(kept))


def _shown(key: str, value: object) -> str:
    if redact.is_secret(key):
        return redact.REDACTED
    clean = _CLEANERS.get(key)
    if clean is not None:
        return clean(value.decode("latin-1") if isinstance(value, bytes) else str(value))
    return redact.short(str(redact.data(value)))


def _note(record: ThoroughRecord, change: Change) -> None:
    if len(record.changes) < MOST:
        record.changes.append(change)
