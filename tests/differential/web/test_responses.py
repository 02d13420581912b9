"""Responses: the messages that each sends, on Starlette and on webfoot."""

import os
import re
from pathlib import Path

import pytest
from tests.differential.web.judge import OURS, THEIRS, answer

RESPONSES = """
Response()
Response("\\xe9")
Response(b"x")
Response("x", media_type="text/x")
Response("x", media_type="text/x; charset=foo")
Response("x", media_type="text/x; Charset=foo")
Response("x", media_type="application/x")
Response("x", headers={"Content-Type": "a/b", "X-Y": "z", "Content-Length": "9"})
Response("x", 204)
Response(None, 304)
Response(status_code=100)
Response(status_code=205)
Response("x", headers=MutableHeaders(raw=[(b"a", b"1"), (b"a", b"2")]))
type("X", (Response,), {"media_type": "application/xml", "charset": "latin-1"})("\\xe9")
type("X", (PlainTextResponse,), {"charset": "latin-1"})("\\xe9")
type("X", (Response,), {"render": lambda self, content: b"<" + content + b">"})(b"a")
PlainTextResponse("x")
HTMLResponse("<p>\\xe9</p>", 404, {"x-a": "b"})
JSONResponse({"a": "\\xe9", "b": [1, 2.5, None, True]})
JSONResponse(None)
JSONResponse({}, media_type="application/x+json")
JSONResponse({1: 2, None: 3}, 201)
RedirectResponse("/a b?\\xe9=1#x%20<>\\"'\\\\^`{|}[]")
RedirectResponse(URL("http://x/y"), 303, headers={"a": "b"})
RedirectResponse("/a\\r\\nb")
RedirectResponse("//a@b:c!$&()*+,;=~")
StreamingResponse(iter(["a", b"b"]), media_type="text/plain")
StreamingResponse(["a", "b"], headers={"content-length": "2"})
StreamingResponse((c for c in [b"x"]), 204)
"""

REFUSED = """
JSONResponse(float("nan"))
JSONResponse([float("inf")])
JSONResponse(object())
JSONResponse()
"""

COOKIES = """
r.set_cookie("a", "b")
r.set_cookie("a")
r.set_cookie("a", "b c;d,e\\"\\xe9\\\\")
r.set_cookie("a", "b\\r\\nX: y")
r.set_cookie("a", "!#$%&'*+-.^_`|~:/()<>?@[]={}")
r.set_cookie("a", "b", max_age=0, path=None, domain="x.y", secure=True, httponly=True, samesite="strict")
r.set_cookie("a", "b", max_age=3600, samesite=None)
r.set_cookie("a", "b", expires="Wed, 01 Jan 2025 00:00:00 GMT")
r.set_cookie("a", "b", expires=datetime(2030, 1, 1, tzinfo=utc))
r.set_cookie("a", "b", expires=datetime(2030, 1, 1))
r.set_cookie("a", "b", samesite="None")
r.set_cookie("a", "b", samesite="LAX")
[r.set_cookie("a", "b"), r.set_cookie("a", "c"), r.set_cookie("b", "d", path="/x")]
[r.set_cookie("a", "b"), r.headers["set-cookie"]]
"""

DELETED = """
r.delete_cookie("a")
r.delete_cookie("a", path="/z", domain="x", secure=True, httponly=True, samesite=None)
"""

TOUCHED = """
[setattr(r, "body", b"zz"), setattr(r, "status_code", 201)]
r.headers.__setitem__("x-a", "b")
[r.headers.__delitem__("content-length"), r.headers is r.headers, r.headers.raw is r.raw_headers]
[r.headers.append("x-a", "1"), r.headers.append("x-a", "2"), r.headers.getlist("x-a")]
r.init_headers({"a": "b"})
setattr(r, "raw_headers", [(b"a", b"b")])
"""

PROGRAMS = [f"sent({line})" for line in RESPONSES.strip().splitlines()]
PROGRAMS += [f"sent({line}, type='websocket')" for line in ('Response("x", 403)', 'StreamingResponse(["x"], 403)')]
PROGRAMS += REFUSED.strip().splitlines()
PROGRAMS += [
    f"[r := Response('abc'), {line}, sent(r)][1:]" for line in (COOKIES + TOUCHED).strip().splitlines() if line
]


@pytest.mark.parametrize("program", PROGRAMS)
def test_answers_as_starlette_does(program: str) -> None:
    assert answer(OURS, program) == answer(THEIRS, program)


@pytest.mark.parametrize("program", DELETED.strip().splitlines())
def test_deletes_cookies_as_starlette_does(program: str) -> None:
    program = f"[r := Response(), {program}, r.raw_headers][2]"
    now = re.compile(r"expires=\w+, \d\d \w+ \d{4} [\d:]+ GMT")
    assert now.sub("expires=now", answer(OURS, program)) == now.sub("expires=now", answer(THEIRS, program))


FILES = """
FileResponse(PATH)
FileResponse(PATH, filename="a.txt")
FileResponse(PATH, filename="\\xe9 b.txt")
FileResponse(PATH, filename="a b.txt", content_disposition_type="inline")
FileResponse(PATH, filename="a\\"b.txt")
FileResponse(PATH, filename="x.json")
FileResponse(PATH, media_type="x/y", status_code=201, headers={"etag": "q", "A": "b"})
FileResponse(PATH, headers={"content-disposition": "inline", "last-modified": "never"}, filename="a.txt")
FileResponse(PATH + ".not-there")
FileResponse(PATH + "/..")
"""


@pytest.mark.parametrize("name", ["duck.txt", "duck.unknown-kind", "duck.tar.gz", "DUCK.JSON"])
@pytest.mark.parametrize("other", ["method='GET'", "method='HEAD'", "extensions={'http.response.pathsend': {}}"])
@pytest.mark.parametrize("program", FILES.strip().splitlines())
def test_sends_files_as_starlette_does(program: str, other: str, name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text("quack")
    os.utime(path, (0, 1_700_000_000.25))
    answers = [answer({**kit, "PATH": str(path)}, f"sent({program}, {other})") for kit in (OURS, THEIRS)]
    ours, theirs = [re.sub(r"b'\"[0-9a-f-]+\"'", "ETAG", text) for text in answers]  # an etag is opaque
    assert ours.replace("NoSuchFile", "RuntimeError") == theirs  # it is one


# program, our answer, and why it is not Starlette's (each is told in docs/differences.md)
DIFFERENCES = [
    ('JSONResponse({"a": "\\ud800"}).body', 'b\'{"a":"\\\\ud800"}\'', "a client may have sent it"),
    ('Response("x", headers={"a": "b\\r\\nset-cookie: c"})', "raises ValueError", "response splitting"),
    ('Response("x", media_type="text/x\\r\\na: b")', "raises ValueError", "response splitting"),
    ('Response("x", headers={"a": 1})', "raises TypeError", "one clear kind of error"),
    ("Response(3)", "raises TypeError", "one clear kind of error"),
    ("Response(bytearray(b'x')).body", "b'x'", "bytes are bytes"),
    ("Response(memoryview(b'x')).body", "b'x'", "ASGI says byte string"),
    ("StreamingResponse(3)", "raises TypeError", "said before the head is sent"),
    ('len(sent(StreamingResponse("xyz")))', "3", "a text is one chunk, not one for each character"),
    ('Response().set_cookie("a", samesite="x")', "raises ValueError", "not an assertion"),
    ('Response().set_cookie("a b")', "raises ValueError", "one kind of error"),
    ('Response().set_cookie("a", path="/;x")', "raises ValueError", "an attribute that breaks out"),
    ('Response().set_cookie("a", domain="x\\r\\ny: z")', "raises ValueError", "an attribute that breaks out"),
    (
        '[r := Response(), r.set_cookie("a", "b", partitioned=True), r.headers["set-cookie"]][2]',
        "'a=b; Partitioned; Path=/; SameSite=lax'",
        "on every Python",
    ),
]


@pytest.mark.parametrize(("program", "ours", "why"), DIFFERENCES)
def test_known_difference(program: str, ours: str, why: str) -> None:
    assert answer(OURS, program) == ours
    assert answer(THEIRS, program) != ours, f"no longer a difference: {why}"
