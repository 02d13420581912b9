"""One program, two toolkits: builds the same application with Starlette's names and with ours, and asks both."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from tests.differential.web.kits import OURS, THEIRS
from tests.web.driving import answer_of

Made = Callable[[SimpleNamespace], Any]


def both(make: Made, method: str, path: str, **more: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """The answers of (theirs, ours): status, headers, body, and the kind of exception that came out."""
    return _ask(make(THEIRS), method, path, **more), _ask(make(OURS), method, path, **more)


def _ask(app: Any, method: str, path: str, **more: Any) -> dict[str, Any]:
    answered = answer_of(app, method, path, **more)
    starts = [message for message in answered.messages if message["type"] == "http.response.start"]
    return {
        "starts": [(message["status"], sorted(_field(*pair) for pair in message["headers"])) for message in starts],
        "body": answered.body,
        "others": [m for m in answered.messages if not m["type"].startswith("http.response")],
        "error": type(answered.error).__name__,
    }


def _field(name: bytes, value: bytes) -> tuple[bytes, bytes]:
    # Their Allow comes from a set and has no order.
    return name.lower(), b", ".join(sorted(value.split(b", "))) if name.lower() == b"allow" else value
