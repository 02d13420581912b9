"""The same WSGI application behind Starlette's middleware (deprecated, but there) and behind ours, over a socket."""

from __future__ import annotations

import warnings
from types import SimpleNamespace
from typing import Any

import pytest
from tests.differential.web.kits import THEIRS
from tests.differential.web.sockets import over_sockets, request

from webfoot.web.middleware.wsgi import WSGIMiddleware as Ours

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from starlette.middleware.wsgi import WSGIMiddleware as Theirs

TOLD = [
    "REQUEST_METHOD",
    "SCRIPT_NAME",
    "PATH_INFO",
    "QUERY_STRING",
    "CONTENT_TYPE",
    "CONTENT_LENGTH",
    "SERVER_PROTOCOL",
    "REMOTE_ADDR",
    "HTTP_HOST",
    "HTTP_X_DUCK",
    "HTTP_COOKIE",
    "wsgi.url_scheme",
    "wsgi.version",
]


def wsgi(environ: Any, start_response: Any) -> Any:
    path = environ["PATH_INFO"]
    if path == "/broken":
        raise LookupError("no duck")
    if path == "/none":
        start_response("204 No Content", [])
        return []
    if path == "/stream":
        start_response("200 OK", [("Content-Type", "text/plain")])
        return (b"part " for _ in range(3))
    body = environ["wsgi.input"].read()
    told = [f"{name}={environ.get(name)}" for name in TOLD] + [f"body={body!r}"]
    content = "\n".join(told).encode("utf-8", "surrogateescape")
    fields = [("Content-Type", "text/plain"), ("X-Two", "1"), ("X-Two", "2"), ("Content-Length", str(len(content)))]
    start_response("201 Created" if environ["REQUEST_METHOD"] == "POST" else "200 OK", fields)
    return [content]


def make(kit: SimpleNamespace) -> Any:
    middleware: Any = Theirs if kit is THEIRS else Ours
    return kit.App(routes=[kit.Mount("/legacy", app=middleware(wsgi))])


@pytest.mark.parametrize(
    "asked",
    [
        request("GET", "/legacy/"),
        request("GET", "/legacy/ducks/7?a=1&b=%20"),
        request("GET", "/legacy/d%C3%BCck"),
        request("GET", "/legacy/", {"X-Duck": "eider", "Cookie": "a=1; b=2"}),
        request("POST", "/legacy/form", {"Content-Type": "application/x-www-form-urlencoded"}, b"duck=smew"),
        request("PUT", "/legacy/", body=b"x" * 100_000),
        request("GET", "/legacy/none"),
        request("GET", "/legacy/stream"),
        request("GET", "/legacy/broken"),
        request("GET", "/elsewhere"),
    ],
)
def test_the_same(asked: bytes) -> None:
    theirs, ours = over_sockets(make, asked)
    assert ours == theirs
