"""What is said of a request, by the semantic conventions for HTTP (1.44)."""

from __future__ import annotations

import re
from collections.abc import Callable, ItemsView, Iterator, Mapping
from functools import lru_cache
from typing import Any, Final, TypeAlias
from urllib.parse import unquote_plus

from webfoot.asgi.types import Scope
from webfoot.journey.redact import is_secret, short
from webfoot.trail.conventions import MOUNTED_AT_KEY, SIGNED, Attributes
from webfoot.trail.secret_names import without_known_shapes

Maker: TypeAlias = Callable[[Scope, str | None], Attributes]

_HOST: Final = re.compile(r"(?:\[(?P<ip>[0-9A-Fa-f:.]+)\]|(?P<name>[^:@/?#\[\]]+))(?::(?P<port>\d{1,5}))?")
# Looked for at the beginning of a pair only: a long query without one would otherwise be searched from each character.
_PAIR: Final = re.compile(r"(?:^|(?<=&))(?P<name>[^&=]+)=[^&]*")
_LONGEST_NAME: Final = 100  # characters, of a parameter in a query; who has more to say in a name may hide it
_LONGEST_HOST: Final = 255
_SECURE: Final = frozenset(("https", "wss"))


class ServerAttributes(Mapping[str, str | int]):
    """The attributes with which a server span begins, for samplers and processors; made when the first one is read.

    A span that is not sampled is not read, unless its sampler goes by attributes.
    """

    __slots__ = ("_made", "_make", "_method", "_scope")

    def __init__(self, scope: Scope, method: str | None, make: Maker | None = None) -> None:
        self._scope = scope
        self._method = method
        self._make = make or (of_request if scope["type"] == "http" else of_websocket)
        self._made: Attributes | None = None

    def _all(self) -> Attributes:
        if self._made is None:
            self._made = self._make(self._scope, self._method)
        return self._made

    def __getitem__(self, name: str) -> str | int:
        return self._all()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())

    def items(self) -> ItemsView[str, str | int]:
        return self._all().items()  # Mapping's own asks for each of them by name


def of_request(scope: Scope, method: str | None) -> Attributes:
    attributes: Attributes = {
        "url.scheme": scope.get("scheme", "http"),
        "http.request.method": method or "_OTHER",
        "network.protocol.version": scope.get("http_version", "1.1"),
        "url.path": without_known_shapes(scope["path"]),
    }
    _add_server(scope, attributes)
    if method is None:
        attributes["http.request.method_original"] = scope["method"]
    if query := scope.get("query_string"):
        attributes["url.query"] = without_secrets(query.decode("latin-1"))
    return attributes


def of_websocket(scope: Scope, method: str | None) -> Attributes:
    attributes: Attributes = {"url.scheme": scope.get("scheme", "ws"), "network.protocol.name": "websocket"}
    _add_server(scope, attributes)
    return attributes


def without_secrets(query: str) -> str:
    """`a=1&token=xyz` -> `a=1&token=REDACTED`, by the names by which journeys recognise secrets, and those of the
    conventions; whatever else stands there is left as it came."""
    return without_known_shapes(SIGNED.sub(r"\1=REDACTED", _PAIR.sub(_shown, query)))


def _shown(found: re.Match[str]) -> str:
    name = found["name"]
    secret = len(name) > _LONGEST_NAME or name.lower().startswith("x-amz-") or is_secret(unquote_plus(name))
    return f"{name}=REDACTED" if secret else found[0]


def _add_server(scope: Scope, attributes: Attributes) -> None:
    """By the Host field, as clients know the server; without one by the socket's own address."""
    for name, value in scope["headers"]:
        if name == b"host":
            named = _named_by(value, attributes["url.scheme"] in _SECURE) if len(value) <= _LONGEST_HOST else None
            if named is not None:
                attributes["server.address"], attributes["server.port"] = named
            return
    server = scope.get("server")
    if server:
        attributes["server.address"] = server[0]
        if server[1] is not None:
            attributes["server.port"] = server[1]


@lru_cache(maxsize=256)
def _named_by(host: bytes, secure: bool) -> tuple[str, int] | None:
    found = _HOST.fullmatch(host.decode("latin-1"))
    if found is None:
        return None
    return found["ip"] or found["name"], int(found["port"] or (443 if secure else 80))


def of_call(scope: Scope, method: str | None) -> Attributes:
    """What a server knows beside that: the client and what it calls itself; of a WebSocket also the request for it."""
    attributes = (of_request if scope["type"] == "http" else of_websocket)(scope, method)
    if scope["type"] == "websocket":
        attributes["http.request.method"] = "GET"
        attributes["url.path"] = without_known_shapes(scope["path"])
        attributes["network.protocol.version"] = scope.get("http_version", "1.1")
        if query := scope.get("query_string"):
            attributes["url.query"] = without_secrets(query.decode("latin-1"))
    if client := scope.get("client"):
        attributes["client.address"] = client[0]
        if client[1]:
            attributes["client.port"] = client[1]
    agent = next((value for name, value in scope["headers"] if name == b"user-agent"), None)
    if agent:
        attributes["user_agent.original"] = short(agent.decode("latin-1"))
    return attributes


def route_of(scope: Scope, root_path: str) -> str | None:
    """The template of the path, with those of the mounts around it; None when nobody says which route was found.

    root_path: the one that the request came with; what a mount of another framework has added to it is its path.
    """
    route: Any = scope.get("route")
    mounts = scope.get(MOUNTED_AT_KEY)
    if mounts is None:
        mounts = str(scope.get("root_path", "")).removeprefix(root_path)
    path = getattr(route, "path_format", None) or getattr(route, "path", None)  # the first without convertors
    if not isinstance(path, str):
        return None
    return f"{mounts}{path}" if hasattr(route, "endpoint") else mounts or None  # a mount is where the way ended
