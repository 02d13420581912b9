"""The application: routes with signatures, their document, and what they share."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from enum import Enum
from typing import Any, Literal, TypeVar, Unpack, overload

from webfoot.api.app_scope import AppScope, needed_by
from webfoot.api.errors import PlanError, RequestValidationError, WebSocketRequestValidationError
from webfoot.api.frontend import CheckDir
from webfoot.api.handlers import (
    http_exception_handler,
    request_validation_exception_handler,
    websocket_request_validation_exception_handler,
)
from webfoot.api.openapi import Document, DocumentOptions, add_documentation, describe, tables_of
from webfoot.api.options import AppOptions, RouteOptions, SharedOptions, keep_given, refuse_unknown, whole
from webfoot.api.outside import resolved
from webfoot.api.params import Depends
from webfoot.api.plan.plans import Step
from webfoot.api.router import APIRouter
from webfoot.api.telemetry.config import TelemetryConfig, settle
from webfoot.api.telemetry.switch import FirstRequest
from webfoot.api.verbs import EndpointT, Verbs
from webfoot.asgi.types import ASGIApp, Receive, Scope, Send
from webfoot.web.answering.handlers import ExceptionHandler
from webfoot.web.application import WebApp
from webfoot.web.exceptions import HTTPException
from webfoot.web.lifespan import Lifespan
from webfoot.web.middleware import Middleware
from webfoot.web.routing import BaseRoute
from webfoot.web.routing.group import expanded
from webfoot.web.static.files import PathLike
from webfoot.web.static.frontend import Fallback

T = TypeVar("T")


def prefix_of(root_path: str | None) -> str:
    return (root_path or "").rstrip("/")


class Webfoot(Verbs, WebApp):
    """An API.

    title, summary, description, version, terms_of_service, contact, license_info, servers, openapi_tags,
    openapi_external_docs: what the OpenAPI document says of it.
    openapi_url: where the document is; docs_url, redoc_url: where the pages that show it are. None leaves one out, and
    there is no page without a document.
    root_path: the prefix that a proxy in front strips. root_path_in_servers: name it in the document's servers.
    separate_input_output_schemas: whether a model that differs between request and response gets two schemas.
    telemetry: what OpenTelemetry is told, see `webfoot.telemetry.TelemetryConfig`.
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
        telemetry: TelemetryConfig | None = None,
        **shared: Unpack[AppOptions],
    ) -> None:
        refuse_unknown(Webfoot.__init__, shared, AppOptions)
        keep_given(shared)
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
        self.root_path = prefix_of(root_path)
        self.root_path_in_servers = root_path_in_servers
        self.webhooks = webhooks or APIRouter()
        self.separate_input_output_schemas = separate_input_output_schemas
        self.openapi_external_docs = openapi_external_docs
        self._telemetry = settle(telemetry)
        self.openapi_schema: dict[str, Any] | None = None
        self._described: tuple[object, object] | None = None
        self.dependency_overrides: dict[Callable[..., Any], Callable[..., Any]] = {}
        self.app_scope = AppScope(self, self._needed_at_start)
        handlers: dict[Any, ExceptionHandler] = {
            HTTPException: http_exception_handler,
            RequestValidationError: request_validation_exception_handler,
            WebSocketRequestValidationError: websocket_request_validation_exception_handler,
        }
        super().__init__(
            debug=debug,
            middleware=middleware,
            exception_handlers={**handlers, **(exception_handlers or {})},
            max_body_size=shared.pop("max_body_size", None),  # around everything, so no route needs it once more
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
        if self.openapi_url and not (self.title and self.version):
            raise PlanError("an application with a document (openapi_url) needs a title and a version to put into it")
        add_documentation(self)

    def _outermost(self, stack: ASGIApp) -> ASGIApp:
        # A subclass may build its stack by itself; then there is none to watch.
        within = (lambda app, scope: app) if self._watched_stack is None else self._watched_stack.within
        return FirstRequest(self, stack, within, self._telemetry)

    def openapi(self) -> dict[str, Any]:
        """The OpenAPI document, made when it is first asked for, and once more when the routes have changed.

        Assign another function to change it.
        """
        tables = tables_of(self)
        if self.openapi_schema is None or self._described not in (None, tables):
            self.openapi_schema = describe(self, self.routes, self.webhooks.routes, self.openapi_tags)
            self._described = tables
        return self.openapi_schema

    def add_document(
        self,
        openapi_url: str,
        *,
        tags: Collection[str | Enum] | None = None,
        prefix: str = "",
        select: Callable[[Any], bool] | None = None,
        docs_url: str | None = None,
        redoc_url: str | None = None,
        **about: Unpack[DocumentOptions],
    ) -> Document:
        """Publish a further document, of the routes with one of `tags`, under `prefix`, that `select` takes.

        What it does not say of itself (`title`, `version`, `servers`, ...) is as in the application's own document.
        """
        document = Document(
            self, openapi_url, tags=tags, prefix=prefix, select=select, docs_url=docs_url, redoc_url=redoc_url, **about
        )
        add_documentation(self, document)
        return document

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
        self.router.add_api_route(path, endpoint, methods=methods, **whole(options))

    def api_route(
        self, path: str, *, methods: Collection[str] | None = None, **options: Unpack[RouteOptions]
    ) -> Callable[[EndpointT], EndpointT]:
        def add(endpoint: EndpointT) -> EndpointT:
            self.router.add_api_route(path, endpoint, methods=methods, **whole(options))
            return endpoint

        return add

    def _by_verb(self, method: str, path: str, options: RouteOptions) -> Callable[[EndpointT], EndpointT]:
        decorate: Callable[[EndpointT], EndpointT] = getattr(self.router, method.lower())(path, **whole(options))
        return decorate

    def add_api_websocket_route(
        self,
        path: str,
        endpoint: Callable[..., Any],
        name: str | None = None,
        *,
        dependencies: Sequence[Depends] | None = None,
        middleware: Sequence[Middleware] | None = None,
    ) -> None:
        own: dict[str, Any] = {} if middleware is None else {"middleware": middleware}
        self.router.add_api_websocket_route(path, endpoint, name=name, dependencies=dependencies, **own)

    def include_router(self, router: APIRouter, *, prefix: str = "", **shared: Unpack[SharedOptions]) -> None:
        """Answer the routes of `router` too; see `APIRouter.include_router`."""
        self.router.include_router(router, prefix=prefix, **shared)

    def include_view(self, view: type[Any], *, prefix: str = "", **shared: Unpack[SharedOptions]) -> None:
        """Answer the operations of a class under `prefix`; see `APIRouter.include_view`."""
        self.router.include_view(view, prefix=prefix, **shared)

    def _needed_at_start(self) -> list[Step]:
        """The dependencies of scope "app" that some route has, with the overrides of now."""
        return needed_by(expanded(self.router.routes), self.dependency_overrides)

    @overload
    def resolve(self, call: Callable[..., AsyncIterator[T]], /, **values: Any) -> AbstractAsyncContextManager[T]: ...

    @overload
    def resolve(self, call: Callable[..., Iterator[T]], /, **values: Any) -> AbstractAsyncContextManager[T]: ...

    @overload
    def resolve(self, call: Callable[..., Awaitable[T]], /, **values: Any) -> AbstractAsyncContextManager[T]: ...

    @overload
    def resolve(self, call: Callable[..., T], /, **values: Any) -> AbstractAsyncContextManager[T]: ...

    def resolve(self, call: Callable[..., Any], /, **values: Any) -> AbstractAsyncContextManager[Any]:
        """What `call` gives, with all that it depends on, outside of any request: `async with app.resolve(f) as value`.

        Overrides count; what was entered is left after the block, and is told the exception that ends it. Dependencies
        of scope "app" are those of the running application, or else made for the block. What would come from a request
        is given by name, or is the parameter's default; PlanError when it is neither.
        """
        return resolved(self, call, values)

    def frontend(
        self, path: str, *, directory: PathLike, fallback: Fallback = "auto", check_dir: CheckDir = "auto"
    ) -> None:
        """Serve a built frontend for what no route answers; see `APIRouter.frontend`."""
        self.router.frontend(path, directory=directory, fallback=fallback, check_dir=check_dir)

    def add_event_handler(self, event_type: Literal["startup", "shutdown"], func: Callable[[], Any]) -> None:
        """Call `func` when the application starts or stops. A lifespan says both in one place and is preferable."""
        self.router.add_event_handler(event_type, func)

    def on_event(self, event_type: Literal["startup", "shutdown"]) -> Callable[[EndpointT], EndpointT]:
        """`add_event_handler` as a decorator."""
        return self.router.on_event(event_type)
