"""Files and their ranges: the messages that each sends, on Starlette and on webfoot."""

from __future__ import annotations

import asyncio
import os
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tests.differential.web.sockets import over_sockets, request
from tests.web.driving import call

OURS = "webfoot.web.responses"
THEIRS = "starlette.responses"

_ETAG = re.compile(rb'"[0-9a-f-]+"')
_BOUNDARY = re.compile(rb"[0-9a-f]{26}")
LAST_MODIFIED = "Tue, 14 Nov 2023 22:13:20 GMT"


@pytest.fixture
def duck(tmp_path: Path) -> Path:
    path = tmp_path / "duck.txt"
    path.write_bytes(b"0123456789" * 2)
    os.utime(path, (0, 1_700_000_000))
    return path


def asked(home: str, path: Path, fields: dict[str, str], method: str = "GET", **options: Any) -> Any:
    """(status, headers, body, kind of exception), etags and boundaries, which are each one's own, blotted out."""
    module = __import__(home, fromlist=["FileResponse"])
    extensions = options.pop("extensions", {})
    response = module.FileResponse(path, **options)

    async def main() -> Any:
        etag = (await call(response)).headers["etag"] if "ETAG" in str(fields) else ""
        headers = {name: value.replace("ETAG", etag) for name, value in fields.items()}
        return await call(response, method, "/", headers=headers, extensions=extensions)

    answered = asyncio.run(main())
    if answered.error is not None:
        return type(answered.error).__name__
    start = answered.messages[0]
    told = sorted((name, _BOUNDARY.sub(b"B", _ETAG.sub(b"E", value))) for name, value in start["headers"])
    kinds = {message["type"] for message in answered.messages[1:]}
    return start["status"], told, _BOUNDARY.sub(b"B", answered.body), kinds


SAME = [
    {"range": "bytes=0-4"},
    {"range": "bytes=5-"},
    {"range": "bytes=-5"},
    {"range": "bytes=-0"},
    {"range": "bytes=-100"},
    {"range": "bytes=19-"},
    {"range": "bytes=20-"},
    {"range": "bytes=0-100"},
    {"range": "BYTES=0-1"},
    {"range": "Bytes = 0-1"},
    {"range": "bytes=0-1,3-4"},
    {"range": "bytes= 0-1 , 3-4"},
    {"range": "bytes=0-5,3-8"},
    {"range": "bytes=0-1,2-3"},
    {"range": "bytes=0-0,-1"},
    {"range": "bytes=0-1,"},
    {"range": "bytes=, 0-1"},
    {"range": "bytes=0-19"},
    {"range": "bytes=0-9,10-19"},
    {"range": "bytes=50-60,70-"},
    {"range": "bytes=0-99999999999999999999"},
    {"range": "bytes=99999999999999999999-"},
    {"range": ",".join(["bytes=0-0"] + ["2-3"] * 99)},
    {"range": ",".join(["bytes=0-0"] + ["2-3"] * 100)},
    {"range": "bytes=0-1", "if-range": "ETAG"},
    {"range": "bytes=0-1", "if-range": "W/ETAG"},
    {"range": "bytes=0-1", "if-range": '"x"'},
    {"range": "bytes=0-1", "if-range": "*"},
    {"range": "bytes=0-1", "if-range": LAST_MODIFIED},
    {"range": "bytes=0-1", "if-range": "Tue, 14 Nov 2023 22:13:21 GMT"},
    {"range": "bytes=0-1", "if-range": "nonsense"},
    {"range": "bytes=0-1", "if-range": ""},
    {"if-none-match": "*"},
    {"if-modified-since": LAST_MODIFIED},
]


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "OPTIONS"])
@pytest.mark.parametrize("fields", SAME, ids=repr)
def test_ranges(duck: Path, fields: dict[str, str], method: str) -> None:
    assert asked(OURS, duck, fields, method) == asked(THEIRS, duck, fields, method)


@pytest.mark.parametrize(
    "options",
    [
        {"status_code": 404},
        {"status_code": 201},
        {"media_type": "a/b"},
        {"filename": "b.txt"},
        {"headers": {"accept-ranges": "none"}},
        {"headers": {"content-length": "3", "etag": "q", "X-Duck": "eider"}},
        {"extensions": {"http.response.pathsend": {}}},
    ],
    ids=repr,
)
@pytest.mark.parametrize("field", ["bytes=0-1", "bytes=0-1,4-5", "bytes=99-"])
def test_ranges_of_all_kinds_of_responses(duck: Path, options: dict[str, Any], field: str) -> None:
    fields = {"range": field}
    assert asked(OURS, duck, fields, **options) == asked(THEIRS, duck, fields, **options)


MALFORMED = ["bytes", "bytes=", "bytes=-", "bytes=a-b", "bytes=5-4", "bytes=0-1,5-4", "bytes=0-1;", "bytes=0-1-2"]


@pytest.mark.parametrize("field", MALFORMED)
def test_malformed_ranges_are_a_400_in_words_of_each_ones_own(duck: Path, field: str) -> None:
    ours, theirs = (asked(home, duck, {"range": field}) for home in (OURS, THEIRS))
    assert (ours[0], theirs[0]) == (400, 400)
    assert [name for name, _ in ours[1]] == [name for name, _ in theirs[1]]


# Range, our status and body, theirs: told in docs/differences.md, "Ranges"
DIFFERENCES = [
    ("items=0-1", 200, 400, "RFC 9110 section 14.2: a unit that is not known MUST be ignored"),
    ("bytes=0-1,50-60", 206, 416, "section 15.5.17: 416 is for when none of the ranges can be had"),
    ("bytes=-0,0-1", 206, 416, "the same"),
    ("bytes=+0-1", 400, 206, "section 14.1.1: digits"),
    ("bytes=1_0-1_1", 400, 206, "the same"),
    ("bytes=0 - 1", 400, 206, "the same"),
    ("bytes=0-1,a-b", 400, 206, "the same"),
    ("bytes=--5", 400, 416, "the same"),
]


@pytest.mark.parametrize(("field", "ours", "theirs", "why"), DIFFERENCES)
def test_known_difference(duck: Path, field: str, ours: int, theirs: int, why: str) -> None:
    assert asked(OURS, duck, {"range": field})[0] == ours, why
    assert asked(THEIRS, duck, {"range": field})[0] == theirs, f"no longer a difference: {why}"


def test_known_difference_in_the_order_of_parts(duck: Path) -> None:
    """Section 15.3.7.2: parts SHOULD come in the order of the field. Starlette sorts them."""
    ours, theirs = (asked(home, duck, {"range": "bytes=8-9,0-1"}) for home in (OURS, THEIRS))
    assert ours[:2] == theirs[:2]
    assert ours[2].index(b"8-9/20") < ours[2].index(b"0-1/20")
    assert theirs[2].index(b"8-9/20") > theirs[2].index(b"0-1/20")


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("field", ["", "bytes=3-20000", "bytes=-5", "bytes=0-1,20000-40000", "bytes=400000-"])
def test_over_a_socket(tmp_path: Path, field: str, method: str) -> None:
    """Under the server that sends the file by itself, and the range out of it."""
    path = tmp_path / "duck.bin"
    path.write_bytes(bytes(range(256)) * 1000)

    def make(kit: SimpleNamespace) -> Any:
        home = THEIRS if kit.App.__module__.startswith("starlette") else OURS
        module = __import__(home, fromlist=["FileResponse"])

        async def file(_: Any) -> Any:
            return module.FileResponse(path)

        return kit.App(routes=[kit.Route("/", file)])

    asked = request(method, "/", {"Range": field} if field else {})
    theirs, ours = ([_blotted(*answer) for answer in answers] for answers in over_sockets(make, asked))
    assert len(ours) == 1
    assert ours == theirs


def _blotted(status: int, headers: list[tuple[str, str]], body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
    fields = [(name, _BOUNDARY.sub(b"B", _ETAG.sub(b"E", value.encode())).decode()) for name, value in headers]
    return status, fields, _BOUNDARY.sub(b"B", body)
