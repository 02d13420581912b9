"""URLs (RFC 3986): a string with named components, made from a string, from components, or from an ASGI scope."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from ipaddress import IPv6Address
from typing import Any, Literal, NamedTuple
from urllib.parse import SplitResult, quote, quote_from_bytes, urlencode, urlsplit

from webfoot.web.datastructures.multidict import MultiDict
from webfoot.web.datastructures.query import parse_query

_DEFAULT_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}
_AUTHORITY_PARTS = ("username", "password", "hostname", "port")

# uri-host [ ":" port ] of RFC 9110 section 7.2; anything else in a Host header would move the boundary between host
# and path when it is pasted into a URL.
_as_host = re.compile(
    r"(?P<host>[A-Za-z0-9\-._~%!$&'()*+,;=]+|\[(?P<address>[0-9A-Fa-f:.]+)\])(?::(?P<port>[0-9]{1,5}))?"
).fullmatch
# RFC 3986 section 3.3, pchar without the percent sign: what is to be routed has been decoded already.
_PATH_SAFE = "/:@!$&'()*+,;=-._~"
# Section 3.4; here the percent sign stays, for a query is passed on as it came.
_QUERY_SAFE = "/?:@!$&'()*+,;=-._~%[]"
_ASCII_QUERY = "".join(map(chr, range(0x21, 0x7F)))
_USERINFO_SAFE = "%!$&'()*+,;="


class Address(NamedTuple):
    """Where a client speaks from."""

    host: str
    port: int


class URL:
    """An absolute or relative URL. It never changes: `replace` and the others give a new one.

    Made from a scope it uses the Host header where that is a valid host, else the server's own address; where there
    is neither (a unix socket without Host) it is a path with a query.
    """

    __slots__ = ("_components", "_url")

    def __init__(self, url: str = "", scope: Mapping[str, Any] | None = None, **components: Any) -> None:
        if scope is not None:
            if url:
                raise AssertionError('Cannot set both "url" and "scope".')
            if components:
                raise AssertionError('Cannot set both "scope" and "**components".')
            url = _url_of_scope(scope)
        elif components:
            if url:
                raise AssertionError('Cannot set both "url" and "**components".')
            url = str(URL().replace(**components))
        self._url = url
        self._components: SplitResult | None = None

    @property
    def components(self) -> SplitResult:
        if self._components is None:
            self._components = urlsplit(self._url)
        return self._components

    @property
    def scheme(self) -> str:
        return self.components.scheme

    @property
    def netloc(self) -> str:
        return self.components.netloc

    @property
    def path(self) -> str:
        return self.components.path

    @property
    def query(self) -> str:
        return self.components.query

    @property
    def fragment(self) -> str:
        return self.components.fragment

    @property
    def username(self) -> str | None:
        return self.components.username

    @property
    def password(self) -> str | None:
        return self.components.password

    @property
    def hostname(self) -> str | None:
        return self.components.hostname

    @property
    def port(self) -> int | None:
        """ValueError when it lies outside 0-65535."""
        return self.components.port

    @property
    def is_secure(self) -> bool:
        return self.scheme in ("https", "wss")

    def replace(self, **kwargs: Any) -> URL:
        """The URL with components exchanged: those of `urlsplit` and `username`, `password`, `hostname`, `port`.

        None takes a part away; without a user name there is no password either.
        """
        if not kwargs.keys().isdisjoint(_AUTHORITY_PARTS):
            parts = {part: kwargs.pop(part, getattr(self, part)) for part in _AUTHORITY_PARTS}
            kwargs["netloc"] = _authority(**parts)
        return type(self)(self.components._replace(**kwargs).geturl())

    def include_query_params(self, **kwargs: Any) -> URL:
        """The URL with these query parameters set; others of the same name go."""
        params = MultiDict(parse_query(self.query))
        params.update({key: str(value) for key, value in kwargs.items()})
        return self.replace(query=urlencode(params.multi_items(), errors="replace"))

    def replace_query_params(self, **kwargs: Any) -> URL:
        """The URL with these query parameters and no others."""
        return self.replace(query=urlencode({key: str(value) for key, value in kwargs.items()}, errors="replace"))

    def remove_query_params(self, keys: str | Sequence[str]) -> URL:
        """The URL without these query parameters."""
        unwanted = {keys} if isinstance(keys, str) else set(keys)
        params = [pair for pair in parse_query(self.query) if pair[0] not in unwanted]
        return self.replace(query=urlencode(params, errors="replace"))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, str | URL) and self._url == str(other)

    def __hash__(self) -> int:
        return hash(self._url)

    def __str__(self) -> str:
        return self._url

    def __repr__(self) -> str:
        """The URL as a log may show it: without the password."""
        shown = str(self.replace(password="*" * 8)) if self.password else self._url
        return f"{type(self).__name__}({shown!r})"


class URLPath(str):
    """A path that a router made for a route (`url_path_for`), with what is known of its scheme and host."""

    __slots__ = ("host", "protocol")

    def __new__(cls, path: str, protocol: Literal["http", "websocket", ""] = "", host: str = "") -> URLPath:
        if protocol not in ("http", "websocket", ""):
            raise AssertionError(f"protocol must be 'http', 'websocket' or '', not {protocol!r}")
        return str.__new__(cls, path)

    def __init__(self, path: str, protocol: Literal["http", "websocket", ""] = "", host: str = "") -> None:
        self.protocol = protocol
        self.host = host

    def make_absolute_url(self, base_url: str | URL) -> URL:
        """This path below `base_url`: its scheme (made http or ws to fit), host and path; not its query."""
        base = URL(base_url) if isinstance(base_url, str) else base_url
        secure = base.is_secure
        schemes = {"http": "https" if secure else "http", "websocket": "wss" if secure else "ws", "": base.scheme}
        path = base.path.rstrip("/") + str(self)
        return URL(scheme=schemes[self.protocol], netloc=self.host or base.netloc, path=path)


def host_and_port(field: str) -> tuple[str, int | None] | None:
    """A Host field's value as the name or address in it (IPv6 in brackets) and its port; None if it is not valid."""
    valid = _as_host(field)
    if valid is None or (valid["address"] is not None and not _is_ipv6(valid["address"])):
        return None
    port = None if valid["port"] is None else int(valid["port"])
    return (valid["host"], port) if port is None or port <= 65535 else None


def relative_location(scope: Mapping[str, Any]) -> str:
    """Path and query of a request as a reference without scheme and host (RFC 9110 section 10.2.2 allows that).

    A proxy that ends TLS or changes the host needs no header to make this right. A path that begins with two slashes
    would be read as a host.
    """
    # A server may hand over half of a surrogate pair where the client sent bytes that are no UTF-8.
    path = quote(scope["path"], safe=_PATH_SAFE, errors="replace")
    path = below_host(path)
    query: bytes = scope.get("query_string", b"")
    return f"{path}?{quote(query, safe=_QUERY_SAFE)}" if query else path


def below_host(path: str) -> str:
    """A path that is no host to whoever resolves it: RFC 3986 section 5.2.4 takes the "/." before it away again."""
    return "/." + path if path.startswith("//") else path


def _is_ipv6(text: str) -> bool:
    # Python refuses to take a URL apart that has another thing in brackets.
    try:
        IPv6Address(text)
    except ValueError:
        return False
    return True


def _authority(username: str | None, password: str | None, hostname: str | None, port: int | None) -> str:
    host = hostname or ""
    if ":" in host and not host.startswith("["):
        host = f"[{host}]"
    if port is not None:
        host = f"{host}:{port}"
    if username is None:
        return host
    userinfo = quote(username, safe=_USERINFO_SAFE)
    if password is not None:
        userinfo += ":" + quote(password, safe=_USERINFO_SAFE)
    return f"{userinfo}@{host}"


def _url_of_scope(scope: Mapping[str, Any]) -> str:
    # ASGI gives the path unescaped. Only what would end it is escaped again, and what a browser takes for a slash.
    path = scope["path"].replace("?", "%3F").replace("#", "%23").replace("\\", "%5C")
    scheme = scope.get("scheme", "http")
    host = _host_of_scope(scope, scheme)
    if host:
        # A path that does not begin with a slash ("*" of OPTIONS, or a crafted "@evil.org") must not join the host.
        url = f"{scheme}://{host}{path}" if path[:1] in ("/", "") else f"{scheme}://{host}/{path}"
    elif path.startswith("//"):  # two slashes would be read as the beginning of a host
        url = "/%2F" + path[2:]
    else:
        url = path
    query: bytes = scope.get("query_string", b"")
    return f"{url}?{_readable(query)}" if query else url


def _host_of_scope(scope: Mapping[str, Any], scheme: str) -> str | None:
    for name, value in scope["headers"]:
        if name == b"host":
            host: str = value.decode("latin-1")
            if host_and_port(host) is not None:
                return host
            break
    server = scope.get("server")
    if server is None or server[1] is None:  # no address, or a unix socket's path
        return None
    return _authority(None, None, server[0], None if server[1] == _DEFAULT_PORTS.get(scheme) else server[1])


def _readable(query: bytes) -> str:
    try:
        return query.decode()
    except UnicodeDecodeError:
        return quote_from_bytes(query, safe=_ASCII_QUERY)
