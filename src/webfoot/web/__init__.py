"""Floor 3, the toolkit (the role of Starlette); runs on any ASGI server.

The names of everyday use are here, loaded when first asked for; each module has some more.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the same names for type checkers and editors, which do not call __getattr__
    from webfoot.web.application import WebApp
    from webfoot.web.background import BackgroundTask, BackgroundTasks
    from webfoot.web.datastructures import URL, Headers, MutableHeaders, QueryParams, State, UploadFile
    from webfoot.web.exceptions import ClientDisconnect, HTTPException
    from webfoot.web.middleware import Middleware
    from webfoot.web.middleware.cors import CORSMiddleware
    from webfoot.web.middleware.dispatch import BaseHTTPMiddleware
    from webfoot.web.requests import HTTPConnection, Request
    from webfoot.web.responses import (
        FileResponse,
        HTMLResponse,
        JSONResponse,
        PlainTextResponse,
        RedirectResponse,
        Response,
        StreamingResponse,
    )
    from webfoot.web.routing import BaseRoute, Mount, NoMatchFound, Route, Router
    from webfoot.web.threads import iterate_in_threadpool, run_in_threadpool

# public name -> module that defines it
_HOMES = {
    "BackgroundTask": "webfoot.web.background",
    "BackgroundTasks": "webfoot.web.background",
    "BaseHTTPMiddleware": "webfoot.web.middleware.dispatch",
    "BaseRoute": "webfoot.web.routing",
    "CORSMiddleware": "webfoot.web.middleware.cors",
    "ClientDisconnect": "webfoot.web.exceptions",
    "FileResponse": "webfoot.web.responses",
    "HTMLResponse": "webfoot.web.responses",
    "HTTPConnection": "webfoot.web.requests",
    "HTTPException": "webfoot.web.exceptions",
    "Headers": "webfoot.web.datastructures",
    "JSONResponse": "webfoot.web.responses",
    "Middleware": "webfoot.web.middleware",
    "Mount": "webfoot.web.routing",
    "MutableHeaders": "webfoot.web.datastructures",
    "NoMatchFound": "webfoot.web.routing",
    "PlainTextResponse": "webfoot.web.responses",
    "QueryParams": "webfoot.web.datastructures",
    "RedirectResponse": "webfoot.web.responses",
    "Request": "webfoot.web.requests",
    "Response": "webfoot.web.responses",
    "Route": "webfoot.web.routing",
    "Router": "webfoot.web.routing",
    "State": "webfoot.web.datastructures",
    "StreamingResponse": "webfoot.web.responses",
    "URL": "webfoot.web.datastructures",
    "UploadFile": "webfoot.web.datastructures",
    "WebApp": "webfoot.web.application",
    "iterate_in_threadpool": "webfoot.web.threads",
    "run_in_threadpool": "webfoot.web.threads",
}

__all__ = [
    "URL",
    "BackgroundTask",
    "BackgroundTasks",
    "BaseHTTPMiddleware",
    "BaseRoute",
    "CORSMiddleware",
    "ClientDisconnect",
    "FileResponse",
    "HTMLResponse",
    "HTTPConnection",
    "HTTPException",
    "Headers",
    "JSONResponse",
    "Middleware",
    "Mount",
    "MutableHeaders",
    "NoMatchFound",
    "PlainTextResponse",
    "QueryParams",
    "RedirectResponse",
    "Request",
    "Response",
    "Route",
    "Router",
    "State",
    "StreamingResponse",
    "UploadFile",
    "WebApp",
    "iterate_in_threadpool",
    "run_in_threadpool",
]


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'webfoot.web' has no attribute {name!r}")
    value = getattr(import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
