"""A path operation: a route of the toolkit that obeys a plan."""

from __future__ import annotations

import inspect
import re
from collections.abc import Awaitable, Callable, Collection, Container, Sequence
from copy import copy
from typing import Any, Protocol, Unpack, cast

from webfoot.api.errors import PlanError
from webfoot.api.inherit import inherited
from webfoot.api.options import RouteOptions, SharedOptions, refuse_unknown
from webfoot.api.plan.plans import CallPlan, RoutePlan
from webfoot.api.plan.route import Overrides, plan_route
from webfoot.api.serve.pipeline import answer, serve
from webfoot.api.serve.visit import Visit
from webfoot.asgi.types import Receive, Scope, Send
from webfoot.web.requests import Request
from webfoot.web.responses import Response
from webfoot.web.routing import Route, compile_path

_VISIT_KEY = "webfoot.visit"
"""Scope key of the visit, for route classes that put a handler of their own around the base one."""


class OverridesProvider(Protocol):
    """Who says which dependencies are replaced: the application."""

    dependency_overrides: Any


class ApiRoute(Route):
    """One path operation.

    The options of `webfoot.api.options.RouteOptions` are readable as attributes. `plan` is what the signature says;
    it is made when the route is declared, so a mistake in the signature is a PlanError there.

    A subclass may override `get_route_handler` and wrap what it returns.
    """

    response_model: Any
    methods: set[str]

    def __init__(
        self,
        path: str,
        endpoint: Callable[..., Any],
        *,
        methods: Collection[str] | None = None,
        dependency_overrides_provider: OverridesProvider | None = None,
        **options: Unpack[RouteOptions],
    ) -> None:
        refuse_unknown(ApiRoute.__init__, options, RouteOptions)
        self.dependency_overrides_provider = dependency_overrides_provider
        self._settle(path, endpoint, methods or ("GET",), options)
        self._adopt(plan_route(endpoint, self._path_names, options))

    def _settle(self, path: str, endpoint: Callable[..., Any], methods: Collection[str], options: RouteOptions) -> None:
        """Everything that path and options decide, short of the plan."""
        name, shown = options.get("name"), options.get("include_in_schema", True)
        rooted = path if path.startswith("/") else f"/{path}"
        super().__init__(rooted, endpoint, methods=methods, name=name, include_in_schema=shown)
        if rooted is not path:
            # Outside of an application a path may begin otherwise: with the prefix under which its router will be
            # included, or, for callbacks and webhooks, with something that is no path at all.
            self.path = path
            self.path_regex, self.path_format, self.param_convertors = compile_path(path)
        self.methods = {method.upper() for method in methods}  # no HEAD beside GET: the operation did not promise it
        self.options = options
        self.status_code = options.get("status_code")
        self.tags = list(options.get("tags") or ())
        self.dependencies = list(options.get("dependencies") or ())
        self.summary = options.get("summary")
        self.description = options.get("description") or _docstring(endpoint)
        self.response_description = options.get("response_description", "Successful Response")
        self.responses = dict(options.get("responses") or {})
        self.deprecated = options.get("deprecated")
        self.operation_id = options.get("operation_id")
        self.response_class = options.get("response_class")
        self.callbacks = list(options.get("callbacks") or ())
        self.openapi_extra = options.get("openapi_extra")
        self.generate_unique_id_function = options.get("generate_unique_id_function") or generate_unique_id
        self.unique_id = self.operation_id or self.generate_unique_id_function(self)
        self._path_names = frozenset(self.param_convertors)
        has_handler = type(self).get_route_handler is not ApiRoute.get_route_handler
        self._handler = self.get_route_handler() if has_handler else None
        self.app = self._serve

    def _adopt(self, plan: RoutePlan) -> None:
        if self.dependency_overrides_provider is not None:  # it belongs to an application and can be asked for
            refuse_unreachable(plan.calls, self.path, self._path_names)
        self.plan = plan
        self.response_model = plan.reply.model
        # What requests obey: the plan with the overrides that were in force when it was made.
        self._obeyed = plan
        self._overrides: dict[Any, Any] = {}

    def below(self, prefix: str, shared: SharedOptions, provider: OverridesProvider | None) -> ApiRoute:
        """This route under `prefix`, with what an including router says about all routes below it."""
        route = copy(self)
        route.dependency_overrides_provider = provider
        options = inherited(shared, self.options)
        route._settle(prefix + self.path, self.endpoint, self.methods, options)
        if (
            route._path_names == self._path_names
            and route.dependencies == self.dependencies
            and route.response_class is self.response_class
            and options.get("strict_content_type", True) is self.options.get("strict_content_type", True)
        ):
            route._adopt(self.plan)
        else:
            route._adopt(plan_route(self.endpoint, route._path_names, options))
        return route

    def _serve(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        provider = self.dependency_overrides_provider
        if provider is not None and provider.dependency_overrides != self._overrides:
            self._replan(provider.dependency_overrides)
        visit = Visit(self._obeyed, scope, receive, send)
        if self._handler is not None:
            scope[_VISIT_KEY] = visit
        return serve(visit, self._handler)

    def _replan(self, overrides: Overrides) -> None:
        """Once per change of the overrides; a route that none of them concerns goes on with its own plan."""
        self._overrides = dict(overrides)
        concerned = any(step.plan.call in overrides for step in self.plan.steps)
        self._obeyed = (
            plan_route(self.endpoint, self._path_names, self.options, self._overrides) if concerned else self.plan
        )

    def get_route_handler(self) -> Callable[[Request], Awaitable[Response]]:
        """The function that answers a request with a response. A subclass may return another one around it."""
        return _answer


async def _answer(request: Request) -> Response:
    visit = cast("Visit", request.scope[_VISIT_KEY])
    visit.take_request(request)  # maybe of a class of its own, that reads the body in its own way
    return await answer(visit)


def generate_unique_id(route: ApiRoute) -> str:
    """`read_item_items__item_id__get`: name, path and one method, in letters that every generator of clients takes."""
    return re.sub(r"\W", "_", route.name + route.path_format) + "_" + min(route.methods).lower()


def _docstring(endpoint: Callable[..., Any]) -> str:
    """What stands before a form feed; the rest is for those who read the source."""
    return inspect.cleandoc(endpoint.__doc__ or "").partition("\f")[0].strip()


def refuse_unreachable(calls: Sequence[CallPlan], path: str, path_names: Container[str]) -> None:
    """PlanError for a path that no request has, and for a parameter that comes from a part that the path has not.

    calls: those of one route, the endpoint last.
    """
    if not path.startswith("/"):
        raise PlanError(f"{calls[-1].origin}: its path {path!r} has to begin with '/'")
    for call in calls:
        for field in call.fields:
            if field.place == "path" and field.alias not in path_names:
                raise PlanError(
                    f"{call.origin}: parameter {field.name!r} comes from the path, but {path!r} has no part "
                    f"{{{field.alias}}}"
                )
