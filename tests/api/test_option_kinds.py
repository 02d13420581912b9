from http import HTTPStatus

import pytest
from pydantic import BaseModel

from webfoot import APIRouter, Depends, Webfoot
from webfoot.api.errors import PlanError
from webfoot.web.responses import HTMLResponse


class Duck(BaseModel):
    name: str


def of_duck():
    return 1


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"status_code": "200"}, "status_code is a number from 100 to 599, not '200'"),
        ({"status_code": 99}, "status_code is a number from 100 to 599, not 99"),
        ({"status_code": 700}, "from 100 to 599, not 700"),
        ({"status_code": True}, "from 100 to 599, not True"),
        ({"status_code": 200.5}, "from 100 to 599, not 200.5"),
        ({"status_code": [200]}, "from 100 to 599, not [200]"),
        ({"dependencies": Depends(of_duck)}, "dependencies is a list, such as [Depends(...)], not Depends("),
        ({"responses": [404]}, "responses is a dict, such as"),
        ({"callbacks": APIRouter()}, "callbacks is a list of routes; those of a router are router.routes"),
        ({"tags": 3}, "tags is a list of texts, not 3"),
        ({"name": 3}, "name is a text, not 3"),
        ({"description": 3}, "description is a text, not 3"),
        ({"openapi_extra": ["x"]}, "openapi_extra is a dict, not ['x']"),
        ({"generate_unique_id_function": "x"}, "generate_unique_id_function is a function that takes the route"),
        ({"methods": [1]}, 'methods is a list of texts, such as ["GET"], not [1]'),
        ({"response_class": Duck}, "response_class is a class such as HTMLResponse; a model is the response_model"),
        ({"response_model": "Duck"}, "response_model is a type, and not the name of one, not 'Duck'"),
    ],
)
def test_an_option_of_another_kind_is_told_with_the_function(options, says):
    for owner in (Webfoot(), APIRouter()):
        with pytest.raises(PlanError) as caught:
            owner.add_api_route("/ducks", of_duck, **options)
        assert str(caught.value).startswith(f"of_duck ({__file__}:")
        assert says in str(caught.value)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("path", [3, None.__class__])
def test_a_path_is_a_text(path):
    with pytest.raises(PlanError, match="path is a text, not"):
        Webfoot().add_api_route(path, of_duck)


@pytest.mark.parametrize(
    "options",
    [
        {"status_code": HTTPStatus.CREATED},
        {"status_code": 200},
        {"tags": ("a", "b")},
        {"dependencies": (Depends(of_duck),)},
        {"dependencies": None, "responses": None, "tags": None, "name": None, "status_code": None},
        {"methods": {"get"}},
        {"response_class": HTMLResponse},
        {"response_model": list[Duck] | None},
    ],
)
def test_whatever_says_the_same_is_taken(options):
    Webfoot().add_api_route("/ducks", of_duck, **options)


def test_routers_and_inclusions_are_held_to_it_too():
    with pytest.raises(PlanError, match="dependencies is a list"):
        APIRouter(dependencies=Depends(of_duck))
    with pytest.raises(PlanError, match="prefix is a text, not 3"):
        APIRouter(prefix=3)
    with pytest.raises(PlanError, match="tags is a list"):
        Webfoot().include_router(APIRouter(), tags=3)
    with pytest.raises(PlanError, match="responses is a dict"):
        Webfoot(responses=[404])


def test_no_prefix_is_none():
    app, router = Webfoot(root_path=None), APIRouter(prefix=None)
    router.get("/ducks")(of_duck)
    app.include_router(router, prefix=None)
    assert list(app.openapi()["paths"]) == ["/ducks"]
