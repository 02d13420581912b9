from typing import Annotated

import pytest
from pydantic import BaseModel

from webfoot import Body, Depends, File, Form, Security, UploadFile
from webfoot.api.errors import DependencyScopeError, PlanError
from webfoot.api.plan.layout import Layout
from webfoot.api.plan.route import plan_route
from webfoot.api.scopes import SecurityScopes
from webfoot.api.security import HTTPBearer


class Duck(BaseModel):
    name: str


def calls(plan):
    return [step.plan.call for step in plan.steps]


def session(q: int): ...
def user(db: Annotated[object, Depends(session)]): ...
def log(): ...


def test_dependencies_run_before_those_who_need_them_and_each_once():
    def endpoint(u: Annotated[object, Depends(user)], db: Annotated[object, Depends(session)]): ...

    plan = plan_route(endpoint, frozenset(), {"dependencies": [Depends(log), Depends(session)]})
    assert calls(plan) == [log, session, user]
    assert plan.steps[2].arguments == (("db", 1),)
    assert plan.endpoint.arguments == (("u", 2), ("db", 1))
    assert [call.call for call in plan.calls] == [log, session, user, endpoint]


def test_errors_are_told_once_for_each_who_asks():
    def endpoint(u: Annotated[object, Depends(user)], db: Annotated[object, Depends(session)]): ...

    plan = plan_route(endpoint, frozenset(), {"dependencies": [Depends(user)]})
    assert calls(plan) == [session, user]
    assert plan.telling == (0, 1, 0, 1, 0, 2)


def test_without_cache_a_callable_runs_for_itself():
    def endpoint(
        a: Annotated[object, Depends(session, use_cache=False)],
        b: Annotated[object, Depends(session)],
        c: Annotated[object, Depends(session, use_cache=False)],
    ): ...

    plan = plan_route(endpoint, frozenset(), {})
    assert calls(plan) == [session, session]
    assert plan.endpoint.arguments == (("a", 0), ("b", 0), ("c", 1))


def test_scopes_gather_on_the_way_and_matter_only_to_those_who_ask():
    def asks(scopes: SecurityScopes): ...
    def between(a: Annotated[object, Security(asks, scopes=["in"])], b: Annotated[object, Depends(session)]): ...
    def endpoint(
        a: Annotated[object, Security(between, scopes=["out", "in"])],
        b: Annotated[object, Depends(asks)],
        c: Annotated[object, Depends(session)],
        d: Annotated[object, Security(session, scopes=["other"])],
    ): ...

    plan = plan_route(endpoint, frozenset(), {})
    assert [(step.plan.call, step.scopes) for step in plan.steps] == [
        (asks, ("out", "in")),
        (session, ("out", "in")),
        (between, ("out", "in")),
        (asks, ()),
        (session, ("other",)),
    ]


def test_scopes_matter_to_a_security_scheme_and_to_what_is_above_it():
    scheme = HTTPBearer()

    def user(token: Annotated[object, Depends(scheme)], b: Annotated[object, Depends(session)]): ...
    def endpoint(
        a: Annotated[object, Security(user, scopes=["a", "b"])],
        b: Annotated[object, Security(user, scopes=["b", "a"])],
        c: Annotated[object, Depends(user)],
    ): ...

    plan = plan_route(endpoint, frozenset(), {})
    assert [(step.plan.call, step.scopes) for step in plan.steps] == [
        (scheme, ("a", "b")),
        (session, ("a", "b")),
        (user, ("a", "b")),
        (scheme, ()),
        (user, ()),
    ]


def test_scopes_are_looked_for_once_below_each_callable():
    """Each of twelve needs the one below it twice, so there are 2 ** 12 ways to the deepest."""

    def deepest(): ...

    layer = deepest
    for _ in range(12):

        def layer(a=Depends(layer), b=Depends(layer)): ...

    layout = Layout(frozenset(), {})
    looked = []
    read, layout.read = layout.read, lambda call: looked.append(call) or read(call)
    assert layout._scopes_matter_to(layer) is False
    assert len(set(looked)) == 13
    assert len(looked) == 1 + 2 * 12


def test_a_stand_in_takes_the_place_of_what_it_overrides():
    def stand_in(other: int): ...
    def endpoint(u: Annotated[object, Depends(user)]): ...

    plan = plan_route(endpoint, frozenset(), {}, {session: stand_in})
    assert calls(plan) == [stand_in, user]


async def opened():
    yield


def closed(): ...


def test_generators_leave_after_the_response_unless_they_say_otherwise():
    def endpoint(
        a: Annotated[object, Depends(opened)],
        b: Annotated[object, Depends(opened, scope="function")],
        c: Annotated[object, Depends(closed, scope="function")],
    ): ...

    plan = plan_route(endpoint, frozenset(), {})
    assert [step.leaves for step in plan.steps] == ["request", "function", None]
    assert [step.enter is None for step in plan.steps] == [False, False, True]


def test_nobody_may_outlive_what_he_needs():
    def outlives(a: Annotated[object, Depends(opened, scope="function")]):
        yield

    def endpoint(a: Annotated[object, Depends(outlives)]): ...

    with pytest.raises(DependencyScopeError, match=r"outlives \(.*'a' ends before it"):
        plan_route(endpoint, frozenset(), {})


def test_a_circle_is_told_with_its_way():
    def chicken(egg=None): ...
    def egg(chicken=Depends(chicken)): ...

    chicken.__defaults__ = (Depends(egg),)

    def endpoint(a: Annotated[object, Depends(chicken)]): ...

    with pytest.raises(PlanError, match=r"depends on itself: .*endpoint -> .*chicken -> .*egg -> .*chicken"):
        plan_route(endpoint, frozenset(), {})


def test_a_nameless_dependency_needs_a_callable():
    with pytest.raises(PlanError, match="A parameter-less dependency must have a callable"):
        plan_route(log, frozenset(), {"dependencies": [Depends()]})


def needs_duck(duck: Duck): ...


@pytest.mark.parametrize(
    ("endpoint", "kind", "embed", "media_type"),
    [
        (lambda duck: ..., None, None, None),
        (needs_duck, "json", False, "application/json"),
        (lambda duck=Body(embed=True): ..., "json", True, "application/json"),
        (lambda a=Body(), b=Body(): ..., "json", True, "application/json"),
        (lambda a=Body(media_type="application/x"): ..., "json", False, "application/x"),
        (lambda a=Form(): ..., "form", True, "application/x-www-form-urlencoded"),
        (lambda a=Form(), b=File(): ..., "form", True, "multipart/form-data"),
    ],
)
def test_the_body_of_a_route(endpoint, kind, embed, media_type):
    body = plan_route(endpoint, frozenset(), {}).body
    assert (body and (body.kind, body.embed, body.media_type)) == (kind and (kind, embed, media_type))


def test_a_model_takes_the_whole_form():
    def endpoint(duck: Annotated[Duck, Form()]): ...

    body = plan_route(endpoint, frozenset(), {}).body
    assert (body.kind, body.embed) == ("form", False)


def test_all_callables_of_a_route_share_one_body():
    def same_name(duck: Duck, a=Depends(needs_duck)): ...
    def other_name(other: Duck, a=Depends(needs_duck)): ...
    def upload(file: UploadFile | None = None): ...

    assert not plan_route(same_name, frozenset(), {}).body.embed
    body = plan_route(other_name, frozenset(), {}).body
    assert body.embed
    assert [field.name for field in body.fields] == ["duck", "other"]
    assert body.required
    assert not plan_route(upload, frozenset(), {}).body.required


def test_strictness_about_the_content_type_is_an_option():
    assert plan_route(needs_duck, frozenset(), {}).body.strict
    assert not plan_route(needs_duck, frozenset(), {"strict_content_type": False}).body.strict
