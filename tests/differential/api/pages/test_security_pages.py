"""Security: first steps, the current user, password and bearer with forms, tokens that are JWTs."""

from base64 import b64encode
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import jwt
from pydantic import BaseModel
from tests.differential.api.pages.harness import get, post, served

SECRET = "the pond is deeper than it looks from the shore"
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
KEEPERS = {
    "emma": {"username": "emma", "email": "emma@pond.example", "hashed_password": "hashed quack", "disabled": False},
    "donald": {"username": "donald", "hashed_password": "hashed loud", "disabled": True},
}


class Keeper(BaseModel):
    username: str
    email: str | None = None
    disabled: bool | None = None


class StoredKeeper(Keeper):
    hashed_password: str


class Token(BaseModel):
    access_token: str
    token_type: str


def first_steps(lib: Any) -> Any:
    app = lib.FastAPI()
    scheme = lib.OAuth2PasswordBearer(tokenUrl="token")

    @app.get("/ducks/")
    async def ducks(token: Annotated[str, lib.Depends(scheme)]):
        return {"token": token}

    key = lib.APIKeyHeader(name="X-Key", description="A key.")
    optional = lib.APIKeyQuery(name="key", auto_error=False)
    crumb = lib.APIKeyCookie(name="crumb", scheme_name="crumbs")

    @app.get("/key")
    async def by_key(key: Annotated[str, lib.Security(key)], other: Annotated[str | None, lib.Depends(optional)]):
        return [key, other]

    @app.get("/crumb", dependencies=[lib.Depends(crumb)])
    async def by_crumb():
        return "in"

    basic = lib.HTTPBasic(realm="pond")

    @app.get("/basic")
    async def by_basic(credentials: Annotated[Any, lib.Depends(basic)]):
        return [credentials.username, credentials.password]

    return app


def simple(lib: Any) -> Any:
    """Name and password by a form; the token is the name."""
    app = lib.FastAPI()
    scheme = lib.OAuth2PasswordBearer(tokenUrl="token", scopes={"ducks": "Count them", "me": "See yourself"})
    Depends, HTTPException = lib.Depends, lib.HTTPException

    async def current(token: Annotated[str, Depends(scheme)]):
        if token not in KEEPERS:
            raise HTTPException(401, "Not authenticated", headers={"WWW-Authenticate": "Bearer"})
        return StoredKeeper(**KEEPERS[token])

    async def active(keeper: Annotated[Keeper, Depends(current)]):
        if keeper.disabled:
            raise HTTPException(status_code=400, detail="Inactive keeper")
        return keeper

    @app.post("/token")
    async def login(form: Annotated[lib.OAuth2PasswordRequestForm, Depends()]):
        known = KEEPERS.get(form.username)
        if not known or known["hashed_password"] != "hashed " + form.password:
            raise HTTPException(status_code=400, detail="Incorrect username or password")
        return {
            "access_token": known["username"],
            "token_type": "bearer",
            "scopes": form.scopes,
            "client": form.client_id,
        }

    @app.post("/strict-token")
    async def strict(form: Annotated[lib.OAuth2PasswordRequestFormStrict, Depends()]):
        return [form.grant_type, form.username, form.scopes, form.client_secret]

    @app.get("/me")
    async def me(keeper: Annotated[Keeper, Depends(active)]) -> Keeper:
        return keeper

    return app


def tokens(lib: Any) -> Any:
    """Tokens that say who it is and until when."""
    app = lib.FastAPI()
    scheme = lib.OAuth2PasswordBearer(tokenUrl="token")
    refusal = lib.HTTPException(
        status_code=lib.status.HTTP_401_UNAUTHORIZED,
        detail="Could not validate credentials",
        headers={"WWW-Authenticate": "Bearer"},
    )

    async def current(token: Annotated[str, lib.Depends(scheme)]) -> Keeper:
        try:
            name = jwt.decode(token, SECRET, algorithms=["HS256"]).get("sub")
        except jwt.InvalidTokenError:
            raise refusal from None
        if name not in KEEPERS:
            raise refusal
        return StoredKeeper(**KEEPERS[name])

    @app.post("/token")
    async def login(form: Annotated[lib.OAuth2PasswordRequestForm, lib.Depends()]) -> Token:
        if form.username not in KEEPERS:
            raise refusal
        claims = {"sub": form.username, "exp": LONG_AGO + timedelta(days=40_000)}
        return Token(access_token=jwt.encode(claims, SECRET, algorithm="HS256"), token_type="bearer")

    @app.get("/me/", response_model=Keeper)
    async def me(keeper: Annotated[Keeper, lib.Depends(current)]):
        return keeper

    return app


first = served(first_steps)
login = served(simple)
token = served(tokens)


def bearer(target: str, text: str) -> Any:
    return get(target, headers={"Authorization": text})


def test_documents(first, login, token):
    first.same_document()
    login.same_document()
    token.same_document()


def test_first_steps(first):
    first.right(bearer("/ducks/", "Bearer quack"), bearer("/ducks/", "bearer a b"), bearer("/ducks/", "BEARER  x"))
    first.wrong(get("/ducks/"), bearer("/ducks/", "Basic quack"), bearer("/ducks/", "quack"), bearer("/ducks/", ""))


def test_keys(first):
    first.right(
        get("/key", headers={"x-key": "a"}),
        get("/key?key=b", headers={"X-KEY": "a"}),
        get("/crumb", cookies={"crumb": "x"}),
    )
    first.wrong(
        get("/key"), get("/key?key=b", headers={"x-key": ""}), get("/crumb"), get("/crumb", headers={"crumb": "x"})
    )
    first.right(
        *(bearer("/basic", f"Basic {b64encode(pair.encode()).decode()}") for pair in ("emma:quack", "emma:", ":a:b"))
    )
    first.same(bearer("/basic", f"Basic {b64encode(b'no colon').decode()}"), bearer("/basic", "basic ZTph"))
    first.wrong(get("/basic"), bearer("/basic", "Bearer x"), bearer("/basic", "Basic x"), bearer("/basic", "Basic"))


def test_login(login):
    form = {"username": "emma", "password": "quack"}
    login.right(
        post("/token", data=form), post("/token", data={**form, "grant_type": "password", "scope": "ducks  me"})
    )
    login.right(
        post("/token", data={**form, "client_id": "c", "client_secret": "s"}),
        post("/token", files={k: (None, v) for k, v in form.items()}),
    )
    login.wrong(
        post("/token", data={**form, "password": "x"}), post("/token", data={"username": "emma"}), post("/token", form)
    )
    login.wrong(post("/token", data={**form, "grant_type": "code"}), post("/token"), get("/token"))
    login.right(post("/strict-token", data={**form, "grant_type": "password"}))
    login.wrong(post("/strict-token", data=form), post("/strict-token", data={**form, "grant_type": ""}))


def test_current_user(login):
    login.right(bearer("/me", "Bearer emma"))
    login.wrong(bearer("/me", "Bearer donald"), bearer("/me", "Bearer nobody"), get("/me"))


def test_tokens(token):
    granted = token.right(post("/token", data={"username": "emma", "password": "x"}))[0].content["access_token"]
    token.right(bearer("/me/", f"Bearer {granted}"), bearer("/me", f"Bearer {granted}"))
    late = jwt.encode({"sub": "emma", "exp": LONG_AGO}, SECRET, algorithm="HS256")
    forged = jwt.encode({"sub": "emma"}, SECRET + "!", algorithm="HS256")
    nobody = jwt.encode({"sub": "nobody"}, SECRET, algorithm="HS256")
    nameless = jwt.encode({}, SECRET, algorithm="HS256")
    token.wrong(
        *(
            bearer("/me/", f"Bearer {text}")
            for text in (late, forged, nobody, nameless, granted[:-1], granted + "x", "x.y.z")
        )
    )
    token.wrong(post("/token", data={"username": "nobody", "password": "x"}))
