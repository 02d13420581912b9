"""Run dependencies outside of any request: those of scope "app" at start-up, and what `app.resolve(...)` asks for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

from webfoot.api.plan.outside import OutsidePlan
from webfoot.api.plan.plans import RoutePlan, Step
from webfoot.api.serve.resolve import leave, run
from webfoot.api.serve.visit import Visit
from webfoot.asgi.types import Message


class OutsideVisit(Visit):
    """The state of such a run. There is an application in its scope, and nothing of a request."""

    __slots__ = ()

    def __init__(self, app: Any) -> None:
        plan, scope = cast("RoutePlan", OutsidePlan()), {"type": "outside", "app": app}
        super().__init__(plan, scope, _nothing_comes, _goes_nowhere)
        self.responding = True  # there is no response to miss


async def run_steps(steps: Iterable[Step], visit: OutsideVisit) -> None:
    """Fill `visit.results`. What was entered before one of them fails is left before the error goes on."""
    try:
        for step in steps:
            values = {parameter: visit.results[number] for parameter, number in step.arguments}
            visit.results.append(await run_step(step, values, visit))
    except BaseException as error:
        await end(visit, error)
        raise


async def run_step(step: Step, values: dict[str, Any], visit: OutsideVisit) -> Any:
    for parameter, special in step.plan.specials:
        values[parameter] = visit.special(special, step)
    return await run(step, values, visit)


async def end(visit: OutsideVisit, error: BaseException | None) -> None:
    """Leave what was entered; `error` is thrown into it, and goes on whatever becomes of it there."""
    await leave(visit, error)
    if error is not None:  # somebody swallowed it, and nobody would know
        raise error
    if visit.background is not None:
        await visit.background()


async def _nothing_comes() -> Message:
    raise RuntimeError("there is no request here")


async def _goes_nowhere(message: Message) -> None:
    raise RuntimeError("there is no request here")
