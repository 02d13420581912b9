from dataclasses import dataclass
from typing import Annotated, Any, Literal

import pytest
from pydantic import AliasChoices, BaseModel, Json
from pydantic import Field as PydanticField
from typing_extensions import TypeAliasType

from webfoot import (
    BackgroundTasks,
    Body,
    Cookie,
    Depends,
    File,
    Form,
    Header,
    Path,
    Query,
    Request,
    Response,
    UploadFile,
)
from webfoot.api import params
from webfoot.api.errors import PlanError
from webfoot.api.fields import Member
from webfoot.api.plan.classify import classify
from webfoot.api.plan.signature import EMPTY, Parameter, origin_of
from webfoot.api.scopes import SecurityScopes
from webfoot.web.datastructures import State
from webfoot.web.requests import HTTPConnection
from webfoot.web.responses import JSONResponse
from webfoot.web.websockets import WebSocket


class Duck(BaseModel):
    name: str


class Filter(BaseModel):
    x_size: int
    tags: list[str] = []
    kind: str = PydanticField("a", alias="x-kind")
    either: str = PydanticField("a", validation_alias=AliasChoices("One", "two"))


@dataclass
class Pond:
    size: int


ORIGIN = origin_of(classify)


def asked(annotation, default=EMPTY, name="value", path=()):
    return classify(Parameter(name, annotation, default), frozenset(path), ORIGIN)


@pytest.mark.parametrize(
    ("annotation", "default", "place"),
    [
        (int, EMPTY, "query"),
        (EMPTY, EMPTY, "query"),
        (Any, EMPTY, "query"),
        (int | None, None, "query"),
        (Annotated[int, PydanticField(gt=1)], EMPTY, "query"),
        (Duck, EMPTY, "body"),
        (Duck | None, None, "body"),
        (Pond, EMPTY, "body"),
        (dict[str, int], EMPTY, "body"),
        (list[int], EMPTY, "body"),
        (UploadFile, EMPTY, "file"),
        (list[UploadFile], EMPTY, "file"),
        (UploadFile | None, None, "file"),
        (list[int], Query(), "query"),
        (Annotated[list[int], Query()], EMPTY, "query"),
        (str, Header(), "header"),
        (Annotated[str, Cookie()], EMPTY, "cookie"),
        (int, Body(), "body"),
        (Annotated[str, Form()], EMPTY, "form"),
        (bytes, File(), "file"),
    ],
)
def test_where_a_value_comes_from(annotation, default, place):
    assert asked(annotation, default).place == place


def test_a_name_in_the_path_comes_from_the_path_and_its_default_is_not_used():
    field = asked(int, 3, name="id", path=["id"])
    assert (field.place, field.required) == ("path", True)


@pytest.mark.parametrize(
    ("annotation", "special"),
    [
        (Request, "request"),
        (HTTPConnection, "connection"),
        (Response, "response"),
        (JSONResponse, "response"),
        (BackgroundTasks, "background"),
        (SecurityScopes, "scopes"),
        (Request | None, "request"),
        (Request[State], "request"),
        (WebSocket[State] | None, "websocket"),
        (Annotated[Request, "x"], "request"),
    ],
)
def test_what_a_type_alone_asks_for(annotation, special):
    assert asked(annotation) == special


def test_a_named_type_may_carry_the_marker():
    assert asked(TypeAliasType("Token", Annotated[str, Header()])).place == "header"


def test_a_dependency_is_the_marker_or_the_type():
    assert asked(int, Depends(len)).dependency is len
    assert asked(Annotated[int, Depends(len)]).dependency is len
    assert asked(Annotated[Pond, Depends()]).dependency is Pond
    assert asked(Pond | None, Depends()).dependency is Pond


def test_a_marker_that_stands_beside_several_parameters_is_not_changed():
    marker = Depends()
    assert asked(Pond, marker).dependency is Pond
    assert marker.dependency is None
    shared = Query(3)
    assert asked(int, shared).info is not shared


@pytest.mark.parametrize(
    ("annotation", "default", "required"),
    [
        (int, EMPTY, True),
        (int, Query(), True),
        (int, Query(...), True),
        (Annotated[int, Query()], ..., True),
        (int | None, EMPTY, True),
        (int, 3, False),
        (int, None, False),
        (int, Query(3), False),
        (int, Query(None), False),
        (int, Query(default_factory=int), False),
        (Annotated[int, Query(default_factory=int)], EMPTY, False),
        (Annotated[int, Query()], 3, False),
    ],
)
def test_whether_a_value_is_required(annotation, default, required):
    field = asked(annotation, default)
    assert field.required is required


@pytest.mark.parametrize(
    ("marker", "aliases"),
    [
        (Query(), ("a_value",)),
        (Query(alias="other"), ("other",)),
        (Query(alias="other", validation_alias="wins"), ("wins",)),
        (Query(validation_alias=AliasChoices("one", "two")), ("one", "two")),
        (Header(), ("a-value",)),
        (Header(alias="X_Value"), ("X_Value",)),
        (Header(convert_underscores=False), ("a_value",)),
        (Cookie(), ("a_value",)),
    ],
)
def test_the_names_in_the_request(marker, aliases):
    field = asked(str, marker, name="a_value")
    assert field.aliases == aliases
    assert field.alias == aliases[0]


def test_a_model_takes_a_whole_place():
    field = asked(Annotated[Filter, Header()])
    assert (field.spread, field.optional) == ((Filter,), False)
    assert field.members == (
        Member({"x-size": "x_size"}, many=False),
        Member({"tags": "tags"}, many=True),
        Member({"x-kind": "x-kind"}, many=False),
        Member({"one": "One", "two": "two"}, many=False),
    )
    assert asked(Annotated[Filter | None, Query()], None).optional
    assert asked(Annotated[Filter, Body()]).spread == ()


def test_what_the_model_calls_a_header_is_no_header():
    assert asked(Annotated[Filter, Header()]).inward == {"x_size", "One"}
    assert asked(Annotated[Filter, Query()]).inward == set()


@pytest.mark.parametrize(
    ("annotation", "marker", "many", "blank"),
    [
        (list[int], Query(), True, False),
        (list[int], Header(), True, False),
        (list[int], Cookie(), False, True),
        (Json[list[int]], Query(), False, True),
        (list[Json[int]], Query(), True, False),
        (int, Cookie(), False, False),
    ],
    ids=str,
)
def test_whether_a_name_may_repeat_and_an_empty_text_counts(annotation, marker, many, blank):
    field = asked(Annotated[annotation, marker])
    assert (field.many, field.blank) == (many, blank)


class Cat(BaseModel):
    kind: Literal["cat", "kitten"]
    lives: list[int] = []


class Dog(BaseModel):
    kind: Literal["dog"]
    lives: int = 1


@pytest.mark.parametrize(
    ("annotation", "marker"),
    [(Cat | Dog, Form(discriminator="kind")), (Annotated[Cat | Dog, PydanticField(discriminator="kind")], Form())],
)
def test_models_that_a_member_tells_apart(annotation, marker):
    field = asked(Annotated[annotation, marker])
    assert field.tag == "kind"
    assert {value: members[1].many for value, members in field.variants.items()} == {
        "cat": True,
        "kitten": True,
        "dog": False,
    }
    assert asked(Annotated[Cat | Dog, Form()]).tag is None


def test_the_last_marker_counts_and_the_constraints_of_all_do():
    field = asked(Annotated[int, params.Query(gt=3), PydanticField(lt=9), Header()])
    assert field.place == "header"
    assert [repr(item.metadata) for item in field.annotation.__metadata__] == ["[Gt(gt=3)]", "[Lt(lt=9)]"]


@pytest.mark.parametrize(
    ("annotation", "content"), [(bytes, True), (list[bytes], True), (str, False), (UploadFile, False)]
)
def test_whether_the_content_of_a_file_is_wanted(annotation, content):
    assert asked(annotation, File()).content is content


@pytest.mark.parametrize(
    ("annotation", "default", "says"),
    [
        (
            Annotated[int, Query(3)],
            EMPTY,
            "`Query` default value cannot be set in `Annotated` for 'value'. Set the default value with `=` instead",
        ),
        (Annotated[int, Query()], Query(), "Cannot specify FastAPI annotations in `Annotated` and default"),
        (Annotated[int, Query()], Depends(int), "Cannot specify a FastAPI annotation in `Annotated` and `Depends`"),
        (
            Annotated[int, Depends(len)],
            Depends(int),
            "Cannot specify `Depends` in `Annotated` and default value together",
        ),
        (Annotated[int, Path()], 3, "Path parameters cannot have default values"),
        (list[int], Path(), "path values are texts, they cannot become list[int]"),
        (list[int], Path(), "Path params must be of one of the supported types"),
        (Annotated[Pond, Query()], EMPTY, "Query parameter 'value' must be one of the supported types"),
        (Request, Query(), "Cannot specify FastAPI annotation for type <class 'webfoot.web.requests.Request'>"),
        (int, PydanticField(3), "Field() does not say where a value comes from; take Query(), Body() or the like"),
        (Annotated[Pond, Query()], EMPTY, "query values are texts"),
        (Annotated[dict[str, int], Query()], EMPTY, "query values are texts"),
        (Annotated[list[Duck], Header()], EMPTY, "header values are texts"),
        (EMPTY, Depends(), "Depends() without a callable needs a type that can be called"),
        (int | str, Depends(), "needs a type that can be called"),
        (int, Depends(3), "depends on 3, which cannot be called"),
    ],
)
def test_what_cannot_be_is_told_with_function_and_parameter(annotation, default, says):
    with pytest.raises(PlanError) as caught:
        asked(annotation, default)
    assert str(caught.value).startswith(f"{ORIGIN}: parameter 'value': ")
    assert says in str(caught.value)


def test_a_part_of_the_path_cannot_come_from_elsewhere():
    with pytest.raises(PlanError, match="Cannot use `Query` for path param 'id'; it is a part of the path"):
        asked(Annotated[int, Query()], name="id", path=["id"])


def test_what_fastapi_refuses_with_an_assertion_is_one():
    with pytest.raises(AssertionError, match="Path parameters cannot have a default value"):
        Path(3)
    with pytest.raises(AssertionError, match="cannot be set in `Annotated`"):
        asked(Annotated[int, Query(3)])


def test_of_a_field_beside_the_type_only_a_factory_is_a_default():
    assert asked(Annotated[int, PydanticField(4, gt=3)]).required
    made = asked(Annotated[list[int], PydanticField(default_factory=list)])
    assert (made.required, made.info.default_factory) == (False, list)
    assert asked(Annotated[int, PydanticField(default_factory=int)], 7).info.default == 7
