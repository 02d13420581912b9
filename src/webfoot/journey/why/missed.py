"""What was let pass and somebody will miss all the same: an answer that a page cannot read, a session that is gone.

No reason for a status, so it is told beside that: of an answer of 200 as of any other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, cast

from webfoot.journey import redact
from webfoot.journey.marks import Mark
from webfoot.journey.record import Record
from webfoot.journey.redact import printable
from webfoot.journey.says import says
from webfoot.journey.why.answers import SURROUNDINGS, innermost_open, until_the_start
from webfoot.journey.why.router import is_preflight
from webfoot.journey.why.verdict import listed, sentence

_SPEAKERS: Final = frozenset(("CORSMiddleware", "SessionMiddleware"))
_ALLOWED: Final = "access-control-allow-origin"
_ORIGIN: Final = (b"origin", "origin")
_LONGEST_ORIGIN: Final = 200
_SUBPROTOCOL: Final = "sec-websocket-protocol"
_SET_COOKIE: Final = "set-cookie"
_NO_SUBPROTOCOL: Final = (
    "The client offered subprotocols and accept() named none, so a browser fails the connection: "
    "accept(subprotocol=...) takes one of scope['subprotocols']."
)


def missed(record: Record) -> Iterator[str]:
    """A sentence for each thing."""
    for mark in record.all("decided"):
        if mark.facts.get("by") in _SPEAKERS and mark.facts.get("status") is None:
            yield says(mark)
    if (hidden := hidden_by_browser(record)) is not None:
        yield hidden
    if _has_no_subprotocol(record):
        yield _NO_SUBPROTOCOL
    yield from _refused_cookies(record)


def _has_no_subprotocol(record: Record) -> bool:
    """By the WebSockets standard of browsers: "establish a WebSocket connection"."""
    if record.status != 101 or record.header(_SUBPROTOCOL) is None:
        return False
    headers = record.fact("response_started", "headers")
    return isinstance(headers, list) and all(name != _SUBPROTOCOL for name, _ in redact.readable(headers))


def _refused_cookies(record: Record) -> Iterator[str]:
    """By RFC 6265bis section 5.7, which browsers follow."""
    answer = record.last("response_started")
    if answer is None or not sets_cookies(answer.facts):
        return
    for name, value in redact.readable(cast("list[tuple[bytes, bytes]]", answer.facts["headers"])):
        attributes = [part.strip().lower() for part in value.split(";")[1:]]
        if name == _SET_COOKIE and "samesite=none" in attributes and "secure" not in attributes:
            cookie = printable(value.partition("=")[0].strip())
            yield f"Browsers do not take the cookie {cookie}: SameSite=None asks for Secure beside it."


def sets_cookies(answer: Mapping[str, object]) -> bool:
    """Asked of the head of every answer, and most set none."""
    fields = answer.get("headers")
    if isinstance(fields, list):
        for name, _ in fields:
            if len(name) == len(_SET_COOKIE) and name.lower() in (b"set-cookie", _SET_COOKIE):
                return True
    return False


def hidden_by_browser(record: Record) -> str | None:
    """Why a page of another origin cannot read the answer, in a sentence no layer has said. None if it can.

    By the Fetch standard: "CORS check". Browsers hide such an answer, its status too, and call it a CORS error.
    """
    origin = foreign_origin(record)
    if origin is None or record.status is None:
        return None
    headers = record.fact("response_started", "headers")
    if not isinstance(headers, list | None):
        return None
    if record.status in (404, 405) and is_preflight(record):
        return None  # the router's own sentence says so
    if any(mark.facts.get("by") == "CORSMiddleware" for mark in record.all("decided")):
        return None  # it has told so itself
    fields = redact.readable(headers or ())
    if len(fields) >= redact.MOST_FIELDS:
        return None  # there may be more of them
    allowed = [value for name, value in fields if name == _ALLOWED]
    if not allowed:
        return _told(origin, f"the answer has no Access-Control-Allow-Origin{_because(record)}")
    if len(allowed) > 1:
        return _told(origin, f"the answer has {len(allowed)} fields Access-Control-Allow-Origin; who adds the second?")
    if allowed[0] not in ("*", origin):
        return _told(origin, f"the answer's Access-Control-Allow-Origin is {allowed[0]}")
    if record.header("cookie") is None or record.header("sec-fetch-mode") != "cors":
        return None
    if allowed[0] == "*":
        return _told(origin, "it sent cookies, so Access-Control-Allow-Origin must name it and not be *")
    if ("access-control-allow-credentials", "true") not in fields:
        return _told(origin, "it sent cookies, and the answer has no Access-Control-Allow-Credentials: true")
    return None


def foreign_origin(record: Record) -> str | None:
    """The origin of the page that asked for this by means of CORS, if it is another one than that of the application.

    A form or a link needs no permission, nor does a WebSocket. Browsers tell more than the origin itself does, where
    they trust the connection: behind a proxy the application may go by another name than the page knows.
    """
    head = next((facts for _, station, facts in record.kept if station == "head_parsed"), None)
    if head is None or not has_origin(head) or record.fact("scope_built", "kind") != "http":
        return None
    origin = record.header("origin") or ""
    if record.header("sec-fetch-mode") not in (None, "cors"):
        return None
    site = record.header("sec-fetch-site")
    if site is not None:
        return origin[:_LONGEST_ORIGIN] if site in ("cross-site", "same-site") else None
    names = (record.header("host"), record.header("x-forwarded-host"))
    return None if origin.partition("://")[2] in names else origin[:_LONGEST_ORIGIN]


def has_origin(head: Mapping[str, object]) -> bool:
    """Asked of the head of every request, and most have none."""
    fields = head.get("headers")
    if isinstance(fields, list):
        for name, _ in fields:  # a generator takes twice the time
            if name in _ORIGIN:
                return True
    return False


def _told(origin: str, what: str) -> str:
    asked = "A page without an origin (a file, a sandbox)" if origin == "null" else f"A page of {origin}"
    return sentence(f"{asked} asked and cannot read the answer, which its browser calls a CORS error: {what}")


def _because(record: Record) -> str:
    """Why there is no such field: which CORSMiddleware was not asked."""
    before = until_the_start(record)
    if not record.was_at("response_started"):
        return ", for the server gave it and no layer of the application"
    entered = [str(mark.facts.get("name")) for mark in before if mark.station == "middleware_entered"]
    if not entered and not any(mark.station == "route_matched" for mark in before):
        return ", and the application marks no stations: nothing in it has added that field"
    if "CORSMiddleware" in entered:
        return f", though CORSMiddleware was asked: {_outside_of_cors(entered)} gave another answer in its place"
    sender = _sender(before)
    if sender is not None and "CORSMiddleware" in _behind(before):
        name = sender.facts.get("name")
        return f": the middleware {name} answered outside of CORSMiddleware, which has to stand around it"
    return ": there is no CORSMiddleware in the application"


def _sender(before: list[Mark]) -> Mark | None:
    """The middleware that answered itself."""
    sender = innermost_open(before)
    return None if sender is None or sender.facts.get("name") in SURROUNDINGS else sender


def _behind(before: list[Mark]) -> list[str]:
    """The layers of the application and of those mounted in it, as each one's outermost layer tells them."""
    told = [mark.facts.get("behind") for mark in before if mark.station == "middleware_entered"]
    return [str(name) for names in told if isinstance(names, list | tuple) for name in names]


def _outside_of_cors(entered: list[str]) -> str:
    outside = [name for name in entered[: entered.index("CORSMiddleware")] if name not in SURROUNDINGS]
    return f"the middleware {listed(outside, 'or')}" if outside else "the handler of server errors"
