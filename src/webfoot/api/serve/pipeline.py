"""A request's way through a route, from the matched scope to the last byte sent."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

from webfoot.api.plan.plans import CallPlan, Step
from webfoot.api.plan.stream import YIELDING
from webfoot.api.serve.body import read_body, tell_what_was_sent
from webfoot.api.serve.reply import reply
from webfoot.api.serve.resolve import leave, leave_briefly, resolve, run_in_thread
from webfoot.api.serve.streams import stream
from webfoot.api.serve.validate import arguments, misfit
from webfoot.api.serve.visit import Visit
from webfoot.trail import Trail, is_thorough
from webfoot.web.answering.handlers import answer_exception
from webfoot.web.requests import Request
from webfoot.web.responses import Response

Handler: TypeAlias = Callable[[Request], Awaitable[Response]]


async def serve(visit: Visit, handler: Handler | None = None) -> None:
    """Answer one request: find the response, send it, leave what was entered.

    `handler` stands in for `answer` where a route class has its own. An exception goes first to the dependencies that
    wait around their yield and then to the application's handler; it goes on when there is none.
    """
    try:
        try:
            response = await (_stages(visit) if handler is None else handler(visit.request))
            visit.responding = True
            await response(visit.scope, visit.receive, visit.send)
        except BaseException as error:
            if visit.entered is None and visit.entered_briefly is None:
                raise
            if visit.trail is not None:
                _tell_what_was_sent(visit, visit.trail)
            await leave(visit, error)
        else:
            if visit.entered is not None:
                await leave(visit, None)
    except Exception as error:
        if visit.trail is not None:
            _tell_what_was_sent(visit, visit.trail)
        if not await answer_exception(error, visit.request, visit.receive, visit.send):
            raise
    finally:
        if visit.form is not None:
            await visit.form.close()


def _tell_what_was_sent(visit: Visit, trail: Trail) -> None:
    if not is_thorough(trail):
        tell_what_was_sent(visit, trail)


def answer(visit: Visit) -> Awaitable[Response]:
    """What a handler that stands in for the stages calls, to have them."""
    return _stages(visit)


def answer_by(stages: Callable[[Visit], Awaitable[Response]]) -> None:
    """Have `stages` do what `in_stages` does, from now on and in this process: telemetry's, when there is some.

    So whoever has none has nothing of it in the way.
    """
    global _stages  # noqa: PLW0603 - an attribute of anything would be one more step in each request
    _stages = stages


async def in_stages(visit: Visit) -> Response:
    """The stages, in their order."""
    plan = visit.plan
    if plan.body is not None:
        await read_body(plan.body, visit)
    if plan.steps:
        await resolve(plan.steps, visit)
    values = arguments(plan.endpoint, len(plan.steps), visit)
    if values is None or visit.errors is not None:
        raise misfit(visit)
    endpoint = plan.endpoint.plan
    if endpoint.kind == "async" and visit.trail is None:
        result = await endpoint.call(**values)
    else:
        result = await call(plan.endpoint, values, visit)
    response = reply(plan.reply, result, visit)
    if visit.entered_briefly is not None:
        await leave_briefly(visit)
    return response


_stages: Callable[[Visit], Awaitable[Response]] = in_stages


def call(endpoint: Step, values: dict[str, Any], visit: Visit) -> Awaitable[Any]:
    """Run the endpoint: on the event loop when it is async, else in a thread. Of one that yields, its response."""
    if visit.trail is not None:
        return _watched(endpoint, values, visit, visit.trail)
    return _run(endpoint.plan, values, visit)


async def _run(plan: CallPlan, values: dict[str, Any], visit: Visit) -> Any:
    if plan.kind == "async":
        return await plan.call(**values)
    if plan.kind in YIELDING:
        return await stream(plan.call(**values), visit)
    return await run_in_thread(plan.call, values, visit)


async def _watched(endpoint: Step, values: dict[str, Any], visit: Visit, trail: Trail) -> Any:
    plan, name = endpoint.plan, endpoint.plan.origin.name
    trail.note("endpoint_called", endpoint.as_called.copy())
    try:
        result = await (plan.call(**values) if plan.kind == "async" else _run(plan, values, visit))
    except BaseException as error:
        _tell_what_was_sent(visit, trail)
        trail.mark("endpoint_returned", name=name, outcome="raised", error=error)
        raise
    trail.note("endpoint_returned", {"name": name, "outcome": "returned", "returned": type(result).__name__})
    return result
