"""Forms: the same bodies on Starlette and on webfoot."""

import asyncio
from typing import Any

import pytest
import starlette.formparsers
from tests.differential.web.judge import OURS, THEIRS, receiving, scope
from tests.differential.web.sockets import over_sockets, request

import webfoot.web.forms

URLENCODED = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=B"


def read(kit: dict[str, Any], content_type: str | None, *chunks: bytes, disconnect: bool = False, **limits: int) -> Any:
    async def reading() -> Any:
        headers = [] if content_type is None else [(b"content-type", content_type.encode("latin-1"))]
        # With an app in the scope Starlette answers with an HTTPException, as webfoot always does.
        asked = kit["Request"](
            scope(method="POST", headers=headers, app=object()), receiving(*chunks, disconnect=disconnect)
        )
        form = await asked.form(**limits)
        seen = []
        for name, value in form.multi_items():
            if isinstance(value, kit["UploadFile"]):
                told = (value.filename, value.size, value.content_type, value.headers.raw, value._in_memory)
                value = (*told, await value.read())
            seen.append((name, value))
        await asked.close()
        return seen

    try:
        return asyncio.run(reading())
    except Exception as error:
        return "raises", getattr(error, "status_code", type(error).__name__), str(error)


def form(*parts: tuple[str, bytes], end: bytes = b"--B--\r\n") -> bytes:
    return b"".join(b"--B\r\n%b\r\n\r\n%b\r\n" % (head.encode("latin-1"), data) for head, data in parts) + end


def field(name: str) -> str:
    return f'Content-Disposition: form-data; name="{name}"'


def file(name: str, filename: str) -> str:
    return f'{field(name)}; filename="{filename}"'


CASES: list[Any] = [
    (URLENCODED, b"a=1&b=&c&a=2&=4&%20x=+y%ff&&z=%C3%A9;w=1"),
    (URLENCODED, b"a=1", b"2&b", b"=%4", b"1"),
    (URLENCODED, b"a=1&", b"b=2&", b"&&", b""),
    (URLENCODED, b""),
    (URLENCODED + "; charset=latin-1", b"a=%E9"),
    ("APPLICATION/X-WWW-FORM-URLENCODED ; x=y", b"a=1"),
    (None, b"a=1"),
    ("text/plain", b"a=1"),
    ("multipart/mixed; boundary=B", form((field("a"), b"1"))),
    ("multipart/form-data", b""),
    ("multipart/form-data; boundary=" + "x" * 300, b""),
    (MULTIPART, b""),
    (MULTIPART, b"--B--\r\n"),
    (MULTIPART, form((field("a"), b"1"), (file("f", "x.txt") + "\r\nContent-Type: text/x; charset=q", b"data"))),
    (MULTIPART, form((field("a"), b"1"), (field("a"), b"2"))),
    (MULTIPART, b"\r\n" + form((field("a"), b"1"))),
    (MULTIPART, b"garbage"),
    (MULTIPART, b"preamble\r\n" + form((field("a"), b"1"))),
    (MULTIPART, form(("X: y", b"1"))),
    (MULTIPART, form(("Content-Disposition: form-data", b"1"))),
    (MULTIPART, form(('Content-Disposition: attachment; name="a"', b"1"))),
    (MULTIPART, form((field(""), b"1"), (file("f", ""), b""), (file("", "f"), b"x"))),
    (MULTIPART, form((file("f", "\xc3\xa9.txt"), b""), (file("f", "\xe9.txt"), b""))),
    (MULTIPART, form((field("f") + "; filename*=utf-8''%C3%A9.txt", b"x"))),
    (MULTIPART, form((field("\xc3\xa9"), b"\xc3\xa9"), (field("b"), b"\xff"))),
    (MULTIPART + "; charset=latin-1", form((field("\xe9"), b"\xe9"))),
    (MULTIPART + "; charset=nonsense", form((field("\xe9"), b"\xe9"))),
    (MULTIPART + "; charset=rot13", form((field("a"), b"x"))),
    (MULTIPART + "; charset=utf-16", form((field("a"), b"x"))),
    (MULTIPART, form((field("_charset_"), b"latin-1"), (field("a"), b"\xe9"))),
    (MULTIPART, form((field("a") + "\r\nX: " + "y" * 5000, b"1"))),
    (MULTIPART, form((field("a") + "\r\nX: y" * 20, b"1"))),
    (MULTIPART, form((field("a") + "\r\nX Y: z", b"1"))),
    (MULTIPART, b"--B\n" + field("a").encode() + b"\n\n1\n--B--\n"),
    ('multipart/form-data; boundary="B"', form((field("a"), b"1"))),
    ("Multipart/Form-Data; Boundary=B", form((field("a"), b"1"))),
    (MULTIPART, form(("content-disposition: form-data; name=a; filename=C:\\x\\y.txt", b"1"))),
    (MULTIPART, form((file("a", '..\\/x\\"q'), b"1"))),
    (MULTIPART, form((file("a", "b"), b"1" * (1024 * 1024)))),
    (MULTIPART, form((file("a", "b"), b"1" * (1024 * 1024 + 1)))),
]


@pytest.mark.parametrize("case", CASES)
def test_reads_as_starlette_does(case: tuple[str | None, bytes]) -> None:
    assert read(OURS, *case) == read(THEIRS, *case)


@pytest.mark.parametrize("size", [1, 2, 7])
def test_the_chunks_in_which_a_form_comes_do_not_matter(size: int) -> None:
    body = form((field("a"), b"1\r\n--2"), (file("f", "x"), b"\r\n--B \r\n" * 3), (field("b"), b""))
    chunks = [body[start : start + size] for start in range(0, len(body), size)]
    assert read(OURS, MULTIPART, *chunks) == read(OURS, MULTIPART, body) == read(THEIRS, MULTIPART, body)


LIMITS = [
    (URLENCODED, b"a=1&b=2&c=3", {"max_fields": 2}),
    (URLENCODED, b"a=1&&&&b=2&c=3", {"max_fields": 3}),
    (URLENCODED, b"a=" + b"1" * 2000, {"max_part_size": 1024}),
    (MULTIPART, form(*[(field("a"), b"1")] * 3), {"max_fields": 2}),
    (MULTIPART, form(*[(field("a"), b"1")] * 3), {"max_fields": 3, "max_files": 0}),
    (MULTIPART, form(*[(file("a", "b"), b"1")] * 3), {"max_files": 2}),
    (MULTIPART, form(*[(file("a", "b"), b"1")] * 3), {"max_files": 3, "max_fields": 0}),
    (MULTIPART, form((field("a"), b"1" * 2048)), {"max_part_size": 2047}),
    (MULTIPART, form((field("a"), b"1" * 2048)), {"max_part_size": 2048}),
    (MULTIPART, form((file("a", "b"), b"123456")), {"max_part_size": 5}),
    (MULTIPART, form((field("a"), b"1")), {"max_fields": float("inf")}),
]


@pytest.mark.parametrize(("content_type", "body", "limits"), LIMITS)
def test_limits_are_starlettes(content_type: str, body: bytes, limits: dict[str, int]) -> None:
    assert read(OURS, content_type, body, **limits) == read(THEIRS, content_type, body, **limits)


@pytest.mark.parametrize(
    ("content_type", "body"), [(URLENCODED, b"a=1"), (MULTIPART, form((file("a", "b"), b"1"), end=b""))]
)
def test_a_client_that_leaves(content_type: str, body: bytes) -> None:
    ours, theirs = (read(kit, content_type, body, disconnect=True) for kit in (OURS, THEIRS))
    assert ours[:2] == theirs[:2] == ("raises", "ClientDisconnect")


# content type, body, our answer, and why it is not Starlette's (each is told in docs/differences.md)
DIFFERENCES: list[Any] = [
    (URLENCODED, b"a=\xc3\xa9", [("a", "é")], "raw bytes are UTF-8"),
    (
        MULTIPART,
        form((field("a"), b"1"), end=b""),
        ("raises", 400, "400: Invalid multipart data: its closing boundary is missing."),
        "Starlette gives an empty form for one that was cut off",
    ),
    (
        "multipart/form-data; boundary=",
        form((field("a"), b"1")),
        ("raises", 400, "400: Missing boundary in multipart."),
        "an empty boundary is none",
    ),
]


@pytest.mark.parametrize(("content_type", "body", "ours", "why"), DIFFERENCES)
def test_known_difference(content_type: str, body: bytes, ours: object, why: str) -> None:
    assert read(OURS, content_type, body) == ours
    assert read(THEIRS, content_type, body) != ours, f"no longer a difference: {why}"


@pytest.mark.parametrize("content", [b"12345", b"1234567890" * 2])
def test_what_stays_in_memory_is_set_on_the_parser(content: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    for parser in (starlette.formparsers.MultiPartParser, webfoot.web.forms.MultiPartParser):
        monkeypatch.setattr(parser, "spool_max_size", 10)
    body = form((file("f", "f.bin"), content))
    ((_, told),) = read(OURS, MULTIPART, body)
    assert told[-2] is (len(content) <= 10)  # in memory
    assert [("f", told)] == read(THEIRS, MULTIPART, body)


def test_small_limits_are_told_in_bytes() -> None:
    assert read(OURS, URLENCODED, b"a=123456", max_part_size=5)[2] == "400: Field exceeded maximum size of 5 bytes."
    assert read(THEIRS, URLENCODED, b"a=123456", max_part_size=5)[2] == "400: Field exceeded maximum size of 0KB."


SENT = [
    (URLENCODED, b"a=1&b=%C3%A9&a=2"),
    (MULTIPART, form((field("a"), b"1"), (file("f", "x.txt") + "\r\nContent-Type: text/x", b"\x00\r\n" * 50_000))),
    (MULTIPART, form((field("a"), b"1"), (file("f", ""), b""))),
    (MULTIPART, form((field("a") + "\r\nX Y: z", b"1"))),
    (MULTIPART, form(*[(field("a"), b"1")] * 4)),
    ("multipart/form-data", form((field("a"), b"1"))),
]


@pytest.mark.parametrize(("content_type", "body"), SENT)
def test_over_a_socket(content_type: str, body: bytes) -> None:
    def make(kit: Any) -> Any:
        async def endpoint(request: Any) -> Any:
            seen: list[Any] = []
            async with request.form(max_fields=3) as form:
                for name, value in form.multi_items():
                    told = value if isinstance(value, str) else [value.filename, value.size, len(await value.read())]
                    seen.append([name, told])
            return kit.JSONResponse(seen)

        return kit.App(routes=[kit.Route("/", endpoint, methods=["POST"])])

    asked = request("POST", "/", {"Content-Type": content_type}, body)
    theirs, ours = over_sockets(make, asked[:200], asked[200:300], asked[300:])
    assert ours == theirs
