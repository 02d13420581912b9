"""What an OpenTelemetry processor may look at while a request is served: `get_telemetry_data()`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from opentelemetry.context import Context

    from webfoot.web.requests import Request
    from webfoot.web.websockets import WebSocket

CONTEXT_KEY: Final = "webfoot.telemetry"
"""Where an observation is found in an OpenTelemetry context."""


@dataclass(slots=True, kw_only=True)
class TelemetryData:
    """What is known of the request or connection so far. Nothing of it is exported by itself; look, do not change.

    request, websocket: there when a route has begun. body: as it was read, before it is validated. values: the
    endpoint's arguments, when the dependencies have run. errors: what did not fit, with the client's own values; empty
    when everything did.
    """

    request: Request | None = None
    websocket: WebSocket | None = None
    body: Any = None
    values: dict[str, Any] | None = None
    errors: Sequence[Any] | None = None


def get_telemetry_data(context: Context | None = None) -> TelemetryData | None:
    """Of the request that is served in `context`, or in the current one. None outside of one, and when it has ended.

    To be called by span and log processors (`record.context`), synchronously.
    """
    api = sys.modules.get("opentelemetry.context")
    observation = None if api is None else api.get_value(CONTEXT_KEY, context)
    return None if observation is None else observation.data()
