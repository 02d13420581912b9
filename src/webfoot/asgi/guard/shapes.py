"""The shape of scopes and events: which keys they hold and of which type. Order is in `states`, the texts in `rules`.

Each check gets `complain(rule, found)`, which raises ASGIViolation unless that rule is ignored; so each goes on after
a complaint as if the value were right or missing.
"""

from __future__ import annotations

import os.path
import re
import reprlib
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping
from types import NoneType
from typing import Any, Final, TypeAlias, TypeGuard

from webfoot.asgi.guard.plain import are_plain_headers
from webfoot.asgi.types import Headers, Message, Scope

Complain: TypeAlias = Callable[[str, str], None]

# RFC 9110, 5.6.2 (token) and 5.5 (field value). What fits is good; what does not is looked at more closely.
_TOKEN: Final = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_GOOD_NAME: Final = re.compile(rb"[!#$%&'*+\-.^_`|~0-9a-z]+")
_GOOD_VALUE: Final = re.compile(rb"(?:[^\r\n\0 \t](?:[^\r\n\0]*[^\r\n\0 \t])?)?")
_UNCLEAN: Final = {b"\r": "CR", b"\n": "LF", b"\0": "NUL"}
_MISSING: Final = object()
_LASTING: Final = (list, tuple, NoneType)
_SELDOM: Final = frozenset({"links", "subprotocols"})
_KINDS: Final = ("http", "websocket", "lifespan")


def show(value: object) -> str:
    """A value for a sentence: shortened, with its type when the text alone does not tell."""
    if value is None or isinstance(value, (bool, dict)):
        return reprlib.repr(value)
    return f"{reprlib.repr(value)} ({type(value).__name__})"


def entry(mapping: Mapping[str, Any], key: str) -> str:
    """What a mapping holds under a key, for a sentence that begins "... has"."""
    value = mapping.get(key, _MISSING)
    return f"no {key!r}" if value is _MISSING else f"the {key} {show(value)}"


def replayable(mapping: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A scope or event whose iterators, which can be read only once, are lists: the guard reads them first."""
    if type(mapping) is dict and type(mapping.get("headers")) in _LASTING and _SELDOM.isdisjoint(mapping):
        return mapping  # nearly all are such; whether something is a Mapping takes longer to tell
    for key in ("headers", "links", "subprotocols"):
        if isinstance(mapping, Mapping) and isinstance(mapping.get(key), Iterator):
            mapping = {**mapping, key: list(mapping[key])}
    return mapping


def check_scope(scope: Scope, complain: Complain) -> None:
    """ASGI 3.0 "Applications" and each protocol's connection scope."""
    kind = scope.get("type")
    if kind not in _KINDS:
        complain("scope-type", f"the scope has {entry(scope, 'type')}")
        return
    asgi = scope.get("asgi")
    if not isinstance(asgi, Mapping) or asgi.get("version") != "3.0":
        complain("scope-asgi", f"the scope has {entry(scope, 'asgi')}")
    elif not _is_version(asgi.get("spec_version", "2.0")):
        complain("scope-spec-version", f"scope['asgi'] has {entry(asgi, 'spec_version')}")
    if not isinstance(scope.get("state", {}), dict):
        complain("scope-state", f"the scope has {entry(scope, 'state')}")
    extensions = scope.get("extensions") or {}
    if not isinstance(extensions, dict) or not all(isinstance(offer, dict) for offer in extensions.values()):
        complain("scope-extensions", f"the scope has {entry(scope, 'extensions')}")
    if kind != "lifespan":
        _check_connection_scope(scope, complain, http=kind == "http")


def _check_connection_scope(scope: Scope, complain: Complain, *, http: bool) -> None:
    """What HTTP and WebSocket scopes share, and the keys that only one of them has."""

    def hold(key: str, rule: str, right: bool) -> None:
        if not right:
            complain(rule, f"the scope has {entry(scope, key)}")

    versions = ("1.0", "1.1", "2") if http else ("1.1", "2")
    hold("http_version", "scope-http-version", scope.get("http_version", None if http else "1.1") in versions)
    if http:
        method = scope.get("method")
        hold("method", "scope-method", isinstance(method, str) and method != "" and method == method.upper())
    else:
        protocols = scope.get("subprotocols", ())
        named = _is_iterable(protocols) and all(isinstance(protocol, str) for protocol in protocols)
        hold("subprotocols", "scope-subprotocols", named)
    scheme = scope.get("scheme", "http")
    hold("scheme", "scope-scheme", isinstance(scheme, str) and scheme != "")
    path = scope.get("path")
    hold("path", "scope-path", isinstance(path, str) and (path.startswith("/") or path == "*"))
    raw_path = scope.get("raw_path")
    hold("raw_path", "scope-raw-path", raw_path is None or (isinstance(raw_path, bytes) and b"?" not in raw_path))
    query = scope.get("query_string", None if http else b"")
    hold("query_string", "scope-query-string", isinstance(query, bytes) or (query is None and not http))
    hold("root_path", "scope-root-path", isinstance(scope.get("root_path", ""), str))
    hold("client", "scope-client", _is_address(scope.get("client"), port_may_be_none=False))
    hold("server", "scope-server", _is_address(scope.get("server"), port_may_be_none=True))
    if "headers" not in scope:
        complain("scope-headers-shape", "the scope has no 'headers'")
    else:
        check_headers("the scope", scope["headers"], complain, prefix="scope-")


def check_headers(where: str, headers: object, complain: Complain, *, prefix: str = "") -> Headers:
    """Header fields as both sides exchange them; gives the pairs, to be looked up by names in lower case.

    Values are not shown: they may be secret.
    """
    if are_plain_headers(headers):
        return headers
    if not _is_iterable(headers):
        complain(f"{prefix}headers-shape", f"{where} has a {type(headers).__name__} as its headers")
        return []
    checked: Headers = []
    for pair in headers:
        if not isinstance(pair, (list, tuple)):
            complain(f"{prefix}headers-shape", f"{where} has a {type(pair).__name__} among its headers")
            continue
        if len(pair) != 2:
            complain(f"{prefix}headers-shape", f"{where} has a {type(pair).__name__} of {len(pair)} among its headers")
            continue
        name, value = pair
        if not isinstance(name, bytes):
            complain(f"{prefix}header-bytes", f"{where} has the header name {show(name)}")
        elif not isinstance(value, bytes):
            complain(f"{prefix}header-bytes", f"{where} has a {type(value).__name__} as the value of {name!r}")
        else:
            _check_header(where, name, value, complain, prefix)
        checked.append((name.lower() if isinstance(name, bytes) else name, value))
    return checked


def _check_header(where: str, name: bytes, value: bytes, complain: Complain, prefix: str) -> None:
    if _GOOD_NAME.fullmatch(name) and _GOOD_VALUE.fullmatch(value):
        return
    if not _TOKEN.fullmatch(name):
        complain(f"{prefix}header-name", f"{where} has the header name {name!r}")
    elif name != name.lower():
        complain(f"{prefix}header-case", f"{where} has the header name {name!r}")
    if not _is_clean(value):
        octet = next(word for octet, word in _UNCLEAN.items() if octet in value)
        complain(f"{prefix}header-value", f"{where} has {octet} in the value of {name!r}")
    elif value != value.strip(b" \t"):
        complain(f"{prefix}header-space", f"{where} has white space around the value of {name!r}")


def check_flag(message: Message, key: str, complain: Complain, *, rule: str = "flag-type") -> bool:
    """A bool that may be missing."""
    value = message.get(key, False)
    if not isinstance(value, bool):
        complain(rule, f"{message['type']} has {entry(message, key)}")
    return bool(value)


def check_body(message: Message, complain: Complain, *, rule: str = "body-type") -> bytes:
    """Bytes that may be missing."""
    body = message.get("body", b"")
    if not isinstance(body, bytes):
        complain(rule, f"{message['type']} has {entry(message, 'body')}")
        return bytes(body) if isinstance(body, (bytearray, memoryview)) else b""  # where the rule is ignored
    return body


def check_data(message: Message, complain: Complain, *, data: str, kind: str) -> None:
    """Text or bytes of a WebSocket message: exactly one; the other is missing or None."""
    text, octets = message.get("text"), message.get("bytes")
    if text is not None and not isinstance(text, str):
        complain(kind, f"{message['type']} has {entry(message, 'text')}")
    elif octets is not None and not isinstance(octets, bytes):
        complain(kind, f"{message['type']} has {entry(message, 'bytes')}")
    elif (text is None) == (octets is None):
        complain(data, f"{message['type']} has {'neither bytes nor text' if text is None else 'both bytes and text'}")


def check_close(message: Message, complain: Complain) -> None:
    """Code and reason of websocket.close: what may stand in a Close frame that is sent (RFC 6455, 5.5.1 and 7.4)."""
    code = message.get("code", 1000)
    if not isinstance(code, int) or isinstance(code, bool):
        complain("close-code-type", f"websocket.close has {entry(message, 'code')}")
    elif not (1000 <= code <= 1003 or 1007 <= code <= 1014 or 3000 <= code <= 4999):
        complain("close-code", f"websocket.close has the code {code}")
    reason = message.get("reason")
    if reason is not None and (not isinstance(reason, str) or len(reason.encode(errors="replace")) > 123):
        complain("close-reason", f"websocket.close has {entry(message, 'reason')}")


def check_extension_event(message: Message, complain: Complain) -> None:
    """The keys of the events that extensions add, apart from headers and flags (ASGI "Extensions")."""
    kind = message["type"]
    match kind:
        case "http.response.debug":
            info = message.get("info")
            if not isinstance(info, dict) or not all(isinstance(key, str) for key in info):
                complain("debug-info", f"{kind} has {entry(message, 'info')}")
        case "http.response.early_hint":
            links = message.get("links")
            if not _is_iterable(links) or not all(isinstance(link, bytes) and _is_clean(link) for link in links):
                complain("early-hint-links", f"{kind} has {entry(message, 'links')}")
        case "http.response.push":
            path = message.get("path")
            if not isinstance(path, str) or not path.startswith("/"):
                complain("push-path", f"{kind} has {entry(message, 'path')}")
        case "http.response.pathsend":
            path = message.get("path")
            if not isinstance(path, str) or not os.path.isabs(path):
                complain("pathsend-path", f"{kind} has {entry(message, 'path')}")
        case "http.response.zerocopysend":
            file = message.get("file")
            if not isinstance(file, int) and not hasattr(file, "fileno"):
                complain("zerocopysend-file", f"{kind} has {entry(message, 'file')}")
            for key in ("offset", "count"):
                number = message.get(key)
                if number is not None and (not isinstance(number, int) or number < 0):
                    complain("zerocopysend-range", f"{kind} has {entry(message, key)}")


def _is_iterable(value: object) -> TypeGuard[Iterable[Any]]:
    """Iterable, but no text, bytes or dict, which would be taken apart in a way nobody meant."""
    return isinstance(value, Iterable) and not isinstance(value, (str, bytes, bytearray, Mapping))


def _is_clean(value: bytes) -> bool:
    return not any(octet in value for octet in _UNCLEAN)


def _is_version(value: object) -> bool:
    return isinstance(value, str) and value.replace(".", "", 1).isdigit() and "." in value


def _is_address(value: object, *, port_may_be_none: bool) -> bool:
    if value is None:
        return True
    if not isinstance(value, (list, tuple)) or len(value) != 2 or not isinstance(value[0], str):
        return False
    return (value[1] is None and port_may_be_none) or (isinstance(value[1], int) and not isinstance(value[1], bool))
