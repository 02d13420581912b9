"""A route of the toolkit for WebSockets that obeys a plan."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from copy import copy
from typing import Any

from webfoot.api.options import SharedOptions
from webfoot.api.params import Depends
from webfoot.api.plan.plans import SocketPlan
from webfoot.api.plan.route import Overrides, plan_socket
from webfoot.api.route import OverridesProvider, refuse_unreachable
from webfoot.api.serve.socket import SocketVisit, serve_socket
from webfoot.asgi.types import Receive, Scope, Send
from webfoot.web.routing import WebSocketRoute, compile_path


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
    ) -> None:
        self._settle(path, endpoint, name, list(dependencies or ()), dependency_overrides_provider)
        self._adopt(plan_socket(endpoint, self._path_names, self.dependencies))

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
        self.app = self._serve

    def _adopt(self, plan: SocketPlan) -> None:
        if self.dependency_overrides_provider is not None:  # it belongs to an application and can be asked for
            refuse_unreachable(plan.calls, self.path, self._path_names)
        self.socket_plan = plan
        # What WebSockets obey: the plan with the overrides that were in force when it was made.
        self._obeyed = plan
        self._overrides: dict[Any, Any] = {}

    def below(self, prefix: str, shared: SharedOptions, provider: OverridesProvider | None) -> ApiWebSocketRoute:
        """This route under `prefix`, with the dependencies that an including router asks of all routes below it."""
        route = copy(self)
        dependencies = [*(shared.get("dependencies") or ()), *self.dependencies]
        route._settle(prefix + self.path, self.endpoint, self.name, dependencies, provider)
        is_same = route._path_names == self._path_names and dependencies == self.dependencies
        route._adopt(self.socket_plan if is_same else plan_socket(self.endpoint, route._path_names, route.dependencies))
        return route

    def _serve(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        provider = self.dependency_overrides_provider
        if provider is not None and provider.dependency_overrides != self._overrides:
            self._replan(provider.dependency_overrides)
        return serve_socket(SocketVisit(self._obeyed, scope, receive, send))

    def _replan(self, overrides: Overrides) -> None:
        """Once per change of the overrides; a route that none of them concerns goes on with its own plan."""
        self._overrides = dict(overrides)
        concerned = any(step.plan.call in overrides for step in self.socket_plan.steps)
        self._obeyed = (
            plan_socket(self.endpoint, self._path_names, self.dependencies, self._overrides)
            if concerned
            else self.socket_plan
        )
