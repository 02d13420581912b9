"""Exporters for the endpoints that the environment names (`OTEL_EXPORTER_OTLP_...`), while the application lives."""

from __future__ import annotations

from typing import Final

from webfoot.api.telemetry.config import Choice
from webfoot.asgi.types import ASGIApp, Message, Receive, Scope, Send
from webfoot.journey.otel.export import PACKAGE, Stop, start_signal, wanted_signals
from webfoot.web.packages import missing
from webfoot.web.threads import run_in_threadpool

_ENDS: Final = frozenset(("lifespan.shutdown.complete", "lifespan.shutdown.failed", "lifespan.startup.failed"))


async def live(choice: Choice, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """The application's lifespan, and the exporters' around it. What is left is exported before its end is told."""
    stops = start(choice) if choice.auto_configure else []
    if not stops:
        await app(scope, receive, send)
        return

    async def send_after_export(message: Message) -> None:
        if message["type"] in _ENDS:
            await _stop(stops)
        await send(message)

    try:
        await app(scope, receive, send_after_export)
    finally:
        await _stop(stops)


async def _stop(stops: list[Stop]) -> None:
    while stops:
        await run_in_threadpool(stops.pop())


def start(choice: Choice) -> list[Stop]:
    """Add an exporter to the provider of each signal that has an endpoint; gives what ends them again.

    Where nobody has configured a global provider, there is one of the SDK from now on. ImportError without a package.
    """
    chosen = {
        "TRACES": (choice.tracing, choice.tracer_provider),
        "METRICS": (choice.metrics, choice.meter_provider),
        "LOGS": (choice.logs, choice.logger_provider),
    }
    try:
        wanted = wanted_signals(tuple(signal for signal, (wants, _) in chosen.items() if wants))
        return [start_signal(signal, chosen[signal][1]) for signal in wanted]
    except ImportError as error:
        raise missing(PACKAGE, "telemetry['auto_configure']", "otlp") from error
