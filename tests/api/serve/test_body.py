import asyncio
import json
from typing import Annotated, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel
from pydantic_core import from_json
from tests.api.serve.visiting import Marks, answered, visit_to

from webfoot import Body, File, Form, UploadFile
from webfoot.api.errors import HTTPException, RequestValidationError
from webfoot.api.serve.body import read_body
from webfoot.api.serve.visit import MISSING
from webfoot.web.exceptions import HTTPException as WebHTTPException

JSON = [("content-type", "application/json")]
MULTIPART = [("content-type", "multipart/form-data; boundary=X")]


async def takes_any(body: Annotated[Any, Body()]):
    return body


def read(body, headers=JSON, endpoint=takes_any, **more):
    async def read_and_close():
        await read_body(visit.plan.body, visit)
        if visit.form is not None:
            await visit.form.close()

    visit = visit_to(endpoint, body=body, headers=headers, **more)
    asyncio.run(read_and_close())
    return visit


def multipart(*parts):
    """Parts as (field of content-disposition after the type, content)."""
    return (
        b"".join(
            b"--X\r\ncontent-disposition: form-data; " + disposition.encode() + b"\r\n\r\n" + content + b"\r\n"
            for disposition, content in parts
        )
        + b"--X--\r\n"
    )


@pytest.mark.parametrize(
    ("content_type", "is_json"),
    [
        ("application/json", True),
        ("Application/JSON; charset=utf-8", True),
        ("application/vnd.duck+json", True),
        ("application/json-seq", False),
        ("text/json", False),
        ("text/plain", False),
        ("", False),
        ("application", False),
    ],
)
def test_the_content_type_says_whether_it_is_json(content_type, is_json):
    visit = read(b"[1]", [("content-type", content_type)])
    assert visit.body == ([1] if is_json else b"[1]")


def test_without_content_type_it_is_json_only_where_that_is_wanted():
    assert read(b"[1]", []).body == b"[1]"
    assert read(b"[1]", [], options={"strict_content_type": False}).body == [1]


def test_no_body_is_missing_and_null_is_none():
    assert read(b"").body is MISSING
    assert read(b"null").body is None


def test_a_body_may_come_in_pieces():
    assert read([b'{"a"', b": ", b"1}"]).body == {"a": 1}


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ('{"a": 1}'.encode("utf-16"), {"a": 1}),
        (b'\xef\xbb\xbf{"a": 1}', {"a": 1}),
        (b'"\\ud800"', "\ud800"),
        (b"[" * 300 + b"]" * 300, None),
    ],
)
def test_what_the_fast_reader_refuses_and_json_takes(raw, value):
    body = read(raw).body
    assert body == (json.loads(raw) if value is None else value)


@pytest.mark.parametrize(
    ("raw", "position", "says"),
    [
        (b'{"a":', 5, "Expecting value"),
        (b"{bad", 1, "Expecting property name enclosed in double quotes"),
        (b'{"a": 1} x', 9, "Extra data"),
        (b" ", 1, "Expecting value"),
    ],
)
def test_broken_json_is_told_with_its_position(raw, position, says):
    with pytest.raises(RequestValidationError) as caught:
        read(raw)
    assert caught.value.errors() == [
        {
            "type": "json_invalid",
            "loc": ("body", position),
            "msg": "JSON decode error",
            "input": {},
            "ctx": {"error": says},
        }
    ]
    assert caught.value.body == raw.decode()


@pytest.mark.parametrize("raw", [b'"\xff"', b"9" * 5000, b"[" * 100_000], ids=["no text", "huge number", "too deep"])
def test_what_cannot_be_read_at_all_is_a_400(raw):
    with pytest.raises(HTTPException) as caught:
        read(raw)
    assert (caught.value.status_code, caught.value.detail) == (400, "There was an error parsing the body")


@given(st.binary(max_size=12) | st.text('{}[],:"0123456789.-+eE truefalsnNIity\\u', max_size=12).map(str.encode))
def test_the_fast_reader_never_reads_anything_else_than_json_would(raw):
    try:
        ours = from_json(raw)
    except ValueError:
        return
    assert repr(ours) == repr(json.loads(raw))


def test_a_form_is_names_and_values():
    def endpoint(a: Annotated[str, Form()]): ...

    headers = [("content-type", "application/x-www-form-urlencoded")]
    visit = read(b"a=1&b=&a=2", headers, endpoint)
    assert visit.body == [("a", "1"), ("b", ""), ("a", "2")]
    assert visit.form.getlist("a") == ["1", "2"]


def test_the_content_of_a_file_is_read_only_where_it_is_wanted():
    def endpoint(a: Annotated[bytes, File()], b: UploadFile): ...

    parts = multipart(('name="a"; filename="a.txt"', b"abc"), ('name="b"; filename="b.txt"', b"def"))
    visit = read(parts, MULTIPART, endpoint)
    (a, first), (b, second) = visit.body
    assert (a, first.filename, b, second.filename) == ("a", "a.txt", "b", "b.txt")
    assert visit.contents == {first: b"abc"}


def test_a_file_input_that_was_left_empty_was_not_sent():
    def endpoint(a: UploadFile | None = None): ...

    empty = multipart(('name="a"; filename=""', b""))
    assert read(empty, MULTIPART, endpoint).body == []
    nameless = multipart(('name="a"; filename=""', b"x"))
    assert len(read(nameless, MULTIPART, endpoint).body) == 1


def test_a_broken_form_is_a_400():
    def endpoint(a: Annotated[str, Form()]): ...

    marks = Marks()
    with pytest.raises(WebHTTPException) as caught:
        read(b"x", [("content-type", "multipart/form-data")], endpoint, trail=marks)
    assert caught.value.status_code == 400
    assert marks.of("body_read")[0]["outcome"] == "refused"


class Duck(BaseModel):
    name: str
    tags: list[str] = []


def body_of(endpoint, body, headers=JSON):
    return json.loads(answered(endpoint, body=json.dumps(body).encode(), headers=headers).body)


def test_one_value_is_the_body_and_several_are_its_members():
    async def one(duck: Duck):
        return duck

    async def two(duck: Duck, size: Annotated[int, Body(alias="how-big")], more: Annotated[int, Body()] = 3):
        return [duck, size, more]

    duck = {"name": "Donald", "tags": []}
    assert body_of(one, duck) == duck
    assert body_of(two, {"duck": duck, "how-big": 7}) == [duck, 7, 3]


def test_an_empty_form_field_counts_as_not_sent_but_not_in_a_list():
    async def endpoint(a: Annotated[str, Form()] = "default", b: Annotated[list[str], Form()] = []):
        return [a, b]

    headers = [("content-type", "application/x-www-form-urlencoded")]
    assert json.loads(answered(endpoint, body=b"a=&b=&b=x", headers=headers).body) == ["default", ["", "x"]]


def test_a_model_takes_the_whole_form_but_not_its_empty_fields():
    async def endpoint(duck: Annotated[Duck, Form()]):
        return duck

    headers = [("content-type", "application/x-www-form-urlencoded")]
    assert json.loads(answered(endpoint, body=b"name=Donald&tags=a", headers=headers).body)["tags"] == ["a"]
    with pytest.raises(RequestValidationError) as caught:
        answered(endpoint, body=b"name=&tags=a&more=", headers=headers)
    [error] = caught.value.errors()
    assert (error["loc"], error["input"]) == (("body", "name"), {"tags": ["a"], "more": ""})


def test_the_trail_is_told_of_a_form():
    def endpoint(a: Annotated[str, Form()]): ...

    marks = Marks()
    read(b"a=1&b=2", [("content-type", "application/x-www-form-urlencoded")], endpoint, trail=marks)
    [facts] = marks.of("body_read")
    assert (facts["outcome"], facts["kind"], facts["size"]) == ("read", "form", 2)


@pytest.mark.parametrize(
    ("raw", "headers", "facts"),
    [
        (b"[1]", JSON, {"outcome": "read", "kind": "json", "size": 3, "content_type": "application/json"}),
        (b"", [], {"outcome": "read", "kind": "empty", "size": 0, "content_type": None}),
        (b"xy", [], {"outcome": "read", "kind": "bytes", "size": 2, "content_type": None}),
    ],
)
def test_the_trail_is_told_what_was_read(raw, headers, facts):
    marks = Marks()
    read(raw, headers, trail=marks)
    assert marks.of("body_read") == [facts]


def test_the_trail_is_told_why_a_body_was_refused():
    marks = Marks()
    with pytest.raises(RequestValidationError):
        read(b"{", trail=marks)
    [facts] = marks.of("body_read")
    assert facts["outcome"] == "refused"
    assert isinstance(facts["error"], json.JSONDecodeError)


class Weighed(BaseModel):
    weight: float


def weigh(duck: Weighed): ...


def test_a_whole_number_that_no_float_holds_goes_by_way_of_python():
    """pydantic would make infinity of it, where it refuses the Python integer."""
    assert read(b'{"weight": %b}' % (b"9" * 308), endpoint=weigh).body == Weighed(weight=1e308)
    assert read(b'{"weight": %b}' % (b"9" * 309), endpoint=weigh).body == {"weight": 10**309 - 1}
    assert read(b'{"weight": 1, "more": "%b"}' % (b"9" * 309), endpoint=weigh).body == {"weight": 1, "more": "9" * 309}
