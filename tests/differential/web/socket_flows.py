"""One program, two toolkits, a WebSocket: the same application with either names meets the same events."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from tests.differential.web.kits import OURS, THEIRS
from tests.web.socket_driving import talk

Made = Callable[[SimpleNamespace], Any]


def both(make: Made, *incoming: dict[str, Any], **more: Any) -> tuple[Any, Any]:
    """What (theirs, ours) did: the messages sent, the kind of exception that came out, and whatever the application
    put into `kit.log`.
    """
    return _ask(THEIRS, make, *incoming, **more), _ask(OURS, make, *incoming, **more)


def _ask(kit: SimpleNamespace, make: Made, *incoming: dict[str, Any], **more: Any) -> Any:
    log: list[Any] = []
    app = make(SimpleNamespace(**vars(kit), log=log))
    talked = talk(app, *incoming, **more)
    return [_plain(message) for message in talked.sent], type(talked.error).__name__, log


def _plain(message: dict[str, Any]) -> dict[str, Any]:
    return {key: sorted(value) if key == "headers" else value for key, value in message.items()}


def raising(kind: str, *arguments: Any, after: str = "") -> Any:
    async def endpoint(kit: SimpleNamespace, websocket: Any) -> None:
        for step in after.split():
            await getattr(websocket, step)()
        raise getattr(kit, kind)(*arguments) if hasattr(kit, kind) else __builtins__[kind](*arguments)  # type: ignore[index]

    return endpoint
