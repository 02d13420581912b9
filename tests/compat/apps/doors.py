"""A FastAPI application of what guards and what flows: schemes, scopes, tokens, and answers that come in parts."""

import secrets
from collections.abc import AsyncIterable
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException, Security, status
from fastapi.responses import StreamingResponse
from fastapi.security import (
    APIKeyHeader,
    HTTPBasic,
    HTTPBasicCredentials,
    HTTPBearer,
    OAuth2PasswordBearer,
    OAuth2PasswordRequestForm,
    SecurityScopes,
)
from fastapi.sse import EventSourceResponse, ServerSentEvent

app = FastAPI()
oauth2 = OAuth2PasswordBearer(tokenUrl="token", scopes={"me": "Read me", "ducks": "Read ducks"})
tokens = {"ada": ["me"], "eve": []}


def user(wanted: SecurityScopes, token: Annotated[str, Depends(oauth2)]):
    if token not in tokens:
        raise HTTPException(status.HTTP_401_UNAUTHORIZED, "who?", headers={"WWW-Authenticate": "Bearer"})
    if not set(wanted.scopes) <= set(tokens[token]):
        raise HTTPException(403, f"needs {wanted.scope_str}")
    return token


@app.post("/token")
def token(form: Annotated[OAuth2PasswordRequestForm, Depends()]):
    return {"access_token": form.username, "token_type": "bearer", "scopes": form.scopes}


@app.get("/me")
def me(name: Annotated[str, Security(user, scopes=["me"])]):
    return name


@app.get("/basic")
def basic(given: Annotated[HTTPBasicCredentials, Depends(HTTPBasic(realm="pond"))]):
    return secrets.compare_digest(given.password.encode(), b"quack")


@app.get("/key")
def key(value: Annotated[str, Security(APIKeyHeader(name="X-Key"))]):
    return value


@app.get("/bearer")
def bearer(given=Depends(HTTPBearer(auto_error=False))):
    return given and given.credentials


@app.get("/events", response_class=EventSourceResponse)
async def events() -> AsyncIterable[ServerSentEvent]:
    yield ServerSentEvent(data={"duck": 1}, event="duck", id="1")
    yield ServerSentEvent(raw_data="end", comment="bye")


@app.get("/lines")
def lines():
    return StreamingResponse((f"{number}\n" for number in range(3)), media_type="text/plain")


FORM = {"grant_type": "password", "username": "ada", "password": "x", "scope": "me ducks"}
ASKS = [
    ("POST", "/token", {"data": FORM}),
    ("POST", "/token", {"data": {"username": "ada"}}),
    ("GET", "/me", {}),
    ("GET", "/me", {"headers": {"Authorization": "Bearer ada"}}),
    ("GET", "/me", {"headers": {"Authorization": "Bearer eve"}}),
    ("GET", "/me", {"headers": {"Authorization": "Bearer bob"}}),
    ("GET", "/basic", {}),
    ("GET", "/basic", {"auth": ("ada", "quack")}),
    ("GET", "/key", {}),
    ("GET", "/key", {"headers": {"X-Key": "k"}}),
    ("GET", "/bearer", {}),
    ("GET", "/bearer", {"headers": {"Authorization": "Bearer t"}}),
    ("GET", "/events", {}),
    ("GET", "/lines", {}),
    ("GET", "/openapi.json", {}),
]
