"""The instruments of the HTTP metrics, one set for each provider."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from threading import Lock
from typing import Any, Final
from weakref import WeakKeyDictionary

from opentelemetry import metrics
from opentelemetry.metrics import CallbackOptions, Histogram, Observation

from webfoot.trail.conventions import ACTIVE, ACTIVE_SAYS, DURATION, DURATION_BUCKETS, DURATION_SAYS

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


def is_empty(provider: object) -> bool:
    """Whether it only stands there until an SDK is configured. The classes are public for tracers only."""
    return type(provider).__name__.lstrip("_").startswith(("Proxy", "NoOp"))


_shared: WeakKeyDictionary[Any, Instruments] = WeakKeyDictionary()
"""An SDK takes the callback of an observable instrument once only, so all layers with one provider share it."""


def instruments_of(provider: metrics.MeterProvider, who: tuple[str, str]) -> Instruments:
    """who: name and version of the instrumentation scope; of the one that asked first, where several share them."""
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
