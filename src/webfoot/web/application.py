"""The application: a router, the layers around it, and the state they share."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, ClassVar, ParamSpec, TypeVar

from webfoot.asgi.types import ASGIApp, Receive, Scope, Send
from webfoot.trail.trail import TRAIL_KEY
from webfoot.web.answering.handlers import ExceptionHandler, check_handler
from webfoot.web.datastructures.state import State
from webfoot.web.datastructures.url import URLPath
from webfoot.web.lifespan import Lifespan
from webfoot.web.middleware.body_limit import check_limit, limited
from webfoot.web.middleware.dispatch import BaseHTTPMiddleware, DispatchFunction
from webfoot.web.middleware.order import Middleware, MiddlewareFactory
from webfoot.web.middleware.stack import WatchedStack, build_stack
from webfoot.web.routing.entry import BaseRoute
from webfoot.web.routing.route import Endpoint
from webfoot.web.routing.router import Router
from webfoot.web.routing.table import RouteTable
from webfoot.web.routing.websocket_route import SocketEndpoint

P = ParamSpec("P")
HandlerT = TypeVar("HandlerT", bound=Callable[..., Any])
DispatchT = TypeVar("DispatchT", bound=DispatchFunction)


class WebApp:
    """An ASGI application made of routes.

    `debug` shows tracebacks in 500s. `middleware` is listed from the outside in. `exception_handlers` maps status codes
    and exception classes to `handler(request, exc) -> Response`, sync or async; the one for 500 or Exception answers
    what nobody else handled. `lifespan(app)` gives an async context manager around the time in which requests
    are served; a dict that it yields is found in `request.state`. A request's body may have `max_body_size` bytes where
    a route, mount or router does not say otherwise; else 413. `redirect_slashes`: see `Router`.
    """

    holds_limits: ClassVar = True  # those of its routes; see `may_hold_nearer`

    def __init__(
        self,
        debug: bool = False,
        routes: Sequence[BaseRoute] | None = None,
        middleware: Sequence[Middleware] | None = None,
        exception_handlers: Mapping[Any, ExceptionHandler] | None = None,
        lifespan: Lifespan[Any] | None = None,
        *,
        max_body_size: int | None = None,
        redirect_slashes: bool = True,
    ) -> None:
        self.debug = debug
        self.max_body_size = check_limit(max_body_size)
        self.state = State()
        self.router = Router(routes, redirect_slashes=redirect_slashes, lifespan=lifespan)
        self.middleware_stack: ASGIApp | None = None
        self.user_middleware: list[Middleware] = list(middleware or ())
        self.exception_handlers: dict[Any, ExceptionHandler] = {}
        for key, handler in (exception_handlers or {}).items():
            self.add_exception_handler(key, handler)
        self._watched_stack: WatchedStack | None = None

    def build_middleware_stack(self) -> ASGIApp:
        """Called before the first request; what it returns is kept as `middleware_stack`."""
        middleware = limited(self.max_body_size, self.user_middleware) or ()
        plain, self._watched_stack = build_stack(self.router, middleware, self.exception_handlers, debug=self.debug)
        return plain

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._enter(scope)(scope, receive, send)

    def _enter(self, scope: Scope) -> ASGIApp:
        """Put the application into the scope; gives the stack that answers in it."""
        scope["app"] = self
        stack = self.middleware_stack
        if stack is None:
            stack = self.middleware_stack = self._outermost(self.build_middleware_stack())
        if TRAIL_KEY in scope and self._watched_stack is not None:
            stack = self._watched_stack.within(stack, scope)
        return stack

    def _outermost(self, stack: ASGIApp) -> ASGIApp:
        """Around the stack, which tools take apart and expect to begin with ServerErrorMiddleware."""
        return stack

    @property
    def routes(self) -> RouteTable:
        return self.router.routes

    def url_path_for(self, name: str, /, **path_params: Any) -> URLPath:
        return self.router.url_path_for(name, **path_params)

    def mount(self, path: str, app: ASGIApp, name: str | None = None) -> None:
        self.router.mount(path, app=app, name=name)

    def host(self, host: str, app: ASGIApp, name: str | None = None) -> None:
        """Let `app` answer the requests for `host`, which may have parameters: "{customer}.ducks.example"."""
        self.router.host(host, app=app, name=name)

    def add_route(
        self,
        path: str,
        route: Endpoint,
        methods: Collection[str] | None = None,
        name: str | None = None,
        include_in_schema: bool = True,
    ) -> None:
        self.router.add_route(path, route, methods=methods, name=name, include_in_schema=include_in_schema)

    def add_websocket_route(self, path: str, route: SocketEndpoint, name: str | None = None) -> None:
        self.router.add_websocket_route(path, route, name=name)

    def add_middleware(self, middleware_class: MiddlewareFactory[P], *args: P.args, **kwargs: P.kwargs) -> None:
        """Put a middleware around those that are there: the one added last is the outermost."""
        if self.middleware_stack is not None:
            raise RuntimeError("Cannot add middleware after an application has started")
        self.user_middleware.insert(0, Middleware(middleware_class, *args, **kwargs))

    def middleware(self, middleware_type: str) -> Callable[[DispatchT], DispatchT]:
        """Decorator for a function `dispatch(request, call_next)`. The only type there is is "http"."""
        assert middleware_type == "http", 'Currently only middleware("http") is supported.'

        def decorate(func: DispatchT) -> DispatchT:
            self.add_middleware(BaseHTTPMiddleware, dispatch=func)
            return func

        return decorate

    def add_exception_handler(self, exc_class_or_status_code: int | type[Exception], handler: ExceptionHandler) -> None:
        # The handlers are read when the stack is built, and it is built once, as middleware may hold state.
        if self.middleware_stack is not None:
            raise RuntimeError("Cannot add an exception handler after an application has started")
        check_handler(exc_class_or_status_code, handler)
        self.exception_handlers[exc_class_or_status_code] = handler

    def exception_handler(self, exc_class_or_status_code: int | type[Exception]) -> Callable[[HandlerT], HandlerT]:
        def decorate(func: HandlerT) -> HandlerT:
            self.add_exception_handler(exc_class_or_status_code, func)
            return func

        return decorate
