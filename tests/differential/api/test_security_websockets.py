"""Security schemes of WebSocket endpoints: both frameworks, the same client."""

from typing import Annotated, Any

import pytest
from tests.differential.api.twins import FASTAPI, WEBFOOT, same

from webfoot.testing import TestClient, WebSocketDenialResponse

SCHEMES = {
    "header": lambda lib: lib.APIKeyHeader(name="X-Key"),
    "query": lambda lib: lib.APIKeyQuery(name="key"),
    "cookie": lambda lib: lib.APIKeyCookie(name="key"),
    "basic": lambda lib: lib.HTTPBasic(realm="pond"),
    "bearer": lambda lib: lib.HTTPBearer(),
    "password": lambda lib: lib.OAuth2PasswordBearer("token"),
    "code": lambda lib: lib.OAuth2AuthorizationCodeBearer("authorize", "token"),
    "oauth2": lambda lib: lib.OAuth2(),
    "discovered": lambda lib: lib.OpenIdConnect(openIdConnectUrl="/discover"),
}


def build(lib: Any) -> Any:
    app = lib.FastAPI()
    for name, make in SCHEMES.items():

        def checked(scopes: lib.SecurityScopes, found: Annotated[Any, lib.Depends(make(lib))]) -> Any:
            return [scopes.scopes, found if isinstance(found, str) else found.model_dump()]

        async def endpoint(websocket: lib.WebSocket, told: Annotated[Any, lib.Security(checked, scopes=["a"])]) -> None:
            await websocket.accept()
            await websocket.send_json(told)
            await websocket.close()

        app.websocket(f"/{name}")(endpoint)
    return app


APPS = {lib.name: build(lib) for lib in (FASTAPI, WEBFOOT)}


def told(app: Any, path: str, headers: dict[str, str]) -> Any:
    try:
        with TestClient(app).websocket_connect(path, headers=headers) as session:
            return session.receive_json()
    except WebSocketDenialResponse as denial:
        return denial.status_code, sorted(denial.headers.items()), denial.content


@pytest.mark.parametrize(
    ("target", "headers"),
    [
        *((f"/{name}", {}) for name in SCHEMES),
        *((f"/{name}", {"authorization": "Bearer quack"}) for name in SCHEMES),
        ("/header", {"x-key": "quack"}),
        ("/query?key=quack", {}),
        ("/query?key=", {}),
        ("/cookie", {"cookie": "key=quack"}),
        ("/basic", {"authorization": "Basic ZW1tYTpxdWFjaw=="}),
        ("/basic", {"authorization": "Basic !"}),
    ],
    ids=str,
)
def test_same_conversation(target: str, headers: dict[str, str]) -> None:
    same(target, told(APPS["webfoot"], target, headers), told(APPS["fastapi"], target, headers))


def test_the_document_tells_of_none() -> None:
    same("components", *(app.openapi().get("components") for app in APPS.values()))
