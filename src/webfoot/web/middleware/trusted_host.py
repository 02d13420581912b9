"""Only requests for hosts that are ours (CWE-644).

Links, redirects and cache keys are made of the Host field, which the client writes. What is compared here is exactly
what `request.url` would use: one Host field, a valid one, without its port.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv6Address
from typing import Final

from webfoot.asgi.types import ASGIApp, Receive, Scope, Send
from webfoot.web.datastructures.headers import field_lines
from webfoot.web.datastructures.url import URL, host_and_port
from webfoot.web.middleware.refusing import answer_instead
from webfoot.web.responses.whole import PlainTextResponse, RedirectResponse

_TRUSTED: Final = ""
_BELONGS_TO_WWW: Final = "www"


class TrustedHostMiddleware:
    """Answers 400 when the Host field names none of `allowed_hosts`; case and port do not count.

    A host is a name, a pattern "*.example.com" (all that is below example.com, and not example.com itself), or an
    address; IPv6 in brackets. "*" (or None) allows every host. With `www_redirect` a request for example.com is sent to
    www.example.com when only that is allowed. X-Forwarded-Host is not looked at.
    """

    def __init__(self, app: ASGIApp, allowed_hosts: Sequence[str] | None = None, www_redirect: bool = True) -> None:
        if isinstance(allowed_hosts, str):
            raise TypeError(f"allowed_hosts are a list such as [{allowed_hosts!r}], not a text")
        self.app = app
        self.allowed_hosts = ["*"] if allowed_hosts is None else [_checked(host) for host in allowed_hosts]
        self.allow_any = "*" in self.allowed_hosts
        self.www_redirect = www_redirect
        self._names = frozenset(host for host in self.allowed_hosts if not host.startswith("*"))
        self._endings = tuple(host[1:] for host in self.allowed_hosts if host.startswith("*."))
        # The same few hosts come again and again; the bound is for those who invent some.
        self._verdict = lru_cache(maxsize=256)(self._judge)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.allow_any or scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        # Of two Host fields (RFC 9112 section 3.2: a 400) a proxy may have believed the other one.
        fields = field_lines(scope, b"host")
        verdict = self._verdict(fields[0]) if len(fields) == 1 else f"there are {len(fields)} Host fields, not one"
        if verdict == _TRUSTED:
            await self.app(scope, receive, send)
        elif verdict == _BELONGS_TO_WWW:
            url = URL(scope=scope)
            response = RedirectResponse(url.replace(netloc=f"www.{url.netloc}"))
            what = f"www.{url.hostname} is in allowed_hosts and {url.hostname} is not (www_redirect)"
            await answer_instead(response, "TrustedHostMiddleware", what, scope, receive, send)
        else:
            refused = PlainTextResponse("Invalid host header", status_code=400)
            await answer_instead(refused, "TrustedHostMiddleware", verdict, scope, receive, send)

    def _judge(self, field: bytes) -> str:
        """What to do about a Host field: one of the constants above, or why it is refused."""
        text = field.decode("latin-1")
        valid = host_and_port(text)
        if valid is None:
            return f"{text!r} is not a host (RFC 9110 section 7.2)"
        host = _plain(valid[0])
        if host in self._names or host.endswith(self._endings):
            return _TRUSTED
        if self.www_redirect and f"www.{host}" in self._names:
            return _BELONGS_TO_WWW
        return f"the host {host} is not in allowed_hosts ({', '.join(self.allowed_hosts) or 'which is empty'})"


def _checked(host: str) -> str:
    """One of `allowed_hosts` in the form in which hosts are compared. ValueError for one that could never match."""
    name = host.removeprefix("*.")
    if host == "*":
        return host
    if "*" in name or not name:
        raise ValueError(f"allowed_hosts has {host!r}: a pattern is '*.example.com', or '*' for every host")
    valid = host_and_port(name)
    if valid is None or valid[1] is not None:
        raise ValueError(
            f"allowed_hosts has {host!r}: a host is a name or an address without scheme, port and path, "
            "such as 'example.com' or '[::1]'"
        )
    return host[: -len(name)] + _plain(valid[0])


def _plain(host: str) -> str:
    """A valid host in lower case; an IPv6 address in its shortest form."""
    return f"[{IPv6Address(host[1:-1])}]" if host.startswith("[") else host.lower()
