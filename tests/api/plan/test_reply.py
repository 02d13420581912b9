from typing import Annotated

import pytest
from pydantic import BaseModel

from webfoot.api.errors import PlanError
from webfoot.api.plan.reply import plan_reply
from webfoot.web.responses import HTMLResponse, JSONResponse, Response


class Duck(BaseModel):
    name: str


def unannotated(): ...
def gives_duck() -> Duck: ...
def gives_ducks() -> "list[Duck]": ...
def gives_none() -> None: ...
def gives_response() -> JSONResponse: ...
def gives_annotated_response() -> Annotated[Response, "x"]: ...
def gives_either() -> Response | dict: ...


@pytest.mark.parametrize(
    ("endpoint", "options", "model"),
    [
        (unannotated, {}, None),
        (gives_duck, {}, Duck),
        (gives_ducks, {}, list[Duck]),
        (gives_none, {}, None),
        (gives_response, {}, None),
        (gives_annotated_response, {}, None),
        (gives_duck, {"response_model": list[Duck]}, list[Duck]),
        (gives_duck, {"response_model": None}, None),
        (unannotated, {"response_model": Duck}, Duck),
        (gives_response, {"response_model": Duck}, Duck),
        (gives_either, {"response_model": None}, None),
    ],
)
def test_the_model_is_the_option_or_the_annotation(endpoint, options, model):
    plan = plan_reply(endpoint, options)
    assert plan.model == model
    assert (plan.adapter is None) is (model is None)


def test_a_response_in_a_union_is_no_model():
    with pytest.raises(PlanError, match=r"gives_either \(.*cannot be the response model.*response_model=None"):
        plan_reply(gives_either, {})


def test_a_status_without_body_has_no_model():
    with pytest.raises(
        PlanError, match="Status code 204 must not have a response body, so there can be no response model"
    ):
        plan_reply(gives_duck, {"status_code": 204})
    assert plan_reply(gives_none, {"status_code": 204}).status_code == 204


def test_only_the_plain_json_response_is_written_directly():
    assert plan_reply(unannotated, {}).direct
    assert not plan_reply(unannotated, {"response_class": HTMLResponse}).direct


def test_the_serializer_gets_only_what_differs_from_its_own_defaults():
    options = {
        "response_model_include": ["a"],
        "response_model_exclude": {"b": True},
        "response_model_by_alias": False,
        "response_model_exclude_unset": True,
        "response_model_exclude_defaults": False,
        "response_model_exclude_none": True,
    }
    plan = plan_reply(unannotated, options)
    assert plan.by_alias is False
    assert plan.options == {
        "include": {"a"},
        "exclude": {"b": True},
        "exclude_unset": True,
        "exclude_none": True,
    }
