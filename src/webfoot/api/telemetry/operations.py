"""The stages of a route with a span for each: as `in_stages` of `api.serve.pipeline` and `api.serve.socket`.

They stand here a second time so that the first time pays nothing for it. A visit that nobody observes goes that way.
"""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Any

from opentelemetry.context import attach, detach
from opentelemetry.trace import Tracer, set_span_in_context

from webfoot.api.errors import RequestValidationError, WebSocketRequestValidationError
from webfoot.api.plan.stream import YIELDING
from webfoot.api.serve import pipeline, socket
from webfoot.api.serve.body import read_body
from webfoot.api.serve.pipeline import call
from webfoot.api.serve.reply import reply
from webfoot.api.serve.resolve import leave_briefly, resolve
from webfoot.api.serve.socket import SocketVisit
from webfoot.api.serve.validate import arguments, misfit
from webfoot.api.serve.visit import Visit
from webfoot.api.telemetry.attributes import tell_fault
from webfoot.api.telemetry.observation import TELEMETRY_KEY, Observation
from webfoot.journey.otel.faults import tell
from webfoot.web.background import BackgroundTasks
from webfoot.web.exceptions import WebSocketDisconnect
from webfoot.web.responses import Response


def install() -> None:
    pipeline.answer_by(observed_stages)
    socket.converse_by(observed_conversation)


class Operation:
    """A span around a block, the current one meanwhile; nothing without a tracer."""

    __slots__ = ("_span", "_token")

    def __init__(self, tracer: Tracer | None, name: str, function: Callable[..., Any]) -> None:
        if tracer is None:
            self._span = None
            return
        try:
            span = self._span = tracer.start_span(name, attributes={"code.function.name": full_name(function)})
        except Exception as error:
            tell(error)
            self._span = None
            return
        self._token = attach(set_span_in_context(span))

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, traceback: TracebackType | None) -> None:
        span = self._span
        if span is None:
            return
        detach(self._token)
        tell_fault(span, error)
        try:
            span.end()
        except Exception as fault:
            tell(fault)


def full_name(function: Callable[..., Any]) -> str:
    """`ponds.ducks.show`; of an object that is called, its class."""
    named = function if hasattr(function, "__qualname__") else type(function)
    return f"{named.__module__}.{named.__qualname__}"


async def observed_stages(visit: Visit) -> Response:
    observation: Observation | None = visit.scope.get(TELEMETRY_KEY)
    if observation is None:
        return await pipeline.in_stages(visit)
    plan, tracer = visit.plan, observation.operations
    endpoint = plan.endpoint.plan
    observation.visit = visit
    try:
        if plan.body is not None:
            await read_body(plan.body, visit)
        values = await _values(visit, observation)
        if isinstance(values, RequestValidationError):
            raise values
    except RequestValidationError as error:
        observation.misfit(list(error.errors()))
        raise
    if endpoint.kind in YIELDING:  # each item is written as it comes
        result = await call(plan.endpoint, values, visit)
    else:
        with Operation(tracer, "fastapi.endpoint", endpoint.call):
            result = await call(plan.endpoint, values, visit)
    if isinstance(result, Response):
        response = reply(plan.reply, result, visit)
    else:
        with Operation(tracer, "fastapi.serialization", endpoint.call):
            response = reply(plan.reply, result, visit)
    if tracer is not None and isinstance(response.background, BackgroundTasks):
        response.background = _ObservedTasks(response.background, tracer)
    if visit.entered_briefly is not None:
        await leave_briefly(visit)
    return response


async def _values(visit: Visit, observation: Observation) -> dict[str, Any] | RequestValidationError:
    """The endpoint's arguments, when its dependencies have run; or what did not fit, which is no fault of the span.

    Noted within the span, for processors that are told its end.
    """
    plan = visit.plan
    with Operation(observation.operations, "fastapi.dependencies", plan.endpoint.plan.call):
        if plan.steps:
            await resolve(plan.steps, visit)
        values = arguments(plan.endpoint, len(plan.steps), visit)
        if values is not None and visit.errors is None:
            observation.values, observation.errors = values, []
            return values
        told = misfit(visit)
        observation.errors = list(told.errors())
        return told


class _ObservedTasks(BackgroundTasks):
    """The same tasks, each in a span of its own."""

    def __init__(self, tasks: BackgroundTasks, tracer: Tracer) -> None:
        self.tasks = tasks.tasks
        self._tracer = tracer

    async def __call__(self) -> None:
        for task in self.tasks:
            with Operation(self._tracer, "fastapi.background_task", task.func):
                await task()


async def observed_conversation(visit: SocketVisit) -> None:
    observation: Observation | None = visit.scope.get(TELEMETRY_KEY)
    if observation is None:
        await socket.in_stages(visit)
        return
    plan, tracer = visit.plan, observation.operations
    endpoint = plan.endpoint.plan
    observation.visit = visit
    values = await _values(visit, observation)
    if isinstance(values, RequestValidationError):
        observation.misfit(list(values.errors()))
        raise WebSocketRequestValidationError(values.errors(), endpoint_ctx=visit.endpoint_ctx)
    try:
        with Operation(tracer, "fastapi.endpoint", endpoint.call):
            await call(plan.endpoint, values, visit)
    except WebSocketDisconnect:
        await _run_background(visit, tracer)
        raise
    await _run_background(visit, tracer)


async def _run_background(visit: SocketVisit, tracer: Tracer | None) -> None:
    if visit.background is not None:
        await (visit.background if tracer is None else _ObservedTasks(visit.background, tracer))()
