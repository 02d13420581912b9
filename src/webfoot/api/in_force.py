"""Which plan a route obeys: its own, one with the overrides that are in force, with the values of scope "app" in it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Protocol

from webfoot.api.app_scope import AppScope, PlanT, is_concerned, not_begun
from webfoot.api.plan.layout import Overrides

UNSETTLED: Final[Any] = object()
"""In the place of the overrides that a route obeys: it asks for its plan anew with the next request."""


class OverridesProvider(Protocol):
    """Who says which dependencies are replaced: the application."""

    dependency_overrides: Any


class _Nobody:
    def __init__(self) -> None:
        self.dependency_overrides: Any = {}


NOBODY: Final = _Nobody()
"""Stands in for the application of a route that has none and yet needs values of scope "app"."""


class Obeys(Protocol):
    """A route."""

    dependency_overrides_provider: OverridesProvider | None

    def unbind(self) -> None: ...


async def plan_in_force(
    plan: PlanT, replan: Callable[[Overrides], PlanT], route: Obeys
) -> tuple[PlanT, dict[Any, Any]]:
    """For the requests from now on, and the overrides that it goes by. Asked once per change of these.

    A route that none of them concerns goes on with its own plan.
    """
    provider = route.dependency_overrides_provider
    assert provider is not None
    overrides = dict(provider.dependency_overrides)
    if is_concerned(plan, overrides):
        plan = replan(overrides)
    if plan.kept:
        app_scope: AppScope | None = getattr(provider, "app_scope", None)
        if app_scope is None:
            raise not_begun(plan)
        plan = await app_scope.bind(plan, route)
        if not app_scope.is_one:
            return plan, UNSETTLED
    return plan, overrides
