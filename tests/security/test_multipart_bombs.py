"""Forms that cost a server much and their sender little: CWE-770 (no limit), CWE-400, CWE-1333.

CVE-2023-30798    any number of parts
CVE-2024-47874    a field without end, kept in memory
CVE-2024-24762    a Content-Type or Content-Disposition that takes a regular expression for ever
CVE-2024-53981    anything before the first boundary or behind the last, byte by byte
CVE-2026-42561    any number of headers in a part, of any length
CVE-2025-54121    a file that goes to disk and stops the event loop meanwhile
RFC 7578 section 4.3, RFC 2046 section 5.1   multipart within multipart
"""

from __future__ import annotations

import asyncio
import encodings
import threading
import time
import tracemalloc
from collections.abc import AsyncGenerator, Iterator
from typing import Any

import pytest
from tests.web.driving import answer_of, http_scope

from webfoot.web.application import WebApp
from webfoot.web.datastructures import Headers, UploadFile
from webfoot.web.forms import FormParser, MultiPartException, MultiPartParser, Parts
from webfoot.web.requests import Request
from webfoot.web.responses import JSONResponse
from webfoot.web.routing import Route

MULTIPART = "multipart/form-data; boundary=B"
FIELD = b'--B\r\nContent-Disposition: form-data; name="a"\r\n\r\n'
FILE = b'--B\r\nContent-Disposition: form-data; name="a"; filename="b"\r\n\r\n'
END = b"\r\n--B--\r\n"


class Endless:
    """A body without end, and how much of it was taken."""

    def __init__(self, first: bytes, again: bytes) -> None:
        self.first = first
        self.again = again
        self.taken = 0

    async def stream(self) -> AsyncGenerator[bytes, None]:
        yield self.first
        while True:
            self.taken += len(self.again)
            yield self.again


def headers(content_type: str = MULTIPART) -> Headers:
    return Headers({"content-type": content_type})


async def as_form(stream: AsyncGenerator[bytes, None], **limits: Any) -> None:
    await MultiPartParser(headers(), stream, **limits).parse()


async def as_parts(stream: AsyncGenerator[bytes, None], **limits: Any) -> None:
    async for part in Parts(headers(), stream, **limits):
        await part.read()


READERS = [as_form, as_parts]


def refused(reader: Any, sent: Endless, **limits: Any) -> str:
    with pytest.raises(MultiPartException) as caught:
        asyncio.run(reader(sent.stream(), **limits))
    assert caught.value.status_code == 400
    return caught.value.message


@pytest.fixture
def memory() -> Iterator[Any]:
    tracemalloc.start()
    yield lambda: tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()


@pytest.mark.parametrize("reader", READERS)
def test_parts_without_end(reader: Any) -> None:
    """CVE-2023-30798."""
    sent = Endless(b"", FIELD + b"\r\n")
    assert "Too many" in refused(reader, sent)
    assert sent.taken == len(sent.again) * 1001
    sent = Endless(b"", FILE + b"\r\n")
    assert "Too many" in refused(reader, sent)
    assert sent.taken == len(sent.again) * 1001


def test_parts_in_one_large_chunk_are_not_all_split_first(memory: Any) -> None:
    """CVE-2023-30798, of a body that a middleware had read."""
    body = (FIELD + b"\r\n") * 200_000

    async def stream() -> AsyncGenerator[bytes, None]:
        yield body

    with pytest.raises(MultiPartException, match="Too many fields"):
        asyncio.run(as_form(stream()))
    assert memory() < len(body) + 4_000_000


@pytest.mark.parametrize("separator", [b"&", b"a&"])
def test_fields_of_an_urlencoded_form_in_one_large_chunk(separator: bytes, memory: Any) -> None:
    body = separator * 1_000_000

    async def stream() -> AsyncGenerator[bytes, None]:
        yield body

    reading = FormParser(headers("application/x-www-form-urlencoded"), stream()).parse()
    if separator == b"&":
        assert not asyncio.run(reading)
    else:
        with pytest.raises(MultiPartException, match="Too many fields"):
            asyncio.run(reading)
    assert memory() < len(body) + 12_000_000


@pytest.mark.parametrize("reader", READERS)
def test_a_field_without_end(reader: Any, memory: Any) -> None:
    """CVE-2024-47874."""
    sent = Endless(FIELD, b"x" * 64_000)
    assert "exceeded maximum size of 1024KB" in refused(reader, sent)
    assert sent.taken < 1_200_000
    assert memory() < 5_000_000


def test_many_fields_each_just_short_of_its_limit(memory: Any) -> None:
    sent = Endless(b"", FIELD + b"x" * 1_000_000 + b"\r\n")
    assert refused(as_form, sent) == "The fields exceeded the maximum size of 32768KB together."
    assert sent.taken < 36_000_000
    assert memory() < 80_000_000
    assert "4KB together" in refused(as_form, sent, max_memory=4096)
    assert "exceeded maximum size of 102400KB" in refused(
        as_form, Endless(FIELD, b"x" * 30_000_000), max_part_size=100 * 1024 * 1024
    ), "whoever allows a field more has it"


def test_many_urlencoded_fields_each_just_short_of_their_limit() -> None:
    sent = Endless(b"", b"a=" + b"x" * 1_000_000 + b"&")
    with pytest.raises(MultiPartException, match="32768KB together"):
        asyncio.run(FormParser(headers("application/x-www-form-urlencoded"), sent.stream()).parse())


def test_many_files_each_just_short_of_going_to_disk() -> None:
    """A thousand of them would be a gigabyte. And on disk each takes a descriptor, so small ones stay in memory."""

    async def stream() -> AsyncGenerator[bytes, None]:
        for _ in range(40):
            yield FILE + b"x" * 1024 * 1024 + b"\r\n"
        for _ in range(40):
            yield FILE + b"x" * 1000 + b"\r\n"
        yield END[2:]

    async def use() -> None:
        form = await MultiPartParser(headers(), stream()).parse()
        files = [file for _, file in form.multi_items() if isinstance(file, UploadFile)]
        assert [file.size for file in files] == [1024 * 1024] * 40 + [1000] * 40
        assert [file._in_memory for file in files] == [True] * 16 + [False] * 24 + [True] * 40
        assert await files[20].read() == b"x" * 1024 * 1024
        await form.close()

    asyncio.run(use())


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize(
    ("first", "again"),
    [(FIELD[:-2], b"x: y\r\n"), (FIELD[:-2] + b"x: ", b"y" * 1000), (FIELD[:-2], b"y" * 1000), (FIELD[:-3], b"y" * 99)],
)
def test_headers_without_end(reader: Any, first: bytes, again: bytes) -> None:
    """CVE-2026-42561. The last one is the name of the field."""
    sent = Endless(first, again)
    assert refused(reader, sent) == "Invalid multipart data."
    assert sent.taken < 6000


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize(
    ("first", "again", "where"),
    [(b"", b"\r\n" * 500, "before"), (b"", b"\r\n" + b"x" * 998, "before"), (FIELD + END, b"\r\n" * 500, "behind")],
)
def test_nothing_in_particular_without_end(reader: Any, first: bytes, again: bytes, where: str) -> None:
    """CVE-2024-53981, PYSEC-2026-3038."""
    sent = Endless(first, again)
    assert refused(reader, sent) == f"Invalid multipart data: more than 64KB {where} it."
    assert sent.taken < 70_000


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize(
    "content_type",
    [
        "multipart/form-data; boundary=" + "B" * 100_000,
        "multipart/form-data; " + 'a="' * 50_000,
        "multipart/form-data; " + "\\" * 100_000,
        "multipart/form-data; !" + '="\\' * 30_000,
        "multipart/form-data" + ";" * 100_000,
        "multipart/form-data; boundary=" + '"' * 60_000,
    ],
)
def test_a_content_type_that_takes_for_ever(reader: Any, content_type: str) -> None:
    """CVE-2024-24762. A second is a thousand times what it may take."""

    async def use() -> None:
        parts = Parts(headers(content_type), Endless(b"", b"--B").stream())
        if reader is as_parts:
            await anext(parts)
        else:
            await MultiPartParser(headers(content_type), Endless(b"", b"--B").stream()).parse()

    began = time.process_time()
    with pytest.raises(MultiPartException):
        asyncio.run(use())
    assert time.process_time() - began < 1


@pytest.mark.parametrize("reader", READERS)
def test_almost_boundaries(reader: Any) -> None:
    """What begins like a boundary and is none must not cost more than what it is (CWE-407)."""
    long = "x" * 200
    almost = f"\r\n--{long[:-1]}".encode()

    async def stream() -> AsyncGenerator[bytes, None]:
        yield f'--{long}\r\nContent-Disposition: form-data; name="a"; filename="b"\r\n\r\n'.encode()
        for _ in range(20):
            yield almost * 250
        yield f"\r\n--{long}--\r\n".encode()

    async def use() -> None:
        kind = headers(f"multipart/form-data; boundary={long}")
        if reader is as_parts:
            async for part in Parts(kind, stream()):
                assert len(await part.read(2_000_000)) == len(almost) * 5000
        else:
            form = await MultiPartParser(kind, stream()).parse()
            assert form["a"].size == len(almost) * 5000  # type: ignore[union-attr]
            await form.close()

    began = time.process_time()
    asyncio.run(use())
    assert time.process_time() - began < 3


@pytest.mark.parametrize(
    "charset", ["punycode", "idna", "Punycode", "utf-7", "unicode_escape", "base64", "zip", "mbcs"]
)
def test_a_charset_that_is_slow_or_none_for_text(charset: str) -> None:
    """CVE-2022-45061 and its kind: Python decodes punycode in quadratic time, so this field took minutes (CWE-407)."""

    async def stream() -> AsyncGenerator[bytes, None]:
        yield FIELD + b"xn--" + b"9" * 1_000_000 + END

    began = time.process_time()
    form = asyncio.run(MultiPartParser(headers(f"{MULTIPART}; charset={charset}"), stream()).parse())
    assert form["a"] == "xn--" + "9" * 1_000_000
    assert time.process_time() - began < 1


def test_charsets_that_nobody_has_heard_of_leave_no_trace() -> None:
    """Python remembers each name for which it has found no codec, for ever (CWE-401)."""
    before = len(encodings._cache)  # type: ignore[attr-defined]
    for number in range(50):

        async def stream() -> AsyncGenerator[bytes, None]:
            yield FIELD + b"x" + END

        form = asyncio.run(MultiPartParser(headers(f"{MULTIPART}; charset=x-{number}"), stream()).parse())
        assert form["a"] == "x"
    assert len(encodings._cache) == before  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("charset", "text"),
    [
        *(
            ("UTF-8", "é"),
            ("utf8", "é"),
            ("ISO-8859-1", "é"),
            ("windows-1252", "€"),
            ("utf-16", "鴨"),
            ("utf-8-sig", "é"),
        ),
        *(("Shift_JIS", "鴨"), ("KOI8-R", "утка"), ("koi8-u", "качка"), ("gb18030", "鸭"), ("EUC-KR", "오리")),
    ],
)
def test_charsets_of_the_world_are_read(charset: str, text: str) -> None:
    async def stream() -> AsyncGenerator[bytes, None]:
        yield FIELD + text.encode(charset) + END

    form = asyncio.run(MultiPartParser(headers(f"{MULTIPART}; charset={charset}"), stream()).parse())
    assert form["a"] == text


def test_a_form_in_a_form_is_the_content_of_a_part() -> None:
    """RFC 7578 section 4.3: not any more. It is not looked into, however deep it goes."""
    deep = b"--B\r\nContent-Disposition: form-data; name=a\r\nContent-Type: multipart/mixed; boundary=C\r\n\r\n"
    deep += b"".join(b"--C\r\nContent-Type: multipart/mixed; boundary=C%d\r\n\r\n" % n for n in range(1000)) + END

    async def use() -> None:
        async def stream() -> AsyncGenerator[bytes, None]:
            yield deep

        [part] = [part async for part in Parts(headers(), stream())]
        assert part.content_type == "multipart/mixed; boundary=C"
        form = await MultiPartParser(headers(), stream()).parse()
        assert len(form.multi_items()) == 1

    asyncio.run(use())


def test_a_file_that_goes_to_disk_does_not_stop_the_event_loop(monkeypatch: Any) -> None:
    """CVE-2025-54121."""
    import tempfile

    here, wrote = threading.get_ident(), set()
    rollover = tempfile.SpooledTemporaryFile.rollover

    def watched(self: Any) -> None:
        wrote.add(threading.get_ident())
        rollover(self)

    monkeypatch.setattr(tempfile.SpooledTemporaryFile, "rollover", watched)

    async def stream() -> AsyncGenerator[bytes, None]:
        yield FILE
        for _ in range(33):
            yield b"x" * 32 * 1024
        yield END

    async def use() -> None:
        form = await MultiPartParser(headers(), stream()).parse()
        assert form["a"].size == 33 * 32 * 1024  # type: ignore[union-attr]
        await form.close()

    asyncio.run(use())
    assert wrote
    assert here not in wrote


ODD = [
    b"",
    b"--B",
    b"--B\r\n\r\n\r\n--B--",
    b"--B\r\n: x\r\n\r\n" + END,
    b"--B\r\nContent-Disposition\r\n\r\n" + END,
    b"--B\r\nContent-Disposition:\r\n\r\n" + END,
    b"--B\r\nContent-Disposition: form-data; name\r\n\r\n" + END,
    b"--B\r\nContent-Disposition: form-data; name=\r\n\r\n" + END,
    b'--B\r\nContent-Disposition: form-data; name="\r\n\r\n' + END,
    b'--B\r\nContent-Disposition: form-data; name="a\r\n\tb"\r\n\r\n' + END,
    b"--B\r\nContent-Disposition: form-data; name*=utf-8''a\r\n\r\n" + END,
    b"--B\r\nContent-Disposition: form-data; name=a; filename*=x''%ff\r\n\r\n" + END,
    b"--B\r\nContent-Disposition: form-data; name=a; filename*0=a; filename*1=b\r\n\r\n" + END,
    b"--B\r\nContent-Disposition: attachment; name=\xff\xfe; filename=\x00\r\n\r\n\x00" + END,
    b"--B\r\nContent-Disposition: form-data; name=a\r\nContent-Disposition: form-data; name=b\r\n\r\n" + END,
    b'--B\r\nContent-Disposition: form-data; name="../../etc"; filename="../../../etc/passwd"\r\n\r\n' + END,
    b"--B \r\nContent-Disposition: form-data; name=a\r\n\r\n" + END,
    b"--B\r\nContent-Disposition: form-data; name=a\r\nContent-Length: 99999999999\r\n\r\nx" + END,
    b"--B\r\nContent-Disposition: form-data; name=a\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!" + END,
    FIELD + b"x\r\n--B--" + b"\r\n" + FIELD + END,
    FIELD + b"x\r\n--B-" + END,
    FIELD + b"x\r\n--Bx\r\n" + END,
]
KINDS = [
    "multipart/form-data; boundary=B; charset=utf-7",
    "multipart/form-data; boundary=B; charset=idna",
    "multipart/form-data; boundary=B; charset=undefined",
    "multipart/form-data; boundary=B; charset=unicode_escape",
    "multipart/form-data; boundary=B; charset=base64",
    "multipart/form-data; boundary=B; charset=punycode",
    "multipart/form-data; boundary=\xff",
    "multipart/form-data; boundary=%s%n",
    "multipart/form-data; boundary= B ",
    'multipart/form-data; boundary="B',
    MULTIPART,
]


@pytest.mark.parametrize("how", ["form", "parts"])
def test_nothing_odd_is_a_500(how: str, caplog: Any) -> None:
    """A status of the client's kind or an answer, never an exception that the application did not ask for."""

    async def endpoint(request: Request) -> JSONResponse:
        if how == "parts":
            return JSONResponse([[part.name, part.filename, await part.text()] async for part in request.parts()])
        async with request.form() as form:
            return JSONResponse([[name, str(value)] for name, value in form.multi_items()])

    app = WebApp(routes=[Route("/", endpoint, methods=["POST"])])
    statuses = set()
    for body in ODD:
        for kind in KINDS:
            answered = answer_of(app, "POST", body=body, headers={"content-type": kind})
            assert answered.error is None, (kind, body, answered.error)
            statuses.add(answered.status)
    assert statuses == {200, 400}
    assert caplog.records == [], "a client writes nothing into the log (CWE-117, CWE-779)"


def test_a_file_name_is_only_what_the_client_says() -> None:
    """CWE-22: nothing here opens it; the name says so in the documentation."""

    async def use() -> None:
        body = ODD[15]

        async def receive() -> Any:
            return {"type": "http.request", "body": body}

        request = Request(http_scope("POST", headers={"content-type": MULTIPART}), receive)
        async with request.form() as form:
            assert form["../../etc"].filename == "../../../etc/passwd"  # type: ignore[union-attr]

    asyncio.run(use())
