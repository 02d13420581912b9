"""Threads of `run_in_threadpool`, and so of endpoints that are no `async def`, as anyio knows its own: in them
`anyio.from_thread.run` leads back into the event loop without a token.
"""

from __future__ import annotations

import sys
from functools import cache
from typing import Any

from webfoot.web.threads.job import Job

_call = Job.call


def call_as_anyio(self: Job) -> None:
    """`Job.call`, for a program that has imported anyio."""
    local = _thread_locals() if "anyio" in sys.modules else None
    if local is None:
        _call(self)
        return
    from anyio._backends._asyncio import AsyncIOBackend
    from anyio.lowlevel import EventLoopToken

    local.current_token = EventLoopToken(AsyncIOBackend, self.ticket.loop)
    try:
        _call(self)
    finally:
        del local.current_token


@cache
def _thread_locals() -> Any:
    """Where anyio looks for the loop. It is not public, so another release may have it elsewhere."""
    try:
        from anyio._core._eventloop import threadlocals
    except ImportError:
        return None
    return threadlocals
