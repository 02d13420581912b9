"""OAuth2 scopes, down a tree of dependencies; HTTP basic; which status a missing credential has."""

import secrets
from base64 import b64encode
from typing import Annotated, Any

import pytest
from pydantic import BaseModel, ValidationError
from tests.differential.api.pages.harness import get, post, served
from tests.differential.api.twins import listed

SCOPES = {"me": "Read of yourself.", "eggs": "Read eggs.", "eggs:write": "Lay eggs."}


class Claims(BaseModel):
    name: str
    scopes: list[str] = []


class Keeper(BaseModel):
    name: str
    asleep: bool = False


def app(lib: Any) -> Any:
    app = lib.FastAPI()
    scheme = lib.OAuth2PasswordBearer(tokenUrl="token", scopes=SCOPES, description="By password", refreshUrl="again")

    async def keeper(scopes: lib.SecurityScopes, token: Annotated[str, lib.Depends(scheme)]):
        wanted = f'Bearer scope="{scopes.scope_str}"' if scopes.scopes else "Bearer"
        refused = lib.HTTPException(401, "Could not tell who you are", headers={"WWW-Authenticate": wanted})
        name, _, granted = token.partition(":")
        try:
            claims = Claims(name=name, scopes=granted.split(",") if granted else [])
        except ValidationError:
            raise refused from None
        if not name:
            raise refused
        for scope in scopes.scopes:
            if scope not in claims.scopes:
                raise lib.HTTPException(401, "Not enough permissions", headers={"WWW-Authenticate": wanted})
        return Keeper(name=name, asleep=name == "sleepy")

    async def awake(keeper: Annotated[Keeper, lib.Security(keeper, scopes=["me"])]):
        if keeper.asleep:
            raise lib.HTTPException(400, "Asleep")
        return keeper

    @app.post("/token")
    async def token(form: Annotated[lib.OAuth2PasswordRequestForm, lib.Depends()]):
        if form.password != "quack":
            raise lib.HTTPException(400, "Wrong name or password")
        return {
            "access_token": f"{form.username}:{','.join(form.scopes)}",
            "token_type": "bearer",
            "id": form.client_id,
        }

    @app.post("/strict-token")
    async def strict_token(form: Annotated[lib.OAuth2PasswordRequestFormStrict, lib.Depends()]):
        return [form.grant_type, form.scopes, form.client_secret]

    @app.get("/me")
    async def me(current: Annotated[Keeper, lib.Depends(awake)]) -> Keeper:
        return current

    @app.get("/me/eggs")
    async def eggs(current: Annotated[Keeper, lib.Security(awake, scopes=["eggs"])]):
        return [current.name]

    @app.get("/status")
    async def status(current: Annotated[Keeper, lib.Depends(keeper)]):
        return current

    @app.get("/both", dependencies=[lib.Security(keeper, scopes=["eggs:write"])])
    async def both(
        one: Annotated[Keeper, lib.Security(awake, scopes=["eggs"])], two: Annotated[Keeper, lib.Security(keeper)]
    ):
        return [one, two]

    def only_scopes(scopes: lib.SecurityScopes):
        return [scopes.scopes, scopes.scope_str]

    def between(below: Annotated[list[Any], lib.Security(only_scopes, scopes=["eggs", "me"])]):
        return below

    @app.get("/scopes")
    async def scopes(
        once: Annotated[list[Any], lib.Security(between, scopes=["me"])],
        again: Annotated[list[Any], lib.Security(only_scopes, scopes=["x"])],
        none: Annotated[list[Any], lib.Depends(only_scopes)],
    ):
        return [once, again, none]

    router = lib.APIRouter(prefix="/router", dependencies=[lib.Security(keeper, scopes=["me"])])

    @router.get("/a", dependencies=[lib.Security(keeper, scopes=["eggs"])])
    async def below():
        return 1

    app.include_router(router, dependencies=[lib.Security(keeper, scopes=["eggs:write"])])
    return app


def basic(lib: Any) -> Any:
    app = lib.FastAPI()
    plain, realmed = lib.HTTPBasic(), lib.HTTPBasic(realm="the pond", scheme_name="Pond", auto_error=False)

    def name_of(credentials: Annotated[lib.HTTPBasicCredentials, lib.Depends(plain)]):
        right = secrets.compare_digest(credentials.username.encode(), "jemima".encode())  # noqa: UP012 as the guide says
        if not (right and secrets.compare_digest(credentials.password.encode(), b"a:quack")):
            raise lib.HTTPException(401, "Wrong name or password", headers={"WWW-Authenticate": "Basic"})
        return credentials.username

    @app.get("/me")
    def me(name: Annotated[str, lib.Depends(name_of)]):
        return {"name": name}

    @app.get("/maybe")
    def maybe(credentials: Annotated[lib.HTTPBasicCredentials | None, lib.Depends(realmed)]):
        return credentials and [credentials.username, credentials.password]

    @app.get("/realm")
    def realm(credentials: Annotated[Any, lib.Depends(lib.HTTPBasic(realm="the pond"))]):
        return credentials.username

    # The status of a missing credential, as it was

    class Forbidding(lib.HTTPBearer):
        def make_not_authenticated_error(self) -> Any:
            return lib.HTTPException(403, "Not authenticated")

    class Keys(lib.APIKeyHeader):
        def make_not_authenticated_error(self) -> Any:
            return lib.HTTPException(402, {"pay": True}, headers={"x-pay": "1"})

    @app.get("/forbidden")
    def forbidden(credentials: Annotated[lib.HTTPAuthorizationCredentials, lib.Depends(Forbidding())]):
        return [credentials.scheme, credentials.credentials]

    @app.get("/key")
    def key(key: Annotated[str, lib.Security(Keys(name="X-Key", description="Paid for"))]):
        return key

    @app.get("/digest")
    def digest(credentials: Annotated[Any, lib.Depends(lib.HTTPDigest())]):
        return [credentials.scheme, credentials.credentials]

    @app.get("/open-id")
    def open_id(token: Annotated[str, lib.Depends(lib.OpenIdConnect(openIdConnectUrl="/oidc"))]):
        return token

    @app.get("/code")
    def code(
        token: Annotated[
            str, lib.Depends(lib.OAuth2AuthorizationCodeBearer("authorize", "token", refreshUrl="r", scopes={"a": "b"}))
        ],
        cookie: Annotated[str | None, lib.Depends(lib.APIKeyCookie(name="nest", auto_error=False))],
        query: Annotated[str | None, lib.Depends(lib.APIKeyQuery(name="key", auto_error=False))],
    ):
        return [token, cookie, query]

    return app


page = served(app)
of_basic = served(basic)


def bearing(token: str) -> dict[str, Any]:
    return {"headers": {"authorization": f"Bearer {token}"}}


def named(name: str, password: str) -> dict[str, Any]:
    return {"headers": {"authorization": "Basic " + b64encode(f"{name}:{password}".encode()).decode()}}


def test_documents(page, of_basic):
    page.same_document()
    of_basic.same_document()


def test_tokens(page):
    form = {"username": "jemima", "password": "quack", "scope": "me eggs", "client_id": "c"}
    page.right(post("/token", data=form), post("/token", data=form | {"grant_type": "password"}))
    page.wrong(post("/token", data={}), post("/token", data=form | {"password": "x"}), post("/token", form))
    page.wrong(post("/strict-token", data=form), post("/strict-token", data=form | {"grant_type": "other"}))
    page.right(post("/strict-token", data=form | {"grant_type": "password", "client_secret": "s"}))


@pytest.mark.parametrize(
    "token",
    ["jemima:", "jemima:me", "jemima:eggs", "jemima:me,eggs", "sleepy:me,eggs", "jemima:me,eggs,eggs:write", ":me"],
)
def test_scopes(page, token):
    paths = listed("/me /me/eggs /status /both /router/a /scopes")
    page.same(*(get(path, **bearing(token)) for path in paths), *(get(path) for path in paths))


def test_basic(of_basic):
    of_basic.right(get("/me", **named("jemima", "a:quack")), get("/maybe"), get("/maybe", **named("", "")))
    of_basic.wrong(get("/me"), get("/me", **named("jemima", "x")), get("/me", **named("ü", "")), get("/realm"))
    for value in ("Basic", "Basic YQ==", "Basic /w==", "basic YTpi", "Bearer YTpi", "x"):
        of_basic.same(*(get(path, headers={"authorization": value}) for path in listed("/me /maybe /realm")))


def test_statuses(of_basic):
    for value in ("Bearer t", "bearer t", "Digest a=b", "Token x", ""):
        of_basic.same(
            *(get(path, headers={"authorization": value}) for path in listed("/forbidden /digest /open-id /code")),
        )
    of_basic.wrong(*map(get, listed("/forbidden /key /digest /open-id /code")))
    of_basic.right(get("/key", headers={"x-key": "k"}))
    of_basic.right(get("/code?key=k", headers={"authorization": "Bearer t", "cookie": "nest=n"}))
