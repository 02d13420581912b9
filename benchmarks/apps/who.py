"""Says which process answers."""

from __future__ import annotations

import os
from typing import Any

_PID = str(os.getpid()).encode()
_HEADERS = [(b"content-type", b"text/plain"), (b"content-length", b"%d" % len(_PID))]


async def app(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
        await send({"type": "http.response.body", "body": _PID})
