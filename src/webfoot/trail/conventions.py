"""OpenTelemetry's semantic conventions for HTTP servers, as far as all of ours follow them: the server's `--otel`, the
toolkit's `OpenTelemetryMiddleware` and the telemetry of the API framework. Nothing of OpenTelemetry is imported for it.
"""

from __future__ import annotations

import re
from typing import Any, Final, TypeAlias

from webfoot.asgi.types import Scope

Attributes: TypeAlias = dict[str, str | int]

OBSERVED_KEY: Final = "webfoot.opentelemetry"
"""Scope key that says that this request has its server span already; a layer within makes no other one."""

STAGES: Final = "stages"
"""The value of that key where the stages of the request (middleware, dependencies, endpoint) have their spans, too."""

MOUNTED_AT_KEY: Final = "webfoot.mounted_at"
"""Scope key of the templates of the mounts around an application, as one path: what `root_path` was matched by."""

DURATION: Final = "http.server.request.duration"
DURATION_SAYS: Final = "Duration of HTTP server requests."
DURATION_BUCKETS: Final = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0)
"""Seconds. "http.server.request.duration SHOULD be specified with" these."""

ACTIVE: Final = "http.server.active_requests"
ACTIVE_SAYS: Final = "Number of active HTTP server requests."

_KNOWN_METHODS: Final = frozenset(
    ("CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "QUERY", "TRACE")
)


def known_method(scope: Scope) -> str | None:
    """None for one that the conventions do not know; clients can make up as many as they like."""
    method: str = scope["method"]
    return method if method in _KNOWN_METHODS else None


SIGNED: Final = re.compile(r"(?:^|(?<=&))(AWSAccessKeyId|Signature|sig|X-Goog-Signature)=[^&]*")
"""Signatures of storage services; "SHOULD be replaced by the value REDACTED" in url.query."""


def qualified_name(error: BaseException) -> str:
    """An exception's class, for `error.type`."""
    kind = type(error)
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


class _FieldGetter:
    """Reads trace context out of a scope's header fields, for `propagate.extract`."""

    def get(self, carrier: Any, key: str) -> list[str] | None:
        wanted = key.lower().encode("latin-1")
        return [value.decode("latin-1") for name, value in carrier if name == wanted] or None

    def keys(self, carrier: Any) -> list[str]:
        return [name.decode("latin-1") for name, _ in carrier]


FIELDS: Final[Any] = _FieldGetter()
