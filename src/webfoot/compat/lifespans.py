"""`_merge_lifespan_context`, by which packages put a lifespan of theirs around that of an application."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, TypeAlias

_Lifespan: TypeAlias = Callable[[Any], AbstractAsyncContextManager[Any]]


def _merge_lifespan_context(original_context: _Lifespan, nested_context: _Lifespan) -> _Lifespan:
    """The second within the first, and the states of both, of which the second counts."""

    @asynccontextmanager
    async def merged(app: Any) -> AsyncIterator[Mapping[str, Any] | None]:
        async with original_context(app) as outer, nested_context(app) as inner:
            yield {**(outer or {}), **(inner or {})} if outer or inner else None

    return merged
