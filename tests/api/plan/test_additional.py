import pytest
from pydantic import BaseModel

from webfoot import APIRouter, Depends, Webfoot
from webfoot.api.errors import AnswerError, PlanError
from webfoot.web import JSONResponse


class Problem(BaseModel):
    reason: str


async def endpoint(): ...


@pytest.mark.parametrize("status", [100, 204, "204", 304, "304"])
def test_a_status_without_a_body_has_no_model(status):
    app = Webfoot()
    with pytest.raises(AnswerError, match=rf"endpoint \(.*test_additional.py.*Status code {status} must not have a"):
        app.get("/", responses={status: {"model": Problem}})(endpoint)
    app.get("/", responses={status: {"description": "nothing", "model": None}})(endpoint)


@pytest.mark.parametrize("status", ["nowhere", "6XX", "", 40, "99", None])
def test_what_is_no_status(status):
    with pytest.raises(AnswerError, match="has to be for a status such as 404"):
        Webfoot().get("/", responses={status: {"description": "x"}})(endpoint)


@pytest.mark.parametrize("status", [200, "404", "4XX", "4xx", "default", 599, 999])
def test_what_is_one(status):
    Webfoot().get("/", responses={status: {"model": Problem, "description": "x"}})(endpoint)


def test_what_describes_nothing():
    with pytest.raises(AnswerError, match="must be a dict"):
        Webfoot().get("/", responses={404: Problem})(endpoint)


def test_those_of_applications_and_inclusions_are_held_to_it_too():
    router = APIRouter()
    router.get("/")(endpoint)
    with pytest.raises(AnswerError, match="'nowhere'"):
        Webfoot().include_router(router, responses={"nowhere": {}})
    with pytest.raises(AssertionError):  # which is what FastAPI raises
        Webfoot(responses={204: {"model": Problem}}).get("/")(endpoint)


def test_other_things_that_are_none():
    with pytest.raises(
        PlanError, match=r"endpoint .*: dependencies=\[...\] takes Depends\(...\), not <function endpoint"
    ):
        Webfoot(dependencies=[endpoint]).get("/")(endpoint)
    with pytest.raises(PlanError, match="response_class has to be a class such as HTMLResponse"):
        Webfoot().get("/", response_class=JSONResponse({}))(endpoint)
    for nameless in ({"title": ""}, {"version": ""}):
        with pytest.raises(PlanError, match="needs a title and a version"):
            Webfoot(**nameless)
        Webfoot(**nameless, openapi_url=None)
    Webfoot(dependencies=[Depends(lambda: 1)]).get("/")(endpoint)


def test_a_model_that_nobody_can_describe():
    class Feather: ...

    with pytest.raises(
        AnswerError, match=r"endpoint .*responses=\{404: \.\.\.\}: .*Feather'> cannot be a model: Unable to"
    ):
        Webfoot().get("/", responses={404: {"model": Feather}})(endpoint)
    for known in (list[Problem], Problem | int, dict[str, "Problem"], None):
        Webfoot().get("/", responses={404: {"model": known, "description": "x"}})(endpoint)
