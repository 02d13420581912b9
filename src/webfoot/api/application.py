"""The application: routes with signatures, their document, and what they share."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Literal, Unpack

from webfoot.api.errors import RequestValidationError, WebSocketRequestValidationError
from webfoot.api.handlers import (
    http_exception_handler,
    request_validation_exception_handler,
    websocket_request_validation_exception_handler,
)
from webfoot.api.openapi import add_documentation, describe
from webfoot.api.options import RouteOptions, SharedOptions, refuse_unknown
from webfoot.api.params import Depends
from webfoot.api.router import APIRouter
from webfoot.api.verbs import EndpointT, Verbs
from webfoot.asgi.types import Receive, Scope, Send
from webfoot.web.answering.handlers import ExceptionHandler
from webfoot.web.application import WebApp
from webfoot.web.exceptions import HTTPException
from webfoot.web.lifespan import Lifespan
from webfoot.web.middleware import Middleware
from webfoot.web.routing import BaseRoute


class Webfoot(Verbs, WebApp):
    """An API.

    title, summary, description, version, terms_of_service, contact, license_info, servers, openapi_tags,
    openapi_external_docs: what the OpenAPI document says of it.
    openapi_url: where the document is; docs_url: where the page that shows it is. None leaves one out, and there is no
    page without a document.
    root_path: the prefix that a proxy in front strips. root_path_in_servers: name it in the document's servers.
    separate_input_output_schemas: whether a model that differs between request and response gets two schemas.
    The shared options (dependencies, responses, default_response_class, ...) count for every route.
    """

    openapi_version = "3.1.0"

    def __init__(
        self,
        *,
        debug: bool = False,
        routes: Sequence[BaseRoute] | None = None,
        title: str = "Webfoot",
        summary: str | None = None,
        description: str = "",
        version: str = "0.1.0",
        openapi_url: str | None = "/openapi.json",
        openapi_tags: list[dict[str, Any]] | None = None,
        servers: list[dict[str, Any]] | None = None,
        redirect_slashes: bool = True,
        docs_url: str | None = "/docs",
        redoc_url: str | None = "/redoc",
        swagger_ui_oauth2_redirect_url: str | None = "/docs/oauth2-redirect",
        swagger_ui_init_oauth: dict[str, Any] | None = None,
        swagger_ui_parameters: dict[str, Any] | None = None,
        middleware: Sequence[Middleware] | None = None,
        exception_handlers: Mapping[Any, ExceptionHandler] | None = None,
        on_startup: Sequence[Callable[[], Any]] | None = None,
        on_shutdown: Sequence[Callable[[], Any]] | None = None,
        lifespan: Lifespan[Any] | None = None,
        terms_of_service: str | None = None,
        contact: dict[str, Any] | None = None,
        license_info: dict[str, Any] | None = None,
        root_path: str = "",
        root_path_in_servers: bool = True,
        webhooks: APIRouter | None = None,
        separate_input_output_schemas: bool = True,
        openapi_external_docs: dict[str, Any] | None = None,
        **shared: Unpack[SharedOptions],
    ) -> None:
        refuse_unknown(Webfoot.__init__, shared, SharedOptions)
        self.title = title
        self.summary = summary
        self.description = description
        self.version = version
        self.openapi_url = openapi_url
        self.openapi_tags = openapi_tags
        self.servers = servers or []
        self.docs_url = docs_url
        self.redoc_url = redoc_url
        self.swagger_ui_oauth2_redirect_url = swagger_ui_oauth2_redirect_url
        self.swagger_ui_init_oauth = swagger_ui_init_oauth
        self.swagger_ui_parameters = swagger_ui_parameters
        self.terms_of_service = terms_of_service
        self.contact = contact
        self.license_info = license_info
        self.root_path = root_path.rstrip("/")
        self.root_path_in_servers = root_path_in_servers
        self.webhooks = webhooks or APIRouter()
        self.separate_input_output_schemas = separate_input_output_schemas
        self.openapi_external_docs = openapi_external_docs
        self.openapi_schema: dict[str, Any] | None = None
        self.dependency_overrides: dict[Callable[..., Any], Callable[..., Any]] = {}
        handlers: dict[Any, ExceptionHandler] = {
            HTTPException: http_exception_handler,
            RequestValidationError: request_validation_exception_handler,
            WebSocketRequestValidationError: websocket_request_validation_exception_handler,
        }
        super().__init__(
            debug=debug, middleware=middleware, exception_handlers={**handlers, **(exception_handlers or {})}
        )
        self.router: APIRouter = APIRouter(
            routes=routes,
            redirect_slashes=redirect_slashes,
            dependency_overrides_provider=self,
            on_startup=on_startup,
            on_shutdown=on_shutdown,
            lifespan=lifespan,
            **shared,
        )
        self.setup()

    def setup(self) -> None:
        """Add the routes of the document and its page. Called once, by the constructor."""
        add_documentation(self)

    def openapi(self) -> dict[str, Any]:
        """The OpenAPI document, made when it is first asked for. Assign another function to change it."""
        if self.openapi_schema is None:
            self.openapi_schema = describe(self)
        return self.openapi_schema

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.root_path:
            scope["root_path"] = self.root_path
        await self._enter(scope)(scope, receive, send)

    def add_api_route(
        self,
        path: str,
        endpoint: Callable[..., Any],
        *,
        methods: Collection[str] | None = None,
        **options: Unpack[RouteOptions],
    ) -> None:
        self.router.add_api_route(path, endpoint, methods=methods, **options)

    def add_api_websocket_route(
        self,
        path: str,
        endpoint: Callable[..., Any],
        name: str | None = None,
        *,
        dependencies: Sequence[Depends] | None = None,
    ) -> None:
        self.router.add_api_websocket_route(path, endpoint, name, dependencies=dependencies)

    def include_router(self, router: APIRouter, *, prefix: str = "", **shared: Unpack[SharedOptions]) -> None:
        """Answer the routes of `router` too; see `APIRouter.include_router`."""
        self.router.include_router(router, prefix=prefix, **shared)

    def add_event_handler(self, event_type: Literal["startup", "shutdown"], func: Callable[[], Any]) -> None:
        """Call `func` when the application starts or stops. A lifespan says both in one place and is preferable."""
        self.router.add_event_handler(event_type, func)

    def on_event(self, event_type: Literal["startup", "shutdown"]) -> Callable[[EndpointT], EndpointT]:
        """`add_event_handler` as a decorator."""
        return self.router.on_event(event_type)
