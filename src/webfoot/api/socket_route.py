"""A route of the toolkit for WebSockets that obeys a plan."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from copy import copy
from typing import Any

from webfoot.api.attributes import has_socket_attributes
from webfoot.api.in_force import NOBODY, UNSETTLED, OverridesProvider, plan_in_force
from webfoot.api.options import SharedOptions
from webfoot.api.params import Depends
from webfoot.api.plan.layout import Overrides
from webfoot.api.plan.plans import SocketPlan
from webfoot.api.plan.route import plan_socket, refuse_unreachable
from webfoot.api.plan.signature import signature_given
from webfoot.api.serve.socket import SocketVisit, serve_socket
from webfoot.asgi.types import Receive, Scope, Send
from webfoot.web.middleware import Middleware
from webfoot.web.middleware.level import as_levels, within
from webfoot.web.routing import WebSocketRoute, compile_path


@has_socket_attributes
class ApiWebSocketRoute(WebSocketRoute):
    """WebSockets on `path` are served by `endpoint`, an async function whose parameters are those of a path operation.

    `socket_plan` is what the signature says; it is made when the route is declared, so a mistake in the signature is a
    PlanError there. The OpenAPI document does not tell of WebSockets.
    """

    def __init__(
        self,
        path: str,
        endpoint: Callable[..., Any],
        *,
        name: str | None = None,
        dependencies: Sequence[Depends] | None = None,
        dependency_overrides_provider: OverridesProvider | None = None,
        middleware: Sequence[Middleware] | None = None,
    ) -> None:
        self.middleware = as_levels(middleware)
        self._settle(path, endpoint, name, list(dependencies or ()), dependency_overrides_provider)
        self._adopt(plan_socket(endpoint, self._path_names, self.dependencies))
        self.signed = signature_given(endpoint)

    def _settle(
        self,
        path: str,
        endpoint: Callable[..., Any],
        name: str | None,
        dependencies: list[Depends],
        provider: OverridesProvider | None,
    ) -> None:
        """Everything short of the plan."""
        rooted = path if path.startswith("/") else f"/{path}"
        super().__init__(rooted, endpoint, name=name)
        if rooted is not path:  # its router will be included under a prefix
            self.path = path
            self.path_regex, self.path_format, self.param_convertors = compile_path(path)
        self.dependencies = dependencies
        self.dependency_overrides_provider = provider
        self._path_names = frozenset(self.param_convertors)
        self.app = within(self._serve, self.middleware, self._mark_entered)
        self._is_bare = not self.middleware

    def _adopt(self, plan: SocketPlan) -> None:
        if self.dependency_overrides_provider is not None:  # it belongs to an application and can be asked for
            refuse_unreachable(plan.calls, self.path, self._path_names)
        if plan.kept and self.dependency_overrides_provider is None:
            self.dependency_overrides_provider = NOBODY
        self.socket_plan = plan
        self.__dict__.pop("dependant", None)
        # What WebSockets obey: the plan with the overrides that were in force when it was made.
        self._obeyed = plan
        self._overrides: dict[Any, Any] = UNSETTLED if plan.kept else {}

    def below(self, prefix: str, shared: SharedOptions, provider: OverridesProvider | None) -> ApiWebSocketRoute:
        """This route under `prefix`, with the dependencies and the middleware that an including router has for all
        routes below it."""
        route = copy(self)
        route.middleware = as_levels([*(shared.get("middleware") or ()), *self.middleware])
        dependencies = [*(shared.get("dependencies") or ()), *self.dependencies]
        route._settle(prefix + self.path, self.endpoint, self.name, dependencies, provider)
        route.signed = signature_given(self.endpoint)
        is_same = route._path_names == self._path_names and dependencies == self.dependencies
        is_same = is_same and route.signed is self.signed
        route._adopt(self.socket_plan if is_same else plan_socket(self.endpoint, route._path_names, route.dependencies))
        return route

    def _serve(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        provider = self.dependency_overrides_provider
        if provider is not None and provider.dependency_overrides != self._overrides:
            return self._serve_anew(scope, receive, send)
        return serve_socket(SocketVisit(self._obeyed, scope, receive, send))

    async def _serve_anew(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As `_serve`, by a plan that is asked for first."""
        plan, self._overrides = await plan_in_force(self.socket_plan, self.plan_with, self)
        self._obeyed = plan
        await serve_socket(SocketVisit(plan, scope, receive, send))

    def plan_with(self, overrides: Overrides) -> SocketPlan:
        return plan_socket(self.endpoint, self._path_names, self.dependencies, overrides)

    def unbind(self) -> None:
        """Ask for the plan anew with the next WebSocket: the values in it are of an application that has ended."""
        self._obeyed, self._overrides = self.socket_plan, UNSETTLED
