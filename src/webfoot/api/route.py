"""A path operation: a route of the toolkit that obeys a plan."""

from __future__ import annotations

import inspect
import re
from collections.abc import Awaitable, Callable, Collection
from copy import copy
from typing import TYPE_CHECKING, Any, Final, Unpack, cast

from webfoot.api.attributes import has_attributes
from webfoot.api.errors import WebfootError
from webfoot.api.in_force import NOBODY, UNSETTLED, OverridesProvider, plan_in_force
from webfoot.api.inherit import inherited
from webfoot.api.option_kinds import settle_options
from webfoot.api.options import UNSET, RouteOptions, SharedOptions, refuse_unknown
from webfoot.api.plan.additional import check_additional
from webfoot.api.plan.layout import Overrides
from webfoot.api.plan.plans import RoutePlan
from webfoot.api.plan.route import plan_route, refuse_unreachable
from webfoot.api.plan.signature import signature_given
from webfoot.api.serve.pipeline import Handler, answer, serve
from webfoot.api.serve.visit import Visit
from webfoot.asgi.types import Receive, Scope, Send
from webfoot.web.middleware.body_limit import limited
from webfoot.web.middleware.level import as_levels, within
from webfoot.web.middleware.order import wrap
from webfoot.web.requests import Request
from webfoot.web.responses import Response
from webfoot.web.routing import BaseRoute, Route, compile_path

_VISIT_KEY = "webfoot.visit"
"""Scope key of the visit, for route classes that put a handler of their own around the base one."""


_PLANNED_BY: Final[dict[str, Any]] = {
    "dependencies": [],
    "form_limits": None,
    "response_class": None,
    "response_model": UNSET,
    "status_code": None,
    "strict_content_type": True,
}
"""Of the options that a route may come to have after it was planned, those that its plan depends on."""

_TOLD_BY_ATTRIBUTES: Final = (
    "callbacks",
    "dependencies",
    "deprecated",
    "description",
    "name",
    "openapi_extra",
    "operation_id",
    "response_class",
    "response_description",
    "responses",
    "status_code",
    "summary",
    "tags",
)


@has_attributes
class ApiRoute(Route):
    """One path operation.

    The options of `webfoot.api.options.RouteOptions` are readable as attributes. `plan` is what the signature says;
    it is made when the route is declared, so a mistake in the signature is a PlanError there.

    A subclass may override `get_route_handler` and wrap what it returns.
    """

    response_model: Any
    methods: set[str]

    if TYPE_CHECKING:  # the others of `has_attributes`

        def __getattr__(self, name: str) -> Any: ...

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
        settle_options(options, endpoint, path=path)
        options["middleware"] = as_levels(options.get("middleware"))
        self.dependency_overrides_provider = dependency_overrides_provider
        self._settle(path, endpoint, methods or ("GET",), options)
        self._adopt(plan_route(endpoint, self._path_names, options))
        self.signed = signature_given(endpoint)

    def _settle(self, path: str, endpoint: Callable[..., Any], methods: Collection[str], options: RouteOptions) -> None:
        """Everything that path and options decide, short of the plan."""
        self._place(path, endpoint, methods, options)
        self.options = options
        self._say(options)
        self.max_body_size = options.get("max_body_size")
        self.middleware = as_levels(options.get("middleware"))
        is_plain = type(self).get_route_handler is ApiRoute.get_route_handler
        served = within(self._serve if is_plain else self._serve_in_own_way, self.middleware, self._mark_entered)
        self.app = wrap(served, limited(self.max_body_size, None))
        self._is_bare = not self.middleware

    def _place(self, path: str, endpoint: Callable[..., Any], methods: Collection[str], options: RouteOptions) -> None:
        name, shown = options.get("name"), options.get("include_in_schema", True)
        rooted = path if path.startswith("/") else f"/{path}"
        super().__init__(rooted, endpoint, methods=methods, name=name, include_in_schema=shown)
        if rooted is not path:
            # Outside of an application a path may begin otherwise: with the prefix under which its router will be
            # included, or, for callbacks and webhooks, with something that is no path at all.
            self.path = path
            self.path_regex, self.path_format, self.param_convertors = compile_path(path)
        self.methods = {method.upper() for method in methods}  # no HEAD beside GET: the operation did not promise it
        self._path_names = frozenset(self.param_convertors)

    def _say(self, options: RouteOptions) -> None:
        """What may be told otherwise by an attribute later, see `said`."""
        self.status_code = options.get("status_code")
        self.tags = list(options.get("tags") or ())
        self.dependencies = list(options.get("dependencies") or ())
        self.summary = options.get("summary")
        self.description = options.get("description") or _docstring(self.endpoint)
        self.response_description = options.get("response_description", "Successful Response")
        self.responses = dict(options.get("responses") or {})
        if self.responses:
            check_additional(self.responses, self.endpoint)
        self.deprecated = options.get("deprecated")
        self.operation_id = options.get("operation_id")
        self.response_class = options.get("response_class")
        self.callbacks = list(options.get("callbacks") or ())
        self.openapi_extra = options.get("openapi_extra")
        self.generate_unique_id_function = options.get("generate_unique_id_function") or generate_unique_id
        self.unique_id = self.operation_id or self.generate_unique_id_function(self)

    def _adopt(self, plan: RoutePlan) -> None:
        if self.dependency_overrides_provider is not None:  # it belongs to an application and can be asked for
            refuse_unreachable(plan.calls, self.path, self._path_names)
        if plan.kept and self.dependency_overrides_provider is None:
            self.dependency_overrides_provider = NOBODY
        self.plan = plan
        self.__dict__.pop("dependant", None)
        self.response_model = _model_of(plan)
        # What requests obey: the plan with the overrides that were in force when it was made.
        self._obeyed = plan
        self._overrides: dict[Any, Any] = UNSETTLED if plan.kept else {}
        if type(self).get_route_handler is not ApiRoute.get_route_handler:
            self._handler = self.get_route_handler()

    def below(
        self, prefix: str, shared: SharedOptions, provider: OverridesProvider | None, before: BaseRoute | None = None
    ) -> ApiRoute:
        """This route under `prefix`, with what an including router says about all routes below it.

        That is `before`, which it was there, if this route still says what it said.
        """
        options = inherited(shared, self.said())
        signed = signature_given(self.endpoint)
        if isinstance(before, ApiRoute) and before.options == options and before.signed is signed:
            return before
        route = copy(self)
        route.dependency_overrides_provider = provider
        route._settle(prefix + self.path, self.endpoint, self.methods, options)
        is_same = route._path_names == self._path_names and self.signed is signed
        is_same = is_same and _planned_alike(options, self.options)
        route._adopt(self.plan if is_same else plan_route(self.endpoint, route._path_names, options))
        route.signed = signed
        return route

    def said(self) -> RouteOptions:
        """The options as the attributes tell them now: who has changed one of these means it."""
        options = cast("dict[str, Any]", self.options.copy())
        for name in _TOLD_BY_ATTRIBUTES:
            told = getattr(self, name)
            if told or options.get(name):
                options[name] = told
        if self.include_in_schema is not options.get("include_in_schema", True):
            options["include_in_schema"] = self.include_in_schema
        if self.generate_unique_id_function is not generate_unique_id:
            options["generate_unique_id_function"] = self.generate_unique_id_function
        if self.response_model is not _model_of(self.plan):
            options["response_model"] = self.response_model
        return cast("RouteOptions", options)

    def _serve(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        provider = self.dependency_overrides_provider
        if provider is not None and provider.dependency_overrides != self._overrides:
            return self._serve_anew(None, scope, receive, send)
        return serve(Visit(self._obeyed, scope, receive, send))

    def _serve_in_own_way(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        return self.serve_by(self._handler, scope, receive, send)

    def serve_by(self, handler: Handler, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Answer by `handler`, which is what `get_route_handler` gave, or calls that."""
        provider = self.dependency_overrides_provider
        if provider is not None and provider.dependency_overrides != self._overrides:
            return self._serve_anew(handler, scope, receive, send)
        visit = scope[_VISIT_KEY] = Visit(self._obeyed, scope, receive, send)
        return serve(visit, handler)

    async def _serve_anew(self, handler: Handler | None, scope: Scope, receive: Receive, send: Send) -> None:
        """By a plan that is asked for first."""
        plan, self._overrides = await plan_in_force(self.plan, self.plan_with, self)
        self._obeyed = plan
        visit = scope[_VISIT_KEY] = Visit(plan, scope, receive, send)
        await serve(visit, handler)

    def plan_with(self, overrides: Overrides) -> RoutePlan:
        return plan_route(self.endpoint, self._path_names, self.options, overrides)

    def unbind(self) -> None:
        """Ask for the plan anew with the next request: the values in it are of an application that has ended."""
        self._obeyed, self._overrides = self.plan, UNSETTLED

    def get_route_handler(self) -> Callable[[Request], Awaitable[Response]]:
        """The function that answers a request with a response. A subclass may return another one around it.

        Called once more, on a route whose attributes were changed, it plans the route anew by what they say.
        """
        said = self.said()
        if not _planned_alike(said, self.options):
            plan = plan_route(self.endpoint, self._path_names, said)
            self.options = said
            self._adopt(plan)
        return _answer


async def _answer(request: Request) -> Response:
    visit: Visit | None = request.scope.get(_VISIT_KEY)
    if visit is None:
        raise WebfootError(
            "what get_route_handler() gives answers the requests of its route and no others; "
            "ApiRoute.serve_by(handler, scope, receive, send) has it do so"
        )
    visit.take_request(request)  # maybe of a class of its own, that reads the body in its own way
    return await answer(visit)


def _model_of(plan: RoutePlan) -> Any:
    """None as well for an endpoint that yields: its items have a type, and no model has a say."""
    return plan.reply.model if plan.reply.stream is None else None


def _planned_alike(one: RouteOptions, other: RouteOptions) -> bool:
    said, told = cast("dict[str, Any]", one), cast("dict[str, Any]", other)
    return all(said.get(name, default) == told.get(name, default) for name, default in _PLANNED_BY.items())


def generate_unique_id(route: ApiRoute) -> str:
    """`read_item_items__item_id__get`: name, path and one method, in letters that every generator of clients takes."""
    return re.sub(r"\W", "_", route.name + route.path_format) + "_" + min(route.methods).lower()


def _docstring(endpoint: Callable[..., Any]) -> str:
    """What stands before a form feed; the rest is for those who read the source."""
    return inspect.cleandoc(endpoint.__doc__ or "").partition("\f")[0].strip()
