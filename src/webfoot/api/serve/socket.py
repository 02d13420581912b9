"""A WebSocket's way through a route, from the matched scope to its end.

The same stages as those of a request, without body and reply: resolve -> validate -> call -> leave.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, cast

from webfoot.api.errors import WebSocketRequestValidationError
from webfoot.api.plan.plans import RoutePlan, SocketPlan, Special, Step
from webfoot.api.serve.pipeline import call
from webfoot.api.serve.resolve import leave, resolve
from webfoot.api.serve.validate import arguments, misfit
from webfoot.api.serve.visit import Visit
from webfoot.asgi.types import Receive, Scope, Send
from webfoot.web.answering.sockets import answer_socket
from webfoot.web.exceptions import WebSocketDisconnect
from webfoot.web.websockets import WebSocket


class SocketVisit(Visit):
    """What is known of one WebSocket while it is served.

    A response is changed in vain here. Background tasks run when the endpoint has ended, or its client has left it.
    """

    __slots__ = ("websocket",)

    def __init__(self, plan: SocketPlan, scope: Scope, receive: Receive, send: Send) -> None:
        super().__init__(cast("RoutePlan", plan), scope, receive, send)  # the stages below read what both plans have
        self.websocket: WebSocket[Any] = WebSocket(scope, receive, send)
        self.responding = True  # a dependency may end what goes wrong around its yield: there is no response to miss

    def special(self, asked: Special, step: Step) -> Any:
        return self.websocket if asked in ("websocket", "connection") else super().special(asked, step)


async def serve_socket(visit: SocketVisit) -> None:
    """Serve one WebSocket to its end.

    An exception goes first to the dependencies that wait around their yield and then to the application's handler; it
    goes on when there is none. That the client has left is told to the dependencies only.
    """
    try:
        try:
            await _stages(visit)
        except BaseException as error:
            if visit.entered is None and visit.entered_briefly is None:
                raise
            await leave(visit, error)
        else:
            if visit.entered is not None or visit.entered_briefly is not None:
                await leave(visit, None)
    except Exception as error:
        if not await answer_socket(error, visit.websocket):
            raise


def converse_by(stages: Callable[[SocketVisit], Awaitable[None]]) -> None:
    """As `answer_by` for requests."""
    global _stages  # noqa: PLW0603
    _stages = stages


async def in_stages(visit: SocketVisit) -> None:
    """The stages, in their order."""
    plan = visit.plan
    if plan.steps:
        await resolve(plan.steps, visit)
    values = arguments(plan.endpoint, len(plan.steps), visit)
    if values is None or visit.errors is not None:
        raise WebSocketRequestValidationError(misfit(visit).errors(), endpoint_ctx=visit.endpoint_ctx)
    try:
        await call(plan.endpoint, values, visit)
    except WebSocketDisconnect:
        await _run_background(visit)
        raise
    await _run_background(visit)


_stages: Callable[[SocketVisit], Awaitable[None]] = in_stages


async def _run_background(visit: SocketVisit) -> None:
    if visit.background is not None:
        await visit.background()
