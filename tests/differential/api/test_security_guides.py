"""The applications of FastAPI's tutorial and advanced guide on security, page by page, about ducks."""

import secrets
from typing import Annotated, Any

import jwt
import pytest
from pydantic import BaseModel
from tests.differential.api.test_security import basic
from tests.differential.api.test_security_openapi import test_same_document as same_document
from tests.differential.api.twins import Ask, Twins, get, post

SECRET = "the pond is deeper than it looks from the shore"
CHALLENGE = {"WWW-Authenticate": "Bearer"}


class Duck(BaseModel):
    username: str
    full_name: str | None = None
    disabled: bool = False


class StoredDuck(Duck):
    hashed_password: str


class Token(BaseModel):
    access_token: str
    token_type: str


class TokenData(BaseModel):
    username: str | None = None
    scopes: list[str] = []


DUCKS = {
    "emma": StoredDuck(username="emma", full_name="Emma Duck", hashed_password="hashed quack"),
    "jemima": StoredDuck(username="jemima", disabled=True, hashed_password="hashed puddle"),
}


def bearer(token: str, path: str) -> Ask:
    return get(path, authorization=f"Bearer {token}")


def first_steps(lib: Any) -> Any:
    app = lib.FastAPI()
    scheme = lib.OAuth2PasswordBearer(tokenUrl="token")

    @app.get("/eggs/")
    async def eggs(token: Annotated[str, lib.Depends(scheme)]) -> Any:
        return {"token": token}

    return app


def current_user(lib: Any) -> Any:
    """The user from the token; one dependency above the scheme."""
    app = lib.FastAPI()
    scheme = lib.OAuth2PasswordBearer(tokenUrl="token")

    async def current(token: Annotated[str, lib.Depends(scheme)]) -> Duck:
        return Duck(username=token + "decoded", full_name="Somebody")

    @app.get("/me")
    async def me(duck: Annotated[Duck, lib.Depends(current)]) -> Any:
        return duck

    return app


def simple_oauth2(lib: Any) -> Any:
    """Name and password for a token that is the name; a user who is disabled."""
    app = lib.FastAPI()
    scheme = lib.OAuth2PasswordBearer(tokenUrl="token")
    HTTPException = lib.HTTPException

    async def current(token: Annotated[str, lib.Depends(scheme)]) -> StoredDuck:
        if token not in DUCKS:
            raise HTTPException(status_code=401, detail="Not authenticated", headers=CHALLENGE)
        return DUCKS[token]

    async def active(duck: Annotated[StoredDuck, lib.Depends(current)]) -> StoredDuck:
        if duck.disabled:
            raise HTTPException(status_code=400, detail="Inactive duck")
        return duck

    @app.post("/token")
    async def login(form: Annotated[lib.OAuth2PasswordRequestForm, lib.Depends()]) -> Any:
        duck = DUCKS.get(form.username)
        if duck is None or not secrets.compare_digest("hashed " + form.password, duck.hashed_password):
            raise HTTPException(status_code=400, detail="Incorrect username or password")
        return {"access_token": duck.username, "token_type": "bearer"}

    @app.get("/me", response_model=Duck)
    async def me(duck: Annotated[StoredDuck, lib.Depends(active)]) -> Any:
        return duck

    return app


def issued(**claims: Any) -> str:
    return jwt.encode({"exp": 4_000_000_000, **claims}, SECRET, algorithm="HS256")


def with_jwt(lib: Any) -> Any:
    app = lib.FastAPI()
    scheme = lib.OAuth2PasswordBearer(tokenUrl="token")
    refused = lib.HTTPException(status_code=401, detail="Could not validate credentials", headers=CHALLENGE)

    async def current(token: Annotated[str, lib.Depends(scheme)]) -> StoredDuck:
        try:
            name = jwt.decode(token, SECRET, algorithms=["HS256"]).get("sub")
        except jwt.InvalidTokenError:
            raise refused from None
        if name not in DUCKS:
            raise refused
        return DUCKS[name]

    @app.post("/token")
    async def login(form: Annotated[lib.OAuth2PasswordRequestForm, lib.Depends()]) -> Token:
        duck = DUCKS.get(form.username)
        if duck is None or not secrets.compare_digest("hashed " + form.password, duck.hashed_password):
            raise lib.HTTPException(status_code=401, detail="Incorrect username or password", headers=CHALLENGE)
        return Token(access_token=issued(sub=duck.username), token_type="bearer")

    @app.get("/me")
    async def me(duck: Annotated[StoredDuck, lib.Depends(current)]) -> Duck:
        return Duck(**duck.model_dump())

    return app


def with_scopes(lib: Any) -> Any:
    app = lib.FastAPI()
    scheme = lib.OAuth2PasswordBearer(
        tokenUrl="token", scopes={"me": "Read about yourself.", "eggs": "Read about eggs."}
    )
    Security, Depends, HTTPException = lib.Security, lib.Depends, lib.HTTPException

    async def current(scopes: lib.SecurityScopes, token: Annotated[str, Depends(scheme)]) -> StoredDuck:
        challenge = f'Bearer scope="{scopes.scope_str}"' if scopes.scopes else "Bearer"

        def refused(detail: str) -> Any:
            return HTTPException(status_code=401, detail=detail, headers={"WWW-Authenticate": challenge})

        try:
            claims = jwt.decode(token, SECRET, algorithms=["HS256"])
        except jwt.InvalidTokenError:
            raise refused("Could not validate credentials") from None
        data = TokenData(username=claims.get("sub"), scopes=claims.get("scope", "").split())
        duck = DUCKS.get(data.username or "")
        if duck is None:
            raise refused("Could not validate credentials")
        if not set(scopes.scopes) <= set(data.scopes):
            raise refused("Not enough permissions")
        return duck

    async def active(duck: Annotated[StoredDuck, Security(current, scopes=["me"])]) -> StoredDuck:
        if duck.disabled:
            raise HTTPException(status_code=400, detail="Inactive duck")
        return duck

    @app.post("/token")
    async def login(form: Annotated[lib.OAuth2PasswordRequestForm, Depends()]) -> Token:
        duck = DUCKS.get(form.username)
        if duck is None or not secrets.compare_digest("hashed " + form.password, duck.hashed_password):
            raise HTTPException(status_code=400, detail="Incorrect username or password")
        return Token(access_token=issued(sub=form.username, scope=" ".join(form.scopes)), token_type="bearer")

    @app.get("/me")
    async def me(duck: Annotated[StoredDuck, Depends(active)]) -> Duck:
        return Duck(**duck.model_dump())

    @app.get("/me/eggs/")
    async def eggs(duck: Annotated[StoredDuck, Security(active, scopes=["eggs"])]) -> Any:
        return [{"owner": duck.username}]

    @app.get("/status/")
    async def status(duck: Annotated[StoredDuck, Depends(current)]) -> Any:
        return {"status": "ok"}

    return app


def with_basic(lib: Any) -> Any:
    app = lib.FastAPI()
    scheme = lib.HTTPBasic(realm="pond")

    def current(given: Annotated[lib.HTTPBasicCredentials, lib.Depends(scheme)]) -> str:
        right_name = secrets.compare_digest(given.username.encode(), b"emma")
        right_password = secrets.compare_digest(given.password.encode(), b"quack")
        if not (right_name and right_password):
            headers = {"WWW-Authenticate": "Basic"}
            raise lib.HTTPException(status_code=401, detail="Incorrect username or password", headers=headers)
        return given.username

    @app.get("/me")
    def me(username: Annotated[str, lib.Depends(current)]) -> Any:
        return {"username": username}

    @app.get("/raw")
    def raw(given: Annotated[lib.HTTPBasicCredentials, lib.Depends(scheme)]) -> Any:
        return {"username": given.username, "password": given.password}

    return app


def older_status(lib: Any) -> Any:
    """How to answer 403 as before 0.122."""
    app = lib.FastAPI()

    class HTTPBearer403(lib.HTTPBearer):  # type: ignore[misc]
        def make_not_authenticated_error(self) -> Any:
            return lib.HTTPException(status_code=403, detail="Not authenticated")

    @app.get("/me")
    def me(given: Annotated[lib.HTTPAuthorizationCredentials, lib.Depends(HTTPBearer403())]) -> Any:
        return {"token": given.credentials}

    return app


def login(username: str, password: str, **more: str) -> Ask:
    return post("/token", form={"username": username, "password": password, **more})


LOGINS = [
    login("emma", "quack"),
    login("emma", "puddle"),
    login("nobody", "quack"),
    login("emma", "quack", grant_type="code"),
    post("/token"),
    post("/token", json={"username": "emma"}),
]
NOBODY = [get("/me"), get("/me", authorization="Basic quack"), bearer("nobody", "/me")]

PAGES: dict[Any, list[Ask]] = {
    first_steps: [get("/eggs/"), bearer("t", "/eggs/"), get("/eggs/", authorization="Notexistent t"), get("/eggs")],
    current_user: [*NOBODY, bearer("emma", "/me")],
    simple_oauth2: [*LOGINS, *NOBODY, login("jemima", "puddle"), bearer("emma", "/me"), bearer("jemima", "/me")],
    with_jwt: [
        *LOGINS,
        *NOBODY,
        bearer(issued(sub="emma"), "/me"),
        bearer(issued(sub="nobody"), "/me"),
        bearer(issued(), "/me"),
        bearer(issued(sub="emma", exp=1), "/me"),
        bearer(jwt.encode({"sub": "emma"}, "another secret of thirty-two or more", algorithm="HS256"), "/me"),
        bearer(jwt.encode({"sub": "emma"}, "", algorithm="none"), "/me"),
    ],
    with_scopes: [
        *LOGINS,
        *NOBODY,
        login("emma", "quack", scope="me eggs"),
        *(bearer(issued(sub="emma", scope=s), path) for s in ("", "me", "eggs", "eggs me", "other")
          for path in ("/me", "/me/eggs/", "/status/")),
        bearer(issued(sub="jemima", scope="me"), "/me"),
        bearer(issued(sub="nobody", scope="me"), "/me"),
        *(get(path) for path in ("/me/eggs/", "/status/")),
        *(bearer("broken", path) for path in ("/me/eggs/", "/status/")),
    ],
    with_basic: [
        *(get(path, authorization=field) for path in ("/me", "/raw") for field in (
            basic("emma:quack"), basic("emma:puddle"), basic("nobody:quack"), basic("emma"), "Basic notabase64token",
            "Bearer x",
        )),
        get("/me"),
    ],
    older_status: [get("/me"), get("/me", authorization="Basic x"), bearer("t", "/me")],
}  # fmt: skip


@pytest.mark.parametrize("build", PAGES, ids=lambda build: build.__name__)
def test_page(build: Any) -> None:
    Twins(build).compare(*PAGES[build])


@pytest.mark.parametrize("build", PAGES, ids=lambda build: build.__name__)
def test_document(build: Any) -> None:
    same_document(build)


def test_a_whole_login() -> None:
    """From name and password to the eggs."""
    twins = Twins(with_scopes)
    token = twins.compare(login("emma", "quack", scope="me eggs")).content["access_token"]
    assert token == issued(sub="emma", scope="me eggs")
    assert twins.compare(bearer(token, "/me/eggs/")).content == [{"owner": "emma"}]


def overridden(lib: Any) -> Any:
    """A test replaces the scheme; what the document says stays."""
    app = with_jwt(lib)
    scheme = lib.OAuth2PasswordBearer("token", scheme_name="Second")
    app.get("/second")(lambda token=lib.Depends(scheme): token)
    app.dependency_overrides[scheme] = lambda: "a token of the test"
    return app


def test_overrides() -> None:
    assert Twins(overridden).compare(get("/second")).content == "a token of the test"
    same_document(overridden)
