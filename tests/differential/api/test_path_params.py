"""Path parameters: types, constraints, converters, order of routes."""

import datetime
import uuid
from typing import Annotated, Any, Literal

import pytest
from tests.differential.api.shapes import Colour, Size
from tests.differential.api.twins import Ask, Twins, get, listed


def build(lib: Any) -> Any:
    app = lib.FastAPI()
    Path = lib.Path

    @app.get("/plain/{value}")
    async def plain(value):
        return {"value": value}

    @app.get("/int/{value}")
    async def integer(value: int):
        return {"value": value}

    @app.get("/float/{value}")
    def floating(value: float):
        return {"value": value}

    @app.get("/bool/{value}")
    async def boolean(value: bool):
        return value

    @app.get("/uuid/{value}")
    async def unique(value: uuid.UUID):
        return value

    @app.get("/date/{value}")
    async def date(value: datetime.date):
        return value

    @app.get("/enum/{value}")
    async def colour(value: Colour):
        return {"value": value, "name": value.name}

    @app.get("/intenum/{value}")
    async def size(value: Size):
        return value

    @app.get("/literal/{value}")
    async def literal(value: Literal["a", "b"]):
        return value

    @app.get("/ge/{value}")
    async def at_least(value: Annotated[int, Path(title="The value", ge=1, lt=10)]):
        return value

    @app.get("/multiple/{value}")
    async def multiple(value: int = Path(multiple_of=3, gt=0, le=9)):
        return value

    @app.get("/text/{value}")
    async def text(value: Annotated[str, Path(min_length=2, max_length=4, pattern="^[a-z]+$")]):
        return value

    @app.get("/alias/{item_id}")
    async def alias(value: Annotated[int, Path(alias="item_id")]):
        return value

    @app.get("/file/{value:path}")
    async def file(value: str):
        return value

    @app.get("/converted/{value:int}")
    async def converted(value: int):
        return value

    @app.get("/two/{a}/{b}")
    async def two(a: int, b: float, q: str | None = None):
        return [a, b, q]

    @app.get("/union/{value}")
    async def union(value: int | str):
        return {"type": type(value).__name__}

    @app.get("/users/me")
    async def me():
        return "me"

    @app.get("/users/{user_id}")
    async def user(user_id: str):
        return user_id

    @app.get("/first/{value}")
    async def first(value: int):
        return "first"

    @app.get("/first/{name}")
    async def second(name: str):
        return "second"

    @app.get("/shadow/{value}")
    async def shadow(request: lib.Request, value: int):
        return [request.path_params, str(request.url), value]

    return app


TARGETS = listed(
    """
    /plain/a /plain/42 /plain/a%20b /plain/%C3%A9 /plain/a/ /plain/ /int/42 /int/-1 /int/4.2 /int/4.0 /int/x
    /int/9999999999999999999999 /int/1_0 /float/1.5 /float/nan /float/inf /float/x /float/1e3 /bool/true
    /bool/0 /bool/on /bool/maybe /bool/True /uuid/00000000-0000-0000-0000-000000000007 /uuid/nope
    /date/2020-02-29 /date/2020-02-30 /date/12 /enum/red /enum/blue /enum/RED /intenum/1 /intenum/3 /literal/a
    /literal/c /ge/1 /ge/0 /ge/10 /ge/x /multiple/6 /multiple/4 /multiple/0 /multiple/12 /text/ab /text/a
    /text/abcde /text/AB /alias/3 /alias/x /file/a/b/c.txt /file//a /file/ /converted/5 /converted/x
    /two/1/2.5 /two/1/2.5?q=z /two/x/y /two/x/1 /union/1 /union/x /users/me /users/you /first/1 /first/x
    /shadow/3?a=b /nowhere / /int
    """
)

twins = Twins(build)


@pytest.mark.parametrize("target", TARGETS)
def test_same_answer_to_a_get(target: str) -> None:
    twins.compare(get(target))


@pytest.mark.parametrize("method", ["HEAD", "POST", "OPTIONS", "PUT", "BREW"])
@pytest.mark.parametrize("target", ["/int/42", "/int/x", "/users/me", "/nowhere"])
def test_same_answer_to_another_method(method: str, target: str) -> None:
    twins.compare(Ask(method, target))
