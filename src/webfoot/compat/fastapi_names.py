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
        "webfoot.api.application": "FastAPI=Webfoot",
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
    "fastapi.applications": {"webfoot.api.application": "FastAPI=Webfoot"},
    "fastapi.background": {"webfoot.web.background": "BackgroundTasks"},
    "fastapi.cli": {"webfoot.compat.fastapi_command": "main"},
    "fastapi.concurrency": {
        "webfoot.compat.concurrency": "contextmanager_in_threadpool run_until_first_complete",
        "webfoot.web.threads": "iterate_in_threadpool run_in_threadpool",
    },
    "fastapi.datastructures": {
        "webfoot.api.uploads": "UploadFile",
        "webfoot.api.options": "DefaultPlaceholder=NotGiven",
        "webfoot.compat.stand_ins": "Default",
        "webfoot.web.datastructures": "Address FormData Headers QueryParams State URL",
    },
    "fastapi.dependencies": {},
    "fastapi.dependencies.models": {"webfoot.api.plan.dependants": "Dependant"},
    "fastapi.dependencies.utils": {
        "webfoot.compat.walking": "_get_body_field _get_flat_body_params get_dependant "
        "get_flat_params get_parameterless_sub_dependant lenient_issubclass",
        "webfoot.compat.typed_signatures": "get_typed_annotation get_typed_return_annotation get_typed_signature "
        "get_validation_alias",
    },
    "fastapi.encoders": {
        "webfoot.api.encoders": "ENCODERS_BY_TYPE IncEx decimal_encoder=_encode_decimal jsonable_encoder",
        "webfoot.compat.stand_ins": "generate_encoders_by_class_tuples isoformat",
    },
    "fastapi.exception_handlers": {
        "webfoot.api.handlers": "http_exception_handler request_validation_exception_handler "
        "websocket_request_validation_exception_handler"
    },
    "fastapi.exceptions": {
        "webfoot.api.errors": "DependencyScopeError EndpointContext FastAPIError=WebfootError HTTPException "
        "PydanticV1NotSupportedError RequestValidationError ResponseValidationError ValidationException "
        "WebSocketRequestValidationError",
        "webfoot.compat.stand_ins": "FastAPIDeprecationWarning RequestErrorModel WebSocketErrorModel",
        "webfoot.web.exceptions": "WebSocketException",
    },
    "fastapi.logger": {"webfoot.compat.stand_ins": "logger"},
    "fastapi.middleware": {"webfoot.web.middleware": "Middleware"},
    "fastapi.middleware.asyncexitstack": {"webfoot.compat.stand_ins": "AsyncExitStackMiddleware"},
    "fastapi.middleware.cors": {"webfoot.web.middleware.cors": "CORSMiddleware"},
    "fastapi.middleware.gzip": {"webfoot.web.middleware.gzip": "GZipMiddleware"},
    "fastapi.middleware.httpsredirect": {"webfoot.web.middleware.https_redirect": "HTTPSRedirectMiddleware"},
    "fastapi.middleware.trustedhost": {"webfoot.web.middleware.trusted_host": "TrustedHostMiddleware"},
    "fastapi.middleware.wsgi": {"webfoot.web.middleware.wsgi": "WSGIMiddleware"},
    "fastapi.openapi": {},
    "fastapi.openapi.constants": {"webfoot.api.openapi.constants": "METHODS_WITH_BODY REF_PREFIX REF_TEMPLATE"},
    "fastapi.openapi.docs": {
        "webfoot.api.openapi": "get_redoc_html get_swagger_ui_html get_swagger_ui_oauth2_redirect_html "
        "swagger_ui_default_parameters",
    },
    "fastapi.openapi.models": {
        "webfoot.api.security.models": "APIKey APIKeyIn HTTPBase HTTPBearer OAuth2 OAuthFlow "
        "OAuthFlowAuthorizationCode OAuthFlowClientCredentials OAuthFlowImplicit OAuthFlowPassword OAuthFlows "
        "OpenIdConnect SecurityBase SecurityScheme SecuritySchemeType",
        "webfoot.api.openapi.models": "Components Contact Discriminator Encoding Example ExternalDocumentation Header "
        "Info License Link MediaType OpenAPI Operation Parameter ParameterBase ParameterInType PathItem Reference "
        "RequestBody Response Schema SchemaOrBool SchemaType Server ServerVariable Tag XML",
    },
    "fastapi.openapi.utils": {"webfoot.api.openapi": "get_openapi"},
    "fastapi.param_functions": {"webfoot.api.markers": _MARKERS},
    "fastapi.params": {"webfoot.api.params": f"Param ParamTypes {_MARKERS}"},
    "fastapi.requests": {"webfoot.web.requests": "HTTPConnection Request"},
    "fastapi.responses": {
        "webfoot.api.sse": "EventSourceResponse",
        "webfoot.compat.json_packages": "ORJSONResponse UJSONResponse",
        "webfoot.web.responses": "FileResponse HTMLResponse JSONResponse PlainTextResponse RedirectResponse Response "
        "StreamingResponse",
    },
    "fastapi.routing": {
        "webfoot.api.route": "APIRoute=ApiRoute",
        "webfoot.api.router": "APIRouter",
        "webfoot.api.socket_route": "APIWebSocketRoute=ApiWebSocketRoute",
        "webfoot.api.contexts": "RouteContext iter_route_contexts",
        "webfoot.api.inclusion": "_IncludedRouter=Inclusion",
        "webfoot.compat.walking": "request_response",
        "webfoot.web.routing": "BaseRoute Match Mount NoMatchFound compile_path websocket_session",
        "webfoot.web.callables": "get_name=name_of",
        "webfoot.compat.handlers": "get_request_handler",
        "webfoot.compat.lifespans": "_merge_lifespan_context",
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
    "fastapi.telemetry": {"webfoot.telemetry": "TelemetryConfig TelemetryData get_telemetry_data"},
    "fastapi.templating": {"webfoot.web.templates": "Jinja2Templates"},
    "fastapi.testclient": {"webfoot.testing": "TestClient"},
    "fastapi.types": {
        "types": "UnionType",
        "webfoot.api.encoders": "IncEx",
        "webfoot.api.verbs": "DecoratedCallable=EndpointT",
    },
    "fastapi.utils": {
        "webfoot.api.route": "generate_unique_id",
        "webfoot.api.statuses": "is_body_allowed_for_status_code=has_body",
        "webfoot.compat.stand_ins": "deep_dict_update generate_operation_id_for_path get_path_param_names "
        "get_value_or_default",
    },
    "fastapi.websockets": {
        "webfoot.web.exceptions": "WebSocketDisconnect",
        "webfoot.web.websockets": "WebSocket WebSocketState",
    },
}
