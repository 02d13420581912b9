"""The tracer, the instruments and the logger: made once, when the providers behind them are there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from opentelemetry import _logs, metrics, trace

from webfoot.api.telemetry.config import Choice, Speaker
from webfoot.journey.otel.instruments import SCHEMA, Instruments, instruments_of, is_empty


@dataclass(slots=True)
class Signals:
    """What there is; None for a signal that was not chosen, or whose provider nobody has configured."""

    tracer: trace.Tracer | None
    instruments: Instruments | None
    logger: _logs.Logger | None

    @property
    def exist(self) -> bool:
        return any(signal is not None for signal in (self.tracer, self.instruments, self.logger))


def find_signals(choice: Choice) -> Signals:
    """What the providers that were given, or else the global ones, have for us now."""
    tracers = _configured(choice.tracing, choice.tracer_provider, trace.get_tracer_provider)
    meters = _configured(choice.metrics, choice.meter_provider, metrics.get_meter_provider)
    loggers = _configured(choice.logs, choice.logger_provider, _logs.get_logger_provider)
    who = (Speaker.name, Speaker.version)
    return Signals(
        tracer=None if tracers is None else tracers.get_tracer(*who, schema_url=SCHEMA),
        instruments=None if meters is None else instruments_of(meters, who),
        logger=None if loggers is None else loggers.get_logger(*who, schema_url=SCHEMA),
    )


def _configured(chosen: bool, given: Any, found: Any) -> Any:
    if not chosen or given is not None:
        return given if chosen else None
    provider = found()
    return None if is_empty(provider) else provider
