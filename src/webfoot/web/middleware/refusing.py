"""How a guard says no: it answers instead of the application, and tells whoever watches why."""

from __future__ import annotations

from webfoot.asgi.extensions import DENIAL, offers
from webfoot.asgi.types import Receive, Scope, Send
from webfoot.web.decisions import decided
from webfoot.web.responses.whole import Response


async def answer_instead(response: Response, by: str, what: str, scope: Scope, receive: Receive, send: Send) -> None:
    """Send `response` for a request. A WebSocket gets it where the server can deny with one, else it is closed: 403.

    `by` and `what` are those of `decided`.
    """
    if scope["type"] == "websocket" and not offers(scope, DENIAL):
        decided(scope, by, what, status=403)
        await send({"type": "websocket.close", "code": 1000})
        return
    decided(scope, by, what, status=response.status_code)
    await response(scope, receive, send)
