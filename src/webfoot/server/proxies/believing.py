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
_HOST_AND_PORT: Final = re.compile(rb"(\[.*\]|[^:]*)(?::([0-9]*))?")
_PORT: Final = re.compile(r"[1-9][0-9]{0,4}")

# A path of segments that are not empty: two slashes in front would make an application's redirect lead to another host.
# No percent sign, so that the raw path and the decoded one cannot differ in it.
_PREFIX: Final = re.compile(r"(?:/[A-Za-z0-9\-._~!$&'()*+;=:@]+)+")


class Said(NamedTuple):
    """What is believed; None, "" or 0 for what nobody said, or said in a way that makes no sense."""

    client: tuple[str, int] | None
    scheme: str
    host: bytes
    port: int
    root_path: str


_NOTHING: Final = Said(None, "", b"", 0, "")


class Believer:
    """What the settings have us believe, and whom.

    fields: the names of the fields that are read; those of the other kind may be the client's own, passed through.
    """

    def __init__(self, options: ServerOptions) -> None:
        self._trust = Trust(options.forwarded_allow_ips)
        self._reader = forwarded if options.forwarded_fields == "rfc7239" else x_forwarded
        self._parts = frozenset(options.forwarded_parts)
        self.root_path = options.root_path
        self.fields = "Forwarded" if options.forwarded_fields == "rfc7239" else "X-Forwarded-*"

    def forwarding(self, wire: Wire) -> Forwarding | None:
        """What has the requests on `wire` show what their proxy says; None if it is not trusted. Asked once."""
        return Forwarding(self, wire) if self._trust.knows_peer(wire.client, wire.server) else None

    def read(self, headers: Iterable[tuple[bytes, bytes]]) -> Said:
        client, hop = walk(self._reader.read_hops(headers), self._trust)
        parts = self._parts
        host = hop.host.encode("latin-1") if "host" in parts else b""
        return Said(
            client if "for" in parts else None,
            SCHEMES.get(hop.proto.lower(), "") if "proto" in parts else "",
            host if host and is_host(host) else b"",
            int(hop.port) if "port" in parts and _PORT.fullmatch(hop.port) and int(hop.port) <= 65535 else 0,
            _prefix_of(hop) if "prefix" in parts else "",
        )


def _prefix_of(hop: Hop) -> str:
    prefix = hop.prefix.rstrip("/")
    is_path = _PREFIX.fullmatch(prefix) is not None and not {".", ".."} & set(prefix.split("/"))
    return prefix if is_path else ""


class Published:
    """The application is below a path, as the settings say. Implements `webfoot.server.protocol.face.Origin`."""

    __slots__ = ("_root_path",)

    def __init__(self, root_path: str) -> None:
        self._root_path = root_path

    def root_path_of(self, head: Head, wire: Wire) -> str:
        return self._root_path


class Forwarding:
    """One connection from a trusted proxy. From the first request on that says who it is from, it is the wire's
    `origin`: the next one may say nothing, and then the wire has to show its own again.

    said_by: who said what the wire shows, for whoever watches; "" while it shows its own.
    """

    __slots__ = ("_believer", "_prefix", "_root_path", "_scheme", "_server", "said_by")

    def __init__(self, believer: Believer, wire: Wire) -> None:
        self._believer = believer
        self._server = wire.server
        self._scheme = wire.scheme
        self._root_path = believer.root_path
        self._prefix = ""
        self.said_by = ""

    def root_path_of(self, head: Head, wire: Wire) -> str:
        if head.special is None or not head.special.is_forwarded:
            self._show(_NOTHING, wire)
        return self._prefix or self._root_path

    def tell(self, head: Head, wire: Wire) -> None:
        """Have `wire` show what is believed of the request that begins with `head`."""
        said = self._believer.read(head.headers)
        wire.origin = self
        self._show(said, wire)
        if said.host or said.port:
            self._rename(said, head, wire)

    def _show(self, said: Said, wire: Wire) -> None:
        wire.client = said.client or wire.peer
        wire.scheme = said.scheme or self._scheme
        wire.server = self._server
        self._prefix = said.root_path
        self.said_by = ""
        if any(said):
            who = f"{wire.peer[0]}:{wire.peer[1]}" if wire.peer is not None else "the Unix socket"
            self.said_by = f"{self._believer.fields} from {who}"

    def _rename(self, said: Said, head: Head, wire: Wire) -> None:
        """The Host field is replaced, because that is what applications make URLs of."""
        asked = said.host or next((value for name, value in head.headers if name == b"host"), b"")
        match = _HOST_AND_PORT.fullmatch(asked)
        if match is None or not match[1]:
            return
        name, default = match[1], _DEFAULT_PORTS[wire.scheme]
        port = said.port or int(match[2] or default)
        host = name if port == default else b"%b:%d" % (name, port)
        head.headers = [(b"host", host), *(field for field in head.headers if field[0] != b"host")]
        wire.server = (name.strip(b"[]").decode("latin-1"), port)
