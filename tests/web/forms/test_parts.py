"""Each part reaches the handler before the next has been sent, and nothing is taken that nobody asked for."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncGenerator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.conformance.harness import Dialogue, with_server
from tests.web.driving import MarkedTrail, answer_of, http_scope

from webfoot.trail.trail import TRAIL_KEY
from webfoot.web.application import WebApp
from webfoot.web.datastructures import Headers
from webfoot.web.exceptions import ClientDisconnect, HTTPException
from webfoot.web.forms import MultiPartException, MultiPartParser, Part, Parts
from webfoot.web.requests import Request
from webfoot.web.responses import PlainTextResponse
from webfoot.web.routing import Route

MULTIPART = "multipart/form-data; boundary=B"
FIELD = b'--B\r\nContent-Disposition: form-data; name="note"\r\n\r\nquack\r\n'
FILE = b'--B\r\nContent-Disposition: form-data; name="photo"; filename="duck.png"\r\nContent-Type: image/png\r\n\r\n'
END = b"--B--\r\n"


class Sent:
    """A body in chunks, and how many of them were taken."""

    def __init__(self, *chunks: bytes) -> None:
        self.chunks = chunks
        self.taken = 0

    async def stream(self) -> AsyncGenerator[bytes, None]:
        for chunk in self.chunks:
            self.taken += 1
            yield chunk

    def parts(self, content_type: str = MULTIPART, **limits: Any) -> Parts:
        return Parts(Headers({"content-type": content_type}), self.stream(), **limits)


def refused(*chunks: bytes, reading: bool = True, **options: Any) -> str:
    async def use() -> None:
        async for part in Sent(*chunks).parts(**options):
            if reading:
                await part.read()

    with pytest.raises(MultiPartException) as caught:
        asyncio.run(use())
    return caught.value.message


@pytest.mark.parametrize("size", [1, 3, 64, 4096])
def test_parts_say_what_they_are_and_give_their_content(size: int) -> None:
    body = FIELD + FILE + b"\x89PNG\r\n--B-not\r\n" + END

    async def use() -> list[Any]:
        sent = Sent(*[body[start : start + size] for start in range(0, len(body), size)])
        return [
            (part.name, part.filename, part.content_type, await part.read(), part.size, part.complete)
            async for part in sent.parts()
        ]

    assert asyncio.run(use()) == [
        ("note", None, None, b"quack", 5, True),
        ("photo", "duck.png", "image/png", b"\x89PNG\r\n--B-not", 13, True),
    ]


def test_a_part_is_there_before_the_next_has_come() -> None:
    async def use() -> None:
        sent = Sent(FIELD + FILE, b"first ", b"second", b"\r\n" + END)
        parts = sent.parts()
        assert sent.taken == 0
        note = await anext(parts)
        assert (note.name, await note.text(), sent.taken) == ("note", "quack", 1)
        photo = await anext(parts)
        assert (photo.filename, sent.taken) == ("duck.png", 1)
        assert (await anext(photo), sent.taken) == (b"first ", 2)
        assert (await anext(photo), sent.taken) == (b"second", 3)
        with pytest.raises(StopAsyncIteration):
            await anext(photo)
        with pytest.raises(StopAsyncIteration):
            await anext(parts)
        with pytest.raises(StopAsyncIteration):
            await anext(parts)
        assert await photo.read() == b""

    asyncio.run(use())


def test_what_is_not_read_is_passed_over() -> None:
    async def use() -> None:
        parts = Sent(FIELD + FILE, b"x" * 1000, b"y" * 1000 + b"\r\n" + FIELD + END).parts()
        kept: list[Part] = []
        async for part in parts:
            kept.append(part)
            if part.filename:
                assert await anext(part) == b"x" * 1000
        assert [part.name for part in kept] == ["note", "photo", "note"]
        assert [part.complete for part in kept] == [False] * 3

    asyncio.run(use())


def test_a_part_that_was_passed_over_cannot_be_read_as_if_it_were_empty() -> None:
    async def use() -> None:
        parts = Sent(FIELD, FILE, b"never ends").parts()
        note = await anext(parts)
        photo = await anext(parts)
        with pytest.raises(RuntimeError, match="'note' was passed over"):
            await note.read()
        assert await anext(photo) == b"never ends"
        with pytest.raises(MultiPartException, match="closing boundary"):
            await anext(photo)
        with pytest.raises(RuntimeError, match="'photo' was passed over"):
            await anext(photo)
        with pytest.raises(StopAsyncIteration):
            await anext(parts)

    asyncio.run(use())


def test_leaving_early_leaves_the_rest() -> None:
    async def use() -> None:
        sent = Sent(FIELD, FILE, b"...", b"\r\n" + END)
        async for part in sent.parts():
            assert part.name == "note"
            break
        assert sent.taken == 1

    asyncio.run(use())


def test_limits() -> None:
    body = FIELD + FILE + b"123456\r\n" + END
    assert refused(body, max_parts=1) == "Too many parts. Maximum number of parts is 1."
    assert refused(body, max_part_size=5) == "Part exceeded maximum size of 5 bytes."
    assert refused(body, max_part_size=5, reading=False) == "Part exceeded maximum size of 5 bytes."

    async def use() -> None:
        parts = Sent(body).parts(max_parts=2, max_part_size=6)
        assert [await part.read(6) async for part in parts] == [b"quack", b"123456"]
        with pytest.raises(MultiPartException, match="maximum size of 5 bytes"):
            _ = [await part.read(5) async for part in Sent(body).parts()]

    asyncio.run(use())


def test_what_is_broken_is_a_400() -> None:
    assert refused(FIELD) == "Invalid multipart data: its closing boundary is missing."
    assert refused(b"quack") == "Invalid multipart data."
    assert refused(FIELD + END, content_type="multipart/form-data") == "Missing boundary in multipart."
    assert "name" in refused(FIELD.replace(b"name=", b"nome=") + END)


def test_any_other_kind_of_body_is_a_415() -> None:
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/mixed; boundary=B", ""):
        with pytest.raises(HTTPException, match="415: The body has to be multipart/form-data"):
            asyncio.run(anext(Sent(FIELD).parts(kind)))  # type: ignore[arg-type]


def test_an_empty_body_has_no_parts() -> None:
    async def use(*chunks: bytes) -> int:
        return len([part async for part in Sent(*chunks).parts()])

    assert asyncio.run(use()) == asyncio.run(use(b"")) == asyncio.run(use(END)) == 0


def test_a_client_that_leaves_in_the_middle() -> None:
    async def use() -> None:
        waiting = [{"type": "http.request", "body": FIELD + FILE + b"half", "more_body": True}]

        async def receive() -> Any:
            return waiting.pop(0) if waiting else {"type": "http.disconnect"}

        request = Request(http_scope("POST", headers={"content-type": MULTIPART}), receive)
        names = []
        with pytest.raises(ClientDisconnect):
            async for part in request.parts():
                names.append(part.name)
                await part.read()
        assert names == ["note", "photo"]

    asyncio.run(use())


def test_in_an_application_it_answers_and_the_journey_says_why() -> None:
    async def endpoint(request: Request) -> PlainTextResponse:
        return PlainTextResponse(" ".join([f"{part.name}={await part.text()}" async for part in request.parts()]))

    app = WebApp(routes=[Route("/", endpoint, methods=["POST"])])
    headers = {"content-type": MULTIPART}
    assert answer_of(app, "POST", body=FIELD + END, headers=headers).text == "note=quack"
    trail = MarkedTrail()
    answered = answer_of(app, "POST", body=FIELD, headers=headers, **{TRAIL_KEY: trail})
    assert answered.status == 400
    assert trail.only("decided") == {
        "by": "request.parts()",
        "what": "Invalid multipart data: its closing boundary is missing",
        "status": 400,
    }


@pytest.mark.parametrize("how", ["form", "parts", "json"])
def test_what_somebody_else_refuses_is_told_by_him_alone(how: str) -> None:
    """A limit of the body as a whole, say, which comes out of `receive`."""

    async def endpoint(request: Request) -> PlainTextResponse:
        async def too_much() -> Any:
            raise HTTPException(413)

        request._receive = too_much
        if how == "parts":
            await anext(request.parts())
        else:
            await getattr(request, how)()
        return PlainTextResponse("")

    trail = MarkedTrail()
    app = WebApp(routes=[Route("/", endpoint, methods=["POST"])])
    answered = answer_of(app, "POST", headers={"content-type": MULTIPART}, **{TRAIL_KEY: trail})
    assert answered.status == 413
    assert [facts for station, facts in trail.marks if station == "decided"] == []


@pytest.mark.parametrize("http", ["httptools", "h11"])
def test_over_a_socket_the_handler_answers_to_a_part_while_the_client_still_sends(http: str) -> None:
    """Backpressure too: a handler that has what it wants leaves an endless upload alone."""
    seen: asyncio.Event

    async def app(scope: Any, receive: Any, send: Any) -> None:
        async for part in Request(scope, receive).parts():
            if part.filename is None:
                assert await part.text() == "quack"
                seen.set()
                continue
            assert await anext(part)
            await PlainTextResponse("seen enough")(scope, receive, send)
            return

    async def main() -> bytes:
        nonlocal seen
        seen = asyncio.Event()

        async def talk(dialogue: Dialogue) -> bytes:
            head = f"POST / HTTP/1.1\r\nHost: pond\r\nContent-Type: {MULTIPART}\r\nContent-Length: 100000000\r\n\r\n"
            await dialogue.say(head.encode() + FIELD + b"--B\r\n")  # the part ends with the boundary that follows it
            await asyncio.wait_for(seen.wait(), 5)
            await dialogue.say(FILE[5:] + b"some of a hundred megabytes")
            return await dialogue.hear(lambda heard: b"seen enough" in heard)

        return await with_server(app, talk, http=http)

    assert b"seen enough" in asyncio.run(main())


contents = st.lists(st.sampled_from([b"quack", b"\r\n", b"--B", b"\r\n--B", b"-", b"\r", b"\n", b"\x00"]), max_size=8)
forms = st.lists(st.tuples(st.sampled_from(["a", "b"]), st.booleans(), contents.map(b"".join)), max_size=4)


@settings(max_examples=200, deadline=None)
@given(forms, st.lists(st.integers(0, 400), max_size=6), st.booleans())
def test_parts_and_the_whole_form_say_the_same_however_it_is_cut_up(
    sent: list[tuple[str, bool, bytes]], cuts: list[int], reads: bool
) -> None:
    boundary = b"a boundary that is in no content"
    body = b""
    for name, is_file, content in sent:
        filename = '; filename="x"' if is_file else ""
        head = f'Content-Disposition: form-data; name="{name}"{filename}\r\n\r\n'
        body += b"--" + boundary + b"\r\n" + head.encode() + content + b"\r\n"
    body += b"--" + boundary + b"--\r\n"
    edges = [0, *sorted(min(cut, len(body)) for cut in cuts), len(body)]
    chunks = [body[start:end] for start, end in itertools.pairwise(edges)]
    headers = Headers({"content-type": f'multipart/form-data; boundary="{boundary.decode()}"'})

    async def by_parts() -> list[Any]:
        return [
            [part.name, part.filename is not None, await part.read() if reads else None]
            async for part in Parts(headers, Sent(*chunks).stream())
        ]

    async def by_form() -> list[Any]:
        form = await MultiPartParser(headers, Sent(*chunks).stream()).parse()
        values = [(name, value if isinstance(value, str) else await value.read()) for name, value in form.multi_items()]
        await form.close()
        return [
            [name, type(value) is bytes, value if type(value) is bytes else value.encode()] for name, value in values
        ]

    expected = [[name, is_file, content] for name, is_file, content in sent]
    assert asyncio.run(by_form()) == expected
    assert asyncio.run(by_parts()) == [[*said, content if reads else None] for *said, content in expected]
