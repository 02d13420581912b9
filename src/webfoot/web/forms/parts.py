"""The parts of a multipart form as they arrive: each reaches the handler before the next has been sent."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from typing import Literal, NoReturn

from webfoot.web.datastructures.headers import Headers
from webfoot.web.exceptions import HTTPException
from webfoot.web.forms.errors import MultiPartException, amount
from webfoot.web.forms.wire import MultipartWire, PartEvent, PartHead, is_multipart


class Part(AsyncIterator[bytes]):
    """One part: what it says of itself, and its content, which comes once: `async for chunk in part`, or `read()`.

    `filename` is None for a plain field; for a file it is what the client claims, not a path to trust. `size` counts
    the bytes that have come so far, and `complete` says whether you have had them all.
    """

    __slots__ = ("_parts", "complete", "filename", "headers", "name", "size")

    def __init__(self, parts: Parts, head: PartHead) -> None:
        self._parts = parts
        self.name = head.name
        self.filename = head.filename
        self.headers = Headers(raw=head.headers)
        self.size = 0
        self.complete = False

    @property
    def content_type(self) -> str | None:
        return self.headers.get("content-type")

    def __aiter__(self) -> Part:
        return self

    async def __anext__(self) -> bytes:
        chunk = await self._parts.next_chunk(self)
        if chunk is None:
            raise StopAsyncIteration
        return chunk

    async def read(self, max_size: int = 1024 * 1024) -> bytes:
        """All that is left of the content. MultiPartException (400) when the part is longer than `max_size` bytes."""
        chunks: list[bytes] = []
        async for chunk in self:
            if self.size > max_size:
                self._parts.refuse(f"Part exceeded maximum size of {amount(max_size)}.")
            chunks.append(chunk)
        return b"".join(chunks)

    async def text(self, max_size: int = 1024 * 1024) -> str:
        """As `read`, in the form's charset."""
        return self._parts.decode(await self.read(max_size))

    def __repr__(self) -> str:
        return f"{type(self).__name__}(name={self.name!r}, filename={self.filename!r}, headers={self.headers!r})"


class Parts(AsyncIterator[Part]):
    """The parts of one form, in the order sent. Nothing is taken from the network before it is asked for, so a client
    sends no faster than the handler reads.

    What is left of a part is passed over when the next is asked for. Whoever leaves the loop early leaves the rest of
    the body unread; the server deals with that. `told` hears of what is refused, for the journey.
    """

    def __init__(
        self,
        headers: Headers,
        stream: AsyncGenerator[bytes, None],
        *,
        max_parts: int | float = 1000,
        max_part_size: int | float = float("inf"),
        told: Callable[[HTTPException], None] | None = None,
    ) -> None:
        self.max_parts = max_parts
        self.max_part_size = max_part_size
        self._headers = headers
        self._stream = stream
        self._told = told
        self._wire: MultipartWire | None = None
        self._waiting: Iterator[PartEvent] = iter(())
        self._count = 0
        self._open: Part | None = None
        self._over = False

    def __aiter__(self) -> Parts:
        return self

    async def __anext__(self) -> Part:
        await self._pass_over()
        event = await self._next()
        if not isinstance(event, PartHead):
            raise StopAsyncIteration
        self._count += 1
        if self._count > self.max_parts:
            self.refuse(f"Too many parts. Maximum number of parts is {self.max_parts}.")
        self._open = Part(self, event)
        return self._open

    async def _pass_over(self) -> None:
        """What is left of the part before. Whoever asks that part for more is told, and does not find it empty."""
        passed = self._open
        while self._open is not None:
            await self.next_chunk(self._open)
        if passed is not None:
            passed.complete = False

    async def next_chunk(self, part: Part) -> bytes | None:
        """Some more of the part that is open now; None at its end."""
        if part.complete:
            return None
        if part is not self._open:
            raise RuntimeError(f"The part {part.name!r} was passed over: read a part before you ask for the next.")
        event = await self._next()
        if not isinstance(event, bytes):
            part.complete = True
            self._open = None
            return None
        part.size += len(event)
        if part.size > self.max_part_size:
            self.refuse(f"Part exceeded maximum size of {amount(int(self.max_part_size))}.")
        return event

    async def _next(self) -> PartEvent | Literal["end"]:
        if self._over:
            return "end"
        try:
            if self._wire is None:
                self._wire = self._begin()
            while True:
                for event in self._waiting:
                    return event
                chunk = await anext(self._stream, None)
                if chunk is None:
                    self._wire.finish()
                    self._end()
                    return "end"
                self._waiting = self._wire.feed(chunk)
        except MultiPartException as error:
            self._refuse(error)
        except BaseException:
            self._end()
            raise

    def _begin(self) -> MultipartWire:
        if not is_multipart(self._headers):
            self._refuse(HTTPException(415, "The body has to be multipart/form-data."))
        return MultipartWire(self._headers)

    def refuse(self, message: str) -> NoReturn:
        self._refuse(MultiPartException(message))

    def _refuse(self, error: HTTPException) -> NoReturn:
        self._end()
        if self._told is not None:
            self._told(error)
        raise error

    def _end(self) -> None:
        """There is nothing more to come, for whatever reason."""
        self._over = True
        self._open = None

    def decode(self, text: bytes) -> str:
        assert self._wire is not None, "a part was read, so there is a wire"
        return self._wire.decode(text)
