"""An application that is full of secrets, and clients that send it and another one more of them.

Each is a word of its own, so that one that leaks says from where; beside each stands a word that is no secret and has
to be seen.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from webfoot import Cookie, Depends, Form, HTTPException, Request, Webfoot, WebSocket
from webfoot.security import APIKeyHeader
from webfoot.web import JSONResponse, RedirectResponse

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJoaWRkZW4ifQ.h1dd3nS1gnatur3"
PRIVATE_KEY = "-----BEGIN PRIVATE KEY-----\nhiddenMIIEvQIBADANBgkq\n-----END PRIVATE KEY-----"
CARD = "4111 1111 1111 1111"
SHAPED = {"jwt": JWT, "private key": "hiddenMIIEvQIBADANBgkq", "card": CARD}

_words: list[str] = []


def hidden(what: str) -> str:
    """A secret of its own, by which nobody could tell that it is one."""
    word = f"hidden{what}word"
    _words.append(word)
    return word


def secrets() -> dict[str, str]:
    return {word: word for word in _words} | SHAPED


@dataclass
class Ranger:
    name: str
    access_token: str


class Account(BaseModel):
    name: str
    password: str
    age: int = 0


class Nested(BaseModel):
    accounts: list[Account]
    note: str = ""


_ANSWERED = hidden("Answered")
_COOKIE_OUT = hidden("CookieOut")
_IN_LOCATION, _IN_USER_INFO = hidden("Location"), hidden("Userinfo")
_RAISED, _RAISED_URL = hidden("Raised"), hidden("RaisedUrl")
_DEPENDENCY, _HEADER_OUT, _DETAIL = hidden("Dependency"), hidden("HeaderOut"), hidden("Detail")
_WS_OUT = hidden("SocketOut")


def make() -> Webfoot:
    app = Webfoot()
    pond_key = APIKeyHeader(name="X-Pond", auto_error=False)

    def ranger() -> Ranger:
        return Ranger("plainranger", _DEPENDENCY)

    @app.post("/login")
    async def login(account: Account, ranger: Ranger = Depends(ranger)) -> JSONResponse:
        content = {"user": "plainuser", "access_token": _ANSWERED, "nested": [{"refreshToken": _ANSWERED}], "note": JWT}
        answer = JSONResponse(content, headers={"x-auth-token": _HEADER_OUT, "x-plain": "plainheader"})
        answer.set_cookie("session", _COOKIE_OUT)
        return answer

    @app.get("/redirect")
    async def redirect() -> RedirectResponse:
        return RedirectResponse(f"https://duck:{_IN_USER_INFO}@pond.test/plainback?token={_IN_LOCATION}")

    @app.get("/reset/{token}/{name}")
    async def reset(token: str, name: str, key: str | None = Depends(pond_key), session: str = Cookie("")) -> str:
        return name

    @app.post("/form")
    async def form(name: str = Form(), password: str = Form(), age: int = Form(0)) -> str:
        return name

    @app.post("/nested")
    async def nested(nested: Nested) -> str:
        return nested.accounts[0].name

    @app.post("/echo")
    async def echo(request: Request) -> JSONResponse:
        return JSONResponse(await request.json())

    @app.get("/fail")
    async def fail(api_key: str = "") -> None:
        raise RuntimeError(
            f"plainfailure with password={_RAISED} at postgresql://duck:{_RAISED_URL}@db/ponds and key {api_key}"
        )

    @app.get("/refuse")
    async def refuse() -> None:
        raise HTTPException(401, {"why": "plaindetail", "client_secret": _DETAIL})

    @app.websocket("/ws/{token}")
    async def socket(websocket: WebSocket, token: str) -> None:
        await websocket.accept()
        await websocket.receive_text()
        await websocket.send_text(json.dumps({"text": "plainsent", "token": _WS_OUT, "note": JWT}))
        await websocket.close()

    return app


def _request(line: str, *fields: str, body: str = "") -> bytes:
    size = [f"content-length: {len(body)}"] if body else []
    return "\r\n".join([f"{line} HTTP/1.1", "host: pond.test", *fields, *size, "", body]).encode()


def _json(value: Any) -> str:
    return json.dumps(value)


def requests() -> list[bytes]:
    """One after the other on one connection. All names and places under which secrets travel."""
    as_json, as_form = "content-type: application/json", "content-type: application/x-www-form-urlencoded"
    parts = "multipart/form-data; boundary=pond"
    multipart = "".join(
        f'--pond\r\ncontent-disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in (("name", "plainpart"), ("password", hidden("Multipart")), ("age", "7"))
    )
    account = {"name": "plainname", "password": hidden("Json")}
    deep = {"name": "plainname", "password": hidden("Nested"), "age": "plainnumber"}
    return [
        _request(
            f"GET /reset/{hidden('Path')}/plainpath?page=plainquery&api_key={hidden('Query')}"
            f"&%74oken={hidden('Encoded')}&AcCeSs_ToKeN={hidden('Mixed')}&state={JWT}",
            f"authorization: Bearer {hidden('Bearer')}",
            f"proxy-authorization: Basic {hidden('Basic')}",
            f"cookie: session={hidden('Cookie')}; theme={hidden('Theme')}",
            f"X-Api-Key: {hidden('ApiKey')}",
            f"x-pond: {hidden('Declared')}",
            f"referer: https://duck:{hidden('Referer')}@pond.test/?token={hidden('RefererQuery')}",
            f"x-note: {JWT}",
            "x-seen: plainfield",
        ),
        _request("POST /login", as_json, body=_json(account)),
        _request("POST /login", as_json, body=_json({"name": "plainname", "password": {"is": hidden("Wrong")}})),
        _request("POST /login", as_json, body='{"name": "plainname", "password": "' + hidden("CutOff")),
        _request("POST /nested", as_json, body=_json({"accounts": [deep], "note": PRIVATE_KEY, "card": CARD})),
        _request("POST /form", as_form, body=f"name=plainform&pass%77ord={hidden('Form')}&age=7"),
        _request("POST /form", as_form, body=f"name=plainform&password={hidden('FormAgain')}&age=old"),
        _request("POST /form", f"content-type: {parts}", body=f"{multipart}--pond--\r\n"),
        _request(
            "POST /echo",
            as_json,
            body=_json({"text": "plainecho", "a": [[{"Client-Secret": [hidden("Deep")]}]], "note": f"Bearer {JWT}"}),
        ),
        _request(f"GET /fail?api_key={hidden('Repeated')}&page=plainfail"),
        _request("GET /refuse?plainrefuse=1"),
        _request("GET /redirect"),
        _request(f"GET /nowhere/plainlost?secret={hidden('Lost')}"),
        _request(f"GET http://duck:{hidden('Absolute')}@pond.test/nowhere/plainabsolute"),
        _request(f"DELETE /fail?token={hidden('Method')}"),
    ]


def handshake() -> bytes:
    upgrade = "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==", "sec-websocket-version: 13"
    return _request(
        f"GET /ws/{hidden('Ticket')}?token={hidden('SocketQuery')}",
        "upgrade: websocket",
        "connection: upgrade",
        *upgrade,
    )


def frame() -> bytes:
    said = {
        "text": "plainreceived",
        "token": hidden("SocketIn"),
        "list": [{"password": hidden("SocketDeep")}],
        "more": "x" * 126,
    }
    text = _json(said)
    return bytes([0x81, 0x80 | 126]) + len(text).to_bytes(2, "big") + bytes(4) + text.encode()


def requests_to_ducks() -> list[bytes]:
    """To the example application, which has no secrets of its own and is sent some all the same."""
    sighting = {"species": "teal", "place": "plainplace", "note": f"call {hidden('Note')}", "password": hidden("Extra")}
    as_json = "content-type: application/json"
    return [
        _request(
            f"GET /sightings?place=plainlisted&session_id={hidden('Listed')}",
            f"authorization: Bearer {hidden('DucksBearer')}",
            f"cookie: id={hidden('DucksCookie')}",
            "x-seen: plainfield",
        ),
        _request("POST /sightings", as_json, body=_json(sighting).replace("call ", "token=")),
        _request(
            "POST /sightings", as_json, body=_json({"species": "teal", "place": "plainpond", "note": f"see {JWT}"})
        ),
        _request(f"GET /sightings/plainword?access_token={hidden('DucksToken')}"),
        _request(f"GET /sightings/999999?plainmissing=1&card={CARD.replace(' ', '')}"),
        _request("GET /"),
    ]
