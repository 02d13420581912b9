"""An endpoint that yields: each item is held to its type, written and sent as soon as it is there.

The first item of JSON Lines and of chunks is asked for before the response begins: what is raised until then is
answered as in any other endpoint. Server-sent events begin at once, because a browser waits for that, and so do the
pings that keep the connection. What is raised later breaks the response off.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from types import AsyncGeneratorType, GeneratorType
from typing import Any, Final, TypeAlias

from webfoot.api.json_lines import untyped_json
from webfoot.api.plan.plans import ReplyPlan, StreamKind
from webfoot.api.serve.reply import validated
from webfoot.api.serve.resolve import leave_briefly
from webfoot.api.serve.visit import Visit
from webfoot.api.sse import ServerSentEvent
from webfoot.web.responses import Response
from webfoot.web.responses import ServerSentEvent as UntypedServerSentEvent
from webfoot.web.threads import run_in_threadpool

Write: TypeAlias = Callable[[Any], Any]
"""An item as it is sent: bytes, or what the response class itself makes bytes of."""

_NOTHING: Final[Any] = object()
_PAUSE_EVERY: Final = 16  # items


async def stream(yielded: Any, visit: Visit) -> Response:
    """The response for what the endpoint yields. Dependencies that end before the response are left here."""
    plan = visit.plan.reply
    assert plan.stream is not None
    items = _items_of(yielded, _WRITERS[plan.stream](plan, visit))
    # It is left like a dependency, as the last one entered, also when the response is never sent.
    visit.entered = [*(visit.entered or ()), (visit.plan.endpoint, items)]
    if visit.entered_briefly is not None:
        await leave_briefly(visit)
    if plan.stream != "events":
        await items.begin()
    changes = visit.changes
    status = plan.status_code if changes is None or changes.status_code is None else changes.status_code
    # Where nobody says otherwise, the class has its own mind about the status.
    response = plan.response_class(items) if status is None else plan.response_class(items, status_code=status)
    if changes is not None:
        response.raw_headers.extend(changes.raw_headers)
    return response


def _write_lines(plan: ReplyPlan, visit: Visit) -> Write:
    text = _json_text(plan, visit)
    return lambda item: text(item) + b"\n"


def _write_events(plan: ReplyPlan, visit: Visit) -> Write:
    text = _json_text(plan, visit)

    def write(item: Any) -> bytes:
        if isinstance(item, ServerSentEvent | UntypedServerSentEvent):
            return item.encode()
        return b"data: %b\n\n" % text(item)  # JSON that is written here has no line ends

    return write


_WRITERS: Final[dict[StreamKind, Callable[[ReplyPlan, Visit], Write]]] = {
    "lines": _write_lines,
    "events": _write_events,
    "chunks": lambda plan, visit: lambda chunk: chunk,
}


def _json_text(plan: ReplyPlan, visit: Visit) -> Callable[[Any], bytes]:
    adapter = plan.adapter
    if adapter is None:
        return lambda item: untyped_json(item).encode()
    to_json, by_alias, options = adapter.serializer.to_json, plan.by_alias, plan.options
    return lambda item: to_json(validated(plan, item, visit), by_alias=by_alias, **options)


class _Items(AsyncIterator[Any]):
    """What a generator yields, as it is sent.

    No generator itself: one that nobody has begun to iterate over could not be closed.
    """

    __slots__ = ("_first",)

    def __init__(self) -> None:
        self._first: Any = _NOTHING

    async def _take(self) -> Any:
        """The next item, written. StopAsyncIteration when there is none."""
        raise NotImplementedError

    async def aclose(self) -> None:
        """Have the generator clean up, if it has not come to its end."""
        raise NotImplementedError

    async def __aexit__(self, *error: object) -> None:
        await self.aclose()

    async def begin(self) -> None:
        """Have the first item ready. Raises what the generator raises until then."""
        try:
            self._first = await self._take()
        except StopAsyncIteration:
            pass  # nothing comes, now or later

    async def __anext__(self) -> Any:
        if self._first is _NOTHING:
            return await self._take()
        first, self._first = self._first, _NOTHING
        return first


class _AsyncItems(_Items):
    """Of an async generator. One that waits for nothing, before a `send` that does not either, would keep the event
    loop to itself, and nobody could cancel it."""

    __slots__ = ("_generator", "_taken", "_write")

    def __init__(self, generator: AsyncIterator[Any], write: Write) -> None:
        super().__init__()
        self._taken = 0
        self._generator = generator
        self._write = write

    async def _take(self) -> Any:
        self._taken += 1
        if not self._taken % _PAUSE_EVERY:
            await asyncio.sleep(0)
        return self._write(await self._generator.__anext__())

    async def aclose(self) -> None:
        if isinstance(self._generator, AsyncGeneratorType):  # a decorator may have put another iterator in its place
            await self._generator.aclose()


class _ThreadedItems(_Items):
    """Of a plain generator: it runs, and its items are written, in a thread.

    No thread can be stopped. So whoever closes it while a thread is still inside waits for that one to come back, as
    what the generator works with (a dependency, say) has to be there as long.
    """

    __slots__ = ("_back", "_generator", "_inside", "_write")

    def __init__(self, generator: Iterator[Any], write: Write) -> None:
        super().__init__()
        self._generator = generator
        self._write = write
        self._inside = threading.Lock()
        self._back: Callable[[], object] | None = None
        """What to call in the event loop when the thread that is inside has come back."""

    async def _take(self) -> Any:
        item = await run_in_threadpool(self._next)
        if item is _NOTHING:
            raise StopAsyncIteration
        return item

    def _next(self) -> Any:
        try:
            with self._inside:
                item = next(self._generator, _NOTHING)
                return item if item is _NOTHING else self._write(item)
        finally:
            if self._back is not None:
                self._back()

    async def aclose(self) -> None:
        loop, is_back = asyncio.get_running_loop(), asyncio.Event()
        self._back = lambda: loop.call_soon_threadsafe(is_back.set)
        if self._inside.locked():  # looked at after saying where to call, so that no call is missed
            await is_back.wait()
        if isinstance(self._generator, GeneratorType) and self._generator.gi_frame is not None:
            await run_in_threadpool(self._close, self._generator)

    def _close(self, generator: GeneratorType[Any, Any, Any]) -> None:
        with self._inside:  # a call that was dropped may just have begun
            generator.close()


def _items_of(yielded: Any, write: Write) -> _Items:
    return _AsyncItems(yielded, write) if hasattr(yielded, "__anext__") else _ThreadedItems(iter(yielded), write)
