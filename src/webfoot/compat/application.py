"""An application that can be reached where tools get hold of it: at `Starlette.__call__`, which they replace."""

from __future__ import annotations

from webfoot.api.application import Webfoot
from webfoot.asgi.types import Receive, Scope, Send
from webfoot.web.application import WebApp


async def call_through(self: Webfoot, scope: Scope, receive: Receive, send: Send) -> None:
    """`Webfoot.__call__`, which goes by `WebApp.__call__` and not beside it."""
    if self.root_path:
        scope["root_path"] = self.root_path
    await WebApp.__call__(self, scope, receive, send)
