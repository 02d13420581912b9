"""FastAPI's public names, module by module; see `webfoot.compat.names` for how a row is read."""

from __future__ import annotations

from typing import Final

_MARKERS = "Body Cookie Depends File Form Header Path Query Security"
_KEYS = "APIKeyCookie APIKeyHeader APIKeyQuery"
_CREDENTIALS = "HTTPAuthorizationCredentials HTTPBasic HTTPBasicCredentials HTTPBearer HTTPDigest"
_OAUTH2 = (
    "OAuth2 OAuth2AuthorizationCodeBearer OAuth2PasswordBearer OAuth2PasswordRequestForm "
    "OAuth2PasswordRequestFormStrict SecurityScopes"
)

FASTAPI: Final[dict[str, dict[str, str]]] = {
    "fastapi": {
        "webfoot.compat.application": "FastAPI",
        "webfoot.api.errors": "HTTPException",
        "webfoot.api.markers": _MARKERS,
        "webfoot.api.router": "APIRouter",
        "webfoot.api.uploads": "UploadFile",
        "webfoot.web.background": "BackgroundTasks",
        "webfoot.web.exceptions": "WebSocketDisconnect WebSocketException",
        "webfoot.web.requests": "Request",
        "webfoot.web.responses": "Response",
        "webfoot.web.status": "status=.",
        "webfoot.web.websockets": "WebSocket",
    },
    "fastapi.applications": {"webfoot.compat.application": "FastAPI"},
    "fastapi.background": {"webfoot.web.background": "BackgroundTasks"},
    "fastapi.concurrency": {"webfoot.web.threads": "iterate_in_threadpool run_in_threadpool"},
    "fastapi.datastructures": {
        "webfoot.api.uploads": "UploadFile",
        "webfoot.compat.stand_ins": "Default",
        "webfoot.web.datastructures": "Address FormData Headers QueryParams State URL",
    },
    "fastapi.encoders": {"webfoot.api.encoders": "jsonable_encoder"},
    "fastapi.exception_handlers": {
        "webfoot.api.handlers": "http_exception_handler request_validation_exception_handler "
        "websocket_request_validation_exception_handler"
    },
    "fastapi.exceptions": {
        "webfoot.api.errors": "DependencyScopeError FastAPIError=WebfootError HTTPException RequestValidationError "
        "ResponseValidationError ValidationException WebSocketRequestValidationError",
        "webfoot.web.exceptions": "WebSocketException",
    },
    "fastapi.logger": {"webfoot.compat.stand_ins": "logger"},
    "fastapi.middleware": {"webfoot.web.middleware": "Middleware"},
    "fastapi.middleware.cors": {"webfoot.web.middleware.cors": "CORSMiddleware"},
    "fastapi.middleware.gzip": {"webfoot.web.middleware.gzip": "GZipMiddleware"},
    "fastapi.middleware.httpsredirect": {"webfoot.web.middleware.https_redirect": "HTTPSRedirectMiddleware"},
    "fastapi.middleware.trustedhost": {"webfoot.web.middleware.trusted_host": "TrustedHostMiddleware"},
    "fastapi.middleware.wsgi": {"webfoot.web.middleware.wsgi": "WSGIMiddleware"},
    "fastapi.openapi": {},
    "fastapi.openapi.docs": {
        "webfoot.api.openapi": "get_swagger_ui_html get_swagger_ui_oauth2_redirect_html",
    },
    "fastapi.openapi.models": {
        "webfoot.api.security.models": "APIKey APIKeyIn HTTPBase HTTPBearer OAuth2 OAuthFlow "
        "OAuthFlowAuthorizationCode OAuthFlowClientCredentials OAuthFlowImplicit OAuthFlowPassword OAuthFlows "
        "OpenIdConnect SecurityBase SecurityScheme SecuritySchemeType"
    },
    "fastapi.openapi.utils": {"webfoot.api.openapi": "get_openapi"},
    "fastapi.param_functions": {"webfoot.api.markers": _MARKERS},
    "fastapi.params": {"webfoot.api.params": f"Param {_MARKERS}"},
    "fastapi.requests": {"webfoot.web.requests": "HTTPConnection Request"},
    "fastapi.responses": {
        "webfoot.api.sse": "EventSourceResponse",
        "webfoot.web.responses": "FileResponse HTMLResponse JSONResponse PlainTextResponse RedirectResponse Response "
        "StreamingResponse",
    },
    "fastapi.routing": {
        "webfoot.api.route": "APIRoute=ApiRoute",
        "webfoot.api.router": "APIRouter",
        "webfoot.api.socket_route": "APIWebSocketRoute=ApiWebSocketRoute",
        "webfoot.web.routing": "BaseRoute Match Mount NoMatchFound compile_path request_response",
        "webfoot.web.callables": "get_name=name_of",
    },
    "fastapi.security": {
        "webfoot.api.security": f"{_KEYS} {_CREDENTIALS} {_OAUTH2} OpenIdConnect",
    },
    "fastapi.security.api_key": {"webfoot.api.security": _KEYS, "webfoot.api.security.api_key": "APIKeyBase"},
    "fastapi.security.base": {"webfoot.api.security": "SecurityBase"},
    "fastapi.security.http": {"webfoot.api.security": f"{_CREDENTIALS} HTTPBase"},
    "fastapi.security.oauth2": {"webfoot.api.security": _OAUTH2},
    "fastapi.security.open_id_connect_url": {"webfoot.api.security": "OpenIdConnect"},
    "fastapi.security.utils": {"webfoot.api.security": "get_authorization_scheme_param"},
    "fastapi.sse": {"webfoot.api.sse": "EventSourceResponse ServerSentEvent format_sse_event"},
    "fastapi.staticfiles": {"webfoot.web.static": "StaticFiles"},
    "fastapi.templating": {"webfoot.web.templates": "Jinja2Templates"},
    "fastapi.testclient": {"webfoot.testing": "TestClient"},
    "fastapi.types": {"webfoot.api.verbs": "DecoratedCallable=EndpointT"},
    "fastapi.utils": {
        "webfoot.api.route": "generate_unique_id",
        "webfoot.api.statuses": "is_body_allowed_for_status_code=has_body",
    },
    "fastapi.websockets": {
        "webfoot.web.exceptions": "WebSocketDisconnect",
        "webfoot.web.websockets": "WebSocket WebSocketState",
    },
}
