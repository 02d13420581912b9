"""A response that sends a file, or the ranges of it that the client asks for.

There are three ways for the bytes, the cheapest first. The server takes the whole file by its path (ASGI extension
"Path Send"), as middleware in between knows to let pass. It takes ranges out of an open file ("Zero Copy Send"); that
event is known to few, so only where nothing stands in between. Or they are read here, piece by piece.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from email.utils import formatdate
from typing import Final
from urllib.parse import quote

from webfoot.asgi.extensions import offers
from webfoot.asgi.open_files import takes_open_files
from webfoot.asgi.types import ClientDisconnected, Receive, Scope, Send
from webfoot.web.background import BackgroundTask, run_behind
from webfoot.web.datastructures.headers import Headers, MutableHeaders
from webfoot.web.decisions import decided, is_watched
from webfoot.web.responses.listening import disconnected, send_raises, while_connected
from webfoot.web.responses.media_types import media_type_of
from webfoot.web.responses.ranges import Selection, if_range_holds, select
from webfoot.web.responses.reading import OpenFile, file_stat
from webfoot.web.responses.sending import send_by_kernel, send_pieces
from webfoot.web.responses.whole import Response, denying
from webfoot.web.threads import run_in_threadpool

_BEHIND_LAYER: Final = "in pieces, because a middleware on the way may not know http.response.zerocopysend"
_NOT_OFFERED: Final = "in pieces, because the server takes no files (http.response.pathsend), or a middleware hides it"


class FileResponse(Response):
    """Sends the file at `path`; to a GET or HEAD with a Range field, the ranges that it names.

    The media type is guessed from the name unless given. `filename` adds content-disposition, by which a browser saves
    the file under that name. etag, last-modified and content-length come from the file at the time it is sent;
    `stat_result` spares asking for them where they are known. RuntimeError when there is no such file.

    `chunk_size`: bytes that are read at a time. `max_ranges`: of a request for more of them, Range is ignored.
    """

    chunk_size = 64 * 1024
    max_ranges = 100

    def __init__(
        self,
        path: str | os.PathLike[str],
        status_code: int = 200,
        headers: Mapping[str, str] | None = None,
        media_type: str | None = None,
        background: BackgroundTask | None = None,
        filename: str | None = None,
        stat_result: os.stat_result | None = None,
        content_disposition_type: str = "attachment",
    ) -> None:
        self.path = path
        self.status_code = status_code
        self.filename = filename
        self.media_type = media_type or media_type_of(filename or path)
        self.background = background
        self.init_headers(headers)
        self.headers.setdefault("accept-ranges", "bytes")
        if filename is not None:
            self.headers.setdefault("content-disposition", content_disposition(content_disposition_type, filename))
        self.stat_result = stat_result
        if stat_result is not None:
            self.set_stat_headers(stat_result)

    def set_stat_headers(self, stat_result: os.stat_result) -> None:
        """Add content-length, last-modified and etag (RFC 9110 sections 8.6 and 8.8), where not given already."""
        _add_stat_headers(self.headers, stat_result)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            send = denying(send)
        wanted = self._wanted_ranges(scope)
        gone = None
        try:
            if scope.get("method") == "HEAD":
                await self._send_head(scope, send, wanted)
            elif wanted is None and offers(scope, "http.response.pathsend"):
                await self._send_path(scope, send)
            else:
                await self._send_opened(scope, receive, send, wanted)
        except ClientDisconnected as error:
            gone = error
        if self.background is not None or gone is not None:
            await run_behind(self.background, gone, scope)

    def _wanted_ranges(self, scope: Scope) -> str | None:
        if self.status_code == 200 and scope.get("method") in ("GET", "HEAD"):
            for name, value in scope["headers"]:
                if name == b"range":
                    field: str = value.decode("latin-1")
                    return field
        return None

    def _select(self, scope: Scope, wanted: str | None, stat_result: os.stat_result) -> Selection:
        headers = self._headers_for(stat_result)
        if wanted is None:
            return Selection(self.status_code, headers, [range(stat_result.st_size)], "the whole file")
        condition = Headers(scope=scope).get("if-range")
        if condition is None or if_range_holds(condition, headers.get("etag"), headers.get("last-modified")):
            return select(wanted, headers, stat_result.st_size, self.max_ranges)
        why = f"the whole file, because it is not the version that If-Range names: {condition!r:.100}"
        return Selection(200, headers, [range(stat_result.st_size)], why)

    def _headers_for(self, stat_result: os.stat_result) -> MutableHeaders:
        """On a copy: the response may be sent again when the file has changed; or it has since `stat_result`."""
        headers = self.headers.mutablecopy()
        if self.stat_result is not None:
            if _version(stat_result) == _version(self.stat_result):
                return headers
            for name, value in _stat_headers(self.stat_result):
                if headers.get(name) == value:
                    del headers[name]
        _add_stat_headers(headers, stat_result)
        return headers

    async def _stat(self) -> os.stat_result:
        return self.stat_result if self.stat_result is not None else await run_in_threadpool(file_stat, self.path)

    async def _send_head(self, scope: Scope, send: Send, wanted: str | None) -> None:
        await self._start(
            scope, send, self._select(scope, wanted, await self._stat()), "without its contents, for a HEAD"
        )
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _send_path(self, scope: Scope, send: Send) -> None:
        # The server opens the file next, and refuses to send it when it has not the size that was announced.
        stat_result = await self._stat() if self.stat_result is None else file_stat(self.path)
        await self._start(scope, send, self._select(scope, None, stat_result), "by its path (http.response.pathsend)")
        await send({"type": "http.response.pathsend", "path": _absolute(self.path)})

    async def _send_opened(self, scope: Scope, receive: Receive, send: Send, wanted: str | None) -> None:
        # One hop opens the file, and reads the first piece: for a small file that is all.
        file = await run_in_threadpool(OpenFile, self.path, self.chunk_size if wanted is None else 0)
        try:
            selection = self._select(scope, wanted, file.stat)
            offered = offers(scope, "http.response.zerocopysend")
            if offered and takes_open_files(send):
                await self._start(scope, send, selection, "out of the open file (http.response.zerocopysend)")
                await send_by_kernel(selection.parts, file, send)
                return
            await self._start(scope, send, selection, _BEHIND_LAYER if offered else _NOT_OFFERED)
            sending = send_pieces(selection.parts, file, self.chunk_size, send)
            in_one = sum(map(len, selection.parts)) <= self.chunk_size
            if in_one or scope["type"] == "websocket" or send_raises(scope):
                await sending
            else:
                await while_connected(sending, disconnected(receive))
        finally:
            file.close()

    async def _start(self, scope: Scope, send: Send, selection: Selection, how: str) -> None:
        if is_watched(scope):
            status = None if selection.status == self.status_code else selection.status
            what = selection.why if selection.status >= 400 else f"{selection.why}; sent {how}"
            decided(scope, type(self).__name__, what, status=status)
        await send({"type": "http.response.start", "status": selection.status, "headers": selection.headers.raw})


def _add_stat_headers(headers: MutableHeaders, stat_result: os.stat_result) -> None:
    for name, value in _stat_headers(stat_result):
        headers.setdefault(name, value)


def _stat_headers(stat_result: os.stat_result) -> tuple[tuple[str, str], ...]:
    return (
        ("content-length", str(stat_result.st_size)),
        ("last-modified", formatdate(stat_result.st_mtime, usegmt=True)),
        ("etag", '"{:x}-{:x}"'.format(*_version(stat_result))),
    )


def _version(stat_result: os.stat_result) -> tuple[int, int]:
    return stat_result.st_mtime_ns, stat_result.st_size


def _absolute(path: str | os.PathLike[str]) -> str:
    return os.path.join(os.getcwd(), os.fspath(path))  # which is the path itself if that is absolute


def content_disposition(kind: str, filename: str) -> str:
    """RFC 6266: the name as it is where nothing in it needs escaping, else percent-encoded (RFC 8187)."""
    escaped = quote(filename, errors="replace")  # a name that is no UTF-8 on the disk
    if escaped == filename:
        return f'{kind}; filename="{filename}"'
    return f"{kind}; filename*=utf-8''{escaped}"
