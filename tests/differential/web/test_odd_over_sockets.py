"""Odd and malformed requests over a real socket, on both toolkits: answered alike, but for those in a table."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.differential.web.served import Step, ask, multipart, on_h11, ours, two_served, uvicorns
from tests.differential.web.test_over_sockets import FORM, MULTIPART, PREFLIGHT

DOCS = (
    (Path(__file__).parents[3] / "docs/differences.md").read_text().partition("\n## Toolkit")[2].partition("\n## ")[0]
)


def with_field(name: str, values: list[str], target: str, method: str = "GET", **more: str) -> dict[str, Step]:
    return {f"{target} {value}": (method, target, {**more, name: _wire(value)}) for value in values}


def _wire(text: str) -> str:
    return text.encode().decode("latin-1")


def with_body(bodies: list[bytes], target: str, headers: dict[str, str]) -> dict[str, Step]:
    return {repr(body)[1:30]: ("POST", target, headers, body) for body in bodies}


GROUPS: dict[str, dict[str, Step]] = {
    "cookies": with_field("Cookie", [
        "a", "a=b; a=c", "=x", "a=;b", 'a="q;z"; c=d', 'a="\\303\\251"', "a = b ;c= d", ";;;", "a=b=c", "é=1",
        "$Version=1; a=b", "a=%20", "[x]=1; a,b=2", "session=xx", "a=b,c=d",
    ], "/tell"),
    "ranges": with_field("Range", [
        "bytes=0-", "bytes=-0", "bytes=5-2", "bytes=0-0,-1", "bytes=0-49999", "bytes=0-50000", "bytes= 0-1",
        "bytes=0 - 1", "BYTES=0-1", "bytes=", "bytes=,", "bytes=0-1,", "bytes=a-b", "bytes=--1", "bytes=1-1-1",
        "bytes=0-1,1-2,2-3", "bytes=0-1,0-1", "bytes=999999-", "bytes=0-1,999999-", "bytes=0-1;x", "bytes=٣-٤",
        "items=1-2", "bytes=-50001", "bytes=49999-49999", "bytes=" + ",".join(f"{i}-{i}" for i in range(0, 300, 2)),
    ], "/made/file"),
    "codings": with_field("Accept-Encoding", [
        "GZIP", "gzip, br", "br", "*", "identity", "gzip;q=0.5", "gzip;q=0, *", "x-gzip", "", "gzip ;q=1",
        "deflate, gzip;q=1.0, *;q=0.5",
    ], "/gzip/"),
    "urlencoded": with_body([
        b"", b"&&&", b"=", b"a", b"a=b=c", b"a=1;b=2", b"%C3%A9=%", b"+=+", b"a=%00", b"a=\xff", b"\x00=1",
    ], "/form", FORM),
    "heads of parts": {head: ("POST", "/form", MULTIPART, multipart((head, "x"))) for head in (
        "", 'filename="x"', "name=a", "name=a; filename=b", 'name="a\\"b"', 'name="a"; filename=""', 'name="a%22b"',
        'name="a"; filename="../../x"', "name*=utf-8''%C3%A9", "name=\"a\"; filename*=utf-8''%C3%A9", 'name=""',
    )},
    "multipart": with_body([
        b"--duck--\r\n", b"", b"--duck\r\n\r\nx\r\n--duck--\r\n", b"pre\r\n" + multipart(('name="a"', "x")),
        multipart(('name="b"', "x")) + b"epilogue", b"--duck\r\nBad Header\r\n\r\nx\r\n--duck--\r\n",
        b'--duck\r\nContent-Disposition: form-data; name="a"\r\n\r\nx\r\n--duckx',
        b'--duck\nContent-Disposition: form-data; name="a"\n\nx\n--duck--\n',
    ], "/form", MULTIPART),
    "content types": {
        f"{kind} {size}": ("POST", "/form", {"Content-Type": kind}, body)
        for kind in (
            "application/x-www-form-urlencoded; charset=latin-1", "application/X-WWW-Form-UrlEncoded", "",
            "application/json", "multipart/form-data", "multipart/form-data; boundary=",
            'multipart/form-data; boundary="duck"', "multipart/form-data;boundary=duck; charset=utf-16",
            "Multipart/Form-Data; Boundary=duck",
        )
        for size, body in enumerate((b"a=1&b=%ff&c=%", multipart(('name="a"', "x"))))
    },
    "json": with_body([
        b"", b"null", b"\xef\xbb\xbf{}", b'"\xff"', b"[1,]", b'{"a":1,"a":2}', '"é"'.encode("utf-16"), b"1e99",
        b"[" * 100_000, b"9" * 5000, b'"\\ud83e"',
    ], "/json-in", {}),
    "targets": {target: ("GET", _wire(target), {}) for target in (
        "/tell?", "/tell?a", "/tell?=", "/tell?a=%ff", "/tell?a=%", "/tell?a;b", "/tell?a=1&&b", "//tell", "/%74ell",
        "/tell/", "/tell%2F", "/tell#x", "/./tell", "/x/../tell", "/int/-1", "/int/+1", "/int/٣", "/int/1.0",
        "/float/1", "/float/.5", "/float/1e5", "/float/-1.5", "/rest/%2e%2e/x", "/rest/%00", "/rest/%ff",
        "/two/a-b-c.d.e", "/two/-.", "/by//in/x", "/by/%2F/in/x", "/mounted", "/mounted//", "/mounted/in/",
        "/mounted/in/a/b", "/bare//x", "/barex",
        "/site/duck", "/site/404.html", "/site/sub/index.html", "/static", "/static/", "/static//duck.txt",
        "/static/%2e%2e/x", "/static/duck.txt%00", "/static/duck.txt/", "/static/SUB/index.html",
        "/uuid/8B7C7D6E-0000-4000-8000-000000000001", "/dozen/٣",
    )},
    "hosts": {
        f"{host} {target}": ("GET", target, {"Host": host})
        for host in (
            "", "pond.example:", "pond.example:80", "POND.EXAMPLE", "[::1]", "[::1]:80", "127.0.0.1", "pond.example.",
            "north.ducks.example", "a.b.ducks.example", ".ducks.example", "x-y.ducks.example:9",
        )
        for target in ("/tell", "/", "/trusted/", "/https/")
    },
    "authorization": {
        f"{said} {target}": ("GET", target, {"Authorization": said})
        for said in ("Duck", "duck admin", "Duck  a  b", "Duck\tadmin", " Duck admin")
        for target in ("/auth/who", "/auth/moved")
    },
    "origins": {
        f"{method} {target} {origin}": (method, target, {"Origin": origin, **more})
        for origin in (
            "null", "https://A.example", "https://a.example:443", "https://a.example.", "https://xa.example",
            "http://a.example", "*", "",
        )
        for target in ("/cors/", "/cors-regex/", "/cors-all/")
        for method, more in (("GET", {}), ("OPTIONS", {"Access-Control-Request-Method": "GET"}))
    },
    "preflights": {
        repr(more): ("OPTIONS", "/cors/", {**PREFLIGHT, **more})
        for more in (
            {"Access-Control-Request-Headers": ""}, {"Access-Control-Request-Headers": "accept"},
            {"Access-Control-Request-Headers": "X-DUCK, Content-Type"},
            {"Access-Control-Request-Headers": "x-goose, x-duck"},
            {"Access-Control-Request-Private-Network": "true"}, {"Access-Control-Request-Method": ""},
        )
    },
    "if-none-match": {
        **with_field("If-None-Match", ["*", 'W/"x"', '"a", "b"', "", "x"], "/static/duck.txt"),
        **with_field("If-None-Match", ["*", 'W/"x"', '"a", "b"', "", "x"], "/made/inline"),
    },
    "dates": {
        **with_field("If-Modified-Since", DATES := [
            "x", "Tue, 14 Nov 2023 22:13:20", "Tue, 14 Nov 2023 22:13:21 GMT", "Tuesday, 14-Nov-23 22:13:20 GMT",
            "Tue Nov 14 22:13:20 2023", "0",
        ], "/static/duck.txt"),
        **with_field("If-Range", DATES, "/made/file", Range="bytes=0-1"),
    },
}  # fmt: skip

# Of each group those that are answered otherwise on purpose, by the heading in docs/differences.md that says why.
OTHERWISE: dict[str, dict[str, list[str]]] = {
    "ranges": {
        "Ranges": [f"/made/file {value}" for value in (
            "bytes=5-2", "bytes=0 - 1", "bytes=", "bytes=,", "bytes=a-b", "bytes=--1", "bytes=1-1-1",
            "bytes=0-1,999999-", "bytes=0-1;x", "bytes=٣-٤", "items=1-2",
        )],
    },
    "codings": {"Compression": [f"/gzip/ {value}" for value in ("GZIP", "*", "gzip;q=0, *")]},
    "urlencoded": {"Bytes outside ASCII in queries and forms are UTF-8": [r"'a=\xff'"]},
    "multipart": {"A multipart form that was cut off is a 400": [
        name for name, step in GROUPS["multipart"].items() if step[3].endswith(b"x")
    ]},
    "content types": {
        "A multipart form that was cut off is a 400": [f"multipart/form-data; boundary= {size}" for size in (0, 1)],
    },
    "json": {
        "JSON that is none is a 400": [
            "''", """'"\\xff"'""", "'[1,]'", repr(b"[" * 100_000)[1:30], repr(b"9" * 5000)[1:30],
        ],
        "Half of a surrogate pair in text or JSON": [repr(b'"\\ud83e"')[1:30]],
    },
    "targets": {
        "Slash redirects are relative, and stay on this host": ["/tell/", "/tell%2F", "/mounted", "/static"],
    },
    "hosts": {"Hosts that are trusted": ["[::1]:80 /https/"]},
    "authorization": {"`requires` redirects within the host": ["Duck  a  b /auth/moved"]},
    "dates": {"Static files": ["/static/duck.txt Tue, 14 Nov 2023 22:13:20"]},
}  # fmt: skip


@pytest.fixture(scope="module", params=[ours, on_h11, uvicorns], ids=["httptools", "h11", "uvicorn"])
def ports(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, int]]:
    with two_served(request.param, tmp_path_factory.mktemp("pond")) as ports:
        yield ports


@pytest.mark.parametrize("group", GROUPS)
def test_odd_requests_are_answered_alike(ports: tuple[int, int], group: str) -> None:
    there, here = ({name: ask(port, [step]) for name, step in GROUPS[group].items()} for port in ports)
    differ = {name: (there[name], here[name]) for name in there if there[name] != here[name]}
    expected = {name for names in OTHERWISE.get(group, {}).values() for name in names}
    assert {name: differ[name] for name in differ if name not in expected} == {}
    assert expected - set(differ) == set(), "the table of differences has too much"
    assert all(status < 500 for answers in here.values() for status, _, _ in answers)


@pytest.mark.parametrize("heading", sorted({heading for table in OTHERWISE.values() for heading in table}))
def test_each_difference_stands_in_the_docs(heading: str) -> None:
    assert f"\n### {heading}\n" in DOCS
