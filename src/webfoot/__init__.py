"""webfoot: server, toolkit and typed API framework in one house.

Names load on first use, so `import webfoot` is cheap and a process that only serves somebody else's ASGI
application never imports pydantic. Type checkers and editors read the same names in `__init__.pyi`; here an import of
them, even one for type checkers only, would tie the lowest floor to the highest.
"""

from __future__ import annotations

from importlib import import_module

__version__ = "0.1.0"

# public name -> module that defines it, or that it is
_HOMES: dict[str, str] = {
    "APIRouter": "webfoot.api.router",
    "ApiRoute": "webfoot.api.route",
    "ApiWebSocketRoute": "webfoot.api.socket_route",
    "BackgroundTasks": "webfoot.web.background",
    "Body": "webfoot.api.markers",
    "Cookie": "webfoot.api.markers",
    "Depends": "webfoot.api.markers",
    "EventSourceResponse": "webfoot.api.sse",
    "File": "webfoot.api.markers",
    "Form": "webfoot.api.markers",
    "HTTPException": "webfoot.api.errors",
    "Header": "webfoot.api.markers",
    "Path": "webfoot.api.markers",
    "Query": "webfoot.api.markers",
    "Request": "webfoot.web.requests",
    "RequestValidationError": "webfoot.api.errors",
    "Response": "webfoot.web.responses",
    "ResponseValidationError": "webfoot.api.errors",
    "RouteContext": "webfoot.api.contexts",
    "Security": "webfoot.api.markers",
    "ServerSentEvent": "webfoot.api.sse",
    "UploadFile": "webfoot.api.uploads",
    "WebSocket": "webfoot.web.websockets",
    "WebSocketDisconnect": "webfoot.web.exceptions",
    "WebSocketException": "webfoot.web.exceptions",
    "WebSocketRequestValidationError": "webfoot.api.errors",
    "WebSocketState": "webfoot.web.websockets",
    "Webfoot": "webfoot.api.application",
    "iter_route_contexts": "webfoot.api.contexts",
    "jsonable_encoder": "webfoot.api.encoders",
    "status": "webfoot.web.status",
}

__all__ = [
    "APIRouter",
    "ApiRoute",
    "ApiWebSocketRoute",
    "BackgroundTasks",
    "Body",
    "Cookie",
    "Depends",
    "EventSourceResponse",
    "File",
    "Form",
    "HTTPException",
    "Header",
    "Path",
    "Query",
    "Request",
    "RequestValidationError",
    "Response",
    "ResponseValidationError",
    "RouteContext",
    "Security",
    "ServerSentEvent",
    "UploadFile",
    "WebSocket",
    "WebSocketDisconnect",
    "WebSocketException",
    "WebSocketRequestValidationError",
    "WebSocketState",
    "Webfoot",
    "__version__",
    "iter_route_contexts",
    "jsonable_encoder",
    "status",
]


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'webfoot' has no attribute {name!r}")
    module = import_module(home)
    value = module if home.endswith(f".{name}") else getattr(module, name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])
