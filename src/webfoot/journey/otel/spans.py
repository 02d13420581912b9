"""Spans made of the marks of the trail, while the request is on its way: each is the current one as long as what it
stands for goes on, so that whatever the application traces itself lies within.

This is a trail like the one that journeys are recorded by, and hands every mark on to that one if there is one. What it
makes of a mark stands in one table, `HEARD`; another station is one more row there.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from traceback import extract_tb
from typing import Any, Final, TypeAlias

from opentelemetry.context import Context, attach, get_current
from opentelemetry.trace import Span, StatusCode, Tracer, get_current_span, set_span_in_context

from webfoot.asgi.types import ASGIApp, Scope
from webfoot.journey import redact
from webfoot.journey.cleaning import Secrets, learn_sent
from webfoot.journey.failure import GONE, failure_of
from webfoot.journey.otel.faults import tell
from webfoot.journey.why.answers import SURROUNDINGS
from webfoot.trail import StationName, Trail
from webfoot.trail.conventions import qualified_name
from webfoot.trail.held import Hold
from webfoot.trail.trail import client_left, is_thorough, tell_sent

Facts: TypeAlias = dict[str, Any]

_MOST_FRAMES: Final = 50


@dataclass(slots=True)
class _Open:
    """A stretch that has begun. span: None for one that is only there to be left. before: the context around it."""

    began: int
    kind: str
    name: object
    index: object
    span: Span | None
    before: Context


class SpanTrail:
    """One request's. Its times are those of one clock, so that children lie within their parents."""

    __slots__ = (
        "_ended_at",
        "_hand_on",
        "_heard",
        "_inner",
        "_last",
        "_offset",
        "_open",
        "_scope",
        "_secrets",
        "tracer",
    )

    is_light = False

    def __init__(self, tracer: Tracer, inner: Trail | None, scope: Scope, heard: Heard | None = None) -> None:
        self.tracer = tracer
        self._scope = scope
        self._secrets: Secrets | None = None
        self._inner = inner
        self._hand_on = None if inner is None else inner.mark
        self._heard = HEARD if heard is None else heard
        self._offset = time.time_ns() - time.perf_counter_ns()
        self._last = self.now()  # when the request was at the station before
        self._open: list[_Open] = []  # what is around the request now, outermost first
        self._ended_at: int | None = None  # when the response was complete

    def now(self) -> int:
        """As `time_ns`, though nobody's setting of the clock moves it while the request is on its way."""
        return time.perf_counter_ns() + self._offset

    def at(self, mark: int) -> int:
        """The same of a time by `perf_counter_ns`."""
        return mark + self._offset

    # What a trail is.

    def mark(self, station: StationName, /, **facts: Any) -> None:
        heard = self._heard.get(station)
        if heard is not None:
            try:
                heard(self, self.now(), facts)
            except Exception as error:  # a mark changes nothing of what happens to the request
                tell(error)
        self._last = self.now()
        if self._hand_on is not None:
            self._hand_on(station, **facts)  # last, for it may change the facts

    def note(self, station: StationName, facts: Facts, /) -> None:
        self.mark(station, **facts)

    def before(self, station: StationName, /, **facts: Any) -> None:
        if station in self._heard:
            try:
                self._before(station, facts)
            except Exception as error:
                tell(error)
        if self._inner is not None:
            self._inner.before(station, **facts)

    @property
    def is_thorough(self) -> bool:
        return self._inner is not None and is_thorough(self._inner)

    def left(self) -> None:
        client_left(self._inner)

    def learn_sent(self, sent: object) -> None:
        learn_sent(self._known_secrets(), sent)
        tell_sent(self._inner, sent)

    def held(self, hold: Hold) -> None:
        if self._inner is not None:
            self._inner.held(hold)

    def end(self) -> None:
        if self._inner is not None:
            self._inner.end()

    def onward(self, app: ASGIApp, name: str, index: int) -> ASGIApp:
        return app if self._inner is None else self._inner.onward(app, name, index)

    # How stretches begin and end.

    def _enter(self, kind: str, name: str, at: int, said: Facts | None, index: object = None) -> None:
        """What happens inside belongs below its span: marks come from the task that the request runs in.

        said: its attributes; None where there is to be no span.
        """
        before, span = get_current(), None
        if said is not None:
            span = self.tracer.start_span(_named(kind, name), attributes=said, start_time=at)
            attach(set_span_in_context(span, before))
        self._open.append(_Open(at, kind, name, index, span, before))

    def _leave(self, kind: str, name: object, at: int, index: object = None, error: object = None) -> Span | None:
        """End it, and whatever is open within; its span, ended, for those who ask whether there was one."""
        for depth in range(len(self._open) - 1, -1, -1):
            each = self._open[depth]
            if (each.kind, each.name, each.index) == (kind, name, index):
                break
        else:
            return None
        for inner in reversed(self._open[depth:]):
            self._end_span(inner, at, error)
        del self._open[depth:]
        # Put back, not detached: a layer that runs what is inside of it in another task has a context of its own.
        attach(each.before)
        return each.span

    def _end_span(self, stretch: _Open, at: int, error: object) -> None:
        if stretch.span is not None and stretch.span.is_recording():
            self.blame(stretch.span, error)
            ended = self._ended_at
            stretch.span.end(at if ended is None or stretch.began >= ended else min(at, ended))

    def _made(self, name: str, began: int, at: int, said: Facts, error: object = None) -> None:
        """A span for what has been already."""
        span = self.tracer.start_span(name, attributes=said, start_time=min(began, at))
        self.blame(span, error)
        span.end(at)

    def responded(self, at: int) -> None:
        """The response is complete: what goes on behind it is no part of what the client waited for."""
        if self._ended_at is None:
            self._ended_at = at

    def close(self, error: object = None) -> None:
        """End what is open still, when nothing more is to be known."""
        at = self.now()
        for each in reversed(self._open):
            self._end_span(each, at, error)

    # What is made of each mark.

    def middleware_entered(self, at: int, facts: Facts) -> None:
        name = facts["name"]
        self._enter("middleware", name, at, None if name in SURROUNDINGS else {"webfoot.name": name}, facts["index"])

    def middleware_left(self, at: int, facts: Facts) -> None:
        error = facts.get("error")
        if facts["outcome"] == "handled":
            said = {"webfoot.handler": str(facts["handler"]), "error.type": _type_of(error)}
            self._event("webfoot.handled", said)
            error = None
        self._leave("middleware", facts["name"], at, facts["index"], error)

    def route_matched(self, at: int, facts: Facts) -> None:
        """Why there is a 404, a 405 or a redirect."""
        if facts["outcome"] != "found":
            self._event("webfoot.no_route", {"webfoot.outcome": facts["outcome"]})

    def route_entered(self, at: int, facts: Facts) -> None:
        self._enter("route", str(facts["route"]), at, {"http.route": str(facts["route"])})

    def body_read(self, at: int, facts: Facts) -> None:
        said = {"webfoot.body.kind": str(facts["kind"]), "webfoot.outcome": facts["outcome"]}
        if isinstance(size := facts.get("size"), int):
            said["http.request.body.size"] = size
        self._made("body", self._last, at, said)

    def dependency_entered(self, at: int, facts: Facts) -> None:
        """Marked when it has given its value."""
        if self._leave("dependency", facts["name"], at, error=facts.get("error")) is None and "took_ns" in facts:
            said = {**_code_of(facts), "webfoot.outcome": facts["outcome"]}
            self._made(_named("dependency", facts["name"]), at - facts["took_ns"], at, said, facts.get("error"))

    def dependency_left(self, at: int, facts: Facts) -> None:
        swallowed = facts["outcome"] == "swallowed"
        self._leave("clean-up", facts["name"], at, error=None if swallowed else facts.get("error"))

    def endpoint_called(self, at: int, facts: Facts) -> None:
        self._enter("endpoint", facts["name"], at, _code_of(facts))

    def endpoint_returned(self, at: int, facts: Facts) -> None:
        self._leave("endpoint", facts["name"], at, error=facts.get("error"))

    def reply_validated(self, at: int, facts: Facts) -> None:
        """Of what the endpoint returned, the text that is sent. A response of its own is nothing to be written."""
        if facts["outcome"] in ("response", "stream"):
            return
        said = {"webfoot.outcome": facts["outcome"]}
        if facts.get("model"):
            said["webfoot.model"] = str(facts["model"])
        if isinstance(size := facts.get("size"), int):
            said["http.response.body.size"] = size
        self._made("serialization", self._last, at, said)

    def background_called(self, at: int, facts: Facts) -> None:
        self._enter("background", facts["name"], at, {})

    def background_returned(self, at: int, facts: Facts) -> None:
        self._leave("background", facts["name"], at, error=facts.get("error"))

    def decided(self, at: int, facts: Facts) -> None:
        said = {
            "webfoot.by": facts["by"],
            "webfoot.what": self._without_secrets("what", redact.free_text(facts["what"])),
        }
        if facts["status"] is not None:
            said["http.response.status_code"] = facts["status"]
        self._event("webfoot.decided", said)

    def _before(self, station: StationName, facts: Facts) -> None:
        at = self.now()
        if station == "dependency_entered":
            self._enter("dependency", facts["name"], at, _code_of(facts))
        elif station == "dependency_left":
            self._enter("clean-up", facts["name"], at, {})
        self._last = at

    def blame(self, span: Span, error: object) -> None:
        """What the span stands for ended in `error`: told if that is a fault, not an answer, nor a client that left.

        The message is told without secrets, the traceback by its places, without the lines of code.
        """
        if not isinstance(error, Exception) or type(error).__name__ in GONE:
            return
        if isinstance(status := getattr(error, "status_code", None), int) and status < 500:
            return
        kind = qualified_name(error)
        said = {
            "exception.type": kind,
            "exception.message": self._message_of(error),
            "exception.stacktrace": "".join(_frames(error)),
        }
        span.add_event("exception", said, self.now())
        span.set_attribute("error.type", kind)
        span.set_status(StatusCode.ERROR)

    def _message_of(self, error: Exception) -> str:
        return str(self._without_secrets("error", failure_of(error)).text)

    def _without_secrets(self, name: str, value: Any) -> Any:
        """Without what the client has sent under the name of a secret, either, which others may quote."""
        facts = {name: value}
        self._known_secrets().take_out_of(facts)
        return facts[name]

    def _known_secrets(self) -> Secrets:
        if self._secrets is None:
            self._secrets = Secrets()
            self._secrets.learn("head_parsed", {"headers": [*self._scope["headers"]]})
            self._secrets.learn("scope_built", {"query": self._scope.get("query_string", b"")})
            self._secrets.learn("values_collected", {"path": self._scope.get("path_params")})
        return self._secrets

    def _event(self, name: str, said: Facts) -> None:
        span = next((each.span for each in reversed(self._open) if each.span is not None), None) or get_current_span()
        if span.is_recording():
            span.add_event(name, said, self.now())


Heard: TypeAlias = Mapping[StationName, Callable[[SpanTrail, int, Facts], None]]

HEARD: Final[Heard] = {
    "middleware_entered": SpanTrail.middleware_entered,
    "middleware_left": SpanTrail.middleware_left,
    "decided": SpanTrail.decided,
    "route_matched": SpanTrail.route_matched,
    "route_entered": SpanTrail.route_entered,
    "body_read": SpanTrail.body_read,
    "dependency_entered": SpanTrail.dependency_entered,
    "endpoint_called": SpanTrail.endpoint_called,
    "endpoint_returned": SpanTrail.endpoint_returned,
    "reply_validated": SpanTrail.reply_validated,
    "dependency_left": SpanTrail.dependency_left,
    "background_called": SpanTrail.background_called,
    "background_returned": SpanTrail.background_returned,
}


def _frames(error: Exception) -> Iterator[str]:
    yield "Traceback (most recent call last):\n"
    for frame in extract_tb(error.__traceback__, limit=-_MOST_FRAMES):
        yield f'  File "{frame.filename}", line {frame.lineno}, in {frame.name}\n'


def _named(kind: str, name: str) -> str:
    return f"{kind} {name.rpartition('<locals>.')[2].removesuffix('.__call__')}"


def _type_of(error: object) -> str:
    return qualified_name(error) if isinstance(error, BaseException) else ""


def _code_of(facts: Facts) -> Facts:
    said: Facts = {"code.function.name": str(facts["name"])}
    if isinstance(file := facts.get("file"), str):
        said["code.file.path"] = file
    if isinstance(line := facts.get("line"), int):
        said["code.line.number"] = line
    if where := facts.get("where"):
        said["webfoot.where"] = str(where)
    if isinstance(others := facts.get("cached"), int) and others:
        said["webfoot.wanted"] = others + 1
    return said
