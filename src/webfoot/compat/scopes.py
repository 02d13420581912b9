"""`uvicorn.protocols.utils`: what access logs of applications tell of a scope."""

from __future__ import annotations

from urllib.parse import quote

from webfoot.asgi.types import Scope


def get_client_addr(scope: Scope) -> str:
    """`127.0.0.1:1234`; nothing where there is no address, as behind a Unix socket."""
    client = scope.get("client")
    return f"{client[0]}:{client[1]}" if client else ""


def get_path_with_query_string(scope: Scope) -> str:
    """As the client has asked for it, percent-encoded."""
    path, query = quote(scope["path"]), scope["query_string"].decode("ascii")
    return f"{path}?{query}" if query else path
