"""Lay out everything a route needs: the dependencies in the order in which they run, the body, the reply."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Literal, TypeAlias

from webfoot.api.errors import DependencyScopeError, PlanError
from webfoot.api.fields import Field
from webfoot.api.options import RouteOptions
from webfoot.api.params import Body, Depends, Security
from webfoot.api.plan.callables import plan_call
from webfoot.api.plan.plans import BodyPlan, CallPlan, RoutePlan, Serves, SocketPlan, Step
from webfoot.api.plan.reply import plan_reply
from webfoot.api.plan.shapes import is_a
from webfoot.api.plan.signature import origin_of
from webfoot.api.security.scheme import SecurityBase, scheme_in

Overrides: TypeAlias = Mapping[Callable[..., Any], Callable[..., Any]]
_Leaves: TypeAlias = Literal["function", "request"]


def plan_route(
    endpoint: Callable[..., Any], path_names: frozenset[str], options: RouteOptions, overrides: Overrides | None = None
) -> RoutePlan:
    """Plan `endpoint` for a path with these names, with each callable in `overrides` replaced by its stand-in.

    `options["dependencies"]` run before those of the signature. Raises PlanError, naming function, file and line.
    """
    layout = _Layout(path_names, overrides or {})
    layout.first(options.get("dependencies") or (), endpoint)
    last = layout.endpoint(endpoint)
    steps = tuple(layout.steps)
    return RoutePlan(
        steps=steps,
        telling=(*layout.telling, len(steps)),
        endpoint=last,
        body=_plan_body([*(step.plan for step in steps), last.plan], strict=options.get("strict_content_type", True)),
        reply=plan_reply(endpoint, options),
    )


def plan_socket(
    endpoint: Callable[..., Any],
    path_names: frozenset[str],
    dependencies: Sequence[Depends],
    overrides: Overrides | None = None,
) -> SocketPlan:
    """As `plan_route`, for an endpoint that serves WebSockets."""
    layout = _Layout(path_names, overrides or {}, "websocket")
    layout.first(dependencies, endpoint)
    last = layout.endpoint(endpoint)
    if last.plan.kind != "async":
        raise PlanError(f"{last.plan.origin}: serves a WebSocket, so it has to be an async function")
    steps = tuple(layout.steps)
    return SocketPlan(steps=steps, telling=(*layout.telling, len(steps)), endpoint=last)


class _Layout:
    """Walks the dependencies depth first and numbers each one that has to run."""

    def __init__(self, path_names: frozenset[str], overrides: Overrides, serves: Serves = "http") -> None:
        self.path_names = path_names
        self.serves = serves
        self.overrides = overrides
        self.steps: list[Step] = []
        self.telling: list[int] = []
        # what makes two uses one run -> number of the step, and what its part of `telling` was
        self.laid: dict[tuple[Any, ...], tuple[int, tuple[int, ...]]] = {}
        self.scoped: dict[Callable[..., Any], bool] = {}  # callable -> whether scopes matter to it

    def first(self, dependencies: Sequence[Depends], endpoint: Callable[..., Any]) -> None:
        """Those that are no parameters of `endpoint`."""
        for marker in dependencies:
            if marker.dependency is None:
                origin = origin_of(endpoint)
                raise PlanError(f"{origin}: a dependency that is no parameter needs a callable, not Depends()")
            self.lay(marker, scopes=(), way=(endpoint,))

    def endpoint(self, call: Callable[..., Any]) -> Step:
        plan = self._read(call)
        return Step(plan, self._arguments(plan, (), (call,)))

    def _read(self, call: Callable[..., Any]) -> CallPlan:
        return plan_call(call, self.path_names, self.serves)

    def lay(self, marker: Depends, scopes: tuple[str, ...], way: tuple[Callable[..., Any], ...]) -> int:
        """The number of the step that gives what `marker` asks for. `way` leads from the endpoint to here."""
        assert marker.dependency is not None
        call = self.overrides.get(marker.dependency, marker.dependency)
        if is_a(call, SecurityBase):
            name = origin_of(call).name
            raise PlanError(
                f"{origin_of(way[-1])}: depends on the class {name}, which asks nobody for credentials; "
                f"it has to be an instance, {name}(...)"
            )
        if call in way:
            names = " -> ".join(origin_of(one).name for one in (*way, call))
            raise PlanError(f"{origin_of(call)}: depends on itself: {names}")
        if isinstance(marker, Security):
            scopes = tuple(dict.fromkeys((*scopes, *marker.scopes)))
        plan = self._read(call)
        leaves = _leaves(plan, marker)
        key = (call, leaves, frozenset(scopes) if self._scopes_matter(marker, call) else None)
        if marker.use_cache and key in self.laid:
            number, told = self.laid[key]
            self.telling += told
            return number
        began = len(self.telling)
        arguments = self._arguments(plan, scopes, (*way, call))
        self._refuse_early_leavers(plan, leaves, arguments)
        number = len(self.steps)
        self.telling.append(number)
        self.steps.append(Step(plan, arguments, scopes, _enter(plan), leaves))
        self.laid.setdefault(key, (number, tuple(self.telling[began:])))
        return number

    def _arguments(
        self, plan: CallPlan, scopes: tuple[str, ...], way: tuple[Callable[..., Any], ...]
    ) -> tuple[tuple[str, int], ...]:
        return tuple((name, self.lay(marker, scopes, way)) for name, marker in plan.dependencies)

    def _refuse_early_leavers(
        self, plan: CallPlan, leaves: _Leaves | None, arguments: tuple[tuple[str, int], ...]
    ) -> None:
        for name, number in arguments:
            if leaves == "request" and self.steps[number].leaves == "function":
                raise DependencyScopeError(
                    f'{plan.origin}: lives until after the response (scope "request"), but its parameter {name!r} '
                    f'ends before it (scope "function")'
                )

    def _scopes_matter(self, marker: Depends, call: Callable[..., Any]) -> bool:
        """Whether the scopes gathered on the way matter to `call` or anything below it; else one run serves all ways.

        They do where somebody asks for them, where a marker names some, and to a security scheme: what is above it
        judges by those scopes what it gives. A stand-in runs at least as often as what it replaces.
        """
        assert marker.dependency is not None
        if isinstance(marker, Security) and marker.scopes:
            return True
        return self._scopes_matter_to(call) or (
            call is not marker.dependency and self._scopes_matter_to(marker.dependency)
        )

    def _scopes_matter_to(self, call: Callable[..., Any]) -> bool:
        plan = self._read(call)
        if call not in self.scoped:
            self.scoped[call] = False  # as long as nobody knows; what depends on itself is refused by `lay`
            below = ((marker, marker.dependency) for _, marker in plan.dependencies if marker.dependency is not None)
            self.scoped[call] = (
                any(special == "scopes" for _, special in plan.specials)
                or scheme_in(call) is not None
                or any(self._scopes_matter(marker, self.overrides.get(one, one)) for marker, one in below)
            )
        return self.scoped[call]


def _leaves(plan: CallPlan, marker: Depends) -> _Leaves | None:
    return (marker.scope or "request") if plan.kind in ("async generator", "generator") else None


def _enter(plan: CallPlan) -> Callable[..., Any] | None:
    if plan.kind == "async generator":
        return asynccontextmanager(plan.call)
    if plan.kind == "generator":
        return contextmanager(plan.call)
    return None


def _plan_body(plans: Sequence[CallPlan], strict: bool) -> BodyPlan | None:
    fields: dict[str, Field] = {}
    for plan in plans:
        for field in plan.sources.body:
            fields.setdefault(field.name, field)
    if not fields:
        return None
    places = {field.place for field in fields.values()}
    first = next(iter(fields.values()))
    assert isinstance(first.info, Body)
    is_form = bool(places & {"form", "file"})
    return BodyPlan(
        kind="form" if is_form else "json",
        media_type="multipart/form-data" if "file" in places else first.info.media_type,
        fields=tuple(fields.values()),
        embed=len(fields) > 1 or bool(first.info.embed) or (is_form and first.spread is None),
        required=any(field.required for field in fields.values()),
        strict=strict,
    )
