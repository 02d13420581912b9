"""Middlewares that are a function `dispatch(request, call_next)`, and what stands behind them."""

from __future__ import annotations

import contextvars
from collections.abc import Callable
from typing import Any

from webfoot.web.application import WebApp
from webfoot.web.middleware import Middleware
from webfoot.web.middleware.dispatch import BaseHTTPMiddleware
from webfoot.web.requests import Request
from webfoot.web.responses import PlainTextResponse
from webfoot.web.routing import Route

seen: contextvars.ContextVar[str] = contextvars.ContextVar("seen", default="nothing")


def behind(dispatch: Callable[..., Any], endpoint: Callable[..., Any], layers: int = 1) -> WebApp:
    return WebApp(
        routes=[Route("/", endpoint, methods=["GET", "POST"])],
        middleware=[Middleware(BaseHTTPMiddleware, dispatch=dispatch)] * layers,
    )


async def pass_on(request: Request, call_next: Any) -> Any:
    return await call_next(request)


async def hello(request: Request) -> PlainTextResponse:
    return PlainTextResponse("hello", headers={"x-inner": "1"})
