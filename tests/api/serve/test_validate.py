from typing import Annotated, Any

import pytest
from pydantic import AliasChoices, BaseModel, field_validator
from tests.api.serve.visiting import Marks, answered

from webfoot import Body, Cookie, Depends, Form, Header, Path, Query
from webfoot.api.errors import RequestValidationError

JSON = [("content-type", "application/json")]
FORM = [("content-type", "application/x-www-form-urlencoded")]


class Duck(BaseModel):
    name: str
    size: int = 3


def refused(endpoint, **request):
    with pytest.raises(RequestValidationError) as caught:
        answered(endpoint, **request)
    return caught.value


def told(endpoint, **request):
    return [(error["type"], error["loc"], error["input"]) for error in refused(endpoint, **request).errors()]


def test_an_error_says_what_where_and_why():
    async def endpoint(size: Annotated[int, Query(gt=3)]): ...

    assert refused(endpoint, query="size=2").errors() == [
        {
            "type": "greater_than",
            "loc": ("query", "size"),
            "msg": "Input should be greater than 3",
            "input": "2",
            "ctx": {"gt": 3},
        }
    ]


def test_everything_is_told_at_once_in_the_order_of_the_places():
    async def endpoint(
        duck: Duck,
        session: Annotated[int, Cookie()],
        x_token: Annotated[list[int], Header()],
        q: int,
        id: Annotated[int, Path()],
    ): ...

    assert told(endpoint, path_params={"id": "x"}, headers=[("x-token", "1"), ("x-token", "y"), *JSON], body=b"{}") == [
        ("int_parsing", ("path", "id"), "x"),
        ("missing", ("query", "q"), None),
        ("int_parsing", ("header", "x-token", 1), "y"),
        ("missing", ("cookie", "session"), None),
        ("missing", ("body", "name"), {}),
    ]


def test_dependencies_errors_come_first_and_as_often_as_somebody_asks():
    def session(q: int): ...
    def user(x_token: Annotated[int, Header()], db=Depends(session)): ...

    async def endpoint(z: int, a=Depends(user), b=Depends(session)): ...

    assert [loc for _, loc, _ in told(endpoint)] == [
        ("query", "q"),
        ("header", "x-token"),
        ("query", "q"),
        ("query", "z"),
    ]


def test_who_lacks_a_result_does_not_run_and_the_others_do():
    ran = []

    def needs(q: int):
        ran.append("needs")

    def needs_needs(a=Depends(needs)):
        ran.append("needs_needs")

    def other():
        ran.append("other")

    async def endpoint(a=Depends(needs_needs), b=Depends(other)):
        ran.append("endpoint")

    assert told(endpoint) == [("missing", ("query", "q"), None)]
    assert ran == ["other"]


def test_names_are_those_of_the_request():
    async def endpoint(
        a: Annotated[int, Query(alias="not-a")],
        b: Annotated[int, Query(validation_alias=AliasChoices("one", "two"))],
        c: Annotated[int, Query(validation_alias=AliasChoices("three", "four"))],
        d: Annotated[int, Header(alias="X-D")],
    ): ...

    assert [loc for _, loc, _ in told(endpoint, query="two=x")] == [
        ("query", "not-a"),
        ("query", "two"),
        ("query", "three"),
        ("header", "X-D"),
    ]


@pytest.mark.parametrize(
    ("headers", "body", "errors"),
    [
        (JSON, b"", [("missing", ("body",), None)]),
        (JSON, b"null", [("model_attributes_type", ("body",), None)]),
        (JSON, b"[1]", [("model_attributes_type", ("body",), [1])]),
        (
            JSON,
            b'{"size": "x"}',
            [("missing", ("body", "name"), {"size": "x"}), ("int_parsing", ("body", "size"), "x")],
        ),
        ([], b"{}", [("model_attributes_type", ("body",), b"{}")]),
    ],
)
def test_a_body_of_one_value(headers, body, errors):
    async def endpoint(duck: Duck): ...

    assert told(endpoint, headers=headers, body=body) == errors


@pytest.mark.parametrize(
    ("headers", "body", "errors"),
    [
        (JSON, b"", [("missing", ("body", "duck"), None)]),
        (JSON, b"{}", [("missing", ("body", "duck"), None)]),
        (JSON, b'{"duck": {}}', [("missing", ("body", "duck", "name"), {})]),
        (JSON, b"[]", [("missing", ("body", "duck"), None), ("missing", ("body", "size"), None)]),
        (JSON, b"null", [("missing", ("body", "duck"), None), ("missing", ("body", "size"), None)]),
        ([], b"{}", [("missing", ("body", "duck"), None)]),
    ],
)
def test_a_body_of_several_values(headers, body, errors):
    async def endpoint(duck: Duck, size: Annotated[int, Body()] = 3): ...

    assert told(endpoint, headers=headers, body=body) == errors


def test_not_even_a_default_stands_in_for_a_member_of_a_body_that_is_no_object():
    async def endpoint(any: Annotated[Any, Body(embed=True)] = 3):
        return any

    assert answered(endpoint, headers=JSON, body=b"{}").body == b"3"
    assert told(endpoint, headers=JSON, body=b"[]") == [("missing", ("body", "any"), None)]


def test_the_names_of_body_members_are_those_that_were_sent():
    async def endpoint(
        a: Annotated[int, Body(validation_alias=AliasChoices("one", "two"))], b: Annotated[int, Body(alias="not-b")]
    ): ...

    assert [loc for _, loc, _ in told(endpoint, headers=JSON, body=b'{"two": "x"}')] == [
        ("body", "two"),
        ("body", "not-b"),
    ]

    async def form(a: Annotated[int, Form(validation_alias=AliasChoices("one", "two"))]): ...

    assert [loc for _, loc, _ in told(form, headers=FORM, body=b"two=x")] == [("body", "two")]


class Filter(BaseModel):
    model_config = {"extra": "forbid"}
    x_size: int
    how: int = 0


def test_a_model_that_takes_a_whole_place_is_not_named_itself():
    async def endpoint(filter: Annotated[Filter, Query()]): ...

    assert told(endpoint, query="how=x&other=1") == [
        ("missing", ("query", "x_size"), {"how": "x", "other": "1"}),
        ("int_parsing", ("query", "how"), "x"),
        ("extra_forbidden", ("query", "other"), "1"),
    ]


def test_a_model_of_headers_is_told_with_the_names_of_headers():
    async def endpoint(filter: Annotated[Filter, Header()]): ...

    assert [loc for _, loc, _ in told(endpoint, headers=[("how", "1")])] == [("header", "x-size")]


def test_a_model_that_is_required_but_may_be_null_is_missing_as_a_whole():
    async def endpoint(filter: Annotated[Filter | None, Query()]): ...

    assert told(endpoint) == [("missing", ("query",), None)]


def test_the_error_knows_the_body_and_the_endpoint():
    async def endpoint(duck: Duck): ...

    error = refused(endpoint, headers=JSON, body=b'{"a": 1}')
    assert error.body == {"a": 1}
    assert ", in endpoint\n    POST /" in str(error)
    assert str(error).startswith("1 validation error:\n  {'type': 'missing'")


def test_the_error_of_a_form_has_the_form_as_its_body():
    async def endpoint(a: Annotated[int, Form()]): ...

    assert refused(endpoint, headers=FORM, body=b"a=x").body.getlist("a") == ["x"]


class Refuses(BaseModel):
    name: str

    @field_validator("name")
    @classmethod
    def never(cls, value: str) -> str:
        raise ValueError("no!")


def test_what_a_validator_raises_is_told():
    async def endpoint(duck: Refuses): ...

    [error] = refused(endpoint, headers=JSON, body=b'{"name": "x"}').errors()
    assert (error["msg"], error["loc"]) == ("Value error, no!", ("body", "name"))


def test_values_may_be_read_from_attributes_as_pydantic_allows():
    async def endpoint(a: Annotated[list[Duck], Body()]): ...

    assert told(endpoint, headers=JSON, body=b"[3]") == [("model_attributes_type", ("body", 0), 3)]


def test_the_trail_is_told_of_each_callable():
    def session(q: int): ...

    async def endpoint(z: int, a=Depends(session)): ...

    marks = Marks()
    refused(endpoint, query="q=1", trail=marks)
    fit, misfit = marks.of("values_validated")
    assert fit["outcome"] == "fit"
    assert misfit["outcome"] == "refused"
    assert misfit["errors"][0]["loc"] == ("query", "z")
