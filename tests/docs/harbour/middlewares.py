"""Five layers around everything."""

import time

from fastapi import Request
from fastapi.responses import JSONResponse
from starlette.middleware.base import BaseHTTPMiddleware


class Timing(BaseHTTPMiddleware):
    async def dispatch(self, request: Request, call_next):
        began = time.perf_counter()
        response = await call_next(request)
        response.headers["x-took"] = f"{time.perf_counter() - began:.3f}"
        return response


class Maintenance(BaseHTTPMiddleware):
    async def dispatch(self, request: Request, call_next):
        if request.headers.get("x-maintenance"):
            return JSONResponse({"detail": "closed"}, 503)
        return await call_next(request)


class RequestNumber:
    def __init__(self, app):
        self.app = app
        self.count = 0

    async def __call__(self, scope, receive, send):
        self.count += 1
        scope.setdefault("state", {})["number"] = self.count
        await self.app(scope, receive, send)
