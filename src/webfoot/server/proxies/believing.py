"""Puts what a trusted proxy says of a request in the place of what the socket says of its connection.

Whether a connection comes from a trusted proxy is decided once, when it is made. Only then is there a `Forwarding` on
its wire, and only a request with fields to believe costs more than a look at it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from webfoot.server.http1.rules import is_host
from webfoot.server.proxies import forwarded, x_forwarded
from webfoot.server.proxies.trust import Trust
from webfoot.server.proxies.walk import Hop, walk

if TYPE_CHECKING:
    from collections.abc import Iterable

    from webfoot.server.protocol.events import Head
    from webfoot.server.protocol.face import Wire
    from webfoot.server.settings.options import ServerOptions

SCHEMES: Final = {"http": "http", "https": "https", "ws": "http", "wss": "https"}
"""What a proxy may call a scheme -> the one of HTTP, from which a WebSocket's follows."""

_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_PORT: Final = re.compile(r"[1-9][0-9]{0,4}")

# A path of segments that are not empty: two slashes in front would make an application's redirect lead to another host.
# No percent sign, so that the raw path and the decoded one cannot differ in it.
_PREFIX: Final = re.compile(r"(?:/[A-Za-z0-9\-._~!$&'()*+;=:@]+)+")


class Said(NamedTuple):
    """What is believed; None, or "", for what nobody said, or said in a way that makes no sense."""

    client: tuple[str, int] | None
    scheme: str
    host: bytes
    root_path: str


class Believer:
    """What the settings have us believe, and whom.

    fields: the names of the fields that are read; those of the other kind may be the client's own, passed through.
    """

    def __init__(self, options: ServerOptions) -> None:
        self._trust = Trust(options.forwarded_allow_ips)
        self._reader = forwarded if options.forwarded_fields == "rfc7239" else x_forwarded
        self._parts = frozenset(options.forwarded_parts)
        self.trusts = self._trust.knows_peer
        self.fields = "Forwarded" if options.forwarded_fields == "rfc7239" else "X-Forwarded-*"

    def read(self, headers: Iterable[tuple[bytes, bytes]]) -> Said:
        client, hop = walk(self._reader.read_hops(headers), self._trust)
        parts = self._parts
        scheme = SCHEMES.get(hop.proto.lower(), "") if "proto" in parts else ""
        return Said(
            client if "for" in parts else None,
            scheme,
            self._host(hop),
            self._prefix(hop) if "prefix" in parts else "",
        )

    def _host(self, hop: Hop) -> bytes:
        """What stands for the request's Host; b"" if nothing does, or that is no host. May be a port alone: b":443"."""
        host = hop.host.encode("latin-1") if "host" in self._parts else b""
        if host and not is_host(host):
            return b""
        if "port" not in self._parts or not _PORT.fullmatch(hop.port) or int(hop.port) > 65535:
            return host
        return _without_port(host) + b":" + hop.port.encode()

    def _prefix(self, hop: Hop) -> str:
        prefix = hop.prefix.rstrip("/")
        is_path = _PREFIX.fullmatch(prefix) is not None and not {".", ".."} & set(prefix.split("/"))
        return prefix if is_path else ""


class Forwarding:
    """One connection from a trusted proxy: `client`, `server`, `scheme` and `root_path` are its own.

    said_by: who said what the wire shows, for whoever watches; "" while it shows its own.
    """

    __slots__ = ("_believer", "_client", "_root_path", "_scheme", "_server", "said_by")

    def __init__(self, believer: Believer, wire: Wire) -> None:
        self._believer = believer
        self._client = wire.client
        self._server = wire.server
        self._scheme = wire.scheme
        self._root_path = wire.root_path
        self.said_by = ""

    def tell(self, head: Head, wire: Wire) -> None:
        """Have `wire` show what is believed of the request that begins with `head`."""
        said = self._believer.read(head.headers)
        wire.client = said.client or self._client
        wire.scheme = scheme = said.scheme or self._scheme
        wire.root_path = said.root_path or self._root_path
        wire.server = self._server
        if said.host:
            self._rename(said.host, scheme, head, wire)
        self.said_by = ""
        if any(said):
            who = f"{self._client[0]}:{self._client[1]}" if self._client is not None else "the Unix socket"
            self.said_by = f"{self._believer.fields} from {who}"

    def _rename(self, host: bytes, scheme: str, head: Head, wire: Wire) -> None:
        """The Host field is replaced, because that is what applications make URLs of."""
        known = next((value for name, value in head.headers if name == b"host"), b"")
        name, _, port = host.rpartition(b":") if host.startswith(b":") else (b"", b"", b"")
        if port:  # a port alone
            host = _without_port(known) + b":" + port
        name = _without_port(host)
        number = int(host[len(name) + 1 :] or _DEFAULT_PORTS[scheme])
        if number == _DEFAULT_PORTS[scheme]:
            host = name
        head.headers = [(b"host", host), *(field for field in head.headers if field[0] != b"host")]
        wire.server = (name.strip(b"[]").decode("latin-1"), number)


def _without_port(host: bytes) -> bytes:
    name, colon, port = host.rpartition(b":")
    return name if colon and not port.endswith(b"]") else host
