"""The end of the application, which is given a time for it."""

from __future__ import annotations

import asyncio
import logging
import threading
from typing import Final

from webfoot.server.gateway.lifespan import Lifespan
from webfoot.server.process.bounds import HURRY, shutdown_bound
from webfoot.server.process.ending import tell_after
from webfoot.server.process.orders import unless
from webfoot.server.settings.options import ServerOptions
from webfoot.server.settings.places import place_in_start

log = logging.getLogger("webfoot")

_TOLD: Final = 0.5
"""Seconds after which it is told what is waited for; most applications are done by then."""


async def shut_down(lifespan: Lifespan, options: ServerOptions, forced: asyncio.Event) -> bool:
    """Whether it ended by itself, and without an error.

    forced: to hurry; it cuts off a shutdown that has begun without it.
    """
    bound = HURRY if forced.is_set() else shutdown_bound(options)
    telling = _tell_of_wait(lifespan, bound, forced)
    try:
        async with asyncio.timeout(bound):
            if forced.is_set():
                await lifespan.shutdown()
            elif not await unless(forced, lifespan.shutdown()):
                log.warning("the application's shutdown was cut off%s", _at(lifespan))
                return False
    except TimeoutError:
        log.error("the application's shutdown did not end within %g s and was cut off%s", bound, _at(lifespan))
        return False
    finally:
        if telling is not None:
            telling.cancel()
    return not lifespan.shutdown_failed


def _tell_of_wait(lifespan: Lifespan, bound: float, forced: asyncio.Event) -> threading.Timer | None:
    """In a thread: code of the application may hold the event loop. None where the wait is over before that."""
    serving = threading.get_ident()

    def tell() -> None:
        place = place_in_start(serving, lifespan.task)
        if not forced.is_set() and lifespan.task is not None and not lifespan.task.done():
            at = f" at {place}" if place else ""
            log.info("waiting up to %g s for the application's shutdown%s (Ctrl-C to cut off)", bound, at)

    return tell_after(_TOLD, tell) if bound > _TOLD else None


def _at(lifespan: Lifespan) -> str:
    return f" at {lifespan.stood_at}" if lifespan.stood_at else ""
