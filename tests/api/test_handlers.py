from typing import Annotated

import pytest

from webfoot import Body, HTTPException, Request, Webfoot
from webfoot.api.errors import RequestValidationError, ResponseValidationError
from webfoot.testing import TestClient
from webfoot.web.exceptions import HTTPException as WebHTTPException
from webfoot.web.responses import JSONResponse, PlainTextResponse


def client_of(app):
    return TestClient(app, raise_server_exceptions=False)


@pytest.mark.parametrize(
    ("exception", "status", "body", "headers"),
    [
        (HTTPException(404), 404, b'{"detail":"Not Found"}', {}),
        (HTTPException(400, {"a": [1]}), 400, b'{"detail":{"a":[1]}}', {}),
        (
            HTTPException(401, "no", headers={"www-authenticate": "x"}),
            401,
            b'{"detail":"no"}',
            {"www-authenticate": "x"},
        ),
        (WebHTTPException(418, "tea"), 418, b'{"detail":"tea"}', {}),
        (HTTPException(304, headers={"etag": "x"}), 304, b"", {"etag": "x"}),
    ],
)
def test_an_http_exception_is_answered_as_json(exception, status, body, headers):
    app = Webfoot()

    @app.get("/")
    async def fails():
        raise exception

    response = client_of(app).get("/")
    assert (response.status_code, response.content) == (status, body)
    assert headers.items() <= response.headers.items()


def test_not_found_and_method_not_allowed_are_too():
    app = Webfoot()

    @app.get("/")
    async def home(): ...

    assert client_of(app).get("/nowhere").json() == {"detail": "Not Found"}
    response = client_of(app).post("/")
    assert (response.json(), response.headers["allow"]) == ({"detail": "Method Not Allowed"}, "GET")


def test_values_that_do_not_fit_are_a_422():
    app = Webfoot()

    @app.get("/")
    async def home(q: int): ...

    response = client_of(app).get("/?q=x")
    assert response.status_code == 422
    assert response.json() == {
        "detail": [
            {
                "type": "int_parsing",
                "loc": ["query", "q"],
                "msg": "Input should be a valid integer, unable to parse string as an integer",
                "input": "x",
            }
        ]
    }


def test_numbers_that_json_cannot_say_are_quoted_as_text():
    app = Webfoot()

    @app.post("/")
    async def home(numbers: list[str]): ...

    response = client_of(app).post("/", content=b"[NaN, -Infinity, 1]", headers={"content-type": "application/json"})
    assert response.status_code == 422
    assert [error["input"] for error in response.json()["detail"]] == ["nan", "-inf", 1]


def test_characters_that_utf8_cannot_say_are_quoted_as_text():
    app = Webfoot()

    @app.post("/")
    async def home(numbers: dict[str, int]): ...

    sent = rb'{"\ud83e": "\udd86", "\ud83e\udd86": "\u00e9", "n": {"\ud83e": "\ud83e"}}'
    response = client_of(app).post("/", content=sent, headers={"content-type": "application/json"})
    assert response.status_code == 422
    assert [error["input"] for error in response.json()["detail"]] == [r"\udd86", "\xe9", {r"\ud83e": r"\ud83e"}]


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"\xff\xfe{", "text/plain"),
        (b"--xx\r\n\r\n\xff\r\n--xx--", "multipart/form-data; boundary=xx"),
        (b"\xff", "*/*"),
    ],
)
def test_a_body_that_is_no_text_is_quoted_as_text(body, content_type):
    app = Webfoot()

    @app.post("/")
    async def home(numbers: dict[str, int]): ...

    response = client_of(app).post("/", content=body, headers={"content-type": content_type})
    assert response.status_code == 422
    assert response.json()["detail"][0]["input"] == body.decode("utf-8", "backslashreplace")


@pytest.mark.parametrize("depth", [150, 250, 500, 900])
@pytest.mark.parametrize(("opens", "closes"), [(b'{"a":', b"}"), (b"[", b"]")], ids=["dicts", "lists"])
def test_what_is_nested_deeply_is_refused_all_the_same(opens, closes, depth):
    app = Webfoot()

    @app.post("/")
    async def home(number: Annotated[int, Body()]): ...

    body = opens * depth + b"1" + closes * depth
    response = client_of(app).post("/", content=body, headers={"content-type": "application/json"})
    assert response.status_code == 422
    assert b'"type":"int_type"' in response.content


def test_an_application_may_answer_in_its_own_way():
    app = Webfoot()

    @app.exception_handler(RequestValidationError)
    async def refused(request: Request, exc: RequestValidationError):
        again = (await request.body()).decode()  # the body was kept
        return JSONResponse({"body": exc.body, "again": again, "path": request.path_params}, status_code=400)

    @app.exception_handler(404)
    def not_found(request, exc):
        return PlainTextResponse("mine", status_code=404)

    @app.post("/{id}")
    async def home(id: str, a: dict[str, int]): ...

    client = client_of(app)
    assert client.post("/x", json=[1]).json() == {"body": [1], "again": "[1]", "path": {"id": "x"}}
    assert client.get("/a/b").text == "mine"


def test_a_broken_promise_is_a_500_and_reaches_the_log():
    app = Webfoot()

    @app.get("/")
    async def home() -> int:
        return "x"

    assert client_of(app).get("/").status_code == 500
    with pytest.raises(ResponseValidationError, match=r", in home\n    GET /"):
        TestClient(app).get("/")
