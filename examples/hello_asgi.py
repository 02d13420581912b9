"""An ASGI application without any framework: `webfoot run examples.hello_asgi:app`."""

from __future__ import annotations

from webfoot.asgi.types import Receive, Scope, Send


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] != "http":
        raise NotImplementedError(f"no {scope['type']} here")
    body = b"Hello from the pond.\n"
    headers = [(b"content-type", b"text/plain"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})
