"""What the router decided: 404 with the nearest routes, 405 with the methods that exist, the slash redirect."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from webfoot.journey.marks import Mark
from webfoot.journey.record import Record
from webfoot.journey.why.verdict import Cause, listed

_MOST_NEAR = 2


def cause(mark: Mark, record: Record) -> Cause | None:
    """None if the router found a route."""
    outcome = mark.facts.get("outcome")
    if outcome == "not_found":
        return _cause(_not_found(mark, record), mark, 404)
    if outcome == "method_not_allowed":
        return _cause(_method_not_allowed(mark, record), mark, 405)
    if outcome == "redirect_slash":
        return _cause(_redirect(mark, record), mark, 307)
    return None


def _cause(because: str, mark: Mark, status: int) -> Cause:
    return Cause("the router", because, "router", mark.station, status)


def _not_found(mark: Mark, record: Record) -> str:
    method = mark.facts.get("method") or record.method or ""
    asked = f"{method} {_path(mark, record)}".strip()
    prefix = _prefix(mark, record)
    entries = _mappings(mark.facts.get("near"))
    near = [_near(entry, prefix) for entry in entries if "kind" not in entry][:_MOST_NEAR]
    other = next((_other_kind(entry, prefix, record) for entry in entries if "kind" in entry), "")
    said = other or f"no route matches {asked}{'' if near else ', and none comes near'}"
    nearest = f"; nearest: {'; '.join(near)}" if near else ""
    return f"{said}{nearest}{_published_below(mark, record)}{_preflight(record)}"


def _published_below(mark: Mark, record: Record) -> str:
    """A server that is told of a proxy's prefix expects it to be taken away; asked directly, the path still has it."""
    root = str(record.fact("scope_built", "root_path") or "")
    if not root or not f"{_seen(mark, record)}/".startswith(f"{root.rstrip('/')}/"):
        return ""
    return f"; {root} is the root_path, which a proxy in front has to take away before it asks here"


def _other_kind(entry: Mapping[str, object], prefix: str, record: Record) -> str:
    """There is a route with exactly this path, for the other kind of connection."""
    route = f"{prefix}{entry.get('route', '?')}"
    if entry.get("kind") == "http":
        methods = _methods(entry.get("methods"))
        return f"{route} is an HTTP route{f' ({methods})' if methods else ''}, not a WebSocket route"
    scheme = "wss" if record.fact("scope_built", "scheme") == "https" else "ws"
    return f"{route} takes only WebSockets{_missing_upgrade(record)}; the client must use {scheme}://"


def _missing_upgrade(record: Record) -> str:
    """What the header says of why a request to a WebSocket's path is plain HTTP."""
    if not isinstance(record.fact("head_parsed", "headers"), list):
        return ""
    if "websocket" in (record.header("upgrade") or "").lower():
        if record.fact("head_parsed", "version") == "1.0":
            return ", and this handshake came as HTTP/1.0: a proxy in front has to speak HTTP/1.1"
        if "upgrade" not in (record.header("connection") or "").lower():
            return ", and the Connection field of this handshake lacks Upgrade: a proxy in front has to pass it on"
        return ", and this handshake was not taken up: it is no plain GET, or the setting ws is none"
    if record.header("sec-websocket-key") is not None:
        return ", and this handshake has no Upgrade field: a proxy in front has to pass on Upgrade and Connection"
    return ", and this request asked for no upgrade"


def _preflight(record: Record) -> str:
    """A browser that gets no further than this tells its user of CORS."""
    if not is_preflight(record):
        return ""
    return f"; it is a CORS preflight from {record.header('origin') or '?'}, which only a CORSMiddleware would answer"


def is_preflight(record: Record) -> bool:
    return record.method == "OPTIONS" and record.header("access-control-request-method") is not None


def _near(entry: Mapping[str, object], prefix: str) -> str:
    route = f"{_methods(entry.get('methods'))} {prefix}{entry.get('route', '?')}".strip()
    failed = entry.get("failed")
    return f"{route} ({failed})" if failed else route


def _method_not_allowed(mark: Mark, record: Record) -> str:
    method = mark.facts.get("method") or record.method
    route = mark.facts.get("route")
    route = f"{_prefix(mark, record)}{route}" if route else _path(mark, record)
    allowed = _texts(mark.facts.get("allow"))
    if not allowed:
        return f"{route} exists, but takes no {method}{_preflight(record)}"
    return f"{route} exists, but takes no {method}, only {listed(allowed)}{_preflight(record)}"


def _redirect(mark: Mark, record: Record) -> str:
    location = mark.facts.get("location")
    slash = "with a slash at the end" if str(location).partition("?")[0].endswith("/") else "without the last slash"
    there = f", so the client is sent to {location}" if location else ""
    return f"no route matches {_path(mark, record)}, but one matches {slash}{there} (redirect_slashes)"


def _path(mark: Mark, record: Record) -> str:
    """The whole path, and what is left of it for a router that is mounted somewhere."""
    seen = _seen(mark, record)
    prefix = _prefix(mark, record)
    return seen if not prefix else f"{prefix}{seen} ({seen} below the mount {prefix})"


def _prefix(mark: Mark, record: Record) -> str:
    """Where the router is mounted; "" for the outermost one."""
    seen = _seen(mark, record)
    whole, root = str(record.fact("scope_built", "path") or seen), str(record.fact("scope_built", "root_path") or "")
    return whole.removesuffix(seen).removeprefix(root)


def _seen(mark: Mark, record: Record) -> str:
    return str(mark.facts.get("path") or record.target or "?")


def _methods(methods: object) -> str:
    # HEAD comes with every GET; naming it tells a reader nothing.
    names = _texts(methods)
    return ",".join(name for name in names if name != "HEAD" or "GET" not in names)


def _texts(value: object) -> list[str]:
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    return [str(part) for part in value] if isinstance(value, Iterable) else []


def _mappings(value: object) -> list[Mapping[str, object]]:
    return [entry for entry in value if isinstance(entry, Mapping)] if isinstance(value, list | tuple) else []
