import enum
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from pydantic import BaseModel, Field
from tests.api.serve.visiting import Marks, answered

from webfoot import BackgroundTasks, Depends, Response
from webfoot.api.errors import ResponseValidationError
from webfoot.web.background import BackgroundTask
from webfoot.web.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse


class Duck(BaseModel):
    name: str
    size: int = Field(3, serialization_alias="how-big")
    nest: str | None = None


class Drake(Duck):
    secret: str = "x"


class Size(enum.Enum):
    BIG = "big"


def reply_to(result: Any, annotation: Any = None, **options):
    async def endpoint():
        return result

    if annotation is not None:
        options["response_model"] = annotation
    return answered(endpoint, options=options)


@pytest.mark.parametrize(
    ("result", "body"),
    [
        ({"a": 1, "b": "ä", "c": [1.5, True, None]}, '{"a":1,"b":"ä","c":[1.5,true,null]}'),
        (None, "null"),
        ("text", '"text"'),
        ({"when": datetime(2026, 1, 2)}, '{"when":"2026-01-02T00:00:00"}'),
        ([Decimal("1"), Decimal("1.5"), Size.BIG, {1, 1}, (2,)], '[1,1.5,"big",[1],[2]]'),
        (Duck(name="Donald"), '{"name":"Donald","how-big":3,"nest":null}'),
        ([{"duck": Duck(name="Donald")}], '[{"duck":{"name":"Donald","how-big":3,"nest":null}}]'),
        ({Size.BIG: 1, 2: 3, None: 4}, '{"big":1,"2":3,"null":4}'),
        ({"_sa_instance_state": 1, "a": "b"}, '{"a":"b"}'),
        ({"text": 'said "_sa'}, '{"text":"said \\"_sa"}'),
        ((number for number in range(2)), "[0,1]"),
    ],
)
def test_without_a_model_a_result_is_written_as_it_is(result, body):
    response = reply_to(result)
    assert response.body.decode() == body
    assert response.raw_headers == [
        (b"content-length", b"%d" % len(body.encode())),
        (b"content-type", b"application/json"),
    ]


def test_what_json_cannot_say_is_an_error():
    with pytest.raises(ValueError, match="JSON compliant"):
        reply_to(float("nan"))


@dataclass
class Attributes:
    name: str
    secret: str


@pytest.mark.parametrize("result", [Duck(name="x"), Drake(name="x"), {"name": "x", "more": 1}, Attributes("x", "y")])
def test_with_a_model_only_what_it_says_is_written(result):
    assert reply_to(result, Duck).body == b'{"name":"x","how-big":3,"nest":null}'


def test_any_type_can_be_a_model():
    assert reply_to([{"name": "x"}], list[Duck], response_model_exclude_none=True).body == b'[{"name":"x","how-big":3}]'
    assert reply_to(None, Duck | None).body == b"null"


@pytest.mark.parametrize(
    ("options", "body"),
    [
        ({"response_model_by_alias": False}, b'{"name":"x","size":3,"nest":null}'),
        ({"response_model_exclude_unset": True}, b'{"name":"x"}'),
        ({"response_model_exclude_defaults": True}, b'{"name":"x"}'),
        ({"response_model_exclude_none": True}, b'{"name":"x","how-big":3}'),
        ({"response_model_include": ["name"]}, b'{"name":"x"}'),
        ({"response_model_exclude": {"size", "nest"}}, b'{"name":"x"}'),
    ],
)
def test_options_choose_what_of_a_model_is_written(options, body):
    assert reply_to(Duck(name="x"), Duck, **options).body == body


def test_a_result_that_breaks_the_promise_is_an_error_of_the_application():
    marks = Marks()

    async def endpoint() -> Duck:
        return {"size": "x"}

    with pytest.raises(ResponseValidationError) as caught:
        answered(endpoint, trail=marks)
    assert [error["loc"] for error in caught.value.errors()] == [("response", "name"), ("response", "size")]
    assert caught.value.body == {"size": "x"}
    assert f'File "{__file__}", line ' in str(caught.value)
    assert marks.of("reply_validated")[0]["outcome"] == "refused"


@pytest.mark.parametrize(
    ("response_class", "model", "body", "content_type"),
    [
        (HTMLResponse, None, b"<b>", b"text/html; charset=utf-8"),
        (HTMLResponse, str, b"<b>", b"text/html; charset=utf-8"),
    ],
)
def test_another_response_class_wraps_the_content(response_class, model, body, content_type):
    response = reply_to("<b>", model, response_class=response_class)
    assert isinstance(response, response_class)
    assert (response.body, response.headers["content-type"]) == (body, content_type.decode())


def test_a_response_class_has_its_own_mind_about_the_status():
    response = reply_to("/x", response_class=RedirectResponse)
    assert (response.status_code, response.headers["location"]) == (307, "/x")
    assert reply_to("/x", response_class=RedirectResponse, status_code=301).status_code == 301


def test_models_for_another_class_are_plain_values():
    class Shouting(JSONResponse):
        def render(self, content):
            return str(content).upper().encode()

    assert reply_to(Duck(name="x"), Duck, response_class=Shouting).body == b"{'NAME': 'X', 'HOW-BIG': 3, 'NEST': NONE}"


@pytest.mark.parametrize("status", [204, 205, 304])
@pytest.mark.parametrize("response_class", [None, PlainTextResponse])
def test_some_statuses_have_no_body(status, response_class):
    response = reply_to("x", status_code=status, response_class=response_class)
    assert response.body == b""


def test_a_status_without_body_has_no_length():
    assert reply_to(None, status_code=204).raw_headers == [(b"content-type", b"application/json")]


def test_a_response_is_sent_as_it_is():
    own = PlainTextResponse("x", status_code=418)
    assert reply_to(own, Duck) is own


def test_callables_may_change_the_response():
    async def changes(response: Response):
        response.headers["x-a"] = "1"
        response.status_code = 202

    async def endpoint(response: Response, a=Depends(changes)):
        response.set_cookie("b", "2")
        return {}

    response = answered(endpoint, options={"status_code": 201})
    assert response.status_code == 202
    assert response.raw_headers[2:] == [(b"x-a", b"1"), (b"set-cookie", b"b=2; Path=/; SameSite=lax")]


def test_the_routes_own_status_counts_when_nobody_changed_it():
    async def endpoint(response: Response):
        response.headers["x-a"] = "1"

    assert answered(endpoint, options={"status_code": 201}).status_code == 201


def test_what_was_changed_does_not_touch_a_response_of_its_own():
    async def endpoint(response: Response):
        response.headers["x-a"] = "1"
        response.status_code = 202
        return PlainTextResponse("x")

    response = answered(endpoint)
    assert (response.status_code, response.headers.get("x-a")) == (200, None)


def test_background_tasks_go_with_the_response_unless_it_has_its_own():
    own = BackgroundTask(print)

    async def endpoint(tasks: BackgroundTasks, kind: str):
        tasks.add_task(print)
        return {"json": {}, "plain": PlainTextResponse("x"), "own": PlainTextResponse("x", background=own)}[kind]

    assert isinstance(answered(endpoint, query="kind=json").background, BackgroundTasks)
    assert isinstance(answered(endpoint, query="kind=plain").background, BackgroundTasks)
    assert answered(endpoint, query="kind=own").background is own


@pytest.mark.parametrize(
    ("result", "model", "facts"),
    [
        ({"a": 1}, None, {"outcome": "no model", "model": None, "size": 7, "returned": "dict"}),
        (Duck(name="x"), Duck, {"outcome": "fit", "model": "Duck", "size": 36, "returned": "Duck"}),
        ([], list[Duck], {"outcome": "fit", "model": repr(list[Duck]), "size": 2, "returned": "list"}),
        (PlainTextResponse("x"), None, {"outcome": "response", "returned": "PlainTextResponse"}),
    ],
)
def test_the_trail_is_told_what_was_written(result, model, facts):
    marks = Marks()

    async def endpoint():
        return result

    answered(endpoint, options={"response_model": model}, trail=marks)
    assert marks.of("reply_validated") == [facts]
