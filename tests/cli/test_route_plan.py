"""`webfoot routes --plan`: what a path operation does with a request, in columns."""

import click
import pytest
from tests.cli.test_main import call

from webfoot.cli.route_plan import plan_of
from webfoot.cli.route_tables import walk
from webfoot.web.routing import Mount, Route

DUCKS = """
from typing import Annotated

from pydantic import BaseModel
from webfoot import BackgroundTasks, Body, Depends, Header, Path, Query, Security, Webfoot, WebSocket


class Duck(BaseModel):
    name: str


def verify(x_token: Annotated[str, Header(min_length=3)]): ...


async def pond():
    yield 1


def page(number: Annotated[int, Query(ge=1)] = 1): ...


async def user(pond: Annotated[int, Depends(pond)], token: Annotated[None, Depends(verify)]): ...


def brief():
    yield 1


app = Webfoot()


@app.post("/ducks/{place}", status_code=201, dependencies=[Depends(verify)], response_model_exclude_none=True)
async def save(
    place: Annotated[int, Path(gt=0)],
    duck: Duck,
    user: Annotated[None, Security(user, scopes=["write"])],
    page: Annotated[None, Depends(page)],
    brief: Annotated[None, Depends(brief, scope="function")],
    later: BackgroundTasks,
    colours: Annotated[list[str] | None, Body()] = None,
) -> Duck: ...


@app.websocket("/live")
async def live(websocket: WebSocket, token: str = "none"): ...
"""

SAVE = """\
POST /ducks/{place}   save (main.py:32)

Values
  header       x-token  str, min_length=3        for verify
  query        number   int, ge=1 = 1            for page
  path         place    int, gt=0                for save
  in the body  duck     Duck                     for save
  in the body  colours  list[str] | None = None  for save
  given        later    the BackgroundTasks      for save

Order
  1.  verify  thread                    runs once for 2 who ask                            main.py:12
  2.  pond    event loop, around yield  scopes write                                       main.py:15
  3.  user    event loop                takes pond from 2., token from 1.; scopes write    main.py:22
  4.  page    thread                                                                       main.py:19
  5.  brief   thread, around yield                                                         main.py:25
  6.  save    event loop                takes user from 3., page from 4., brief from 5.    main.py:32

Reply
  201: Duck, checked, exclude_none=True; written to JSON bytes by pydantic

Clean-up
  before the response is sent: brief
  after the response was sent: pond
"""


@pytest.fixture
def ducks(tmp_path):
    (tmp_path / "main.py").write_text(DUCKS)
    return tmp_path


@pytest.mark.parametrize("asked", ["POST /ducks/{place}", "post /ducks/7?x=1", "/ducks/{place}"])
def test_the_plan_of_an_operation(ducks, asked):
    code, output = call("routes", "main:app", "--plan", asked, cwd=ducks)
    assert (code, words_of(output)) == (0, words_of(SAVE))


def words_of(text):
    return [line.split() for line in text.splitlines()]


def test_the_plan_of_a_websocket(ducks):
    code, output = call("routes", "main:app", "--plan", "WS /live", cwd=ducks)
    assert code == 0
    assert "query  token      str = 'none'" in output
    assert "Reply" not in output


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ("GET /ducks/7", "no route answers 'GET /ducks/7'; did you mean 'POST /ducks/{place}'?"),
        ("POST /duck", "no route answers 'POST /duck'"),
        ("GET /docs", "GET /docs is no path operation: _Pages.swagger_ui_html gets the request"),
    ],
)
def test_there_is_no_such_plan(ducks, asked, says):
    code, output = call("routes", "main:app", "--plan", asked, cwd=ducks)
    assert code == 2
    assert says in output and output.count("\n") == 1


def test_below_mounts_that_share_a_name():
    def answer(request): ...

    table = [Mount("/{id}", routes=[Route("/{id}", answer)])]
    with pytest.raises(click.UsageError, match="no route answers"):
        plan_of(walk(table), "GET /a/b")
    with pytest.raises(click.UsageError, match=r"is no path operation: .*answer gets the request"):
        plan_of(walk(table), "GET /{id}/{id}")
