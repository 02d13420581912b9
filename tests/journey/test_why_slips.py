"""What did not fit is often there in another place, shape or spelling: the sentence says so."""

from __future__ import annotations

import asyncio
import gzip
from typing import Annotated, Any

import pytest
from pydantic import BaseModel, field_validator, model_validator
from tests.journey.asking import record_of, said_why

from webfoot import Body, Header, Query, Request, UploadFile, Webfoot
from webfoot.cli.composing import as_bytes
from webfoot.cli.one_request import send_once
from webfoot.journey.why import why
from webfoot.server import ServerOptions
from webfoot.web import BaseHTTPMiddleware

JSON = "content-type: application/json"
MULTIPART = "content-type: multipart/form-data; boundary=x"


class Duck(BaseModel):
    name: str
    eggs: int = 0

    @field_validator("name")
    @classmethod
    def is_no_goose(cls, name: str) -> str:
        if name == "Gus":
            raise ValueError("Gus is a goose")
        return name

    @model_validator(mode="after")
    def is_female(self) -> Duck:
        if self.name == "Donald" and self.eggs:
            raise ValueError("drakes lay none")
        return self


class Tasting(BaseHTTPMiddleware):
    """Reads what the endpoint wants, and keeps nothing of it."""

    async def dispatch(self, request: Request, call_next: Any) -> Any:
        if "x-taste" in request.headers:
            async for _ in request.stream():
                pass
        return await call_next(request)


app = Webfoot()
app.add_middleware(Tasting)


@app.post("/ducks")
async def add(duck: Duck) -> str:
    return duck.name


@app.post("/names")
async def rename(name: str) -> str:
    return name


@app.post("/tags")
async def tag(tag: Annotated[str, Body()]) -> str:
    return tag


@app.post("/pairs")
async def pair(drake: Annotated[Duck, Body()], hen: Annotated[Duck, Body()]) -> None: ...


@app.get("/lists")
async def lists(ids: list[int]) -> list[int]:
    return ids


@app.get("/pages")
async def pages(page: Annotated[int, Query()] = 1) -> int:
    return page


@app.get("/regions")
async def regions(x_region: Annotated[str, Header()]) -> str:
    return x_region


@app.post("/photos")
async def photo(photo: UploadFile) -> None: ...


@app.get("/ponds/{pond}")
async def pond(pond: int) -> int:
    return pond


@app.get("/ponds/nearest")
async def nearest() -> None: ...


def part(name: str, more: str = "") -> str:
    return f'--x\r\ncontent-disposition: form-data; name="{name}"{more}\r\n\r\nquack\r\n--x--\r\n'


@pytest.mark.parametrize(
    ("asked", "body", "clause"),
    [
        pytest.param(
            ("POST", "/ducks", JSON),
            '{"name": "Gus"}',
            "body field name was 'Gus' and was refused by a validator: Gus is a goose.",
            id="a validator of a field",
        ),
        pytest.param(
            ("POST", "/ducks", JSON),
            '{"name": "Donald", "eggs": 1}',
            "the body was refused by a validator: drakes lay none.",
            id="a validator of the whole",
        ),
        pytest.param(
            ("POST", "/ducks", JSON),
            '[{"name": "Emma"}]',
            "the body was a list of 1 and should be a JSON object.",
            id="a list",
        ),
        pytest.param(
            ("POST", "/ducks", JSON),
            r'"{\"name\": \"Emma\"}"',
            "the body was a text of 16 characters and should be a JSON object; was it turned into JSON twice?",
            id="JSON in JSON",
        ),
        pytest.param(
            ("POST", "/ducks", JSON, "x-taste: 1"),
            '{"name": "Emma"}',
            "the body is missing, for somebody has read it before: a middleware that does so has to keep it for those "
            "behind.",
            id="a middleware has read it",
        ),
        pytest.param(("POST", "/ducks", JSON), None, "the body is missing.", id="no body"),
        pytest.param(
            ("POST", "/ducks", JSON), "null", "the body was null and should be a JSON object.", id="a body that is null"
        ),
        pytest.param(
            ("POST", "/names", JSON),
            '{"name": "Emma"}',
            "query value 'name' is missing, and a body came that no parameter asks for: a parameter of a simple type "
            "is taken from the query.",
            id="a body, and a value of the query is wanted",
        ),
        pytest.param(("POST", "/names"), None, "query value 'name' is missing.", id="neither"),
        pytest.param(
            ("POST", "/tags", JSON),
            '{"tag": "shy"}',
            "the body was an object and should be a valid string; with Body(embed=True) it would be taken out of an "
            "object.",
            id="an object, and its value is wanted",
        ),
        pytest.param(
            ("POST", "/pairs", JSON),
            '{"name": "Emma", "drakes": 1}',
            "body field drake is missing, but there is 'drakes'; 1 more: body field hen.",
            id="nearly the name of one of several",
        ),
        pytest.param(
            ("POST", "/pairs", JSON),
            '{"name": "Emma", "eggs": 1}',
            "body field drake is missing; what the body has is 'name', 'eggs'; 1 more: body field hen.",
            id="one of several, unwrapped",
        ),
        pytest.param(
            ("GET", "/lists?ids=1&ids=2"),
            None,
            "the body is missing, and a GET has seldom one: a list or a model without Query() is taken from the body.",
            id="a list without Query",
        ),
        pytest.param(
            ("GET", "/pages?page=1&page=x"),
            None,
            "query value 'page' was 'x' and should be a valid integer; it is the last of 2 with this name.",
            id="twice in the query",
        ),
        pytest.param(
            ("GET", "/regions", "x_region: eu"),
            None,
            "header 'x-region' is missing, but there is 'x_region'.",
            id="an underscore in a header's name",
        ),
        pytest.param(
            ("GET", "/regions", "x-reason: none"), None, "header 'x-region' is missing.", id="only somewhat alike"
        ),
        pytest.param(
            ("POST", "/photos", MULTIPART),
            part("file", '; filename="duck.png"'),
            "body field photo is missing; what the form has is 'file'.",
            id="a file under another name",
        ),
        pytest.param(
            ("POST", "/photos", MULTIPART),
            part("photo"),
            "body field photo was 'quack' and should be a file: its part of the form has no filename.",
            id="a file without a filename",
        ),
        pytest.param(
            ("GET", "/ponds/nearest"),
            None,
            "path value 'pond' was 'nearest' and should be a valid integer; there is a route /ponds/nearest, but it "
            "stands behind /ponds/{pond} and has to be declared before it.",
            id="a route in the shadow of another",
        ),
        pytest.param(
            ("GET", "/ponds/furthest"),
            None,
            "path value 'pond' was 'furthest' and should be a valid integer.",
            id="no such route",
        ),
    ],
)
def test_what_was_meant(asked: tuple[str, ...], body: str | None, clause: str) -> None:
    record = record_of(app, *asked, body=body)

    assert record.status == 422
    assert said_why(record) == f"Validation answered 422: {clause}"


@pytest.mark.parametrize(
    ("fields", "body", "reason"),
    [
        pytest.param(
            [("content-encoding", "gzip")],
            gzip.compress(b'{"name": "Emma"}'),
            "it is compressed (content-encoding: gzip), and nobody has unpacked it.",
            id="compressed",
        ),
        pytest.param(
            [],
            gzip.compress(b'{"name": "Emma"}'),
            "it looks like gzip, though no content-encoding says so.",
            id="compressed in secret",
        ),
        pytest.param(
            [("content-type", 'application/json; charset="latin-1"')],
            '{"name": "Möwe"}'.encode("latin-1"),
            "JSON has to be UTF-8, and the content-type says charset=latin-1.",
            id="another charset",
        ),
        pytest.param(
            [("content-encoding", "identity")],
            b'{"name": "\xff"}',
            "'utf-8' codec can't decode byte 0xff in position 10: invalid start byte.",
            id="just broken",
        ),
    ],
)
def test_bytes_that_are_no_json(fields: list[tuple[str, str]], body: bytes, reason: str) -> None:
    head = {"host": "ducks.test", "content-type": "application/json", "content-length": str(len(body)), **dict(fields)}
    request = as_bytes("POST", "/ducks", [*head.items()], body)
    [record] = asyncio.run(send_once(app, ServerOptions(), request, 5))
    found = why(record)

    assert found is not None
    assert found.sentence == f"Validation answered 400: the body is not valid JSON: {reason}"


def test_a_prefix_that_a_proxy_would_take_away() -> None:
    record = record_of(app, "GET", "/shop/pages", root_path="/shop")

    assert said_why(record) == (
        "The router answered 404: no route matches GET /shop/pages; nearest: GET /pages (the path has /shop before "
        "it); /shop is the root_path, which a proxy in front has to take away before it asks here."
    )
    assert "root_path" not in said_why(record_of(app, "GET", "/shops", root_path="/shop"))
