"""Header and cookie parameters."""

from typing import Annotated, Any

import pytest
from pydantic import BaseModel, ConfigDict
from tests.differential.api.shapes import Seen, Session
from tests.differential.api.twins import Ask, Twins, get


class StrictHeaders(BaseModel):
    model_config = ConfigDict(extra="forbid")

    x_one: int


def build(lib: Any) -> Any:
    app = lib.FastAPI()
    Header, Cookie = lib.Header, lib.Cookie

    @app.get("/agent")
    async def agent(user_agent: Annotated[str | None, Header()] = None):
        return user_agent

    @app.get("/required")
    async def required(x_token: Annotated[int, Header()], x_other: Annotated[str, Header(min_length=3)]):
        return [x_token, x_other]

    @app.get("/alias")
    async def alias(token: Annotated[str, Header(alias="X-Custom")]):
        return token

    @app.get("/underscore")
    async def underscore(x_token: Annotated[str | None, Header(convert_underscores=False)] = None):
        return x_token

    @app.get("/list")
    async def many(x_tag: Annotated[list[str] | None, Header()] = None):
        return x_tag

    @app.get("/ints")
    async def ints(x_n: Annotated[list[int], Header()]):
        return x_n

    @app.get("/old-style")
    def old_style(x_rate: float = Header(1.0, gt=0), accept: str = Header()):
        return [x_rate, accept]

    @app.get("/model")
    async def model(seen: Annotated[Seen, Header()]):
        return seen

    @app.get("/model-underscores")
    async def model_underscores(seen: Annotated[Seen, Header(convert_underscores=False)]):
        return seen

    @app.get("/cookie")
    async def cookie(ads_id: Annotated[str | None, Cookie()] = None, n: Annotated[int, Cookie(ge=0)] = 1):
        return [ads_id, n]

    @app.get("/cookie-required")
    async def cookie_required(session: Annotated[int, Cookie()]):
        return session

    @app.get("/cookie-alias")
    async def cookie_alias(session: str = Cookie(alias="session-id")):
        return session

    @app.get("/cookie-model")
    async def cookie_model(session: Annotated[Session, Cookie()]):
        return session

    @app.get("/all/{p}")
    async def everything(p: int, q: int, h: Annotated[int, Header()], c: Annotated[int, Cookie()]):
        return [p, q, h, c]

    @app.get("/reordered/{p}")
    async def reordered(c: Annotated[int, Cookie()], h: Annotated[int, Header()], q: int, p: int):
        return [p, q, h, c]

    return app


ASKS = [
    get("/agent"),
    get("/agent", user_agent="duck/1"),
    get("/agent", user_agent=""),
    get("/required"),
    get("/required", x_token="1", x_other="abc"),
    get("/required", x_token="x", x_other="a"),
    get("/required", X_TOKEN="2", x_other="abcd"),
    get("/alias", x_custom="v"),
    get("/alias"),
    get("/alias", token="v"),
    Ask("GET", "/underscore", headers={"x_token": "v"}),
    get("/underscore", x_token="v"),
    get("/list"),
    get("/list", x_tag="a, b"),
    get("/ints", x_n="3"),
    get("/ints", x_n="x"),
    get("/ints"),
    get("/old-style", accept="*/*"),
    get("/old-style", x_rate="-1", accept="*/*"),
    get("/old-style"),
    get("/model", save_data="true"),
    get("/model"),
    get("/model", save_data="x", if_modified_since="now", x_tag="a"),
    get("/model-underscores", save_data="true"),
    Ask("GET", "/model-underscores", headers={"save_data": "true"}),
    get("/cookie"),
    get("/cookie", cookie="ads_id=a; n=3"),
    get("/cookie", cookie="n=-1"),
    get("/cookie", cookie="n=x;ads_id="),
    get("/cookie", cookie='ads_id="quoted"; n=1; n=2'),
    get("/cookie", cookie="garbage"),
    get("/cookie-required"),
    get("/cookie-required", cookie="session=5"),
    get("/cookie-required", cookie="session="),
    get("/cookie-alias", cookie="session-id=abc"),
    get("/cookie-alias", cookie="session=abc"),
    get("/cookie-model", cookie="session_id=s; tracker=t"),
    get("/cookie-model", cookie="tracker=t"),
    get("/cookie-model"),
    get("/all/x"),
    get("/all/x?q=y", h="z", cookie="c=w"),
    get("/all/1?q=2", h="3", cookie="c=4"),
    get("/reordered/x?q=y", h="z", cookie="c=w"),
    get("/reordered/x"),
]

twins = Twins(build)


@pytest.mark.parametrize("ask", ASKS, ids=str)
def test_same_answer(ask: Ask) -> None:
    twins.compare(ask)


def strict_headers(lib: Any) -> Any:
    app = lib.FastAPI()

    @app.get("/")
    async def only(headers: Annotated[StrictHeaders, lib.Header()]):
        return headers

    return app


@pytest.mark.parametrize("ask", [get("/", x_one="1"), get("/", x_two="1")], ids=str)
def test_a_header_model_that_forbids_others(ask: Ask) -> None:
    Twins(strict_headers).compare(ask)
