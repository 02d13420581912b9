"""An HTTP request as an object: what `webfoot.web.connection` tells of its scope, and its body."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from functools import partial
from typing import Any, Final, NoReturn, cast

from webfoot.asgi.extensions import offers
from webfoot.asgi.types import Message, Receive, Scope, Send
from webfoot.web.connection import HTTPConnection, StateT
from webfoot.web.datastructures.headers import Headers, encode_header
from webfoot.web.datastructures.uploads import FormData
from webfoot.web.decisions import decided
from webfoot.web.disconnect import CancelOnDisconnect
from webfoot.web.exceptions import ClientDisconnect, HTTPException
from webfoot.web.forms import FormOpening, MultiPartException, Parts, read_form
from webfoot.web.json_body import InvalidJSON, read_json

__all__ = ["ClientDisconnect", "HTTPConnection", "InvalidJSON", "Request"]

_PUSH_HEADERS = ("accept", "accept-encoding", "accept-language", "cache-control", "user-agent")
_HELD_AT_MOST = 64 * 1024
_FORM_KEY: Final = "webfoot.form"


async def no_receive() -> NoReturn:
    raise RuntimeError("This request was made without `receive`, so its body cannot be read.")


async def no_send(message: Message) -> NoReturn:
    raise RuntimeError("This request was made without `send`, so nothing can be sent with it.")


class Request(HTTPConnection[StateT]):
    """An HTTP request.

    The body can be taken from the network once: by `body()`, which keeps it (and lets `json()`, `form()` and a later
    `stream()` use it), or by `stream()`, which does not. ClientDisconnect when the client leaves before its end.
    """

    _body: bytes  # there when it was read and not before: subclasses look by hasattr()
    _json: Any
    _form: FormData | None = None
    _trailers: Headers | None = None
    _stream_consumed = False
    _stream_ended = False
    _taken_by_app = False  # by the application behind a dispatch middleware whose request this is
    _is_disconnected = False
    # Messages that is_disconnected() had to take; whoever reads the body gets them first.
    _held: list[Message] | None = None

    def __init__(self, scope: Scope, receive: Receive = no_receive, send: Send = no_send) -> None:
        assert scope["type"] == "http", f"a Request is made from an http scope, not {scope['type']!r}"
        self.scope = scope
        self._receive = receive
        self._send = send

    @property
    def method(self) -> str:
        return cast("str", self.scope["method"])

    @property
    def receive(self) -> Receive:
        return self._next_message if self._held else self._receive

    async def _next_message(self) -> Message:
        return self._held.pop(0) if self._held else await self._receive()

    def unread(self, message: Message) -> None:
        """Give back a message that somebody took from `receive`; whoever reads the body gets it first."""
        if message["type"] == "http.disconnect":
            self._is_disconnected = True
        self._held = [*(self._held or ()), message]

    def keep(self, body: bytes) -> None:
        """The whole body, from somebody who has read it already."""
        self._body = body
        self._stream_consumed = True

    async def stream(self) -> AsyncGenerator[bytes, None]:
        """The body in the pieces in which it comes, ended by an empty one."""
        if hasattr(self, "_body"):
            yield self._body
            yield b""
            return
        self._begin_reading()
        more = True
        while more:
            message = await self._next_message() if self._held else await self._receive()
            chunk, more = self._chunk_of(message)
            if chunk:
                yield chunk
        yield b""

    async def body(self) -> bytes:
        """The whole body."""
        if not hasattr(self, "_body"):
            if type(self).stream is Request.stream:
                self._body = await self._read_whole()
            else:  # a subclass that decodes or limits the stream means its body too
                self._body = b"".join([chunk async for chunk in self.stream()])
        return self._body

    async def _read_whole(self) -> bytes:
        self._begin_reading()
        message = await self._next_message() if self._held else await self._receive()
        body, more = self._chunk_of(message)
        if not more:
            return body
        chunks = [body]
        while more:
            chunk, more = self._chunk_of(await self._next_message() if self._held else await self._receive())
            chunks.append(chunk)
        return b"".join(chunks)

    def body_again(self) -> Message | None:
        """The body that a middleware has read to its end, for the application behind it; None: that has it to come."""
        body = getattr(self, "_body", None)
        if body is None and not self._stream_ended:
            return None
        if self._is_disconnected:
            return {"type": "http.disconnect"}
        if self._taken_by_app:
            raise RuntimeError(
                "call_next() was called again, and the body was read behind the first call: "
                "`await request.body()` before the first makes it last."
            )
        message: Message = {"type": "http.request", "body": body or b"", "more_body": False}
        if self._trailers is not None:
            message["trailers"] = self._trailers.raw
        return message

    async def receive_for_app(self) -> Message:
        """The next message, for the application behind a middleware that does not wait for it any more."""
        message = await self.receive()
        if message["type"] == "http.request":
            self._stream_consumed = True
            if not message.get("more_body", False):
                self._stream_ended = self._taken_by_app = True
        return message

    def _begin_reading(self) -> None:
        if self._stream_consumed:
            raise RuntimeError("Stream consumed")
        self._stream_consumed = True

    def _chunk_of(self, message: Message) -> tuple[bytes, bool]:
        if message["type"] == "http.disconnect":
            self._is_disconnected = True
            raise ClientDisconnect("the client went away before the end of the request's body")
        if "trailers" in message:
            self._trailers = Headers(raw=list(message["trailers"]))
        more = message.get("more_body", False)
        if not more:
            self._stream_ended = True
        return message.get("body", b""), more

    @property
    def trailers(self) -> Headers:
        """Fields that came behind the body, once that has been read to its end. Only a server that offers the extension
        "webfoot.request.trailers" tells of them; they are never part of `headers`.
        """
        return Headers() if self._trailers is None else self._trailers

    async def json(self) -> Any:
        """The body as JSON. When it is none, InvalidJSON: a json.JSONDecodeError that is answered with 400."""
        if not hasattr(self, "_json"):
            body = await self.body()
            try:
                self._json = read_json(body)
            except InvalidJSON as error:
                self._refused("request.json()", error)
                raise
        return self._json

    def form(
        self,
        *,
        max_files: int | float = 1000,
        max_fields: int | float = 1000,
        max_part_size: int = 1024 * 1024,
        max_memory: int | None = None,
    ) -> FormOpening:
        """The body as a form: `await request.form()`, or `async with request.form() as form:`, which closes its files.

        `max_part_size` (bytes) limits each field, `max_memory` all fields together (32 MiB, or `max_part_size` if that
        is more); files go to disk beyond 1 MiB and have no limit here. A body that is neither urlencoded nor
        multipart/form-data gives an empty form. HTTPException 400 when it is broken or exceeds a limit.
        """
        return FormOpening(self._read_form(max_files, max_fields, max_part_size, max_memory))

    async def _read_form(
        self, max_files: float, max_fields: float, max_part_size: int, max_memory: int | None
    ) -> FormData:
        if self._form is None:
            self._form = self.scope.get(_FORM_KEY)
        if self._form is None:
            try:
                self._form = await read_form(
                    self.headers,
                    self.stream(),
                    max_files=max_files,
                    max_fields=max_fields,
                    max_part_size=max_part_size,
                    max_memory=max_memory,
                )
            except MultiPartException as error:
                self._refused("request.form()", error)
                raise
        return self._form

    @property
    def has_form(self) -> bool:
        """Whether the form was read, here or by a middleware before."""
        return self._form is not None

    async def hand_on_form(self) -> None:
        """Let whoever gets this request's scope find the form that was read here, its files at their beginning."""
        assert self._form is not None
        for _, value in self._form.multi_items():
            if not isinstance(value, str) and not value.file.closed:
                await value.seek(0)
        self.scope[_FORM_KEY] = self._form

    def parts(self, *, max_parts: int | float = 1000, max_part_size: int | float = float("inf")) -> Parts:
        """The parts of a multipart/form-data body, each as it arrives: `async for part in request.parts():`.

        A part has `name`, `filename`, `content_type` and `headers`; `async for chunk in part`, `await part.read()` and
        `await part.text()` give its content, which is kept nowhere. HTTPException 400 for what is broken or exceeds a
        limit (`max_part_size`: bytes), 415 for any other kind of body.
        """
        told = partial(self._refused, "request.parts()")
        return Parts(self.headers, self.stream(), max_parts=max_parts, max_part_size=max_part_size, told=told)

    def _refused(self, asked: str, error: HTTPException) -> None:
        decided(self.scope, asked, error.detail.rstrip("."), status=error.status_code)

    def cancel_on_disconnect(self) -> CancelOnDisconnect:
        """`async with request.cancel_on_disconnect():` cancels what stands in the block when the client leaves.

        CancelledError runs through the block (`finally` works), and ClientDisconnect comes out of it. The body can be
        read in the block and after it. For a whole route or application: `CancelOnDisconnectMiddleware`.
        """
        return CancelOnDisconnect(self)

    async def close(self) -> None:
        """Close the files of the form, if it was read."""
        if self._form is not None:
            await self._form.close()

    async def is_disconnected(self) -> bool:
        """Whether the client has gone. Does not wait, and takes nothing of the body away from a later reader."""
        while not self._is_disconnected:
            if self._held and sum(len(message.get("body", b"")) for message in self._held) > _HELD_AT_MOST:
                return False
            try:
                async with asyncio.timeout(0) as no_time:
                    message = await self._receive()
            except TimeoutError:
                if not no_time.expired():
                    raise
                return False
            self.unread(message)
        return True

    async def send_push_promise(self, path: str) -> None:
        """Ask the server to push `path` (ASGI extension "http.response.push"); nothing where it cannot."""
        if offers(self.scope, "http.response.push"):
            headers = [
                (name.encode("latin-1"), value.encode("latin-1"))
                for name in _PUSH_HEADERS
                for value in self.headers.getlist(name)
            ]
            await self._send({"type": "http.response.push", "path": path, "headers": headers})

    async def send_early_hints(self, link: str, /, *additional_links: str) -> None:
        """Send 103 Early Hints (RFC 8297) with Link values, if the server can. ValueError for line ends."""
        if offers(self.scope, "http.response.early_hint"):
            links = [encode_header("link", value)[1] for value in (link, *additional_links)]
            await self._send({"type": "http.response.early_hint", "links": links})
