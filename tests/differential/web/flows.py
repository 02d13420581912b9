"""One program, two toolkits: builds the same application with Starlette's names and with ours, and asks both."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from tests.web.driving import answer_of

_OURS = {
    "webfoot.web.routing": "BaseRoute Host Match Mount Route Router",
    "webfoot.web.middleware": "Middleware",
    "webfoot.web.middleware.cors": "CORSMiddleware",
    "webfoot.web.middleware.dispatch": "BaseHTTPMiddleware",
    "webfoot.web.responses": "JSONResponse PlainTextResponse Response StreamingResponse",
    "webfoot.web.exceptions": "HTTPException",
    "webfoot.web.background": "BackgroundTask",
    "webfoot.web.middleware.body_limit": "RequestBodyLimitMiddleware",
    "webfoot.web.middleware.gzip": "GZipMiddleware",
    "webfoot.web.middleware.opentelemetry": "OpenTelemetryMiddleware",
    "webfoot.web.middleware.sessions": "SessionMiddleware",
    "webfoot.web.middleware.trusted_host": "TrustedHostMiddleware",
    "webfoot.web.middleware.https_redirect": "HTTPSRedirectMiddleware",
    "webfoot.web.middleware.authentication": "AuthenticationMiddleware",
    "webfoot.web.authentication": (
        "AuthCredentials AuthenticationBackend AuthenticationError SimpleUser UnauthenticatedUser requires"
    ),
    "webfoot.web.config": "Config Environ EnvironError",
    "webfoot.web.datastructures": "CommaSeparatedStrings Secret",
    "webfoot.web.schemas": "OpenAPIResponse SchemaGenerator",
}
_THEIR_MODULES = {
    "webfoot.web.middleware.dispatch": "starlette.middleware.base",
    "webfoot.web.middleware.trusted_host": "starlette.middleware.trustedhost",
    "webfoot.web.middleware.https_redirect": "starlette.middleware.httpsredirect",
}


def _names(theirs: bool) -> SimpleNamespace:
    found: dict[str, Any] = {}
    for home, names in _OURS.items():
        module = _THEIR_MODULES.get(home, home.replace("webfoot.web", "starlette")) if theirs else home
        found.update({name: getattr(importlib.import_module(module), name) for name in names.split()})
    application = importlib.import_module("starlette.applications" if theirs else "webfoot.web.application")
    found["App"] = application.Starlette if theirs else application.WebApp
    return SimpleNamespace(**found)


THEIRS, OURS = _names(theirs=True), _names(theirs=False)

Made = Callable[[SimpleNamespace], Any]


def both(make: Made, method: str, path: str, **more: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """The answers of (theirs, ours): status, headers, body, and the kind of exception that came out."""
    return _ask(make(THEIRS), method, path, **more), _ask(make(OURS), method, path, **more)


def _ask(app: Any, method: str, path: str, **more: Any) -> dict[str, Any]:
    answered = answer_of(app, method, path, **more)
    starts = [message for message in answered.messages if message["type"] == "http.response.start"]
    return {
        "starts": [(message["status"], sorted(_field(*pair) for pair in message["headers"])) for message in starts],
        "body": answered.body,
        "others": [m for m in answered.messages if not m["type"].startswith("http.response")],
        "error": type(answered.error).__name__,
    }


def _field(name: bytes, value: bytes) -> tuple[bytes, bytes]:
    # Their Allow comes from a set and has no order.
    return name.lower(), b", ".join(sorted(value.split(b", "))) if name.lower() == b"allow" else value
