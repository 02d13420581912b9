"""Cookie parameters, header parameters, and models of both."""

from typing import Annotated, Any

from pydantic import BaseModel, Field
from tests.differential.api.pages.harness import get, served


class Crumbs(BaseModel):
    session_id: str
    tracker: str | None = None
    count: int = 0


class Crumbled(BaseModel):
    crumbs: list[str] = []


class OnlyCrumbs(BaseModel):
    model_config = {"extra": "forbid"}

    session_id: str


class Common(BaseModel):
    host: str
    save_data: bool
    if_modified_since: str | None = None
    traceparent: str | None = None
    x_tag: list[str] = []
    aliased: str | None = Field(None, alias="X-Aliased", description="Under its own name.")


class OnlyCommon(BaseModel):
    model_config = {"extra": "forbid"}

    save_data: bool = False


def app(lib: Any) -> Any:
    app = lib.FastAPI()
    Cookie, Header = lib.Cookie, lib.Header

    @app.get("/cookie")
    async def cookie(duck_id: Annotated[str | None, Cookie()] = None):
        return duck_id

    @app.get("/cookies")
    async def cookies(
        token: Annotated[str, Cookie(min_length=3, alias="the-token")],
        count: int = Cookie(1, ge=1),
        many: Annotated[list[str] | None, Cookie()] = None,
    ):
        return [token, count, many]

    @app.get("/lists")
    async def lists(
        one: Annotated[list[str], Cookie()] = ["none"], two: Annotated[list[str], Cookie(validation_alias="other")] = []
    ):
        return [one, two]

    @app.get("/list-of-a-model")
    async def list_of_a_model(crumbs: Annotated[Crumbled, Cookie()]):
        return crumbs

    @app.get("/user-agent")
    async def user_agent(user_agent: Annotated[str | None, Header()] = None):
        return user_agent

    @app.get("/straight")
    async def straight(strange_header: Annotated[str | None, Header(convert_underscores=False)] = None):
        return strange_header

    @app.get("/tokens")
    async def tokens(x_token: Annotated[list[str] | None, Header()] = None):
        return x_token

    @app.get("/numbers")
    async def numbers(
        x_number: Annotated[int, Header(ge=3)],
        accept: Annotated[str, Header(include_in_schema=False)],
        authorization: Annotated[str | None, Header()] = None,
        content_type: str = Header("none"),
        aliased: Annotated[set[int], Header(alias="X-Many")] = {1},
    ):
        return [x_number, accept, authorization, content_type, aliased]

    @app.get("/crumbs")
    async def crumbs(crumbs: Annotated[Crumbs, Cookie()]):
        return crumbs

    @app.get("/only-crumbs")
    async def only_crumbs(crumbs: Annotated[OnlyCrumbs, Cookie()]):
        return crumbs

    @app.get("/common")
    async def common(headers: Annotated[Common, Header()]):
        return headers

    @app.get("/common-straight")
    async def common_straight(headers: Annotated[Common, Header(convert_underscores=False)]):
        return headers

    @app.get("/only-common")
    async def only_common(headers: Annotated[OnlyCommon, Header()]):
        return headers

    return app


page = served(app)


def cookie(target: str, text: str) -> Any:
    return get(target, headers={"cookie": text})


def test_document(page):
    page.same_document()


def test_cookies(page):
    for text in ["duck_id=1", "duck_id=", "duck_id", "a=b; duck_id=2", "duck_id=1; duck_id=2", "DUCK_ID=1",
                 'duck_id="a b"', "duck_id=a=b", "duck_id=%20", "duck-id=1", ";;duck_id=3;", "duck_id=\\",
                 "x,duck_id=1", 'duck_id="a\\"b"']:  # fmt: skip
        page.right(cookie("/cookie", text))
    page.right(get("/cookie"), get("/cookie", cookies={"duck_id": "x"}), cookie("/cookies", "the-token=abc; count=3"))
    page.wrong(cookie("/cookies", "the-token=abc; many=1; many=2"))  # cookies come one by one
    page.wrong(get("/cookies"), cookie("/cookies", "the-token=a; count=0"), cookie("/cookies", "token=abc; count=x"))


def test_lists_in_cookies(page):
    """A cookie is one text, which is no list; an empty one is none."""
    page.right(
        get("/lists"), cookie("/lists", "one="), cookie("/lists", "other="), cookie("/list-of-a-model", "crumbs=")
    )
    page.wrong(cookie("/lists", "one=a"), cookie("/lists", "other=a"), cookie("/list-of-a-model", "crumbs=a"))


def test_cookies_in_two_fields(page):
    page.same(get("/cookie", headers=[("cookie", "a=1"), ("cookie", "duck_id=2")]))


def test_headers(page):
    page.right(get("/user-agent"), get("/user-agent", headers={"user-agent": "duck"}))
    page.right(
        get("/user-agent", headers={"user-agent": ""}), get("/user-agent", headers={"user-agent": "\u00e9".encode()})
    )
    page.right(get("/straight", headers={"strange-header": "x"}), get("/straight", headers={"strange_header": "x"}))
    page.right(get("/tokens"), get("/tokens", headers=[("x-token", "a"), ("X-Token", "b")]))
    page.right(get("/tokens", headers={"x-token": "a, b"}), get("/tokens", headers={"x_token": "a"}))
    page.right(
        get("/numbers", headers={"x-number": "3"}), get("/numbers", headers={"X-NUMBER": "4", "Authorization": "b c"})
    )
    page.right(get("/numbers", headers=[("x-number", "3"), ("x-many", "1"), ("x-many", "2"), ("content-type", "a/b")]))
    page.wrong(get("/numbers"), get("/numbers", headers={"x-number": "x", "x-many": "y"}))
    page.same(
        get("/numbers", headers=[("x-number", "3"), ("x-number", "4")]), get("/numbers", headers={"x-number": ""})
    )


def test_cookie_models(page):
    page.right(cookie("/crumbs", "session_id=1; tracker=x; count=2; other=3"), cookie("/only-crumbs", "session_id=1"))
    page.wrong(get("/crumbs"), cookie("/crumbs", "count=x"), cookie("/only-crumbs", "session_id=1; extra=chocolate"))
    page.wrong(cookie("/only-crumbs", "extra=a; extra=b"))


def test_header_models(page):
    right = [
        ("save-data", "on"),
        ("if-modified-since", "x"),
        ("x-tag", "a"),
        ("x-tag", "b"),
        ("X-Aliased", "c"),
        ("other", "d"),
    ]
    page.right(get("/common", headers=right), get("/common", headers={"save-data": "1", "aliased": "no"}))
    page.wrong(get("/common"), get("/common", headers={"save-data": "maybe", "save_data": "1"}))
    page.same(
        get("/common-straight", headers=right), get("/common-straight", headers={"save_data": "on", "x_tag": "a"})
    )
    # `save_data` is another header than `save-data`, and a proxy in front may let it pass.
    page.right(get("/common", headers={"save-data": "1", "save_data": "0", "x_tag": "a", "x-tag": "b"}))
    page.wrong(get("/common", headers={"save_data": "1"}))
    bare = b"GET /only-common HTTP/1.1\r\nhost: testserver\r\nconnection: close\r\n%s\r\n"
    page.same_raw(bare % b"", bare % b"save-data: on\r\n", bare % b"tool: plumbus\r\ntool: two\r\n")
