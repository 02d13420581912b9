"""Runs one small program on Starlette and on webfoot. A program is an expression; its answer is what it gives, in plain
data, or the kind of error that it raises."""

import asyncio
import datetime
import io
import re
import tempfile
from types import SimpleNamespace
from typing import Any

from tests.differential.web import kits


def scope(**other: Any) -> dict[str, Any]:
    """An http scope; keywords replace or add entries."""
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "method": "GET",
        "scheme": "http",
        "path": "/p",
        "query_string": b"",
        "root_path": "",
        "headers": [],
        "server": ("h", 80),
        **other,
    }


def receiving(*chunks: bytes, disconnect: bool = False) -> Any:
    """A `receive` that gives a body in these chunks, then the disconnect (before its end, when `disconnect`)."""
    messages = [{"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks]
    if messages and not disconnect:
        messages[-1]["more_body"] = False

    async def receive() -> dict[str, Any]:
        return messages.pop(0) if messages else {"type": "http.disconnect"}

    return receive


def sent(app: Any, **other: Any) -> list[dict[str, Any]]:
    """The messages that an ASGI application sends."""
    messages: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        messages.append({**message})

    asyncio.run(app(scope(**other), receiving(b""), send))
    return messages


def request(kit: dict[str, Any], *chunks: bytes, disconnect: bool = False, **other: Any) -> Any:
    return kit["Request"](scope(**other), receiving(*chunks, disconnect=disconnect))


def _words(names: SimpleNamespace) -> dict[str, Any]:
    """What programs may say."""
    kit: dict[str, Any] = {
        **vars(names),
        "asyncio": asyncio,
        "datetime": datetime.datetime,
        "utc": datetime.UTC,
        "io": io,
        "tempfile": tempfile,
        "scope": scope,
        "sent": sent,
        "run": asyncio.run,
    }
    kit["request"] = lambda *chunks, **other: request(kit, *chunks, **other)
    return kit


OURS = _words(kits.OURS)
THEIRS = _words(kits.THEIRS)


def answer(kit: dict[str, Any], program: str) -> str:
    try:
        value = eval(program, dict(kit))
    except Exception as error:
        return f"raises {type(error).__name__}"
    return re.sub(r" object at 0x[0-9a-f]+", "", repr(value)).replace("webfoot.web.", "starlette.")
