"""What was decided at a station, as one short phrase: the right-hand column of every view."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from urllib.parse import unquote_to_bytes

from webfoot.journey.failure import Failure
from webfoot.journey.marks import Mark
from webfoot.journey.redact import printable
from webfoot.journey.why.values import errors_of, told
from webfoot.trail import StationName

_FEW = 4


def says(mark: Mark) -> str:
    """The phrase for `mark`; "" where its name says it all."""
    teller = _TELLERS.get(mark.station)
    facts = dict(mark.facts)
    phrase = teller(mark, facts) if teller is not None else _rest(facts)
    return printable(phrase)


def _connected(_: Mark, facts: dict[str, object]) -> str:
    ends = [end for end in (address(facts.get("client")), address(facts.get("server"))) if end]
    said = f": {by}" if (by := facts.get("said_by")) else ""
    return (" -> ".join(ends) or f"over {facts.get('transport') or 'an unknown transport'}") + said


def _chosen(_: Mark, facts: dict[str, object]) -> str:
    reason = facts.get("reason")
    return f"{facts.get('protocol') or facts.get('tls') or ''}{f' ({reason})' if reason else ''}"


def _headers(facts: dict[str, object]) -> str:
    headers = facts.get("headers")
    return counted(headers if isinstance(headers, int) else len(headers) if isinstance(headers, list) else 0, "header")


def _head_parsed(_: Mark, facts: dict[str, object]) -> str:
    return f"{facts.get('parser', '')}: HTTP/{facts.get('version', '?')}, {_headers(facts)}"


def _head_accepted(_: Mark, facts: dict[str, object]) -> str:
    if facts.get("status") is not None:
        law = ", ".join(str(part) for part in (facts.get("rule"), facts.get("section")) if part)
        return f"refused with {facts['status']}: {facts.get('reason')}{f' ({law})' if law else ''}"
    framing = facts.get("framing")
    body = "no body" if framing in (None, "no body") else f"body: {framing}"
    return f"{body}, {'keep-alive' if facts.get('keep_alive', True) else 'close after the answer'}"


def _scope_built(_: Mark, facts: dict[str, object]) -> str:
    query = f" ? {q}" if (q := facts.get("query")) else ""
    root = f" below {r}" if (r := facts.get("root_path")) else ""
    said = f", {facts.get('scheme')} for {address(facts.get('client'))}: {by}" if (by := facts.get("said_by")) else ""
    return f"{facts.get('kind', 'http')} {facts.get('path', '')}{query}{root}{said}"


def _app_entered(_: Mark, facts: dict[str, object]) -> str:
    return str(facts.get("reason") or facts.get("app") or "")


def _middleware(_: Mark, facts: dict[str, object]) -> str:
    text = str(facts.get("name") or "")
    if facts.get("outcome") == "handled":
        status = f" with {facts['status']}" if facts.get("status") else ""
        return f"{text}: {facts.get('handler') or 'a handler'} answered {facts.get('error')}{status}"
    return f"{text}: {facts['error']}" if facts.get("error") else text


def _decided(_: Mark, facts: dict[str, object]) -> str:
    status = f"answered {facts['status']}: " if facts.get("status") else ""
    return f"{facts.get('by')}: {status}{facts.get('what')}"


def _route_matched(_: Mark, facts: dict[str, object]) -> str:
    outcome = facts.get("outcome")
    if outcome == "found":
        return f"{facts.get('route', '')}{_pairs(facts.get('path_params'))}"
    if outcome == "method_not_allowed":
        return f"{facts.get('route') or facts.get('path', '')} takes no {facts.get('method')}"
    if outcome == "redirect_slash":
        return f"redirect to {facts.get('location')}"
    near = facts.get("near")
    tried = f", {counted(len(near), 'route')} near" if isinstance(near, list) and near else ""
    return f"no route matches {facts.get('method', '')} {facts.get('path', '')}{tried}"


def _named(_: Mark, facts: dict[str, object]) -> str:
    return f"{facts.get('name') or facts.get('route') or ''}"


def _values_collected(_: Mark, facts: dict[str, object]) -> str:
    taken = [f"{kind}{_names(facts[kind])}" for kind in ("path", "query", "header", "cookie") if facts.get(kind)]
    return f"{facts.get('owner') or ''}: {', '.join(taken) or 'nothing wanted'}"


def _body_read(_: Mark, facts: dict[str, object]) -> str:
    size = f", {counted(facts['size'], 'byte')}" if isinstance(facts.get("size"), int) else ""
    return f"{facts.get('kind') or facts.get('content_type') or 'body'}{size}{_trouble(facts)}"


def _dependency(_: Mark, facts: dict[str, object]) -> str:
    if facts.get("outcome") == "skipped":
        return f"{facts.get('name', '')} not called: what it needs did not fit"
    others = facts.get("cached")  # how many more ask for the result of this one call
    shared = f" (called once, wanted {counted(others + 1, 'time')})" if isinstance(others, int) and others else ""
    where = " in a thread" if facts.get("where") == "thread" else ""
    return f"{facts.get('name', '')}{where}{shared}{_trouble(facts)}"


def _values_validated(mark: Mark, facts: dict[str, object]) -> str:
    errors = errors_of(mark)
    owner = f"{facts['owner']}: " if facts.get("owner") else ""
    more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    return f"{owner}{told(errors[0])}{more}" if errors else f"{owner}all good"


def _endpoint(mark: Mark, facts: dict[str, object]) -> str:
    name = facts.get("name") or ""
    if mark.station == "endpoint_called":
        return f"{name}{' in a thread' if facts.get('where') == 'thread' else ''}"
    gave = f"gave {facts['returned']}" if facts.get("returned") else "done"
    return f"{name} {f'raised {e}' if (e := facts.get('error')) else gave}"


def _reply_validated(mark: Mark, facts: dict[str, object]) -> str:
    errors = errors_of(mark)
    if errors:
        return f"does not fit {facts.get('model') or 'its model'}: {told(errors[0])}"
    if facts.get("outcome") == "response":
        return f"the endpoint's own {facts.get('returned') or 'response'}"
    model = f"as {facts['model']}" if facts.get("model") else "as it is"
    if facts.get("outcome") == "stream":
        return f"a stream ({facts.get('returned')}), each item {model}"
    return f"{model}{_size(facts)}{_trouble(facts)}"


def _started(_: Mark, facts: dict[str, object]) -> str:
    return f"{facts.get('status', '')}, {_headers(facts)}"


def _piece(_: Mark, facts: dict[str, object]) -> str:
    parts = [str(facts[name]) for name in ("status", "framing") if facts.get(name) not in (None, "none")]
    size = facts.get("size", facts.get("total"))
    if isinstance(size, int):
        parts.append(counted(size, "byte"))
    if facts.get("more"):
        parts.append("more to come")
    if facts.get("waiting"):
        parts.append(f"{counted(facts['waiting'], 'byte')} waiting")
    return ", ".join(parts)


def _background(_: Mark, facts: dict[str, object]) -> str:
    return f"{facts.get('name') or ''}{_trouble(facts) or ' done'}"


def _end(_: Mark, facts: dict[str, object]) -> str:
    return str(facts.get("reason") or "")


_TELLERS: dict[StationName, Callable[[Mark, dict[str, object]], str]] = {
    "connected": _connected,
    "secured": _chosen,
    "chosen": _chosen,
    "bytes_received": _piece,
    "head_parsed": _head_parsed,
    "head_accepted": _head_accepted,
    "scope_built": _scope_built,
    "app_entered": _app_entered,
    "middleware_entered": _middleware,
    "decided": _decided,
    "route_matched": _route_matched,
    "route_entered": _named,
    "values_collected": _values_collected,
    "body_read": _body_read,
    "dependency_entered": _dependency,
    "values_validated": _values_validated,
    "endpoint_called": _endpoint,
    "endpoint_returned": _endpoint,
    "reply_validated": _reply_validated,
    "dependency_left": _dependency,
    "middleware_left": _middleware,
    "response_started": _started,
    "response_body": _piece,
    "response_ended": _piece,
    "bytes_encoded": _piece,
    "bytes_sent": _piece,
    "kept_alive": _end,
    "closed": _end,
    "background_called": _named,
    "background_returned": _background,
}


def counted(count: object, noun: str) -> str:
    """`1 byte`, `2 bytes`"""
    return f"{count} {noun}{'' if count == 1 else 's'}"


def address(peer: object) -> str:
    """(host, port) as `host:port`; a Unix socket as its path."""
    if isinstance(peer, list | tuple) and len(peer) == 2:
        host, port = peer
        return f"{host}:{port}" if port is not None else str(host)
    return str(peer) if peer else ""


def readable(target: str) -> str:
    """A request target with its percent-encoding undone where that gives text that can be shown."""
    if "%" not in target:
        return target if target.isprintable() else printable(target)
    try:
        text = unquote_to_bytes(target).decode()
    except UnicodeDecodeError:
        return printable(target)
    return text if text.isprintable() else printable(target)


def _trouble(facts: Mapping[str, object]) -> str:
    error = facts.get("error")
    if error is None:
        return ""
    where = f" at {error.where}" if isinstance(error, Failure) and error.where else ""
    return f": {error}{where}"


def _size(facts: Mapping[str, object]) -> str:
    return f", {counted(facts['size'], 'byte')}" if isinstance(facts.get("size"), int) else ""


def _pairs(values: object) -> str:
    if not isinstance(values, dict) or not values:
        return ""
    return "  " + " ".join(f"{name}={value!r}" for name, value in list(values.items())[:_FEW])


def _names(values: object) -> str:
    if isinstance(values, dict | list | tuple):
        names = [str(name) for name in values]
        return f" {' '.join(names[:_FEW])}{' …' if len(names) > _FEW else ''}"
    return f" {values}"


def _rest(facts: Mapping[str, object]) -> str:
    return " ".join(f"{name}={value}" for name, value in facts.items() if value is not None)
