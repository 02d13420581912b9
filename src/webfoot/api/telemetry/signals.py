"""The tracer, the instruments and the logger: made once, when the providers behind them are there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from threading import Lock
from typing import Any, Final
from weakref import WeakKeyDictionary

from opentelemetry import _logs, metrics, trace
from opentelemetry.metrics import CallbackOptions, Histogram, Observation

from webfoot.api.telemetry.config import Choice, Speaker
from webfoot.web.conventions import ACTIVE, ACTIVE_SAYS, DURATION, DURATION_BUCKETS, DURATION_SAYS

SCHEMA: Final = "https://opentelemetry.io/schemas/1.44.0"


class ActiveRequests:
    """How many requests are being served, by (method, scheme).

    Counted here and read when metrics are collected: an instrument's own add() would cost each request two rounds
    through the SDK.
    """

    def __init__(self, meter: metrics.Meter) -> None:
        self._counts: Counter[tuple[str, str]] = Counter()
        self._lock = Lock()
        meter.create_observable_up_down_counter(ACTIVE, [self._observe], "{request}", ACTIVE_SAYS)

    def add(self, key: tuple[str, str], number: int) -> None:
        with self._lock:
            self._counts[key] += number

    def _observe(self, options: CallbackOptions) -> Iterable[Observation]:
        with self._lock:
            counts = list(self._counts.items())
        for (method, scheme), number in counts:
            yield Observation(number, {"url.scheme": scheme, "http.request.method": method})


@dataclass(slots=True)
class Instruments:
    duration: Histogram
    active: ActiveRequests


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
        instruments=None if meters is None else _instruments_of(meters, who),
        logger=None if loggers is None else loggers.get_logger(*who, schema_url=SCHEMA),
    )


def _configured(chosen: bool, given: Any, found: Any) -> Any:
    if not chosen or given is not None:
        return given if chosen else None
    provider = found()
    return None if is_empty(provider) else provider


def is_empty(provider: object) -> bool:
    """Whether it only stands there until an SDK is configured. The classes are public for tracers only."""
    return type(provider).__name__.lstrip("_").startswith(("Proxy", "NoOp"))


_shared: WeakKeyDictionary[Any, Instruments] = WeakKeyDictionary()
"""An SDK takes the callback of an observable instrument once only, so applications with one provider share it."""


def _instruments_of(provider: metrics.MeterProvider, who: tuple[str, str]) -> Instruments:
    try:
        found = _shared.get(provider)
    except TypeError:  # nobody's but a stand-in's: one that nothing can refer to weakly
        return _make_instruments(provider, who)
    if found is None:
        found = _shared[provider] = _make_instruments(provider, who)
    return found


def _make_instruments(provider: metrics.MeterProvider, who: tuple[str, str]) -> Instruments:
    meter = provider.get_meter(*who, schema_url=SCHEMA)
    duration = meter.create_histogram(
        DURATION,
        unit="s",
        description=DURATION_SAYS,
        explicit_bucket_boundaries_advisory=DURATION_BUCKETS,
    )
    return Instruments(duration, ActiveRequests(meter))
