"""The redirect to the path with, or without, a slash at its end."""

from __future__ import annotations

from urllib.parse import quote

from webfoot.asgi.types import Scope

# RFC 3986 section 3.3, pchar without the percent sign: what is to be routed has been decoded already.
_PATH_SAFE = "/:@!$&'()*+,;=-._~"
# Section 3.4; here the percent sign stays, for a query is passed on as it came.
_QUERY_SAFE = "/?:@!$&'()*+,;=-._~%[]"


def other_slash(path: str) -> str | None:
    """`path` with the slash at its end added, or all of them taken away. The root has no other form."""
    if path == "/":
        return None
    return path.rstrip("/") if path.endswith("/") else path + "/"


def relative_location(scope: Scope) -> str:
    """Path and query of a request as a reference without scheme and host (RFC 9110 section 10.2.2 allows that).

    A proxy that ends TLS or changes the host needs no header to make this right. A path that begins with two slashes
    would be read as a host; "/." before it (RFC 3986 section 5.2.4 takes it away again) keeps it a path.
    """
    # A server may hand over half of a surrogate pair where the client sent bytes that are no UTF-8.
    path = quote(scope["path"], safe=_PATH_SAFE, errors="replace")
    if path.startswith("//"):
        path = "/." + path
    query: bytes = scope.get("query_string", b"")
    return f"{path}?{quote(query, safe=_QUERY_SAFE)}" if query else path
