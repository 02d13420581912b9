"""The lifespan of a router: its own, its start-up and shutdown handlers, and those of the routers it includes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import Any, TypeAlias

from webfoot.web.background import BackgroundTask
from webfoot.web.lifespan import Lifespan, as_lifespan, lifespan_of, state_of

Handler: TypeAlias = Callable[[], Any]

BESIDE_LIFESPAN: bool = True
"""Whether start-up and shutdown handlers run where there is a lifespan, too. Not so in FastAPI, nor under compat."""


def whole_lifespan(
    own: Lifespan[Any] | None,
    on_startup: Sequence[Handler],
    on_shutdown: Sequence[Handler],
    included: Callable[[], Iterable[Lifespan[Any]]],
    kept: Callable[[], AbstractAsyncContextManager[None]],
) -> Lifespan[Any]:
    """One context manager of all; left in the reverse order. The states that they yield are joined, the outer's wins.

    `included` is asked when the application starts, so that routers which are included late take part. `kept` comes
    last: the dependencies of scope "app" find what all the others have prepared.
    """

    outermost = as_lifespan(own)

    @asynccontextmanager
    async def lifespan(app: Any) -> AsyncIterator[dict[str, Any]]:
        state: dict[str, Any] = {}
        async with AsyncExitStack() as stack:
            yielded = await stack.enter_async_context(lifespan_of(app, outermost))
            state.update(state_of(outermost, yielded) or {})
            if own is None or BESIDE_LIFESPAN:
                for handler in on_startup:
                    await BackgroundTask(handler)()
                for handler in reversed(on_shutdown):
                    stack.push_async_callback(BackgroundTask(handler))
            for inner in included():
                yielded = await stack.enter_async_context(inner(app))
                state = {**(yielded or {}), **state}
            await stack.enter_async_context(kept())
            yield state

    return lifespan
