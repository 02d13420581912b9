"""The application as tools know it: they replace `Starlette.__call__`, and ask for its arguments."""

from __future__ import annotations

from webfoot.api.application import Webfoot
from webfoot.api.errors import WebfootError
from webfoot.asgi.types import Receive, Scope, Send
from webfoot.compat.signatures import show_options
from webfoot.web.application import WebApp

PLAN_ERROR_BASES = (WebfootError, AssertionError)
"""Suites expect an AssertionError for some declarations that cannot be, and a FastAPIError for others."""


async def call_through(self: Webfoot, scope: Scope, receive: Receive, send: Send) -> None:
    """`Webfoot.__call__`, which goes by `WebApp.__call__` and not beside it."""
    if self.root_path:
        scope["root_path"] = self.root_path
    await WebApp.__call__(self, scope, receive, send)


show_options()  # what it tells stays true when compat is taken out again
