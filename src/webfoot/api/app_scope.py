"""The dependencies of scope "app" of one application: made when it starts, closed when it stops.

A route that needs some takes their values into its plan with the first request, so that the next ones do not ask.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from typing import Any, Protocol, TypeVar, cast
from weakref import WeakSet

from webfoot.api.errors import WebfootError
from webfoot.api.plan.layout import Overrides
from webfoot.api.plan.plans import RoutePlan, SocketPlan, Step
from webfoot.api.serve.outside import OutsideVisit, end, run_step

PlanT = TypeVar("PlanT", RoutePlan, SocketPlan)


class Replans(Protocol):
    """A route that can be planned with other dependencies."""

    def plan_with(self, overrides: Overrides) -> RoutePlan | SocketPlan: ...


class Binds(Protocol):
    """A route with the values of one life in its plan. `unbind` takes them out, when that life ends."""

    def unbind(self) -> None: ...


class Life:
    """The values of one run of an application."""

    def __init__(self, app: Any) -> None:
        self.values: dict[Callable[..., Any], Any] = {}
        self.loop = asyncio.get_running_loop()
        self._visit = OutsideVisit(app)
        self._lock = asyncio.Lock()
        self._maker: asyncio.Task[Any] | None = None

    async def make(self, steps: Sequence[Step]) -> dict[Callable[..., Any], Any]:
        """All values, those of `steps` among them: made in this order, unless they have been made before."""
        if self._maker is asyncio.current_task():  # one of them uses another while it is made
            await self._make(steps)
        elif any(step.plan.call not in self.values for step in steps):
            async with self._lock:
                self._maker = asyncio.current_task()
                try:
                    await self._make(steps)
                finally:
                    self._maker = None
        return self.values

    async def _make(self, steps: Sequence[Step]) -> None:
        for step in steps:
            if step.plan.call in self.values:
                continue
            given = {parameter: self.values[call] for parameter, call in step.kept}
            try:
                self.values[step.plan.call] = await run_step(step, given, self._visit)
            except Exception as error:
                error.add_note(f'This was in the dependency {step.plan.origin} of scope "app".')
                raise

    async def end(self, error: BaseException | None) -> None:
        """Close them, the last one made first."""
        await end(self._visit, error)


class AppScope:
    """Knows the life that an application is in."""

    def __init__(self, app: Any, needed: Callable[[], Sequence[Step]]) -> None:
        """needed: the dependencies that the application's routes have, in the order in which they are to be made."""
        self._app = app
        self._needed = needed
        self._lives: list[Life] = []  # more than one only where an application is started again while it runs
        self._bound: WeakSet[Any] = WeakSet()

    @asynccontextmanager
    async def begun(self) -> AsyncIterator[None]:
        """A life in which requests are served. If one value cannot be made, those made before it are closed."""
        async with self._life(self._needed()) as life:
            self._turn(self._lives.append, life)
            try:
                yield
            finally:
                self._turn(self._lives.remove, life)

    def _turn(self, change: Callable[[Life], None], life: Life) -> None:
        change(life)
        for route in list(self._bound):
            route.unbind()
        self._bound.clear()

    @asynccontextmanager
    async def _life(self, steps: Sequence[Step]) -> AsyncIterator[Life]:
        life = Life(self._app)
        try:
            await life.make(steps)
            yield life
        except BaseException as error:
            await life.end(error)
            raise
        await life.end(None)

    @asynccontextmanager
    async def shared(self, steps: Sequence[Step]) -> AsyncIterator[dict[Callable[..., Any], Any]]:
        """The values of `steps`, from the life that the application is in or else made for this block.

        One of another event loop does not count: what was made there is of no use here.
        """
        life = self.current()
        if life is not None:
            yield await life.make(steps)
            return
        async with self._life(steps) as own:
            yield own.values

    def current(self) -> Life | None:
        """The life of this event loop."""
        loop = asyncio.get_running_loop()
        return next((life for life in reversed(self._lives) if life.loop is loop), None)

    @property
    def is_one(self) -> bool:
        """Whether a plan with values in it is right for every request."""
        return len(self._lives) == 1

    async def bind(self, plan: PlanT, route: Binds) -> PlanT:
        """The plan with the values in it. Those that nobody needed when the application started (an override, a route
        that was added late) are made now. WebfootError when it has not started.
        """
        if not self._lives:
            raise not_begun(plan)
        values = await (self.current() or self._lives[-1]).make(plan.kept)
        self._bound.add(route)
        return replace(
            plan,
            steps=tuple(bound(step, values) for step in plan.steps),
            endpoint=bound(plan.endpoint, values),
        )


def not_begun(plan: RoutePlan | SocketPlan) -> WebfootError:
    missing = plan.kept[-1].plan.origin
    return WebfootError(
        f'{plan.endpoint.plan.origin}: needs {missing}, a dependency of scope "app", which is made when the '
        "application starts, and it has not started. A server starts it; so do `with TestClient(app) as client:` and "
        "`async with app.router.lifespan_context(app):`, unless its lifespan was replaced after it was made"
    )


def bound(step: Step, values: dict[Callable[..., Any], Any]) -> Step:
    """A step whose callable has its values of scope "app"."""
    if not step.kept:
        return step
    given = {parameter: values[call] for parameter, call in step.kept}
    plan = replace(step.plan, call=partial(step.plan.call, **given))
    return replace(step, plan=plan, enter=None if step.enter is None else partial(step.enter, **given))


def needed_by(routes: Iterable[object], overrides: Overrides) -> list[Step]:
    """The dependencies of scope "app" of these routes, each once, in an order in which they can be made."""
    steps: dict[Callable[..., Any], Step] = {}
    for route in routes:
        plan: RoutePlan | SocketPlan | None = getattr(route, "plan", None) or getattr(route, "socket_plan", None)
        if plan is None or not hasattr(plan, "kept"):
            continue
        if is_concerned(plan, overrides):
            plan = cast("Replans", route).plan_with(overrides)
        for step in plan.kept:
            steps.setdefault(step.plan.call, step)
    return list(steps.values())


def is_concerned(plan: RoutePlan | SocketPlan, overrides: Overrides) -> bool:
    """Whether one of the overrides replaces something in the plan."""
    return bool(overrides) and any(step.plan.call in overrides for step in (*plan.steps, *plan.kept))
