"""Work that ends when its client leaves: `request.cancel_on_disconnect()`, and for whole handlers
`CancelOnDisconnectMiddleware` (webfoot.web.middleware.cancel_on_disconnect).

ASGI tells of a client that has left when somebody asks `receive()`, so somebody has to ask while the application works.
That is a second task, and it is only made for work that takes longer than `LOOK_AFTER`: whatever is done before that
pays for one timer. What the task finds of the request's body on its way is kept for who reads the body.
"""

from __future__ import annotations

import asyncio
from collections import deque
from types import TracebackType
from typing import Any, Final, Literal, Protocol

from webfoot.asgi.types import Message, Receive, Scope
from webfoot.web.decisions import decided
from webfoot.web.exceptions import ClientDisconnect

LOOK_AFTER: Final = 0.02
"""Seconds. A client that leaves within them is noticed at their end."""

CANCELLED: Final = "the client left, so the handler was cancelled"

_HELD_AT_MOST: Final = 64 * 1024


class Watched(Protocol):
    """A request, as much of it as is needed here. `unread` gives a message back that somebody else is to have."""

    scope: Scope
    _receive: Receive

    def unread(self, message: Message) -> None: ...


class Watch:
    """Cancels the task that made it when the client leaves, until `stop()`.

    Whoever wants the request's messages meanwhile gets them from `receive`. The task itself, when it waits for one, is
    told by "http.disconnect" and not cancelled: it knows then.
    """

    __slots__ = (
        "_asking",
        "_before",
        "_error",
        "_gone",
        "_held",
        "_looking",
        "_news",
        "_receive",
        "_size",
        "_state",
        "_task",
        "_timer",
    )

    def __init__(self, receive: Receive) -> None:
        task = asyncio.current_task()
        assert task is not None, "an application runs in a task"
        self._task: asyncio.Task[Any] = task
        self._before = task.cancelling()
        self._receive = receive
        self._asking: list[object] = []  # tasks that wait in `receive`; not itself the one that looks
        self._held: deque[Message] = deque()
        self._size = 0
        self._gone = False
        self._error: Exception | None = None
        self._news: asyncio.Event | None = None
        self._looking: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._state: Literal["watching", "cancelled", "over"] = "watching"
        self._look_later()

    def stop(self) -> None:
        """Cancel nobody from now on. `receive` goes on giving what there is."""
        if self._state == "watching":
            self._state = "over"
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._looking is not None:
            self._looking.cancel()
            self._looking = None
            if self._news is not None:
                self._news.set()  # who waits for what it finds has to look again

    def is_behind(self, error: BaseException | None) -> bool:
        """Called once when the work has ended, with what ended it: was it the cancellation that came from here?

        Then the task is as it was before. False when somebody else has cancelled it too, who wants it to go on.
        """
        self.stop()
        if self._state != "cancelled":
            return False
        return self._task.uncancel() <= self._before and isinstance(error, asyncio.CancelledError)

    def hand_over(self, request: Watched, receive: Receive) -> None:
        """After `stop`: let `request` have what was found, and the server's `receive` again."""
        if self._error is None:
            request._receive = receive
            for message in self._held:
                request.unread(message)
            if self._gone:
                request.unread({"type": "http.disconnect"})

    async def receive(self) -> Message:
        while True:
            if self._held:
                message = self._held.popleft()
                self._size -= len(message.get("body", b""))
                if self._news is not None:
                    self._news.set()  # there is room again
                return message
            if self._gone:
                return {"type": "http.disconnect"}
            if self._error is not None:
                raise self._error
            task = asyncio.current_task()
            self._asking.append(task)
            try:
                if self._looking is None:
                    return self._seen(await self._receive())
                await self._wait_for_news()  # two must not wait for one message
            finally:
                self._asking.remove(task)

    def _seen(self, message: Message) -> Message:
        if message["type"] == "http.disconnect":
            self._gone = True
            self._tell()
        return message

    def _look_later(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(LOOK_AFTER, self._look)

    def _look(self) -> None:
        self._timer = None
        if self._asking:  # it will be told; look when it does something else
            self._look_later()
        elif not self._gone and self._error is None:
            self._looking = asyncio.get_running_loop().create_task(self._look_out())

    async def _look_out(self) -> None:
        try:
            while not self._gone:
                message = self._seen(await self._receive())
                if not self._gone:
                    self._held.append(message)
                    self._size += len(message.get("body", b""))
                    self._tell()
                while self._size > _HELD_AT_MOST:  # an upload that nobody reads stays with the client
                    await self._wait_for_news()
        except Exception as error:  # a limit that the body exceeds, say: for who reads it
            self._error = error
            self._tell()

    def _tell(self) -> None:
        if self._news is not None:
            self._news.set()
        if self._gone and self._state == "watching" and self._task not in self._asking:
            self._state = "cancelled"
            self._task.cancel()

    async def _wait_for_news(self) -> None:
        if self._news is None:
            self._news = asyncio.Event()
        self._news.clear()
        await self._news.wait()


class CancelOnDisconnect:
    """`async with` it: what stands in the block is cancelled when the client leaves, and ClientDisconnect comes out."""

    __slots__ = ("_receive", "_request", "_watch")

    def __init__(self, request: Watched) -> None:
        self._request = request

    async def __aenter__(self) -> None:
        self._receive = self._request._receive
        self._watch = Watch(self._receive)
        self._request._receive = self._watch.receive

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        was_cancelled = self._watch.is_behind(error)
        self._watch.hand_over(self._request, self._receive)
        if was_cancelled:
            decided(self._request.scope, "request.cancel_on_disconnect()", CANCELLED)
            raise ClientDisconnect("the client went away while its request was worked on") from None
