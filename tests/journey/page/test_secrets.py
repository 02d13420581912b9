"""No secret of a request is anywhere: not in memory, not in what is shown, not in the file, not in the log."""

import gc
import json
import logging
from types import FunctionType, ModuleType
from typing import Annotated

import pytest
from pydantic import BaseModel
from tests.journey.page.paging import hub_of, with_page

from webfoot import Cookie, Depends, Form, Header, Webfoot, WebSocket
from webfoot.journey.page.keeping import Keeping
from webfoot.security import APIKeyHeader, HTTPBearer
from webfoot.web.middleware.sessions import SessionMiddleware
from webfoot.web.responses import JSONResponse, StreamingResponse

SECRET = "hunter2-of-the-pond"
IN_BASE64 = "aHVudGVyMi1vZi10aGUtcG9uZA=="
TRACES = (SECRET, SECRET.encode(), IN_BASE64, IN_BASE64.encode())
JSON = "content-type: application/json"


class Login(BaseModel):
    name: str
    password: str


app = Webfoot()
app.add_middleware(SessionMiddleware, secret_key="another")
key = APIKeyHeader(name="X-Pond", auto_error=False)


@app.post("/login")
async def log_in(
    login: Login,
    token: str = "",
    duck: Annotated[str, Cookie()] = "",
    x_api_key: Annotated[str, Header()] = "",
    pond: Annotated[str | None, Depends(key)] = None,
):
    return JSONResponse({"access_token": SECRET, "name": login.name}, headers={"set-cookie": f"id={SECRET}"})


@app.post("/form")
async def form(password: Annotated[str, Form()]):
    raise RuntimeError(f"password={password}")


@app.get("/reset/{token}")
async def reset(token: str, bearer: Annotated[object, Depends(HTTPBearer(auto_error=False))]):
    return {}


@app.get("/events")
async def events():
    async def give():
        yield f'data: {{"token": "{SECRET}"}}\n\n'.encode()

    return StreamingResponse(give(), media_type="text/event-stream")


@app.websocket("/ws")
async def ws(websocket: WebSocket):
    await websocket.accept()
    await websocket.send_json({"token": SECRET})
    await websocket.close(4000, f"token={SECRET}")


MULTIPART = (
    f'--b\r\ncontent-disposition: form-data; name="password"\r\n\r\n{SECRET}\r\n'
    f'--b\r\ncontent-disposition: form-data; name="f"; filename="x"\r\n\r\n{SECRET}\r\n--b--\r\n'
).encode()
WS = ("upgrade: websocket", "connection: upgrade", "sec-websocket-version: 13")
REQUESTS: list[tuple[str, str, tuple[str, ...], bytes]] = [
    (
        "POST",
        f"/login?token={SECRET}",
        (JSON, f"cookie: duck={SECRET}"),
        b'{"name": "Emma", "password": "%b"}' % SECRET.encode(),
    ),
    ("POST", "/login", (JSON, f"x-api-key: {SECRET}", f"x-pond: {SECRET}"), b'{"password": "%b"}' % SECRET.encode()),
    ("POST", "/login", (JSON,), b'{"name": 5, "password": ["%b"]}' % SECRET.encode()),
    ("POST", "/login", (JSON,), b'{"password": "%b' % SECRET.encode()),
    ("POST", "/form", ("content-type: application/x-www-form-urlencoded",), f"password={SECRET}".encode()),
    ("POST", "/form", ("content-type: multipart/form-data; boundary=b",), MULTIPART),
    ("POST", "/form", ("content-type: text/plain",), f"password={SECRET}".encode()),
    ("GET", f"/reset/{SECRET}", (f"authorization: Bearer {SECRET}",), b""),
    ("GET", "/reset/1", (f"authorization: Basic {IN_BASE64}", f"referer: https://x.example/?token={SECRET}"), b""),
    ("GET", f"/nothing?api_key={SECRET}", (f"proxy-authorization: Basic {IN_BASE64}",), b""),
    ("GET", "/events", (), b""),
    ("GET", f"/ws?token={SECRET}", (*WS, "sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA=="), b""),
]


@pytest.mark.parametrize("number", range(len(REQUESTS)))
@pytest.mark.parametrize("parser", ["httptools", "h11"])
def test_none_is_anywhere(number, parser, tmp_path, caplog):
    method, target, headers, body = REQUESTS[number]
    path = tmp_path / "journeys"
    hub = hub_of(keeping=Keeping(path))
    caplog.set_level(logging.DEBUG)

    async def talk(ponds):
        reader, writer = await ponds.connect()
        writer.write(ponds.request(target, *headers, method=method, body=body))
        await reader.readuntil(b"\r\n\r\n")
        writer.close()
        page = await ponds.open_stream()
        lines = [await page.until("journey", lambda line: line["state"] == "done")]
        whole = await ponds.last()
        assert whole["request"]["headers"]
        shown = json.dumps([whole, lines])
        assert not any(trace in shown for trace in TRACES if isinstance(trace, str))
        [entry] = hub.kept
        if entry.record is not None:
            assert list(secrets_in(entry.record)) == []
        hub.afterwards.save(10)
        written = path.read_bytes()
        assert written
        assert not any(trace in written for trace in TRACES if isinstance(trace, bytes))

    with_page(app, talk, hub=hub, http=parser)
    assert SECRET not in "\n".join(record.getMessage() for record in caplog.records if "journey" in record.getMessage())


def secrets_in(thing):
    """Texts and bytes with a secret that can be reached from `thing`, but for the code that runs."""
    seen, waiting = set(), [thing]
    while waiting:
        one = waiting.pop()
        if id(one) in seen or isinstance(one, (type, ModuleType, FunctionType)) or "asyncio" in type(one).__module__:
            continue
        seen.add(id(one))
        if isinstance(one, (str, bytes)):
            if any(trace in one for trace in TRACES if type(trace) is type(one)):
                yield one
        elif type(one).__module__.startswith(("builtins", "collections", "webfoot.journey")):
            waiting += gc.get_referents(one)
        else:
            yield one  # something of the application's, or of the server's
