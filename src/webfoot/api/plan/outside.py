"""Callables that are run outside of any request: the dependencies of scope "app", and what `app.resolve(...)` is given.

They are read as any other, but no value can come from a request: it is given by name, or is the parameter's default.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import lru_cache, partial
from typing import Any, Final

from webfoot.api.errors import PlanError
from webfoot.api.params import Depends, ValueMarker
from webfoot.api.plan.classify import depends_on, marker_of, special_of
from webfoot.api.plan.plans import CallPlan, Origin, Sources, Special, Step
from webfoot.api.plan.signature import EMPTY, Parameter, kind_of, origin_of, read_parameters

OF_A_REQUEST: Final[dict[Special, str]] = {
    "request": "the Request",
    "websocket": "the WebSocket",
    "connection": "the HTTPConnection",
}
_CHANGED_IN_VAIN: Final[dict[Special, str]] = {
    "response": "the Response",
    "background": "the BackgroundTasks",
    "scopes": "the SecurityScopes",
}
_NO_SOURCES: Final = Sources((), {}, {}, (), (), ())


@dataclass(frozen=True, slots=True)
class OutsidePlan:
    """Dependencies that run outside of a request. `result` is the number of the step that gives what was asked for;
    the rest means the same as in a RoutePlan.
    """

    steps: tuple[Step, ...] = ()
    kept: tuple[Step, ...] = ()
    result: int = -1
    endpoint: None = None


@lru_cache(4096)
def plan_app_call(call: Callable[..., Any]) -> CallPlan:
    """Read a dependency of scope "app". Raises PlanError for a parameter that would differ between requests."""
    origin = origin_of(call)
    specials: list[tuple[str, Special]] = []
    dependencies: list[tuple[str, Depends]] = []
    for parameter in read_parameters(call):
        annotation, marker = marker_of(parameter, f"{origin}: parameter {parameter.name!r}")
        asked = special_of(annotation)
        if isinstance(marker, Depends):
            dependencies.append((parameter.name, _app_scoped(marker, annotation, parameter, origin)))
        elif marker is None and asked == "application":
            specials.append((parameter.name, asked))
        elif marker is not None or parameter.default is EMPTY:
            what = {**OF_A_REQUEST, **_CHANGED_IN_VAIN}[asked] if marker is None and asked else "a value"
            raise PlanError(
                f"{_once(origin)}, but its parameter {parameter.name!r} asks for {what} of each request; take it from "
                'a dependency of scope "app", or give the parameter a plain default'
            )
    return _call_plan(call, origin, specials, dependencies)


def _app_scoped(marker: Depends, annotation: Any, parameter: Parameter, origin: Origin) -> Depends:
    marker = depends_on(marker, annotation, f"{origin}: parameter {parameter.name!r}")
    if marker.scope != "app":
        assert marker.dependency is not None
        below = origin_of(marker.dependency)
        raise PlanError(
            f"{_once(origin)}, but its parameter {parameter.name!r} depends on {below}, which runs for each request; "
            f'write Depends({below.name}, scope="app") there, or leave scope="app" out where {origin.name} is asked for'
        )
    return marker


def _once(origin: Origin) -> str:
    return f'{origin}: is made once for the application (scope "app")'


class Reader:
    """Reads callables with the values that are `given` by name, and remembers which of them somebody took.

    The values are bound to the callables, so nothing validates or converts them: they are the caller's own.
    """

    def __init__(self, given: Mapping[str, Any], shown: str) -> None:
        self._given = given
        self._shown = shown
        self._taken: set[str] = set()
        self._names: set[str] = set()
        self._read: dict[Callable[..., Any], CallPlan] = {}

    def read(self, call: Callable[..., Any]) -> CallPlan:
        """Raises PlanError for a value that only a request has."""
        if call not in self._read:
            self._read[call] = self._plan(call)
        return self._read[call]

    def _plan(self, call: Callable[..., Any]) -> CallPlan:
        origin = origin_of(call)
        bound: dict[str, Any] = {}
        specials: list[tuple[str, Special]] = []
        dependencies: list[tuple[str, Depends]] = []
        for parameter in read_parameters(call):
            name = parameter.name
            annotation, marker = marker_of(parameter, f"{origin}: parameter {name!r}")
            asked = special_of(annotation) if marker is None else None
            if isinstance(marker, Depends):
                dependencies.append((name, depends_on(marker, annotation, f"{origin}: parameter {name!r}")))
                continue
            self._names.add(name)
            if name in self._given:
                self._taken.add(name)
                bound[name] = self._given[name]
            elif asked is not None and asked not in OF_A_REQUEST:
                specials.append((name, asked))
            else:
                bound.update(self._default(parameter, marker, asked, origin))
        plan = _call_plan(call, origin, specials, dependencies)
        return replace(plan, call=partial(call, **bound)) if bound else plan

    def _default(
        self, parameter: Parameter, marker: ValueMarker | None, asked: Special | None, origin: Origin
    ) -> dict[str, Any]:
        """What is to be passed where nothing was given; a plain default needs no passing."""
        if not any(parameter.default is one for one in (EMPTY, ..., marker or EMPTY)):
            return {}
        if marker is not None and not marker.is_required():
            return {parameter.name: marker.get_default(call_default_factory=True, validated_data={})}
        what = OF_A_REQUEST[asked] if asked is not None else f"a {marker.place} value" if marker else "a value"
        raise PlanError(
            f"{origin}: parameter {parameter.name!r} takes {what}, which only a request has, and there is none here; "
            f"give it by name, {self._shown[:-1]}, {parameter.name}=...), "
            "or replace the dependency in app.dependency_overrides"
        )

    def refuse_unused(self) -> None:
        """TypeError for what was given and nobody takes."""
        for name in self._given:
            if name not in self._taken:
                near = get_close_matches(name, self._names, n=1)
                hint = f"; did you mean {near[0]!r}?" if near else " (a dependency is replaced in dependency_overrides)"
                raise TypeError(f"{self._shown} was given {name!r}, and nothing that it runs takes such a value{hint}")


def _call_plan(
    call: Callable[..., Any],
    origin: Origin,
    specials: list[tuple[str, Special]],
    dependencies: list[tuple[str, Depends]],
) -> CallPlan:
    return CallPlan(call, kind_of(call), origin, (), _NO_SOURCES, tuple(specials), tuple(dependencies), None)
