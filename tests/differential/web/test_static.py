"""StaticFiles on Starlette and on webfoot: the same tree of files, the same requests."""

from __future__ import annotations

import asyncio
import importlib
import inspect
import os
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tests.differential.web.kits import OURS, THEIRS
from tests.differential.web.sockets import over_sockets, request
from tests.web.driving import call

_ETAG = re.compile(rb'"[0-9a-f-]+"')
MODIFIED = "Tue, 14 Nov 2023 22:13:20 GMT"


def static_of(kit: SimpleNamespace) -> Any:
    home = (
        "starlette.staticfiles" if kit is THEIRS or kit.App.__module__.startswith("starlette") else "webfoot.web.static"
    )
    return importlib.import_module(home).StaticFiles


@pytest.fixture(scope="module")
def pond(tmp_path_factory: pytest.TempPathFactory) -> Path:
    top = tmp_path_factory.mktemp("top").resolve()
    pond = top / "pond"
    for folder in ("sub", "bare", "sub/deep"):
        (pond / folder).mkdir(parents=True)
    (top / "pond-other").mkdir()
    texts = {
        "duck.txt": "quack", "index.html": "<h1>pond</h1>", "sub/index.html": "<h1>sub</h1>", "sub/style.css": "a{}",
        "page.html": "<p>", "data.json": "{}", "image.svg": "<svg/>", "script.js": "1", "noending": "x",
        "a.tar.gz": "g", "a b.txt": "space", "é.txt": "e", "back\\slash.txt": "b", "../secret": "s",
        "../pond-other/secret": "s", "empty": "",
    }  # fmt: skip
    for name, text in texts.items():
        (pond / name).write_text(text)
        os.utime(pond / name, (0, 1_700_000_000))
    (pond / "in").symlink_to("duck.txt")
    (pond / "out").symlink_to("../secret")
    (pond / "up").symlink_to("..")
    (pond / "dangling").symlink_to("nowhere")
    os.mkfifo(pond / "pipe")
    return pond


def asked(kit: SimpleNamespace, pond: Path, path: str, method: str = "GET", options: Any = None, **more: Any) -> Any:
    app = kit.App(routes=[kit.Mount("/static", static_of(kit)(directory=pond, **(options or {})), name="static")])

    async def main() -> Any:
        headers = dict(more.pop("headers", {}))
        if "ETAG" in str(headers):
            first = await call(app, "GET", path, **more)
            headers = {name: value.replace("ETAG", first.headers["etag"]) for name, value in headers.items()}
        return await call(app, method, path, headers=headers, **more)

    answered = asyncio.run(main())
    if answered.error is not None:
        return type(answered.error).__name__
    start = answered.messages[0]
    return start["status"], sorted((name, _ETAG.sub(b"E", value)) for name, value in start["headers"]), answered.body


PATHS = [
    "duck.txt", "sub/style.css", "page.html", "data.json", "image.svg", "script.js", "noending", "a.tar.gz", "a b.txt",
    "é.txt", "back\\slash.txt", "empty", "/duck.txt", "./duck.txt", "sub//style.css", "duck.txt/", "", "bare", "bare/",
    "sub/deep/", "nope", "nope/", "sub/nope", "duck.txt/x", "../secret", "../pond-other/secret", "/etc/passwd",
    "sub/../../secret", "%2e%2e/secret", "..\\secret", "in", "out", "up/secret", "dangling", "pipe", "x" * 300,
]  # fmt: skip


@pytest.mark.parametrize("options", [{}, {"html": True}, {"follow_symlink": True}], ids=repr)
@pytest.mark.parametrize("path", PATHS)
def test_paths(pond: Path, path: str, options: dict[str, Any]) -> None:
    assert asked(OURS, pond, f"/static/{path}", options=options) == asked(
        THEIRS, pond, f"/static/{path}", options=options
    )


@pytest.mark.parametrize("method", ["HEAD", "POST", "OPTIONS", "DELETE", "QUERY"])
@pytest.mark.parametrize("path", ["duck.txt", "nope", "sub/"])
def test_methods(pond: Path, path: str, method: str) -> None:
    for options in ({}, {"html": True}):
        ours, theirs = (asked(kit, pond, f"/static/{path}", method, options) for kit in (OURS, THEIRS))
        assert ours == theirs


CONDITIONS = [
    {"if-none-match": "ETAG"},
    {"if-none-match": "W/ETAG"},
    {"if-none-match": '"x", ETAG'},
    {"if-none-match": '"x",ETAG,"y"'},
    {"if-none-match": "*"},
    {"if-none-match": '"x"'},
    {"if-none-match": "x"},
    {"if-none-match": '"x"', "if-modified-since": MODIFIED},
    {"if-none-match": "", "if-modified-since": MODIFIED},
    {"if-none-match": "ETAG", "range": "bytes=0-1"},
    {"if-modified-since": MODIFIED},
    {"if-modified-since": "Tue, 14 Nov 2023 22:13:19 GMT"},
    {"if-modified-since": "Tue, 14 Nov 2033 22:13:19 GMT"},
    {"if-modified-since": "Tuesday, 14-Nov-23 22:13:20 GMT"},
    {"if-modified-since": "junk"},
    {"if-modified-since": ""},
    {"if-modified-since": "2023-11-14"},
    {"range": "bytes=1-2"},
    {"range": "bytes=9-"},
    {"range": "bytes=0-0,4-4"},
]


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("headers", CONDITIONS, ids=repr)
def test_conditions(pond: Path, headers: dict[str, str], method: str) -> None:
    ours, theirs = (
        asked(kit, pond, "/static/duck.txt", method, {"html": True}, headers=headers) for kit in (OURS, THEIRS)
    )
    boundary = re.compile(rb"[0-9a-f]{26}")
    assert boundary.sub(b"B", repr(ours).encode()) == boundary.sub(b"B", repr(theirs).encode())


@pytest.mark.parametrize("headers", [{}, {"if-none-match": "*"}, {"range": "bytes=0-1"}], ids=repr)
def test_the_404_page(pond: Path, tmp_path: Path, headers: dict[str, str]) -> None:
    (tmp_path / "404.html").write_text("<h1>no such duck</h1>")
    os.utime(tmp_path / "404.html", (0, 1_700_000_000))
    for path in ("nope", "sub/nope", ""):
        ours, theirs = (
            asked(kit, tmp_path, f"/static/{path}", options={"html": True}, headers=headers) for kit in (OURS, THEIRS)
        )
        assert ours == theirs


def test_redirects_are_relative_here(pond: Path) -> None:
    for more in ({}, {"query_string": b"a=1&b=%20"}):
        ours, theirs = (asked(kit, pond, "/static/sub", options={"html": True}, **more) for kit in (OURS, THEIRS))
        assert theirs[1][1][1].endswith(ours[1][1][1])
        assert theirs[1][1][1].startswith(b"http://duck.example/static/sub/")
        assert ours[1][1][1].startswith(b"/static/sub/")
        assert (ours[0], ours[2]) == (theirs[0], theirs[2])


@pytest.mark.parametrize(
    "options",
    [
        {"directory": "/nowhere"}, {"directory": "/etc/passwd"}, {}, {"packages": ["nopackage"]},
        {"packages": ["json"]},
        {"packages": [("json", "none")]}, {"packages": [("email", "mime")]}, {"packages": ["itertools"]},
        {"packages": [("email", "mime")], "directory": "/etc", "html": True, "follow_symlink": True},
        {"directory": "/nowhere", "check_dir": False},
    ],
    ids=repr,
)  # fmt: skip
def test_setting_up(options: dict[str, Any]) -> None:
    def made(kit: SimpleNamespace) -> Any:
        try:
            files = static_of(kit)(**options)
        except Exception as error:
            return type(error).__name__
        names = ("directory", "packages", "all_directories", "html", "config_checked", "follow_symlink")
        return {name: getattr(files, name) for name in names}

    assert made(OURS) == made(THEIRS)


def test_the_methods_have_the_same_parameters() -> None:
    ours, theirs = static_of(OURS), static_of(THEIRS)
    for name in (
        "__init__",
        "get_directories",
        "get_path",
        "get_response",
        "lookup_path",
        "file_response",
        "check_config",
    ):
        assert list(inspect.signature(getattr(ours, name)).parameters) == list(
            inspect.signature(getattr(theirs, name)).parameters
        )
    assert list(inspect.signature(ours.is_not_modified).parameters) == ["self", "response_headers", "request_headers"]


# path, options, what we answer and what they do: told in docs/differences.md, "Static files"
DIFFERENCES = [
    ("sub/../duck.txt", {}, 404, 200, "a path that goes up leads nowhere, so that no proxy is bypassed"),
    ("nope/../duck.txt", {}, 404, 200, "the same"),
    ("loop", {}, 404, "OSError", "a link in a circle is nothing, and no failure"),
]


@pytest.mark.parametrize(("path", "options", "ours", "theirs", "why"), DIFFERENCES)
def test_known_difference(pond: Path, path: str, options: Any, ours: Any, theirs: Any, why: str) -> None:
    if not os.path.lexists(pond / "loop"):
        (pond / "loop").symlink_to("loop")
    answers = [asked(kit, pond, f"/static/{path}", options=options) for kit in (OURS, THEIRS)]
    assert [answer if isinstance(answer, str) else answer[0] for answer in answers] == [ours, theirs], why


def test_known_difference_in_preconditions(pond: Path) -> None:
    """RFC 9110 section 13.1.1: MUST NOT be answered with another version. Starlette does not know If-Match."""
    answers = [asked(kit, pond, "/static/duck.txt", headers={"if-match": '"x"'})[0] for kit in (OURS, THEIRS)]
    assert answers == [412, 200]


@pytest.mark.parametrize(
    "target",
    ["duck.txt", "a%20b.txt", "%C3%A9.txt", "sub/style.css", "nope", "..%2fsecret", "%2e%2e/secret", "../secret", "%00",
     "%ff", "%5c..%5csecret", "..%5csecret", "out", "in", ".%2e/secret", "duck.txt%00.html", "%2fetc%2fpasswd", "sub/"],
)  # fmt: skip
def test_over_a_socket(pond: Path, target: str) -> None:
    def make(kit: SimpleNamespace) -> Any:
        return kit.App(routes=[kit.Mount("/static", static_of(kit)(directory=pond))])

    theirs, ours = over_sockets(make, request("GET", f"/static/{target}"))
    blotted = [
        [(status, [(n, _ETAG.sub(b"E", v.encode())) for n, v in headers], body) for status, headers, body in answers]
        for answers in (ours, theirs)
    ]
    assert len(ours) == 1
    assert blotted[0] == blotted[1]


def test_a_304_over_a_socket(pond: Path) -> None:
    def make(kit: SimpleNamespace) -> Any:
        return kit.App(routes=[kit.Mount("/static", static_of(kit)(directory=pond))])

    theirs, ours = over_sockets(make, request("GET", "/static/duck.txt", {"If-Modified-Since": MODIFIED}))
    assert [answer[0] for answer in ours] == [answer[0] for answer in theirs] == [304]
    assert [name for name, _ in ours[0][1]] == [name for name, _ in theirs[0][1]]
