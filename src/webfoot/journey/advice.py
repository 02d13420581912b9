"""What to do about it: the next step for somebody who does not know the code. The one source for terminal and page."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from webfoot.journey.failure import Failure, place
from webfoot.journey.record import Record
from webfoot.journey.redact import printable
from webfoot.journey.why import Why, why
from webfoot.journey.why.missed import foreign_origin, hidden_by_browser
from webfoot.journey.why.router import is_preflight
from webfoot.journey.why.values import errors_of
from webfoot.journey.why.verdict import listed
from webfoot.trail import StationName

APP: Final = "module:app"
"""Stands for the application's name, which a record does not know."""

_MOST: Final = 3
_MOST_NAMES: Final = 5
_WANTED_TYPE: Final = re.compile(r"content-type .* should be (.+?)\.$")
_FOR_CORS: Final = (
    "If that page may call this API, name its origin, method and headers in CORSMiddleware's allow_origins, "
    "allow_methods and allow_headers.",
    "A browser shows this as “CORS error” and hides the status from the page.",
)
_BY_RULE: Final = {
    "tls": "Ask with http://, or give the server a certificate: --ssl-certfile and --ssl-keyfile.",
    "version": "Let the client, or the proxy in front, speak HTTP/1.1 to this server.",
    "request-line-size": "Send what is long in the body, or allow more: --limit-request-line.",
    "head-size": "Send less in header fields (cookies are the usual ones), or allow more: --limit-request-head.",
    "fields": "Send fewer header fields, or allow more: --limit-request-fields.",
    "body-size": "Send less at once, or allow more: --limit-request-body.",
    "concurrency": "Let clients come again later, or allow more at once: --limit-concurrency.",
}
_PREFIX: Final = re.compile(r"it begins with (/.+), the path does not|the path has (/.+) before it")
_SLIP: Final = re.compile(r"segment '([^']+)' is not '([^']+)'")


def advice(record: Record) -> list[str]:
    """At most three steps; none where there is nothing to say that the reason does not say."""
    reason = why(record)
    advise = _BY_STATION.get(reason.station) if reason is not None else None
    steps = advise(record, reason) if advise is not None and reason is not None else []
    if hidden_by_browser(record) is not None:
        steps += _for_a_foreign_page(record)
    elif reason is None and _is_kept_from_the_page(record):
        steps = [*_FOR_CORS]
    return [printable(step) for step in steps if step][:_MOST]


def _route(record: Record, _: Why) -> list[str]:
    matched = record.last("route_matched")
    facts: Mapping[str, Any] = {} if matched is None else matched.facts
    if is_preflight(record):
        return _for_a_preflight(record)
    if facts.get("outcome") == "method_not_allowed":
        allowed = facts.get("allow")
        methods = listed([str(method) for method in allowed], "or") if isinstance(allowed, list) and allowed else ""
        return [f"Send {methods or 'another method'}, or add a route for {record.method}."]
    if facts.get("outcome") == "redirect_slash":
        return [
            "Ask for the address as the route has it; a redirected POST loses its body with many clients.",
            "Or build the application with redirect_slashes=False.",
        ]
    near = facts.get("near")
    entries = [entry for entry in near if isinstance(entry, Mapping)] if isinstance(near, list | tuple) else []
    meant = _meant(record, entries)
    add = "Or add" if meant else "Add"
    return [*meant, f"{add} a route for it. All that there are: webfoot routes {APP}"]


def _meant(record: Record, near: list[Mapping[str, Any]]) -> list[str]:
    """A slip that can be put right: another kind of connection, or one wrong word in the path."""
    kinds = [entry["kind"] for entry in near if "kind" in entry]
    if kinds:
        path = (record.target or "").partition("?")[0]
        if kinds[0] == "websocket":
            return [f'Open it as a WebSocket: new WebSocket("ws://...{path}"); a proxy has to let the upgrade pass.']
        return [f"Ask for {path} with HTTP, or declare a WebSocket route with this path."]
    whole = (record.target or "").partition("?")[0]
    seen = str(record.fact("route_matched", "path") or whole)  # below a mount, only what is left of it
    right = _put_right(seen, str(near[0].get("failed"))) if near and whole.endswith(seen) else None
    if right is None or right == seen:
        return []
    path = f"{whole.removesuffix(seen)}{right}"
    methods = [method for method in near[0].get("methods", ()) if method != "HEAD"]
    named = [record.method] if record.method in methods else methods
    return [f"Did you mean {listed([str(method) for method in named], 'or')} {path}?".replace("  ", " ")]


def _put_right(path: str, failed: str) -> str | None:
    """The path that was meant, by what kept it from matching."""
    if failed == "the path has two slashes in a row":
        return re.sub("/+", "/", path)
    if (prefix := _PREFIX.fullmatch(failed)) is not None:
        return f"{prefix[1]}{path}" if prefix[1] else path.removeprefix(prefix[2])
    if (slip := _SLIP.fullmatch(failed)) is None:
        return None
    return "/".join(slip[2] if part == slip[1] else part for part in path.split("/"))


def _for_a_preflight(record: Record) -> list[str]:
    origin = record.header("origin") or "..."
    method = record.header("access-control-request-method")
    return [
        f"If a page from there may call this API: {_cors(origin, str(method))}.",
        "A browser asks so before the request proper, and shows any other answer as “CORS error”.",
    ]


def _for_a_foreign_page(record: Record) -> list[str]:
    origin = foreign_origin(record) or "..."
    return [
        f"If that page may read it: {_cors(origin)}. What is added last is the outermost, and so covers all answers.",
        "If page and API are to be one site: let one proxy serve both, and the browser asks nobody.",
    ]


def _cors(origin: str, method: str | None = None) -> str:
    methods = f', allow_methods=["{method}"]' if method is not None else ""
    return f'app.add_middleware(CORSMiddleware, allow_origins=["{origin}"]{methods})'


def _values(record: Record, reason: Why) -> list[str]:
    wanted = _WANTED_TYPE.search(reason.sentence)
    if wanted is not None:
        sent = record.header("content-type")
        return [f"Send content-type: {wanted[1]}{f' in place of {sent}' if sent else ''}."]
    if (behind := _shadowed(record)) is not None:
        return [behind]
    errors = [error for mark in record.all("values_validated") for error in errors_of(mark)]
    missing = [_joined(error.get("loc")) for error in errors if error.get("type") == "missing"]
    name, at = _endpoint(record)
    steps = []
    if missing:
        default = "them defaults" if len(missing) > 1 else "it a default"
        steps.append(f"Send {', '.join(missing[:_MOST_NAMES])}, or give {default}{at}.")
    if len(missing) < len(errors):
        steps.append(f"Change what the client sends, or the types that {name} asks for{at}.")
    return steps


def _shadowed(record: Record) -> str | None:
    """As the sentence has it, of a value of the path."""
    matched = record.last("route_matched")
    near = None if matched is None or matched.facts.get("outcome") != "found" else matched.facts.get("near")
    if matched is None or not isinstance(near, list) or not near or not isinstance(near[0], Mapping):
        return None
    return f"Declare {near[0].get('route')} before {matched.facts.get('route')}."


def _reply(record: Record, _: Why) -> list[str]:
    name, at = _endpoint(record)
    return [f"Make {name} return what its response model says, or change the model{at}."]


def _decided(record: Record, reason: Why) -> list[str]:
    return [*_FOR_CORS] if "CORSMiddleware" in reason.sentence else []


def _is_kept_from_the_page(record: Record) -> bool:
    """CORSMiddleware has let the request pass and the answer go without its fields."""
    return any(
        mark.facts.get("by") == "CORSMiddleware" and mark.facts.get("status") is None for mark in record.all("decided")
    )


def _refused(record: Record, _: Why) -> list[str]:
    """The server's own rules, where a setting or the client's can be changed."""
    return [step] if (step := _BY_RULE.get(str(record.fact("head_accepted", "rule")))) is not None else []


def _body(_: Record, reason: Why) -> list[str]:
    if "it is compressed" not in reason.sentence:
        return []
    return ["Send it without content-encoding, or unpack it in a middleware: nothing does so by itself."]


def _raised(record: Record, _: Why) -> list[str]:
    """An exception that means an answer stands behind a condition; of any other, the place is in the sentence."""
    errors = [mark.facts.get("error") for mark in record.marks]
    error = next((each for each in errors if isinstance(each, Failure) and each.file), None)
    if error is not None and error.kind == "WebSocketDisconnected":
        return ["If it sends to several clients: one of them has left, and has to be taken out of the list."]
    if error is None or error.file is None or error.status is None or error.status >= 500:
        return []
    return [f"The code means this answer: see the condition above {place(error.file, error.line)}."]


def _middleware(record: Record, _: Why) -> list[str]:
    return ["Nothing further in saw this request: look at the middleware itself, or at the order of the middleware."]


_BY_STATION: Final[dict[StationName, Callable[[Record, Why], list[str]]]] = {
    "route_matched": _route,
    "values_validated": _values,
    "reply_validated": _reply,
    "decided": _decided,
    "endpoint_returned": _raised,
    "dependency_entered": _raised,
    "app_entered": _raised,
    "head_accepted": _refused,
    "body_read": _body,
    "middleware_entered": _middleware,
}


def _joined(loc: object) -> str:
    return ".".join(str(part) for part in loc) if isinstance(loc, list | tuple) else "it"


def _endpoint(record: Record) -> tuple[str, str]:
    """How to call it, and where it stands: `read_duck`, ` (main.py:12)`."""
    called = record.last("endpoint_called") or record.last("route_entered")
    if called is None:
        return "the endpoint", ""
    file, line = called.facts.get("file"), called.facts.get("line")
    at = f" ({place(file, line)})" if isinstance(file, str) else ""
    return str(called.facts.get("name") or "the endpoint"), at
