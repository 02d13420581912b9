from typing import Annotated

import pytest
from pydantic import AliasChoices, BaseModel
from tests.api.serve.visiting import Marks, visit_to

from webfoot import Cookie, Header, Query
from webfoot.api.serve.collect import collect


def collected(endpoint, **request):
    visit = visit_to(endpoint, **request)
    return collect(visit.plan.endpoint.plan, visit)


def test_values_are_taken_from_their_places_under_the_names_of_the_parameters():
    def endpoint(
        id: int,
        q: str,
        x_token: Annotated[str, Header()],
        session: Annotated[str, Cookie()],
        renamed: Annotated[str, Query(alias="other-name")],
    ): ...

    assert collected(
        endpoint,
        path_params={"id": "7"},
        query="q=a%20b+c&other-name=x",
        headers=[("x-token", "t"), ("cookie", "session=s; more=1")],
    ) == {"id": "7", "q": "a b c", "x_token": "t", "session": "s", "renamed": "x"}


def test_what_was_not_sent_is_left_out():
    def endpoint(q: str, x_token: Annotated[str, Header()], session: Annotated[str, Cookie()]): ...

    assert collected(endpoint, query="other=1", headers=[("other", "1")]) == {}


def test_of_several_the_last_value_counts_but_the_first_header():
    def endpoint(q: str, x_token: Annotated[str, Header()]): ...

    found = collected(endpoint, query="q=1&q=2", headers=[("x-token", "a"), ("x-token", "b")])
    assert found == {"q": "2", "x_token": "a"}


def test_a_list_takes_all():
    def endpoint(q: Annotated[list[str], Query()], x_token: Annotated[set[str], Header()]): ...

    found = collected(endpoint, query="q=1&z=0&q=2", headers=[("x-token", "a"), ("x-token", "b")])
    assert found == {"q": ["1", "2"], "x_token": ["a", "b"]}


def test_two_parameters_may_read_one_value():
    def endpoint(a: Annotated[str, Query(alias="q")], b: Annotated[list[str], Query(alias="q")]): ...

    assert collected(endpoint, query="q=1&q=2") == {"a": "2", "b": ["1", "2"]}


@pytest.mark.parametrize(("query", "found"), [("one=1&two=2", "1"), ("two=2", "2"), ("three=3", None)])
def test_the_first_of_several_names_that_is_there_counts(query, found):
    def endpoint(q: Annotated[str, Query(validation_alias=AliasChoices("one", "two"))]): ...

    assert collected(endpoint, query=query).get("q") == found


class Filter(BaseModel):
    x_size: int = 0
    tags: list[str] = []


def test_a_model_takes_everything_in_its_place():
    def endpoint(filter: Annotated[Filter, Query()]): ...

    assert collected(endpoint, query="more=1&x_size=3&tags=a&tags=b&more=2&one=1&more=3") == {
        "filter": {"x_size": "3", "tags": ["a", "b"], "more": ["1", "2", "3"], "one": "1"}
    }


def test_a_model_of_headers_takes_them_under_its_own_names():
    def endpoint(filter: Annotated[Filter, Header()]): ...

    found = collected(endpoint, headers=[("x-size", "3"), ("tags", "a"), ("host", "h")])
    assert found == {"filter": {"x_size": "3", "tags": ["a"], "host": "h"}}


def test_a_model_of_cookies():
    def endpoint(filter: Annotated[Filter, Cookie()]): ...

    assert collected(endpoint, headers=[("cookie", "x_size=3"), ("cookie", "b=1")]) == {
        "filter": {"x_size": "3", "b": "1"}
    }


def test_a_model_that_may_be_left_out_is_when_none_of_its_members_is_there():
    def endpoint(filter: Annotated[Filter | None, Query()] = None): ...

    assert collected(endpoint, query="more=1") == {}
    assert collected(endpoint, query="more=1&tags=a") == {"filter": {"tags": ["a"], "more": "1"}}


def test_the_trail_is_told_what_was_found_and_where():
    def endpoint(id: int, q: str, z: str, x_token: Annotated[str, Header()], session: Annotated[str, Cookie()]): ...

    marks = Marks()
    headers = [("x-token", "t"), ("cookie", "session=s")]
    collected(endpoint, path_params={"id": "7"}, query="q=1", headers=headers, trail=marks)
    [facts] = marks.of("values_collected")
    assert facts.pop("owner").endswith("endpoint")
    assert facts == {"path": {"id": "7"}, "query": {"q": "1"}, "header": {"x-token": "t"}, "cookie": {"session": "s"}}
