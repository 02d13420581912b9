"""How large a body may be: said by an application, a router, an inclusion and an operation; what a form may have in
it."""

from typing import Annotated, Any

import pytest
from pydantic import BaseModel
from tests.differential.api.pages.harness import get, post, put, served


class Note(BaseModel):
    text: str


def app(lib: Any) -> Any:
    app = lib.FastAPI(max_body_size=4000, form_limits={"max_fields": 4, "max_files": 2, "max_part_size": 1024})
    app.state.log = []

    async def note(note: Note):
        return len(note.text)

    async def raw(request: lib.Request):
        return len(await request.body())

    async def unread():
        return "nobody read it"

    async def form(
        names: Annotated[list[str], lib.Form()] = [],
        files: Annotated[list[lib.UploadFile], lib.File()] = [],
    ):
        return [len(names), [file.size for file in files]]

    async def chunks(request: lib.Request):
        return [len(chunk) > 0 async for chunk in request.stream()].count(True) > 0

    below = lib.APIRouter(prefix="/below", max_body_size=1500, form_limits={"max_fields": 2})
    plain = lib.APIRouter(prefix="/plain")
    for router in (app, below, plain):
        router.post("/note")(note)
        router.post("/raw")(raw)
        router.post("/unread")(unread)
        router.post("/form")(form)
        router.put("/chunks")(chunks)
        router.post("/more", max_body_size=6000, form_limits={"max_part_size": 2048})(raw)
        router.post("/more-form", max_body_size=6000, form_limits={"max_part_size": 2048})(form)
        router.post("/less", max_body_size=10)(note)
        router.get("/none")(unread)
    app.include_router(below)
    app.include_router(plain)
    app.include_router(plain, prefix="/wider", max_body_size=9000, form_limits={"max_fields": 6, "max_files": 1})
    return app


page = served(app)
PREFIXES = ["", "/below", "/plain", "/wider/plain"]


def test_document(page):
    page.same_document()


@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.parametrize("size", [1, 5, 1000, 1489, 1500, 1501, 3999, 4000, 4001, 6000, 6001, 9001])
def test_sizes(page, prefix, size):
    page.same(
        *(post(prefix + path, {"text": "x" * size}) for path in ("/note", "/less")),
        *(post(prefix + path, content=b"x" * size) for path in ("/raw", "/more", "/note")),
        put(prefix + "/chunks", content=b"x" * size),
    )


@pytest.mark.parametrize("prefix", PREFIXES)
def test_forms(page, prefix):
    for path in ("/form", "/more-form"):
        page.same(
            *(post(prefix + path, data={"names": ["a"] * count}) for count in (1, 2, 3, 4, 5, 6, 7)),
            *(post(prefix + path, files=[("files", ("f", b"a"))] * count) for count in (1, 2, 3)),
            *(post(prefix + path, files=[("names", (None, "a"))] * count) for count in (2, 4, 5, 7)),
            *(post(prefix + path, files=[("names", (None, "a" * size))]) for size in (1023, 1025, 2047, 2049)),
        )


@pytest.mark.parametrize("size", [1000, 1500, 2000, 4000, 5000, 9000, 12000])
def test_bodies_without_a_length(page, size):
    body = b"3e8\r\n" + b"x" * 1000 + b"\r\n"
    for path in (b"/raw", b"/below/raw", b"/more", b"/wider/plain/raw", b"/unread"):
        head = b"POST " + path + b" HTTP/1.1\r\nhost: testserver\r\ntransfer-encoding: chunked\r\n\r\n"
        (theirs, *_), (ours, *_) = (
            side.say(head + body * (size // 1000) + b"0\r\n\r\n") for side in (page.theirs, page.ours)
        )
        assert (ours[0], ours[2]) == (theirs[0], theirs[2])


def test_nobody_reads(page):
    page.same(post("/unread", content=b"x" * 3900), get("/none"), post("/below/unread", content=b"x" * 50))
