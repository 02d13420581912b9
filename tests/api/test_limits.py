"""`max_body_size` and `form_limits` over our own server's sockets, and what is said of bad ones."""

from typing import Annotated, Any

import pytest
from tests.conformance.harness import exchange_bytes
from tests.journey.asking import decisions, record_of, said_why

from webfoot import APIRouter, Body, Form, HTTPException, Request, UploadFile, Webfoot, WebSocket
from webfoot.testing import TestClient
from webfoot.web import CORSMiddleware, JSONResponse

PARSERS = pytest.mark.parametrize("http", ["httptools", "h11"])


def limited() -> Webfoot:
    app = Webfoot(max_body_size=10)
    roomy = APIRouter(prefix="/roomy", max_body_size=1000)
    app.state.called = []

    @app.post("/json")
    async def json(value: Annotated[Any, Body()]) -> Any:
        app.state.called.append("json")
        return value

    @app.post("/stream")
    async def stream(request: Request) -> int:
        return sum([len(chunk) async for chunk in request.stream()])

    @roomy.post("/form")
    async def form(name: Annotated[str, Form()]) -> int:
        return len(name)

    @roomy.post("/file", max_body_size=300)
    def file(photo: UploadFile) -> int | None:
        return photo.size

    app.include_router(roomy)
    return app


def post(target: str, *headers: str) -> bytes:
    return "\r\n".join([f"POST {target} HTTP/1.1", "Host: duck", *headers, "", ""]).encode()


def chunked(body: bytes, size: int) -> bytes:
    pieces = [body[start : start + size] for start in range(0, len(body), size)]
    return b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


@PARSERS
@pytest.mark.parametrize("size", [1, 7, 20])
@pytest.mark.parametrize("target", ["/json", "/stream"])
def test_a_chunked_body_is_counted(target: str, size: int, http: Any) -> None:
    head = post(target, "Content-Type: application/json", "Transfer-Encoding: chunked")
    large = exchange_bytes(limited(), [head, chunked(b"[1,2,3,4,5,6,7]", size)], http=http)
    assert (large.statuses, large.bodies) == ([413], [b'{"detail":"Content Too Large"}'])
    small = exchange_bytes(limited(), [head, chunked(b"[1,2,3]", size)], http=http)
    assert small.statuses == [200]
    assert not small.closed


@PARSERS
def test_who_expects_100_continue_need_not_send_it(http: Any) -> None:
    head = post("/json", "Content-Type: application/json", "Content-Length: 11", "Expect: 100-continue")
    answers = exchange_bytes(limited(), [head], http=http)
    assert (answers.statuses[0], answers.bodies[0]) == (413, b"Content Too Large")
    within = post("/json", "Content-Type: application/json", "Content-Length: 2", "Expect: 100-continue")
    assert exchange_bytes(limited(), [within, b"[]"], http=http).statuses[-1] == 200


@PARSERS
def test_a_form_and_a_file_under_a_nearer_limit(http: Any) -> None:
    head = post("/roomy/form", "Content-Type: application/x-www-form-urlencoded", "Transfer-Encoding: chunked")
    assert exchange_bytes(limited(), [head, chunked(b"name=" + b"d" * 500, 50)], http=http).bodies == [b"500"]
    assert exchange_bytes(limited(), [head, chunked(b"name=" + b"d" * 1000, 50)], http=http).statuses == [413]
    file = b'--b\r\nContent-Disposition: form-data; name="photo"; filename="d"\r\n\r\n%b\r\n--b--\r\n'
    head = post("/roomy/file", "Content-Type: multipart/form-data; boundary=b", "Transfer-Encoding: chunked")
    assert exchange_bytes(limited(), [head, chunked(file % (b"d" * 100), 50)], http=http).bodies == [b"100"]
    assert exchange_bytes(limited(), [head, chunked(file % (b"d" * 300), 50)], http=http).statuses == [413]


def test_a_websocket_has_no_body_to_limit() -> None:
    app = Webfoot(max_body_size=0)
    router = APIRouter(max_body_size=0)

    @router.websocket("/ws")
    async def echo(websocket: WebSocket) -> None:
        await websocket.accept()
        await websocket.send_text(await websocket.receive_text())

    app.include_router(router)
    with TestClient(app).websocket_connect("/ws") as websocket:
        websocket.send_text("quack" * 100)
        assert websocket.receive_text() == "quack" * 100


@pytest.mark.parametrize("kind", [413, HTTPException.__mro__[1]])
def test_a_handler_answers_what_was_declared_too(kind: Any) -> None:
    app = limited()
    app.add_exception_handler(kind, lambda request, error: JSONResponse({"sorry": error.detail}, error.status_code))
    app.add_middleware(CORSMiddleware, allow_origins=["*"])
    answer = TestClient(app).post("/json", json=[1] * 20, headers={"origin": "http://ducks"})
    assert (answer.status_code, answer.json()) == (413, {"sorry": "Content Too Large"})
    assert answer.headers["access-control-allow-origin"] == "*"
    assert app.state.called == []


def test_a_router_that_is_an_application_has_its_limit() -> None:
    router = APIRouter(max_body_size=3)

    @router.post("/")
    async def read(request: Request) -> int:
        return len(await request.body())

    client = TestClient(router)
    assert client.post("/", content=b"qua").json() == 3
    assert client.post("/", content=b"quack").status_code == 413


def test_a_limit_costs_nobody_else_anything() -> None:
    """Only the route that has one is wrapped."""
    app = Webfoot()

    @app.post("/free")
    def free() -> None: ...

    @app.post("/limited", max_body_size=1)
    def limited() -> None: ...

    routes = {route.path: route for route in app.routes if hasattr(route, "_serve")}
    assert routes["/free"].app == routes["/free"]._serve
    assert routes["/limited"].app != routes["/limited"]._serve


def test_the_journey_says_what_was_too_large() -> None:
    record = record_of(limited(), "POST", "/json", "content-type: application/json", body="[1,2,3,4,5,6,7]")
    assert any("content-length says 15 bytes and 10 are allowed" in said for said in decisions(record))
    assert "max_body_size" in said_why(record)


def test_the_journey_says_that_a_content_type_was_not_json() -> None:
    record = record_of(limited(), "POST", "/json", "content-type: text/plain", body='{"a":1}')
    assert record.status == 200  # any value will do, also a text
    strict = Webfoot()

    @strict.post("/")
    async def save(value: dict[str, int]) -> None: ...

    record = record_of(strict, "POST", "/", "content-type: text/plain", body='{"a":1}')
    assert "the body was not read as JSON, because its content-type is text/plain" in said_why(record)


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        ({"max_field": 1}, "form_limits has no 'max_field'; did you mean 'max_fields'?"),
        ({"size": 1}, "form_limits has no 'size', only max_fields, max_files, max_part_size"),
        ({"max_files": -1}, "form_limits: max_files is a whole number, 0 or more, not -1"),
        (7, "form_limits is a dict that may have max_fields, max_files, max_part_size, not 7"),
    ],
    ids=str,
)
def test_what_is_said_of_bad_limits(limits: Any, said: str) -> None:
    with pytest.raises(ValueError) as told:
        Webfoot(form_limits=limits)
    assert str(told.value) == said


def test_a_form_that_exceeds_a_limit_is_told_of_in_the_journey() -> None:
    app = Webfoot(form_limits={"max_fields": 1})

    @app.post("/")
    async def save(a: Annotated[str, Form()]) -> None: ...

    record = record_of(app, "POST", "/", "content-type: application/x-www-form-urlencoded", body="a=1&b=2")
    assert "Too many fields. Maximum number of fields is 1" in said_why(record)
