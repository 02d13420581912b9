"""Every documented feature over a real socket: the same large application with Starlette's names and with ours, both
under our server and both under Uvicorn. What differs on purpose stands in a table, each with its place in the docs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.differential.web.everything import SIZE
from tests.differential.web.served import Step, ask, converse, multipart, on_h11, ours, two_served, uvicorns

DOCS = (
    (Path(__file__).parents[3] / "docs/differences.md").read_text().partition("\n## Toolkit")[2].partition("\n## ")[0]
)
MULTIPART = {"Content-Type": "multipart/form-data; boundary=duck"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
WHERE = {"Origin": "https://a.example"}
PREFLIGHT = {**WHERE, "Access-Control-Request-Method": "PUT", "Access-Control-Request-Headers": "x-duck"}

CASES: dict[str, list[Step]] = {
    # requests
    "tell": [("GET", "/tell?a=1&b=2&a=%20+", {"Cookie": "a=1; b=x y", "X-Two": "1"})],
    "tell: every method": [
        (method, "/tell", {}) for method in ("POST", "PUT", "PATCH", "DELETE", "OPTIONS", "QUERY", "HEAD")
    ],
    "tell: a wrong method": [("TRACK", "/tell", {}), ("PURGE", "/noslash", {})],
    "tell: absolute form": [("GET", "http://other.example/tell?x", {})],
    "body": [("POST", "/body", {}, b"quack" * 1000), ("POST", "/body", {}, b"")],
    "body as a stream": [("POST", "/stream-in", {}, b"x" * 100_000)],
    "json": [("POST", "/json-in", {}, b'{"a": [1, 2.5, "\\u00e9"]}')],
    "json that is none": [("POST", "/json-in", {}, b"{quack")],
    "form": [("POST", "/form", FORM, b"a=1&a=2&b=%C3%A9+x")],
    "form: too many fields": [("POST", "/form", FORM, b"a=1&a=2&a=3&a=4")],
    "form: multipart": [("POST", "/form", MULTIPART, multipart(('name="a"', "x"), ('name="f"; filename="d.t"', "q")))],
    "form: too many files": [("POST", "/form", MULTIPART, multipart(*[('name="f"; filename="d"', "q")] * 3))],
    "form: no boundary": [("POST", "/form", {"Content-Type": "multipart/form-data"}, b"x")],
    "form: another kind": [("POST", "/form", {"Content-Type": "text/plain"}, b"x=1")],
    "form: cut off": [("POST", "/form", MULTIPART, multipart(('name="a"', "x"))[:-12])],
    "bytes outside ASCII": [("POST", "/form", FORM, "a=é".encode())],
    "push": [("GET", "/push", {})],
    "early hints": [("GET", "/hints", {})],
    "is_disconnected": [("GET", "/gone", {})],
    "state and route": [("GET", "/route/1", {})],
    "threads": [("GET", "/threads", {})],
    "body limit of a route": [("POST", "/limited", {}, b"x" * size) for size in (10, 11)],
    "session": [
        ("GET", "/session", {}),
        ("POST", "/session", {}),
        ("POST", "/session", {"Cookie": "{set-cookie}"}),
        ("GET", "/session", {"Cookie": "{set-cookie}"}),
        ("DELETE", "/session", {"Cookie": "session=e30.forged.signature"}),
    ],
    "session: cleared": [("POST", "/session", {}), ("DELETE", "/session", {"Cookie": "{set-cookie}"})],
    # responses
    **{
        f"made: {kind}": [("GET", f"/made/{kind}", {}), ("HEAD", f"/made/{kind}", {})]
        for kind in (
            "plain", "html", "json", "bytes", "empty", "unchanged", "redirect", "streamed", "iterated", "file",
            "inline", "cookies", "page", "memory", "text",
        )
    },
    "background": [("GET", "/made/background", {}), ("GET", "/made/seen", {})],
    "file: one range": [("GET", "/made/file", {"Range": "bytes=10-19"}), ("GET", "/made/file", {"Range": "bytes=-5"})],
    "file: to the end": [("GET", "/made/file", {"Range": f"bytes={SIZE - 3}-"})],
    "file: none of it": [("GET", "/made/file", {"Range": f"bytes={SIZE}-"})],
    "file: if-range": [
        ("GET", "/made/file", {}),
        ("GET", "/made/file", {"Range": "bytes=0-3", "If-Range": "{etag}"}),
        ("GET", "/made/file", {"Range": "bytes=0-3", "If-Range": '"other"'}),
    ],
    "file: two ranges": [("GET", "/made/file", {"Range": "bytes=0-1,10-11"})],
    "file: ranges out of order": [("GET", "/made/file", {"Range": "bytes=10-11,0-1"})],
    "file: a malformed range": [("GET", "/made/file", {"Range": "bytes=quack"})],
    "a stream that is torn": [("GET", "/made/torn", {})],
    "file: another unit": [("GET", "/made/file", {"Range": "ducks=0-3"})],
    # routing
    "convertors": [
        ("GET", target, {})
        for target in (
            "/int/42", "/int/x", "/float/1.5", "/uuid/8b7c7d6e-0000-4000-8000-000000000001", "/uuid/8b7c", "/dozen/2",
            "/two/a-b.c", "/two/ab", "/rest/a/b%20c//d", "/rest/", "/int/%34",
        )
    ],
    "slashes": [("GET", "/noslash", {}), ("GET", "/slash/", {})],
    "slash redirects": [("GET", "/slash?a=1", {}), ("GET", "/noslash/", {}), ("GET", "/bare", {})],
    "a newline": [("GET", "/noslash%0A", {})],
    "a number without end": [("GET", "/int/" + "9" * 5000, {})],
    "two routes of one path": [("GET", "/twice", {})],
    "not found": [("GET", "/nothing", {}), ("POST", "/mounted/nothing", {}), ("GET", "/Tell", {})],
    "wrong method": [("POST", "/noslash", {}), ("DELETE", "/ducks", {})],
    "endpoint": [("GET", "/ducks", {}), ("POST", "/ducks", {}), ("HEAD", "/ducks", {})],
    "mounts": [("GET", "/mounted/in/x%20y", {}), ("GET", "/mounted/", {}), ("GET", "/by/jemima/in/x", {})],
    "a mounted application": [("GET", "/bare/", {}), ("GET", "/bare/a%20b/", {})],
    "hosts": [("GET", "/", {"Host": "north.ducks.example"}), ("GET", "/", {"Host": "NORTH.ducks.example:81"})],
    "hosts: an empty port": [("GET", "/", {"Host": "north.ducks.example:"})],
    "urls": [("GET", "/urls?x=1", {}), ("GET", "/urls", {"Host": "a.example:8080"})],
    "middleware": [("GET", "/stamped", {}), ("GET", "/timed/early", {}), ("GET", "/timed/late", {})],
    # errors
    "errors": [("GET", f"/fail/{kind}", {}) for kind in ("http", "plain", "handled", "none", "empty")],
    "errors: not handled": [("GET", "/fail/value", {})],
    "errors: in a thread": [("GET", "/fail-in-thread", {})],
    # guards
    "cors": [("GET", "/cors/", WHERE), ("GET", "/cors/", {}), ("GET", "/cors/", {"Origin": "https://b.example"})],
    "cors: preflight": [
        ("OPTIONS", "/cors/", PREFLIGHT),
        ("OPTIONS", "/cors-all/", {**PREFLIGHT, "Access-Control-Request-Method": "GET"}),
    ],
    "cors: refused": [
        ("OPTIONS", "/cors/", {**PREFLIGHT, "Origin": "https://b.example"}),
        ("OPTIONS", "/cors/", {**PREFLIGHT, "Access-Control-Request-Method": "DELETE"}),
        ("OPTIONS", "/cors/", {**PREFLIGHT, "Access-Control-Request-Headers": "x-goose"}),
    ],
    "cors: a 500": [("GET", "/cors-broken/", WHERE)],
    "cors: all": [("GET", "/cors-all/", WHERE), ("GET", "/cors-all/", {**WHERE, "Cookie": "a=1"})],
    "cors: regex": [("GET", "/cors-regex/", WHERE), ("GET", "/cors-regex/", {"Origin": "https://a.example.org"})],
    "gzip": [("GET", "/gzip/", {"Accept-Encoding": "gzip"}), ("GET", "/gzip/", {})],
    "gzip: too small": [("GET", "/gzip-large/", {"Accept-Encoding": "gzip"})],
    "gzip: refused": [("GET", "/gzip/", {"Accept-Encoding": "gzip;q=0"})],
    "gzip: other responses": [("GET", "/made/plain", {"Accept-Encoding": "gzip"})],
    "trusted host": [
        ("GET", "/trusted/", {"Host": host}) for host in ("pond.example", "x.b.example:80", "b.example", "evil.example")
    ],
    "https redirect": [("GET", "/https/?a=1", {}), ("POST", "/https/", {"Host": "pond.example:8000"})],
    "body limit": [("POST", "/limit/", {}, b"x" * 100), ("GET", "/limit/", {})],
    "body limit: beyond": [("POST", "/limit/", {}, b"x" * 101)],
    "authentication": [
        ("GET", "/auth/who", {}),
        ("GET", "/auth/who", {"Authorization": "Duck admin"}),
        ("GET", "/auth/who", {"Authorization": "Goose"}),
        ("GET", "/auth/member", {}),
        ("GET", "/auth/member", {"Authorization": "Duck swim"}),
        ("GET", "/auth/admin", {"Authorization": "Duck swim"}),
        ("GET", "/auth/admin", {"Authorization": "Duck admin"}),
    ],
    "authentication: redirect": [("GET", "/auth/moved?x=1", {})],
    # other applications
    "wsgi": [("GET", "/legacy/a%20b?x=1", {}), ("POST", "/legacy/", {}, b"quack")],
    "schema": [("GET", "/described/1", {})],
    # files
    "static": [("GET", "/static/duck.txt", {}), ("HEAD", "/static/big.bin", {}), ("GET", "/static/style.css", {})],
    "static: not there": [("GET", "/static/goose.txt", {}), ("GET", "/static/sub", {}), ("GET", "/static/../x", {})],
    "static: wrong method": [("POST", "/static/duck.txt", {})],
    "static: ranges": [(method, "/static/big.bin", {"Range": "bytes=0-0"}) for method in ("GET", "HEAD", "POST")],
    "static: not changed": [
        ("GET", "/static/duck.txt", {}),
        ("GET", "/static/duck.txt", {"If-None-Match": "{etag}"}),
        ("GET", "/static/duck.txt", {"If-None-Match": '"other"', "If-Modified-Since": "Tue, 14 Nov 2023 22:13:20 GMT"}),
        ("GET", "/static/duck.txt", {"If-Modified-Since": "Tue, 14 Nov 2023 22:13:20 GMT"}),
        ("GET", "/static/duck.txt", {"If-Modified-Since": "Tue, 14 Nov 2023 22:13:19 GMT"}),
    ],
    "static: dots within": [("GET", "/static/sub/../duck.txt", {})],
    "static: if-match": [("GET", "/static/duck.txt", {"If-Match": '"other"'})],
    "static: a site": [("GET", "/site/", {}), ("GET", "/site/sub/", {}), ("GET", "/site/goose", {})],
    "static: a site's slashes": [("GET", "/site/sub", {})],
}  # fmt: skip

# Over a socket these are answered otherwise, on purpose: the heading in docs/differences.md that says why.
OTHERWISE: dict[str, str] = {
    "json that is none": "JSON that is none is a 400",
    "form: cut off": "A multipart form that was cut off is a 400",
    "bytes outside ASCII": "Bytes outside ASCII in queries and forms are UTF-8",
    "session: cleared": "Sessions",
    "file: another unit": "Ranges",
    "file: a malformed range": "Ranges",
    "file: ranges out of order": "Ranges",
    "slash redirects": "Slash redirects are relative, and stay on this host",
    "a newline": "Paths with newlines",
    "a number without end": "Text that is no value of its type",
    "two routes of one path": "`Allow` names the methods of the path",
    "hosts: an empty port": "Hosts",
    "cors: a 500": "CORS on a 500",
    "gzip: refused": "Compression",
    "authentication: redirect": "`requires` redirects within the host",
    "static: a site's slashes": "Static files",
    "static: dots within": "Static files",
    "static: if-match": "Static files",
}

BROKEN = {"errors: not handled", "cors: a 500"}  # on purpose, on both sides

SOCKETS: dict[str, tuple[str, list[str], list[str]]] = {
    "echo": ("/ws/echo/north", [], ["a", "é", "close"]),
    "subprotocol": ("/ws/echo/north", ["quack.v1", "quack.v2"], ["a"]),
    "mounted": ("/ws/mounted/echo/x%20y?a=1", [], ["a", "close"]),
    "refused": ("/ws/early", [], []),
    "denied": ("/ws/deny", [], []),
    "an exception before the accept": ("/ws/forbid", [], []),
    "an exception after it": ("/ws/wrong", [], []),
    "returns": ("/ws/returns", [], []),
    "endpoint": ("/ws/endpoint", [], ['{"a": 1}', "[]"]),
    "endpoint: no json": ("/ws/endpoint", [], ["{quack"]),
    "no such route": ("/ws/nothing", [], []),
    "a route of http": ("/tell", [], []),
}
SOCKETS_OTHERWISE = {"endpoint: no json": "A message that was not asked for"}


@pytest.fixture(scope="module", params=[ours, on_h11, uvicorns], ids=["httptools", "h11", "uvicorn"])
def ports(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, int]]:
    with two_served(request.param, tmp_path_factory.mktemp("pond")) as ports:
        yield ports


@pytest.mark.parametrize("case", CASES)
def test_it_is_answered_alike(ports: tuple[int, int], case: str) -> None:
    there, here = (ask(port, CASES[case]) for port in ports)
    assert case in BROKEN or all(status != 500 for status, _, _ in here), "the application itself is broken"
    if case in OTHERWISE:
        assert here != there, "the table of differences has too much"
    else:
        assert here == there


@pytest.mark.parametrize("case", SOCKETS)
def test_a_websocket_goes_alike(ports: tuple[int, int], case: str) -> None:
    there, here = (converse(port, *SOCKETS[case]) for port in ports)
    if case in SOCKETS_OTHERWISE:
        assert here != there, "the table of differences has too much"
    else:
        assert here == there


@pytest.mark.parametrize("heading", sorted({*OTHERWISE.values(), *SOCKETS_OTHERWISE.values()}))
def test_each_difference_stands_in_the_docs(heading: str) -> None:
    assert f"\n### {heading}\n" in DOCS
