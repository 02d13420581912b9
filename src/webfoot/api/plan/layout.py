"""The order in which dependencies run: a walk from those who ask to those who give, which numbers each run once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from typing import Any, Final, TypeAlias

from webfoot.api.errors import DependencyScopeError, ParameterError, PlanError
from webfoot.api.params import Depends, Security
from webfoot.api.plan.callables import plan_call
from webfoot.api.plan.outside import OutsidePlan, Reader, plan_app_call
from webfoot.api.plan.plans import CallPlan, Leaves, Serves, Step
from webfoot.api.plan.shapes import is_a
from webfoot.api.plan.signature import origin_of
from webfoot.api.security.scheme import SecurityBase, scheme_in

Overrides: TypeAlias = Mapping[Callable[..., Any], Callable[..., Any]]

_SCOPES: Final = (None, "function", "request", "app")

_TOLD_AGAIN_UP_TO: Final = 256
"""Errors are told as often as somebody asks for the value, as FastAPI does, but ever more diamonds on top of each other
would double that each time; so from here on they are told once."""


class Layout:
    """Walks the dependencies depth first and numbers each one that has to run."""

    def __init__(self, path_names: frozenset[str], overrides: Overrides, serves: Serves = "http") -> None:
        self.path_names = path_names
        self.serves = serves
        self.overrides = overrides
        self.steps: list[Step] = []
        self.telling: list[int] = []
        # what makes two uses one run -> number of the step, and which part of `telling` is its own
        self.laid: dict[tuple[Any, ...], tuple[int, slice]] = {}
        self.kept: dict[Callable[..., Any], Step] = {}  # those of scope "app" in the order in which they are made
        self.scoped: dict[Callable[..., Any], bool] = {}  # callable -> whether scopes matter to it

    def first(self, dependencies: Sequence[Depends], endpoint: Callable[..., Any]) -> None:
        """Those that are no parameters of `endpoint`."""
        way = (partial(endpoint),)  # the route's: `endpoint` itself may be among them, and that is no circle
        for marker in dependencies:
            if not isinstance(marker, Depends):
                raise PlanError(f"{origin_of(endpoint)}: dependencies=[...] takes Depends(...), not {marker!r}")
            if marker.dependency is None:
                origin = origin_of(endpoint)
                raise ParameterError(
                    f"{origin}: dependencies=[Depends()]: A parameter-less dependency must have a callable dependency"
                )
            if marker.scope == "app":
                self.keep(marker, way)
            else:
                self.lay(marker, scopes=(), way=way)

    def endpoint(self, call: Callable[..., Any]) -> Step:
        plan = self.read(call)
        return Step(plan, self._arguments(plan, (), (call,)), kept=self._kept(plan, (call,)))

    def read(self, call: Callable[..., Any]) -> CallPlan:
        return plan_call(call, self.path_names, self.serves)

    def lay(self, marker: Depends, scopes: tuple[str, ...], way: tuple[Callable[..., Any], ...]) -> int:
        """The number of the step that gives what `marker` asks for. `way` leads from the endpoint to here."""
        call = self._called(marker, way)
        if isinstance(marker, Security):
            scopes = tuple(dict.fromkeys((*scopes, *(marker.scopes or ()))))
        plan = self.read(call)
        leaves = _leaves(plan, marker)
        key = (call, leaves, frozenset(scopes) if self._scopes_matter(marker, call) else None)
        if marker.use_cache and key in self.laid:
            number, told = self.laid[key]
            if len(self.telling) < _TOLD_AGAIN_UP_TO:
                self.telling += self.telling[told]
            return number
        began = len(self.telling)
        arguments = self._arguments(plan, scopes, (*way, call))
        self._refuse_early_leavers(plan, leaves, arguments)
        number = len(self.steps)
        self.telling.append(number)
        self._refuse_waiting_for_oneself(marker, way)
        kept = self._kept(plan, (*way, call))
        asked = marker.dependency
        stands_for = None if asked is None or call is asked else origin_of(asked).name
        self.steps.append(Step(plan, arguments, scopes, _enter(plan), leaves, kept, marker.limit, stands_for))
        self.laid.setdefault(key, (number, slice(began, len(self.telling))))
        return number

    def _arguments(
        self, plan: CallPlan, scopes: tuple[str, ...], way: tuple[Callable[..., Any], ...]
    ) -> tuple[tuple[str, int], ...]:
        return tuple(
            (name, self.lay(marker, scopes, way)) for name, marker in plan.dependencies if marker.scope != "app"
        )

    def keep(self, marker: Depends, way: tuple[Callable[..., Any], ...]) -> Callable[..., Any]:
        """The callable of scope "app" that gives what `marker` asks for, noted with all that it needs itself."""
        call = self._called(marker, way)
        if not marker.use_cache:
            raise PlanError(
                f'{origin_of(way[-1])}: Depends({origin_of(call).name}, scope="app") is made once for the application, '
                "so use_cache=False cannot be obeyed"
            )
        if marker.limit is not None:
            raise PlanError(
                f'{origin_of(way[-1])}: Depends({origin_of(call).name}, scope="app") is made once for the application, '
                "so max_concurrency says nothing"
            )
        if call not in self.kept:
            plan = plan_app_call(call)
            kept = self._kept(plan, (*way, call))
            self.kept[call] = Step(plan, enter=_enter(plan), leaves="app", kept=kept)
        return call

    def _kept(self, plan: CallPlan, way: tuple[Callable[..., Any], ...]) -> tuple[tuple[str, Callable[..., Any]], ...]:
        return tuple((name, self.keep(marker, way)) for name, marker in plan.dependencies if marker.scope == "app")

    def _called(self, marker: Depends, way: tuple[Callable[..., Any], ...]) -> Callable[..., Any]:
        """What is called where `marker` stands: its callable, or the stand-in for it."""
        assert marker.dependency is not None
        if marker.scope not in _SCOPES:
            raise PlanError(
                f"{origin_of(way[-1])}: {marker} has the scope {marker.scope!r}, and there are only "
                '"function", "request" and "app"'
            )
        call = self.overrides.get(marker.dependency, marker.dependency)
        if is_a(call, SecurityBase):
            name = origin_of(call).name
            raise PlanError(
                f"{origin_of(way[-1] if way else call)}: depends on the class {name}, which asks nobody for "
                f"credentials; it has to be an instance, {name}(...)"
            )
        if call in way:
            names = " -> ".join(origin_of(one).name for one in (*way, call))
            raise PlanError(f"{origin_of(call)}: depends on itself: {names}")
        return call

    def _refuse_early_leavers(
        self, plan: CallPlan, leaves: Leaves | None, arguments: tuple[tuple[str, int], ...]
    ) -> None:
        for name, number in arguments:
            if leaves == "request" and self.steps[number].leaves == "function":
                raise DependencyScopeError(
                    f'{plan.origin}: lives until after the response (scope "request"), but its parameter {name!r} '
                    f'ends before it (scope "function")'
                )

    def _refuse_waiting_for_oneself(self, marker: Depends, way: tuple[Callable[..., Any], ...]) -> None:
        limit = marker.limit
        held = sum(step.limit is limit and step.enter is not None for step in self.steps)
        if limit is not None and held >= limit.at_most:
            raise PlanError(
                f"{origin_of(way[-1])}: depends on {marker} {held + 1} times with use_cache=False, and each keeps its "
                f"place until the end, so a request would wait for itself; max_concurrency={limit.at_most} is too few"
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
        plan = self.read(call)
        if call not in self.scoped:
            self.scoped[call] = False  # as long as nobody knows; what depends on itself is refused by `lay`
            below = [
                (marker, marker.dependency)
                for _, marker in plan.dependencies
                if marker.dependency is not None and marker.scope != "app"
            ]
            self.scoped[call] = (
                any(special == "scopes" for _, special in plan.specials)
                or scheme_in(call) is not None
                or any(self._scopes_matter(marker, self.overrides.get(one, one)) for marker, one in below)
            )
        return self.scoped[call]


class _OutsideLayout(Layout):
    """The same walk where there is no request."""

    def __init__(self, reader: Reader, overrides: Overrides) -> None:
        super().__init__(frozenset(), overrides)
        self._reader = reader

    def read(self, call: Callable[..., Any]) -> CallPlan:
        return self._reader.read(call)


def plan_outside(call: Callable[..., Any], overrides: Overrides, given: Mapping[str, Any]) -> OutsidePlan:
    """Plan `call` for `app.resolve(...)`, with the values that are `given` by name.

    Raises PlanError for a value that only a request has, and TypeError for one that is given and nobody takes.
    """
    reader = Reader(given, f"app.resolve({origin_of(call).name.rpartition('.')[2]})")
    layout = _OutsideLayout(reader, overrides)
    result = layout.lay(Depends(call), scopes=(), way=())
    reader.refuse_unused()
    return OutsidePlan(tuple(layout.steps), tuple(layout.kept.values()), result)


def _leaves(plan: CallPlan, marker: Depends) -> Leaves | None:
    return (marker.scope or "request") if plan.kind in ("async generator", "generator") else None


def _enter(plan: CallPlan) -> Callable[..., Any] | None:
    if plan.kind == "async generator":
        return asynccontextmanager(plan.call)
    if plan.kind == "generator":
        return contextmanager(plan.call)
    return None
