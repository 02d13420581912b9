"""Runs one small program on Starlette and on webfoot. A program is an expression; its answer is what it gives, in plain
data, or the kind of error that it raises."""

import asyncio
import datetime
import importlib
import io
import re
import tempfile
from typing import Any

NAMES = {
    "datastructures": (
        "Address CommaSeparatedStrings FormData Headers ImmutableMultiDict MultiDict MutableHeaders QueryParams Secret "
        "State URL URLPath UploadFile"
    ),
    "requests": "ClientDisconnect HTTPConnection Request",
    "responses": (
        "FileResponse HTMLResponse JSONResponse PlainTextResponse RedirectResponse Response StreamingResponse"
    ),
    "background": "BackgroundTask BackgroundTasks",
    "exceptions": "HTTPException",
}


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


def _kit(package: str) -> dict[str, Any]:
    kit: dict[str, Any] = {
        "asyncio": asyncio,
        "datetime": datetime.datetime,
        "utc": datetime.UTC,
        "io": io,
        "tempfile": tempfile,
        "scope": scope,
        "sent": sent,
        "run": asyncio.run,
    }
    for module, names in NAMES.items():
        home = importlib.import_module(f"{package}.{module}")
        kit |= {name: getattr(home, name) for name in names.split()}
    kit["request"] = lambda *chunks, **other: request(kit, *chunks, **other)
    return kit


OURS = _kit("webfoot.web")
THEIRS = _kit("starlette")


def answer(kit: dict[str, Any], program: str) -> str:
    try:
        value = eval(program, dict(kit))
    except Exception as error:
        return f"raises {type(error).__name__}"
    return re.sub(r" object at 0x[0-9a-f]+", "", repr(value)).replace("webfoot.web.", "starlette.")
