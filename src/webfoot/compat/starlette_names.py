"""Starlette's public names, module by module; see `webfoot.compat.names` for how a row is read."""

from __future__ import annotations

from typing import Final

_STRUCTURES = (
    "Address CommaSeparatedStrings FormData Headers ImmutableMultiDict MultiDict MutableHeaders QueryParams Secret "
    "State URL URLPath UploadFile"
)
_RESPONSES = "FileResponse HTMLResponse JSONResponse PlainTextResponse RedirectResponse Response StreamingResponse"

STARLETTE: Final[dict[str, dict[str, str]]] = {
    "starlette": {},
    "starlette._utils": {
        "webfoot.web.callables": "is_async_callable",
        "webfoot.web.routing.path": "get_route_path",
    },
    "starlette.applications": {"webfoot.web.application": "Starlette=WebApp"},
    "starlette.authentication": {
        "webfoot.web.authentication": "AuthCredentials AuthenticationBackend AuthenticationError BaseUser SimpleUser "
        "UnauthenticatedUser has_required_scope requires"
    },
    "starlette.background": {"webfoot.web.background": "BackgroundTask BackgroundTasks"},
    "starlette.concurrency": {
        "webfoot.compat.concurrency": "run_until_first_complete",
        "webfoot.web.threads": "iterate_in_threadpool run_in_threadpool",
    },
    "starlette.config": {"webfoot.web.config": "Config Environ EnvironError environ"},
    "starlette.convertors": {
        "webfoot.web.routing.convertors": "CONVERTOR_TYPES Convertor FloatConvertor IntegerConvertor PathConvertor "
        "StringConvertor UUIDConvertor register_url_convertor"
    },
    "starlette.datastructures": {"webfoot.web.datastructures": _STRUCTURES},
    "starlette.endpoints": {"webfoot.web.endpoints": "HTTPEndpoint WebSocketEndpoint"},
    "starlette.exceptions": {
        "webfoot.compat.stand_ins": "StarletteDeprecationWarning",
        "webfoot.web.exceptions": "HTTPException WebSocketException",
    },
    "starlette.formparsers": {
        "webfoot.compat.stand_ins": "MultipartPart",
        "webfoot.web.forms": "FormParser MultiPartException MultiPartParser",
    },
    "starlette.middleware": {"webfoot.web.middleware": "Middleware"},
    "starlette.middleware.authentication": {"webfoot.web.middleware.authentication": "AuthenticationMiddleware"},
    "starlette.middleware.base": {
        "webfoot.web.middleware.dispatch": "BaseHTTPMiddleware DispatchFunction RequestResponseEndpoint"
    },
    "starlette.middleware.body_limit": {"webfoot.web.middleware.body_limit": "RequestBodyLimitMiddleware"},
    "starlette.middleware.cors": {"webfoot.web.middleware.cors": "CORSMiddleware"},
    "starlette.middleware.errors": {"webfoot.web.middleware.errors": "ServerErrorMiddleware"},
    "starlette.middleware.exceptions": {"webfoot.web.middleware.exceptions": "ExceptionMiddleware"},
    "starlette.middleware.gzip": {
        "webfoot.web.middleware.gzip": "DEFAULT_EXCLUDED_CONTENT_TYPES GZipMiddleware GZipResponder=GZipMiddleware"
    },
    "starlette.middleware.httpsredirect": {"webfoot.web.middleware.https_redirect": "HTTPSRedirectMiddleware"},
    "starlette.middleware.opentelemetry": {"webfoot.web.middleware.opentelemetry": "OpenTelemetryMiddleware"},
    "starlette.middleware.sessions": {"webfoot.web.middleware.sessions": "Session SessionMiddleware"},
    "starlette.middleware.trustedhost": {"webfoot.web.middleware.trusted_host": "TrustedHostMiddleware"},
    "starlette.middleware.wsgi": {
        "webfoot.compat.wsgi": "WSGIResponder build_environ",
        "webfoot.web.middleware.wsgi": "WSGIMiddleware",
    },
    "starlette.requests": {
        "webfoot.web.cookies": "cookie_parser=parse_cookies",
        "webfoot.web.exceptions": "ClientDisconnect",
        "webfoot.web.requests": "HTTPConnection Request",
        # not at home in Starlette's module either, but found there by those who type what a request holds
        "webfoot.web.datastructures": "Address FormData Headers QueryParams State URL",
    },
    "starlette.responses": {
        "webfoot.compat.stand_ins": "AsyncContentStream SyncContentStream guess_type",
        "webfoot.web.responses": _RESPONSES,
        "webfoot.web.responses.streaming": "Content=Chunk ContentStream",
    },
    "starlette.routing": {
        "webfoot.web.routing": "BaseRoute Host Match Mount NoMatchFound Route Router WebSocketRoute compile_path "
        "request_response websocket_session",
        "webfoot.web.callables": "get_name=name_of",
        "webfoot.web.routing.path": "get_route_path replace_params",
    },
    "starlette.schemas": {"webfoot.web.schemas": "BaseSchemaGenerator OpenAPIResponse SchemaGenerator"},
    "starlette.staticfiles": {"webfoot.web.static": "NotModifiedResponse StaticFiles"},
    "starlette.status": {"webfoot.web.status": "*"},
    "starlette.templating": {"webfoot.web.templates": "Jinja2Templates _TemplateResponse=TemplateResponse"},
    "starlette.testclient": {"webfoot.testing": "TestClient WebSocketDenialResponse WebSocketTestSession"},
    "starlette.types": {
        "webfoot.asgi.types": "ASGIApp Message Receive Scope Send",
        "webfoot.web.answering.handlers": "ExceptionHandler HTTPExceptionHandler=RequestHandler "
        "WebSocketExceptionHandler=SocketHandler",
        "webfoot.web.lifespan": "AppType=AppT Lifespan StatefulLifespan=Lifespan StatelessLifespan=Lifespan",
    },
    "starlette.websockets": {
        "webfoot.web.exceptions": "WebSocketDisconnect WebSocketDisconnected",
        "webfoot.web.websockets": "WebSocket WebSocketClose WebSocketState",
    },
}
