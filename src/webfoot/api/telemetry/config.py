"""What can be chosen, with FastAPI's names; and the choice, settled."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Final, TypedDict

import webfoot
from webfoot.web.packages import missing

if TYPE_CHECKING:
    from opentelemetry._logs import LoggerProvider
    from opentelemetry.metrics import MeterProvider
    from opentelemetry.trace import TracerProvider

AUTO_CONFIGURE: Final = ("WEBFOOT_OTEL_AUTO_CONFIGURE", "FASTAPI_OTEL_AUTO_CONFIGURE")


class Speaker:
    """Under which name and version we speak: the instrumentation scope. Compat has us speak as FastAPI, for dashboards
    and views that go by it."""

    name = title = "webfoot"
    version = webfoot.__version__


class TelemetryConfig(TypedDict, total=False):
    """`Webfoot(telemetry={...})`. What is left out has its default, and None says nothing either.

    tracer_provider, meter_provider, logger_provider: in the place of the global ones. tracing, metrics, logs: which of
    them there are (True). operation_spans: spans for the stages of a route (True). journey_spans: one for each
    middleware and each dependency as well, and what the layers decided as events (False). exclude: gets the ASGI scope
    and says True for what is left out. auto_configure: add OTLP exporters for the endpoints that the environment names
    (True if FASTAPI_OTEL_AUTO_CONFIGURE is "true").
    """

    tracer_provider: TracerProvider | None
    meter_provider: MeterProvider | None
    logger_provider: LoggerProvider | None
    tracing: bool
    metrics: bool
    logs: bool
    operation_spans: bool
    journey_spans: bool
    auto_configure: bool
    exclude: Callable[[Any], bool] | None


@dataclass(frozen=True, slots=True)
class Choice:
    """`asked`: whether the application said anything; else there is telemetry only where an SDK was configured."""

    asked: bool
    tracer_provider: Any = None
    meter_provider: Any = None
    logger_provider: Any = None
    tracing: bool = True
    metrics: bool = True
    logs: bool = True
    operation_spans: bool = True
    journey_spans: bool = False
    auto_configure: bool = False
    exclude: Callable[[Any], bool] | None = None

    @property
    def wants_any(self) -> bool:
        return self.tracing or self.metrics or self.logs


_SWITCHES: Final = frozenset(("tracing", "metrics", "logs", "operation_spans", "journey_spans", "auto_configure"))
_METHODS: Final = {
    "tracer_provider": "get_tracer",
    "meter_provider": "get_meter",
    "logger_provider": "get_logger",
    "exclude": "__call__",
}


def settle(given: TelemetryConfig | None) -> Choice:
    """Raises TypeError, in one sentence, for what could not be obeyed; ImportError without opentelemetry-api."""
    if given is not None and not isinstance(given, Mapping):
        raise TypeError(f"Webfoot(telemetry=...) takes a dict such as {{'metrics': False}}, not {given!r}")
    said = {name: value for name, value in (given or {}).items() if value is not None}
    for name, value in said.items():
        _check(name, value)
    said.setdefault("auto_configure", any(os.environ.get(name, "").lower() == "true" for name in AUTO_CONFIGURE))
    choice = Choice(asked=given is not None, **said)  # type: ignore[arg-type]
    if choice.asked and choice.wants_any:
        require_api()
    return choice


def require_api() -> None:
    try:
        import opentelemetry.trace  # noqa: F401
    except ImportError as error:
        raise missing("opentelemetry-api", "Webfoot(telemetry=...)", "telemetry") from error


def _check(name: str, value: object) -> None:
    if name in _SWITCHES:
        if not isinstance(value, bool):
            raise TypeError(f"telemetry[{name!r}] is True or False, not {value!r}")
    elif name not in _METHODS:
        near = get_close_matches(name, [*_SWITCHES, *_METHODS], n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise TypeError(f"telemetry has no option {name!r}{hint}")
    elif not hasattr(value, _METHODS[name]):
        what = "a function of the scope" if name == "exclude" else f"a provider with {_METHODS[name]}()"
        raise TypeError(f"telemetry[{name!r}] has to be {what}, not {value!r}")
