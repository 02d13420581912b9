"""Compressed responses: in gzip, and in Brotli and zstd where their packages are installed.

A response's start is held back until the first part of its body tells whether compressing is worth it; a server does
the same. From then on the parts go through one coder, each flushed, so that a stream stays a stream.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from typing import Final, Literal

from webfoot.asgi.types import ASGIApp, Message, Receive, Scope, Send
from webfoot.web.datastructures.headers import field_lines
from webfoot.web.decisions import decided, is_watched
from webfoot.web.middleware.accept_encoding import choose_coding
from webfoot.web.middleware.coded_head import (
    as_it_was_weakened,
    coded_headers,
    declared_length,
    read_fields,
    reason_against,
    with_vary,
)
from webfoot.web.middleware.codings import CODINGS, Coder, coder_for, installed
from webfoot.web.threads import ThreadPool

DEFAULT_EXCLUDED_CONTENT_TYPES: Final = (
    "application/grpc",
    "application/gzip",
    "application/vnd.rar",
    "application/x-7z-compressed",
    "application/x-bzip2",
    "application/x-gzip",
    "application/x-xz",
    "application/zip",
    "application/zstd",
    "audio/*",
    "font/woff",
    "font/woff2",
    "image/avif",
    "image/gif",
    "image/heic",
    "image/jpeg",
    "image/jxl",
    "image/png",
    "image/webp",
    "text/event-stream",
    "video/*",
)
"""What is compressed already, and streams of events. Meant to be extended: `(*DEFAULT_EXCLUDED_CONTENT_TYPES, ...)`."""

# What may be sent while the start is held back.
_BEFORE_THE_BODY: Final = ("http.response.early_hint", "http.response.debug")

# Of their own, so that compressing never takes the threads that endpoints wait for, nor more cores than there are.
_threads = ThreadPool(limit=os.cpu_count() or 1, name="webfoot-compress")


class CompressionMiddleware:
    """Compresses responses for clients that ask for it.

    codings: those on offer, the preferred one first; of what a client wants equally it gets the first. Without them,
    what is installed of zstd, br and gzip. `levels` maps a coding to its level (zstd 3, br 4, gzip 6).
    minimum_size: bytes; what is smaller, and known to be, stays as it is.
    thread_minimum_size: bytes; a part of at least this size is compressed in a thread, as it takes a millisecond.
    exclude_content_types: media types that stay as they are; "image/*" stands for all images.

    Raises ValueError for a coding or level that does not exist, ImportError for a coding whose package is missing.
    """

    def __init__(
        self,
        app: ASGIApp,
        minimum_size: int = 500,
        *,
        codings: Sequence[str] | None = None,
        levels: Mapping[str, int] | None = None,
        thread_minimum_size: int = 64 * 1024,
        exclude_content_types: Collection[str] = DEFAULT_EXCLUDED_CONTENT_TYPES,
    ) -> None:
        self.app = app
        self.minimum_size = minimum_size
        self.thread_minimum_size = thread_minimum_size
        if isinstance(codings, str) or isinstance(exclude_content_types, str):
            raise TypeError("codings and exclude_content_types are lists of texts, not one text")
        self.codings = tuple(installed() if codings is None else codings)
        levels = levels or {}
        if unknown := [name for name in levels if name not in CODINGS]:
            raise ValueError(f"a level was given for {unknown[0]!r}; there are {', '.join(CODINGS)}")
        self.coders = {name: coder_for(name, levels.get(name)) for name in self.codings}
        self.is_excluded = lru_cache(maxsize=128)(self._is_excluded)
        self._excluded = {media_type.strip().lower().encode() for media_type in exclude_content_types}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        extensions = scope.get("extensions")  # less those with which the server would send a file past the coder
        if extensions:
            scope["extensions"] = extensions = {**extensions}
            extensions.pop("http.response.pathsend", None)
            extensions.pop("http.response.zerocopysend", None)
        await self.app(scope, receive, _Response(self, scope, send).send)

    def _is_excluded(self, content_type: bytes) -> bool:
        media_type = content_type.partition(b";")[0].strip().lower()
        kind, _, subtype = media_type.partition(b"/")
        # application/grpc also stands for application/grpc+proto: what comes behind the plus is only its syntax
        return not self._excluded.isdisjoint((media_type, kind + b"/*", kind + b"/" + subtype.partition(b"+")[0]))


class _Response:
    """One response on its way through.

    "open": nothing is decided, the start is held. "pass": all goes through. "code": the parts go through the coder.
    """

    # Not in slots but on the class: most responses set one of them at most.
    _start: Message | None = None
    _mode: Literal["open", "pass", "code"] = "open"
    _coder: Coder

    def __init__(self, of: CompressionMiddleware, scope: Scope, send: Send) -> None:
        self._of = of
        self._scope = scope
        self._send = send

    async def send(self, message: Message) -> None:
        kind = message["type"]
        if kind == "http.response.start" and self._start is None:
            self._start = message
        elif kind != "http.response.body":
            if self._mode == "open" and self._start is not None and kind not in _BEFORE_THE_BODY:
                self._mode = "pass"
                await self._send(self._start)
            await self._send(message)
        elif self._mode == "pass":
            await self._send(message)
        elif self._mode == "code":
            await self._send_coded(message)
        elif self._start is None:  # the server will say what is wrong with that
            await self._send(message)
        elif self._is_plainly_small(self._start, message):  # most are: what follows, without its coroutine
            self._mode = "pass"
            await self._send(self._start)
            await self._send(message)
        else:
            await self._begin(self._start, message)

    def _is_plainly_small(self, start: Message, first: Message) -> bool:
        return (
            len(first.get("body", b"")) < self._of.minimum_size
            and not first.get("more_body", False)
            and start.get("status") != 304
            and self._scope["method"] != "HEAD"
            and not is_watched(self._scope)
        )

    async def _begin(self, start: Message, first: Message) -> None:
        """The response, with the first part of its body."""
        more = first.get("more_body", False)
        start, coding, because = self._judge(start, first, more)
        if coding is None:
            self._mode = "pass"
            if is_watched(self._scope):
                self._tell(f"left the body as it is, because {because}")
            await self._send(start)
            await self._send(first)
        elif more:
            await self._begin_stream(start, first, coding)
        else:
            await self._send_whole(start, first, coding)

    def _judge(self, start: Message, first: Message, more: bool) -> tuple[Message, str | None, str]:
        """The start as it is to be sent if the coding is None; why it is."""
        size, minimum_size = len(first.get("body", b"")), self._of.minimum_size
        is_head = self._scope["method"] == "HEAD"
        headers = start.get("headers", ())
        if size < minimum_size and not more and not is_head:
            if start.get("status") == 304:
                return self._judge_304(start), None, "a 304 has no body"
            return start, None, "it is smaller than minimum_size"
        fields = read_fields(headers)
        because = reason_against(start.get("status", 0), fields, self._of.is_excluded)
        if because is not None:
            return start, None, because
        if more or is_head:
            length = declared_length(fields)
            if length is not None and length < minimum_size:
                return start, None, "it is smaller than minimum_size"
            if is_head and length is None and size < minimum_size:
                return start, None, "nobody knows how large it would be"
        coding = choose_coding(b", ".join(field_lines(self._scope, b"accept-encoding")), self._of.codings)
        if coding is None:
            unasked = f"the client does not ask for {' or '.join(self._of.codings)}"
            return {**start, "headers": with_vary(headers)}, None, unasked
        if is_head:
            as_for_get = {**start, "headers": coded_headers(headers, coding, None)}
            return as_for_get, None, "the answer to HEAD has none; its head is the one that GET would get"
        return start, coding, ""

    def _judge_304(self, start: Message) -> Message:
        known = b", ".join(field_lines(self._scope, b"if-none-match")).decode("latin-1")
        headers = as_it_was_weakened(start.get("headers", ()), known)
        return start if headers is None else {**start, "headers": headers}

    async def _begin_stream(self, start: Message, first: Message, coding: str) -> None:
        self._mode = "code"
        self._coder = self._of.coders[coding]()
        self._tell(f"compresses the stream with {coding}")
        await self._send({**start, "headers": coded_headers(start.get("headers", ()), coding, None)})
        await self._send_coded(first)

    async def _send_whole(self, start: Message, only: Message, coding: str) -> None:
        body = only["body"]
        self._coder = self._of.coders[coding]()
        coded = await self._encode(body, True)
        headers = start.get("headers", ())
        self._mode = "pass"
        if len(coded) >= len(body):
            self._tell(f"left the body as it is, because {coding} would make it larger")
            await self._send({**start, "headers": with_vary(headers)})
            await self._send(only)
            return
        self._tell(f"compressed the body with {coding}, from {len(body)} bytes to {len(coded)}")
        length = None if start.get("trailers") else len(coded)  # only chunks can carry trailers
        await self._send({**start, "headers": coded_headers(headers, coding, length)})
        await self._send({**only, "body": coded})

    async def _send_coded(self, part: Message) -> None:
        body, more = part.get("body", b""), part.get("more_body", False)
        if body or not more:
            body = await self._encode(body, not more)
        await self._send({**part, "body": body})

    async def _encode(self, data: bytes, is_last: bool) -> bytes:
        encode = self._coder.last if is_last else self._coder.part
        if len(data) < self._of.thread_minimum_size:
            return encode(data)
        return await _threads.run(encode, data)

    def _tell(self, what: str) -> None:
        decided(self._scope, type(self._of).__name__, what)
