"""Requests that have ended, made up for the access log, and the lines that it writes of them."""

from __future__ import annotations

import io
import logging
from collections.abc import Callable, Iterable
from typing import Any

from webfoot.server.logs.access import AccessLog
from webfoot.server.logs.entry import Entry
from webfoot.server.protocol.events import Head
from webfoot.server.settings.options import ServerOptions

BROWSER = [(b"host", b"pond"), (b"user-agent", b"Mozilla/5.0"), (b"referer", b"http://pond/?token=quack")]


def entry(
    target: bytes = b"/ducks?tail=1",
    status: int = 200,
    *,
    method: str = "GET",
    fields: Iterable[tuple[bytes, bytes]] = BROWSER,
    sent: Iterable[tuple[bytes, bytes]] = (),
    client: tuple[str, int] | None = ("127.0.0.1", 1234),
    size: int = 13,
    seconds: float = 0.001234,
    request_id: str = "",
) -> Entry:
    head = Head(method, target, "1.1", list(fields))
    return Entry(head, client, "http", status, size, seconds, sent, request_id)


class AtOnce:
    """In the place of a loop: what is to be called soon is called by `turn`."""

    def __init__(self) -> None:
        self._soon: list[Callable[[], object]] = []

    def call_soon(self, function: Callable[[], object]) -> None:
        self._soon.append(function)

    def turn(self) -> None:
        soon, self._soon = self._soon, []
        for each in soon:
            each()


def written(*entries: Entry, trail: Any = None, **options: Any) -> list[str]:
    """The messages of the lines that handlers of the user's own receive."""
    logger = logging.getLogger("webfoot.access")
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    before = logger.handlers, logger.level, logger.disabled, logger.propagate
    logger.handlers, logger.disabled, logger.propagate = [handler], False, False
    logger.setLevel(logging.INFO)
    try:
        access = AccessLog(ServerOptions(**options), AtOnce())  # type: ignore[arg-type]
        for each in entries:
            access.write(each, trail)
    finally:
        logger.handlers, level, logger.disabled, logger.propagate = before
        logger.setLevel(level)
    return stream.getvalue().split("\n")[:-1]
