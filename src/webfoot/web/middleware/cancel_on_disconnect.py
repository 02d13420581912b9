"""Handlers that are cancelled when their client leaves, without a word about it in each of them."""

from __future__ import annotations

from typing import Final

from webfoot.asgi.types import ASGIApp, Message, Receive, Scope, Send
from webfoot.web.decisions import decided
from webfoot.web.disconnect import CANCELLED, Watch

LEFT_KEY: Final = "webfoot.left"
"""Scope key: True when the application was cancelled because the client left, and so gave no response."""


class CancelOnDisconnectMiddleware:
    """For an application, a mount or a route: the handler is cancelled when the client leaves before the response ends.

    Its `finally` blocks run, with CancelledError as the reason; what it does with that is its own affair. Nothing is
    answered then, and no background task runs. After the last message of the response nothing is cancelled any more.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        watch = Watch(receive)

        async def send_and_see(message: Message) -> None:
            if _is_last(message):
                watch.stop()
            await send(message)

        try:
            await self.app(scope, watch.receive, send_and_see)
        except BaseException as error:
            if not watch.is_behind(error):
                raise
            scope[LEFT_KEY] = True
            decided(scope, type(self).__name__, CANCELLED)
        else:
            watch.is_behind(None)


def _is_last(message: Message) -> bool:
    """Whether this completes a response's body."""
    kind = message["type"]
    if kind == "http.response.pathsend":
        return True
    return kind in ("http.response.body", "http.response.zerocopysend") and not message.get("more_body", False)
