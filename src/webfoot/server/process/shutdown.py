"""The end of the application, which is given a time for it."""

from __future__ import annotations

import asyncio
import logging

from webfoot.server.gateway.lifespan import Lifespan
from webfoot.server.process.bounds import HURRY, shutdown_bound
from webfoot.server.process.orders import unless
from webfoot.server.settings.options import ServerOptions

log = logging.getLogger("webfoot")


async def shut_down(lifespan: Lifespan, options: ServerOptions, forced: asyncio.Event) -> bool:
    """Whether it ended by itself. `forced`: to hurry; it cuts off a shutdown that has begun without it."""
    bound = HURRY if forced.is_set() else shutdown_bound(options)
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
    return True


def _at(lifespan: Lifespan) -> str:
    return f" at {lifespan.stood_at}" if lifespan.stood_at else ""
