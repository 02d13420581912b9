"""What became of a call of the application: whether it was told to stop, and whether its failure is one."""

from __future__ import annotations

import asyncio

from webfoot.asgi.types import ClientDisconnected

_NAMES = ("ClientDisconnect", "WebSocketDisconnect")


def is_cancelled() -> bool:
    """Whether somebody asked the running task to stop. A CancelledError alone may come from anything awaited."""
    task = asyncio.current_task()
    return task is None or task.cancelling() > 0


def tells_of_disconnect(error: BaseException) -> bool:
    """Whether `error` is what an application made of the disconnect: frameworks have exceptions of their own for it,
    raised upon ours, or upon the disconnect event and then called by the name that Starlette gave it."""
    if isinstance(error, BaseExceptionGroup):
        return all(tells_of_disconnect(one) for one in error.exceptions)
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, ClientDisconnected) or type(seen).__name__ in _NAMES:
            return True
        seen = seen.__cause__ or seen.__context__
    return False


def interrupt() -> None:
    raise KeyboardInterrupt
