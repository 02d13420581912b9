"""Dependencies on top of each other: one run each, in time that grows with their number and not with the ways."""

import pytest
from tests.api.serve.visiting import visit_to

from webfoot import Depends, Webfoot
from webfoot.api.errors import PlanError
from webfoot.api.plan.route import plan_route
from webfoot.testing import TestClient


def diamonds(count, lowest):
    """`count` dependencies, each asking twice for the one below."""
    layer = lowest
    for _ in range(count):

        def above(a=Depends(layer), b=Depends(layer)): ...

        layer = above
    return layer


def test_the_plan_of_diamonds_grows_with_their_number():
    def lowest(q: int): ...

    plan = plan_route(diamonds(60, lowest), frozenset(), {})
    assert len(plan.steps) == 60
    assert len(plan.telling) < 1000
    assert set(plan.telling) == set(range(61))


def test_errors_are_told_as_often_as_somebody_asks_but_not_without_end():
    def lowest(q: int): ...

    app = Webfoot()
    app.add_api_route("/2", diamonds(2, lowest))
    app.add_api_route("/60", diamonds(60, lowest))
    client = TestClient(app)
    assert len(client.get("/2").json()["detail"]) == 4
    assert 1 <= len(client.get("/60").json()["detail"]) <= 600


def test_an_endpoint_may_be_one_of_its_own_dependencies():
    """As in FastAPI: it is called before itself, and nothing goes round in a circle."""

    def above(): ...

    def endpoint(value=Depends(above)): ...

    plan = plan_route(endpoint, frozenset(), {"dependencies": [Depends(endpoint)]})
    assert [step.plan.call for step in (*plan.steps, plan.endpoint)] == [above, endpoint, endpoint]


def test_a_circle_is_named_with_all_its_members():
    def one(x=None): ...
    def two(one=Depends(one)): ...
    def three(two=Depends(two)): ...
    def endpoint(three=Depends(three)): ...

    with pytest.raises(PlanError, match=r"depends on itself: .*endpoint -> .*three -> .*two -> .*three"):
        visit_to(endpoint, overrides={one: three})
