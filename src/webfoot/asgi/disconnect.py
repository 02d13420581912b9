"""What became of the news that the client has gone: whether an application's exception is that news, or a fault."""

from __future__ import annotations

from typing import Final

from webfoot.asgi.types import ClientDisconnected

_NAMES: Final = ("ClientDisconnect", "WebSocketDisconnect")


def tells_of_disconnect(error: BaseException) -> bool:
    """Whether `error` is what an application made of the disconnect. Frameworks have exceptions of their own for it,
    raised `from` ours (or `from None`), or upon the disconnect event and then called as Starlette calls its own.

    What merely went wrong while a disconnect was handled is a fault of its own.
    """
    if isinstance(error, BaseExceptionGroup):
        return all(tells_of_disconnect(one) for one in error.exceptions)
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, ClientDisconnected) or type(seen).__name__ in _NAMES:
            return True
        seen = seen.__cause__ or (seen.__context__ if seen.__suppress_context__ else None)
    return False
