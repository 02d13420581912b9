"""`app.resolve(...)`: dependencies for scripts, tasks and tests."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Protocol

from webfoot.api.app_scope import AppScope, bound
from webfoot.api.plan.layout import plan_outside
from webfoot.api.plan.outside import OutsidePlan
from webfoot.api.serve.outside import OutsideVisit, end, run_steps


class Application(Protocol):
    """What is needed of one."""

    app_scope: AppScope
    dependency_overrides: dict[Callable[..., Any], Callable[..., Any]]


@asynccontextmanager
async def resolved(app: Application, call: Callable[..., Any], given: dict[str, Any]) -> AsyncIterator[Any]:
    """The value of `call`; see `Webfoot.resolve`."""
    running = app.app_scope.current()
    asked = app.dependency_overrides.get(call, call)
    if running is not None and asked in running.values and not given:
        yield running.values[asked]
        return
    plan = plan_outside(call, app.dependency_overrides, given)
    async with app.app_scope.shared(plan.kept) as values, _run(app, plan, values) as value:
        yield value


@asynccontextmanager
async def _run(app: Application, plan: OutsidePlan, values: dict[Callable[..., Any], Any]) -> AsyncIterator[Any]:
    visit = OutsideVisit(app)
    await run_steps([bound(step, values) for step in plan.steps], visit)
    try:
        yield visit.results[plan.result]
    except BaseException as error:
        await end(visit, error)
        raise
    await end(visit, None)
