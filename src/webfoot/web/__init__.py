"""Floor 3, the toolkit (the role of Starlette); runs on any ASGI server.

The names of everyday use are here, loaded when first asked for; each module has some more.

application       routes, layers and state put together: `middleware` around `routing`, with a `lifespan`
requests          what came: a `connection` (as a WebSocket is), `cookies`, `datastructures`, `json_body`, `forms`
responses         what goes out; `background` and `templates` belong to it
websockets        the other kind of connection
exceptions        what is raised; who answers it is in `answering`
endpoints, static, schemas, authentication, config   what applications are built with
threads           code that blocks; `disconnect`: work that ends when its client leaves
decisions         how a layer tells whoever watches why it answered so
callables, packages   what others need: of what kind a function is, what to say of a package that is not there
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the same names for type checkers and editors, which do not call __getattr__
    from webfoot.web.application import WebApp
    from webfoot.web.authentication import (
        AuthCredentials,
        AuthenticationBackend,
        AuthenticationError,
        BaseUser,
        SimpleUser,
        UnauthenticatedUser,
        requires,
    )
    from webfoot.web.background import BackgroundTask, BackgroundTasks
    from webfoot.web.config import Config
    from webfoot.web.datastructures import (
        URL,
        CommaSeparatedStrings,
        FormData,
        Headers,
        MutableHeaders,
        QueryParams,
        Secret,
        State,
        UploadFile,
    )
    from webfoot.web.endpoints import HTTPEndpoint, WebSocketEndpoint
    from webfoot.web.exceptions import ClientDisconnect, HTTPException, WebSocketDisconnect, WebSocketException
    from webfoot.web.json_body import InvalidJSON
    from webfoot.web.middleware import Middleware
    from webfoot.web.middleware.authentication import AuthenticationMiddleware
    from webfoot.web.middleware.body_limit import RequestBodyLimitMiddleware
    from webfoot.web.middleware.cancel_on_disconnect import CancelOnDisconnectMiddleware
    from webfoot.web.middleware.compression import CompressionMiddleware
    from webfoot.web.middleware.cors import CORSMiddleware
    from webfoot.web.middleware.dispatch import BaseHTTPMiddleware
    from webfoot.web.middleware.gzip import GZipMiddleware
    from webfoot.web.middleware.https_redirect import HTTPSRedirectMiddleware
    from webfoot.web.middleware.opentelemetry import OpenTelemetryMiddleware
    from webfoot.web.middleware.sessions import SessionMiddleware
    from webfoot.web.middleware.trusted_host import TrustedHostMiddleware
    from webfoot.web.middleware.wsgi import WSGIMiddleware
    from webfoot.web.requests import HTTPConnection, Request
    from webfoot.web.responses import (
        EventSourceResponse,
        FileResponse,
        HTMLResponse,
        JSONResponse,
        PlainTextResponse,
        RedirectResponse,
        Response,
        ServerSentEvent,
        StreamingResponse,
    )
    from webfoot.web.routing import (
        BaseRoute,
        Convertor,
        Host,
        Mount,
        NoMatchFound,
        Route,
        Router,
        WebSocketRoute,
        register_url_convertor,
    )
    from webfoot.web.schemas import SchemaGenerator
    from webfoot.web.static import StaticFiles
    from webfoot.web.templates import Jinja2Templates
    from webfoot.web.threads import iterate_in_threadpool, run_in_event_loop, run_in_threadpool
    from webfoot.web.websockets import WebSocket, WebSocketState

# public name -> module that defines it
_HOMES = {
    "AuthCredentials": "webfoot.web.authentication",
    "AuthenticationBackend": "webfoot.web.authentication",
    "AuthenticationError": "webfoot.web.authentication",
    "AuthenticationMiddleware": "webfoot.web.middleware.authentication",
    "BackgroundTask": "webfoot.web.background",
    "BackgroundTasks": "webfoot.web.background",
    "BaseHTTPMiddleware": "webfoot.web.middleware.dispatch",
    "BaseRoute": "webfoot.web.routing",
    "BaseUser": "webfoot.web.authentication",
    "CORSMiddleware": "webfoot.web.middleware.cors",
    "CancelOnDisconnectMiddleware": "webfoot.web.middleware.cancel_on_disconnect",
    "ClientDisconnect": "webfoot.web.exceptions",
    "CommaSeparatedStrings": "webfoot.web.datastructures",
    "CompressionMiddleware": "webfoot.web.middleware.compression",
    "Config": "webfoot.web.config",
    "Convertor": "webfoot.web.routing",
    "EventSourceResponse": "webfoot.web.responses",
    "FileResponse": "webfoot.web.responses",
    "FormData": "webfoot.web.datastructures",
    "GZipMiddleware": "webfoot.web.middleware.gzip",
    "HTMLResponse": "webfoot.web.responses",
    "HTTPConnection": "webfoot.web.requests",
    "HTTPEndpoint": "webfoot.web.endpoints",
    "HTTPException": "webfoot.web.exceptions",
    "HTTPSRedirectMiddleware": "webfoot.web.middleware.https_redirect",
    "Headers": "webfoot.web.datastructures",
    "Host": "webfoot.web.routing",
    "InvalidJSON": "webfoot.web.json_body",
    "JSONResponse": "webfoot.web.responses",
    "Jinja2Templates": "webfoot.web.templates",
    "Middleware": "webfoot.web.middleware",
    "Mount": "webfoot.web.routing",
    "MutableHeaders": "webfoot.web.datastructures",
    "NoMatchFound": "webfoot.web.routing",
    "OpenTelemetryMiddleware": "webfoot.web.middleware.opentelemetry",
    "PlainTextResponse": "webfoot.web.responses",
    "QueryParams": "webfoot.web.datastructures",
    "RedirectResponse": "webfoot.web.responses",
    "Request": "webfoot.web.requests",
    "RequestBodyLimitMiddleware": "webfoot.web.middleware.body_limit",
    "Response": "webfoot.web.responses",
    "Route": "webfoot.web.routing",
    "Router": "webfoot.web.routing",
    "SchemaGenerator": "webfoot.web.schemas",
    "Secret": "webfoot.web.datastructures",
    "ServerSentEvent": "webfoot.web.responses",
    "SessionMiddleware": "webfoot.web.middleware.sessions",
    "SimpleUser": "webfoot.web.authentication",
    "State": "webfoot.web.datastructures",
    "StaticFiles": "webfoot.web.static",
    "StreamingResponse": "webfoot.web.responses",
    "TrustedHostMiddleware": "webfoot.web.middleware.trusted_host",
    "URL": "webfoot.web.datastructures",
    "UnauthenticatedUser": "webfoot.web.authentication",
    "UploadFile": "webfoot.web.datastructures",
    "WSGIMiddleware": "webfoot.web.middleware.wsgi",
    "WebApp": "webfoot.web.application",
    "WebSocket": "webfoot.web.websockets",
    "WebSocketDisconnect": "webfoot.web.exceptions",
    "WebSocketEndpoint": "webfoot.web.endpoints",
    "WebSocketException": "webfoot.web.exceptions",
    "WebSocketRoute": "webfoot.web.routing",
    "WebSocketState": "webfoot.web.websockets",
    "iterate_in_threadpool": "webfoot.web.threads",
    "register_url_convertor": "webfoot.web.routing",
    "requires": "webfoot.web.authentication",
    "run_in_event_loop": "webfoot.web.threads",
    "run_in_threadpool": "webfoot.web.threads",
}

__all__ = [
    "URL",
    "AuthCredentials",
    "AuthenticationBackend",
    "AuthenticationError",
    "AuthenticationMiddleware",
    "BackgroundTask",
    "BackgroundTasks",
    "BaseHTTPMiddleware",
    "BaseRoute",
    "BaseUser",
    "CORSMiddleware",
    "CancelOnDisconnectMiddleware",
    "ClientDisconnect",
    "CommaSeparatedStrings",
    "CompressionMiddleware",
    "Config",
    "Convertor",
    "EventSourceResponse",
    "FileResponse",
    "FormData",
    "GZipMiddleware",
    "HTMLResponse",
    "HTTPConnection",
    "HTTPEndpoint",
    "HTTPException",
    "HTTPSRedirectMiddleware",
    "Headers",
    "Host",
    "InvalidJSON",
    "JSONResponse",
    "Jinja2Templates",
    "Middleware",
    "Mount",
    "MutableHeaders",
    "NoMatchFound",
    "OpenTelemetryMiddleware",
    "PlainTextResponse",
    "QueryParams",
    "RedirectResponse",
    "Request",
    "RequestBodyLimitMiddleware",
    "Response",
    "Route",
    "Router",
    "SchemaGenerator",
    "Secret",
    "ServerSentEvent",
    "SessionMiddleware",
    "SimpleUser",
    "State",
    "StaticFiles",
    "StreamingResponse",
    "TrustedHostMiddleware",
    "UnauthenticatedUser",
    "UploadFile",
    "WSGIMiddleware",
    "WebApp",
    "WebSocket",
    "WebSocketDisconnect",
    "WebSocketEndpoint",
    "WebSocketException",
    "WebSocketRoute",
    "WebSocketState",
    "iterate_in_threadpool",
    "register_url_convertor",
    "requires",
    "run_in_event_loop",
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
