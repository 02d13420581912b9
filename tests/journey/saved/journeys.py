"""Journeys that were saved: of requests through an application that has something to hide."""

from __future__ import annotations

import asyncio
import json
from typing import Annotated, Any

from pydantic import BaseModel

from webfoot import Depends, File, Form, HTTPException, Request, UploadFile, Webfoot, WebSocket
from webfoot.cli.composing import as_bytes
from webfoot.cli.one_request import send_once
from webfoot.journey.schema import as_json
from webfoot.server import ServerOptions
from webfoot.web.responses import PlainTextResponse, RedirectResponse

app = Webfoot()


class Duck(BaseModel):
    name: str
    password: str = ""


def ranger() -> str:
    return "Jo"


@app.api_route("/echo", methods=["GET", "POST", "PUT", "DELETE", "HEAD"])
async def echo(request: Request) -> dict[str, Any]:
    return {"query": str(request.url.query), "body": (await request.body()).decode()}


@app.post("/ducks", status_code=201)
async def add(duck: Duck, who: Annotated[str, Depends(ranger)]) -> dict[str, str]:
    return {"said": f"{duck.name} was added by {who}"}


@app.post("/upload")
async def upload(picture: Annotated[UploadFile, File()], note: Annotated[str, Form()]) -> dict[str, Any]:
    return {"size": len(await picture.read()), "note": note}


@app.get("/old")
async def old() -> RedirectResponse:
    return RedirectResponse("/echo")


@app.get("/text")
async def text() -> PlainTextResponse:
    return PlainTextResponse("quack\nquack")


@app.get("/broken")
async def broken() -> None:
    raise ValueError("no ducks")


@app.get("/teapot")
async def teapot() -> None:
    raise HTTPException(418, "tea", headers={"x-pot": "1"})


@app.websocket("/talk")
async def talk(socket: WebSocket) -> None:
    await socket.accept()
    async for said in socket.iter_text():
        await socket.send_text(said.upper())


def journey_of(
    method: str,
    target: str,
    fields: list[tuple[str, str]] | None = None,
    body: bytes = b"",
    of: Any = app,
    patience: float = 5,
) -> dict[str, Any]:
    """One that was saved as JSON and read again."""
    fields = [("host", "localhost"), *(fields or [])]
    if body:
        fields.append(("content-length", str(len(body))))
    [record] = asyncio.run(send_once(of, ServerOptions(), as_bytes(method, target, fields, body), patience))
    saved = json.loads(json.dumps(as_json(record)))
    assert isinstance(saved, dict)
    return saved


def posted(name: str = "Emma", **more: Any) -> dict[str, Any]:
    body = json.dumps({"name": name, **more}).encode()
    return journey_of("POST", "/ducks?token=abc1", [("content-type", "application/json")], body)


def form_of(*parts: tuple[str, str, bytes], boundary: str = "duck") -> bytes:
    """(name, further parameters, content) of each part."""
    heads = (f'--{boundary}\r\ncontent-disposition: form-data; name="{name}"{more}\r\n\r\n' for name, more, _ in parts)
    pieces = [head.encode() + content + b"\r\n" for head, (_, _, content) in zip(heads, parts, strict=True)]
    return b"".join(pieces) + f"--{boundary}--\r\n".encode()


def uploaded() -> dict[str, Any]:
    body = form_of(
        ("note", "", b"two\nlines"), ("picture", '; filename="duck.png"\r\ncontent-type: image/png', b"\x89PNG")
    )
    return journey_of("POST", "/upload", [("content-type", "multipart/form-data; boundary=duck")], body)


HANDSHAKE = [
    ("connection", "upgrade"),
    ("upgrade", "websocket"),
    ("sec-websocket-version", "13"),
    ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
]


def frame(opcode: int, payload: bytes) -> bytes:
    """A frame of a client (RFC 6455 section 5.2), masked by zeros, which leave it as it is."""
    assert len(payload) < 126
    return bytes((0x80 | opcode, 0x80 | len(payload), 0, 0, 0, 0)) + payload


def talked(*said: str) -> dict[str, Any]:
    head = as_bytes("GET", "/talk", [("host", "localhost"), *HANDSHAKE], b"")
    frames = b"".join(frame(1, each.encode()) for each in said) + frame(8, (1000).to_bytes(2, "big"))
    [record] = asyncio.run(send_once(app, ServerOptions(), head + frames, 5))
    saved = json.loads(json.dumps(as_json(record)))
    assert isinstance(saved, dict)
    return saved
