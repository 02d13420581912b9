"""Where compat behaves as the peers do: each switch is set by install() and taken back by uninstall()."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.compat.running import ran_well, run

from webfoot.compat.names import Home
from webfoot.compat.switches import SWITCHES, Switch

HEAD = """
import webfoot.compat
webfoot.compat.install()
import pytest, unittest, fastapi
from fastapi import APIRouter, Depends, FastAPI, Request, WebSocket, WebSocketException
from fastapi.testclient import TestClient
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware.sessions import SessionMiddleware
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.websockets import WebSocketDisconnect
"""
CASES = {
    "the code of a close before the accept": """
app = FastAPI()
@app.websocket("/pond")
async def pond(websocket: WebSocket):
    raise WebSocketException(code=1008, reason="no ducks")
with pytest.raises(WebSocketDisconnect) as raised:
    with TestClient(app).websocket_connect("/pond"):
        pass
assert (raised.value.code, raised.value.reason) == (1008, "no ducks")
""",
    "a denial is a response still": """
app = FastAPI()
@app.websocket("/pond")
async def pond(websocket: WebSocket):
    raise HTTPException(404)
from starlette.testclient import WebSocketDenialResponse
with pytest.raises(WebSocketDenialResponse) as raised:
    with TestClient(app).websocket_connect("/pond"):
        pass
assert raised.value.status_code == 404
""",
    "functions that make the coroutine of a WebSocket": """
app = FastAPI()
async def serve(websocket, number):
    await websocket.accept()
    await websocket.send_json(number)
    await websocket.close()
def make(websocket: WebSocket, number: int):
    return serve(websocket, number)
app.add_api_websocket_route("/pond/{number}", make)
with TestClient(app).websocket_connect("/pond/7") as socket:
    assert socket.receive_json() == 7
""",
    "pydantic 1's names of options": """
from fastapi import Body
app = FastAPI()
@app.post("/ducks")
async def ducks(names: list[str] = Body(..., min_items=1, max_items=2)):
    return names
client = TestClient(app)
assert [client.post("/ducks", json=["d"] * n).status_code for n in range(4)] == [422, 200, 200, 422]
with pytest.raises(TypeError, match="unexpected keyword argument 'min_itmes'"):
    Body(min_itmes=1)
""",
    "sloppy applications": """
async def app(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": [(b"X-Duck", b"1")]})
    await send({"type": "http.response.body", "body": b"quack"})
assert TestClient(app).get("/").text == "quack"
""",
    "context variables behind call_next are a copy": """
from contextvars import ContextVar
from starlette.responses import StreamingResponse
name = ContextVar("name", default="nobody")
app = FastAPI()
seen = []
@app.middleware("http")
async def named(request, call_next):
    token = name.set("Jemima")
    try:
        response = await call_next(request)
        seen.append(name.get())
        return response
    finally:
        name.reset(token)
@app.get("/")
async def quack():
    name.set("Donald")
    async def parts():
        yield name.get()
        yield name.get()
    return StreamingResponse(parts())
assert TestClient(app).get("/").text == "DonaldDonald"
assert seen == ["Jemima"]
""",
    "handlers beside a lifespan": """
from contextlib import asynccontextmanager
ran = []
@asynccontextmanager
async def lifespan(app):
    ran.append("lifespan")
    yield
app = FastAPI(lifespan=lifespan)
@app.on_event("startup")
def start():
    ran.append("handler")
with TestClient(app):
    pass
assert ran == ["lifespan"]
""",
    "trio is skipped": """
with pytest.raises(unittest.SkipTest, match="asyncio only"):
    TestClient(FastAPI(), backend="trio")
""",
    "the session's cookie": """
def change(request):
    request.session["duck"] = 1
    return JSONResponse(1)
def clear(request):
    request.session.clear()
    return JSONResponse(1)
app = Starlette(routes=[Route("/", change), Route("/clear", clear)])
app.add_middleware(SessionMiddleware, secret_key="key", domain="x.org", https_only=True)
client = TestClient(app, base_url="https://x.org")
told = client.get("/").headers["set-cookie"].partition("; ")[2]
assert told == "path=/; Max-Age=1209600; httponly; samesite=lax; secure; domain=x.org", told
told = client.get("/clear").headers["set-cookie"]
assert told.startswith("session=null; path=/; expires=Thu, 01 Jan 1970 00:00:00 GMT; httponly"), told
with pytest.raises(ValueError):
    SessionMiddleware(app, secret_key="key", path="/;evil")
""",
    "Starlette.__call__ is replaced by tools": """
seen = []
async def watched(self, scope, receive, send, call=Starlette.__call__):
    seen.append(scope["path"])
    await call(self, scope, receive, send)
Starlette.__call__ = watched
app = FastAPI(root_path="/behind")
TestClient(app).get("/duck")
assert seen == ["/duck"]
""",
    "get_request_handler is replaced by tools": """
import functools, fastapi.routing
real, seen = fastapi.routing.get_request_handler, []
def get_request_handler(*args, **kwargs):
    handler = real(*args, **kwargs)
    async def watched(request):
        seen.append((kwargs["dependant"].call.__name__, request.scope["route"].path))
        return await handler(request)
    return watched
fastapi.routing.get_request_handler = get_request_handler
app, router = FastAPI(), APIRouter()
@router.get("/{number}")
def duck(number: int):
    return number
app.include_router(router, prefix="/ducks")
assert TestClient(app).get("/ducks/7").json() == 7
assert seen == [("duck", "/ducks/{number}")]
with pytest.raises(fastapi.exceptions.FastAPIError, match="can be replaced, and not called"):
    real(dependant=None)
""",
    "from a thread back into the loop": """
import anyio, asyncio
async def quack(duck):
    return f"{duck} {asyncio.get_running_loop() is not None}"
app = FastAPI()
@app.get("/")
def root():
    return anyio.from_thread.run(quack, "Jemima")
@app.get("/async")
async def in_the_loop():
    return await anyio.to_thread.run_sync(anyio.from_thread.run, quack, "Donald")
client = TestClient(app)
assert client.get("/").json() == "Jemima True"
assert client.get("/async").json() == "Donald True"
""",
    "what is not there is left out": """
app = FastAPI()
@app.get("/")
def duck(*, request: Request, **kwargs):
    return 1
def asks(*, request: Request, websocket: WebSocket):
    raise AssertionError
import inspect
def injected(**kwargs):
    return sorted(kwargs)
injected.__signature__ = inspect.signature(asks)
app.get("/injected")(injected)
assert TestClient(app).get("/injected").json() == ["request"]
""",
    "what FastAPI warns of": """
from fastapi.exceptions import FastAPIDeprecationWarning
for option, marker in (("regex", fastapi.Query), ("example", fastapi.Body)):
    with pytest.warns(FastAPIDeprecationWarning, match=f"`{option}` has been deprecated, please use") as told:
        marker(**{option: "x"})
    assert told[0].filename == "<string>"
with pytest.warns(FastAPIDeprecationWarning, match="The `root_path` parameter is deprecated"):
    assert FastAPI(root_path="/api/").root_path == "/api"
for owner in (FastAPI(), APIRouter()):
    with pytest.warns(DeprecationWarning, match="on_event is deprecated, use lifespan event handlers instead"):
        owner.on_event("startup")(print)
""",
    "declarations that cannot be": """
with pytest.raises(AssertionError):
    APIRouter(prefix="ducks")
with pytest.raises(fastapi.exceptions.FastAPIError):
    APIRouter(prefix="ducks")
""",
    "signatures name the options": """
import inspect
assert inspect.signature(FastAPI.__init__).parameters["default_response_class"].default is None
assert inspect.signature(FastAPI.get).parameters["response_model_by_alias"].default is True
assert inspect.signature(fastapi.Query).parameters["gt"].kind.name == "KEYWORD_ONLY"
assert "shared" not in inspect.signature(APIRouter).parameters
""",
}


@pytest.mark.parametrize("case", CASES)
def test_under_compat(case: str, site: Path) -> None:
    ran_well(run("-c", HEAD + CASES[case], site=site))


def name_of(switch: Switch) -> str:
    return f"{switch.path}.{switch.name}"


TAKEN_BACK = """
import importlib, webfoot.compat
from webfoot.compat.switches import SWITCHES
for switch in SWITCHES:
    importlib.import_module(switch.module)
def values():
    holders = [(switch.holder(), switch.name) for switch in SWITCHES]
    return [holder[name] if isinstance(holder, dict) else getattr(holder, name) for holder, name in holders]
before = values()
webfoot.compat.install()
assert not any(new == old for new, old in zip(values(), before))
webfoot.compat.uninstall()
assert values() == before
"""


def test_each_is_taken_back(site: Path) -> None:
    ran_well(run("-c", TAKEN_BACK, site=site))


@pytest.mark.parametrize("switch", SWITCHES, ids=name_of)
def test_what_stands_in_the_table_is_there(switch: Switch) -> None:
    if isinstance(switch.theirs, Home):
        assert switch.theirs.load() is not None
