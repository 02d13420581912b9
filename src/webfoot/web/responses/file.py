"""A response that sends a file."""

from __future__ import annotations

import os
from collections.abc import Mapping
from email.utils import formatdate
from mimetypes import guess_type
from pathlib import Path
from stat import S_ISREG
from typing import BinaryIO
from urllib.parse import quote

from webfoot.asgi.types import Receive, Scope, Send
from webfoot.web.background import BackgroundTask
from webfoot.web.datastructures.headers import MutableHeaders
from webfoot.web.responses.whole import Response, denying
from webfoot.web.threads import run_in_threadpool


class FileResponse(Response):
    """Sends the file at `path`, read in a thread, `chunk_size` bytes at a time.

    The media type is guessed from the name unless given. `filename` adds content-disposition, by which a browser saves
    the file under that name. etag, last-modified and content-length come from the file, at the time it is sent, or from
    `stat_result`. RuntimeError when there is no such file.
    """

    chunk_size = 64 * 1024

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
        self.media_type = media_type or guess_type(filename or path)[0] or "application/octet-stream"
        self.background = background
        self.init_headers(headers)
        if filename is not None:
            self.headers.setdefault("content-disposition", _disposition(content_disposition_type, filename))
        self.stat_result = stat_result
        if stat_result is not None:
            self.set_stat_headers(stat_result)

    def set_stat_headers(self, stat_result: os.stat_result) -> None:
        """Add content-length, last-modified and etag (RFC 9110 sections 8.6 and 8.8), where not given already."""
        _add_stat_headers(self.headers, stat_result)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            send = denying(send)
        if scope.get("method", "GET") == "HEAD":
            await self._start(send, await self._stat_for_head())
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        elif "http.response.pathsend" in (scope.get("extensions") or ()):
            # The server sends the file itself (ASGI extension "Path Send"); it wants an absolute path.
            await self._start(send, await self._stat_for_head())
            await send({"type": "http.response.pathsend", "path": _absolute(self.path)})
        else:
            await self._send_file(send)
        if self.background is not None:
            await self.background()

    async def _stat_for_head(self) -> os.stat_result:
        return self.stat_result if self.stat_result is not None else await run_in_threadpool(_stat, self.path)

    async def _send_file(self, send: Send) -> None:
        # One hop opens the file, asks for its stat and reads the first chunk: for a small file that is all.
        file, stat_result, chunk = await run_in_threadpool(_open, self.path, self.chunk_size)
        if self.stat_result is not None:
            stat_result = self.stat_result
        left = stat_result.st_size
        try:
            await self._start(send, stat_result)
            while True:
                chunk = chunk[:left]  # a file that grows meanwhile must not exceed what content-length says
                left -= len(chunk)
                more = left > 0 and len(chunk) > 0
                await send({"type": "http.response.body", "body": chunk, "more_body": more})
                if not more:
                    break
                chunk = await run_in_threadpool(file.read, self.chunk_size)
        finally:
            file.close()

    async def _start(self, send: Send, stat_result: os.stat_result) -> None:
        # On a copy: the response may be sent again when the file has changed.
        headers = self.headers.mutablecopy()
        _add_stat_headers(headers, stat_result)
        await send({"type": "http.response.start", "status": self.status_code, "headers": headers.raw})


def _add_stat_headers(headers: MutableHeaders, stat_result: os.stat_result) -> None:
    headers.setdefault("content-length", str(stat_result.st_size))
    headers.setdefault("last-modified", formatdate(stat_result.st_mtime, usegmt=True))
    headers.setdefault("etag", f'"{stat_result.st_mtime_ns:x}-{stat_result.st_size:x}"')


def _open(path: str | os.PathLike[str], size: int) -> tuple[BinaryIO, os.stat_result, bytes]:
    _stat(path)  # first, since opening a pipe would wait for its other end
    file = open(path, "rb")  # noqa: SIM115  (the caller closes it)
    try:
        return file, os.fstat(file.fileno()), file.read(size)
    except BaseException:
        file.close()
        raise


def _stat(path: str | os.PathLike[str]) -> os.stat_result:
    try:
        stat_result = os.stat(path)
    except FileNotFoundError:
        raise RuntimeError(f"File at path {os.fspath(path)} does not exist.") from None
    if not S_ISREG(stat_result.st_mode):
        raise RuntimeError(f"File at path {os.fspath(path)} is not a file.")
    return stat_result


def _absolute(path: str | os.PathLike[str]) -> str:
    return str(Path(path).absolute())


def _disposition(kind: str, filename: str) -> str:
    """RFC 6266: the name as it is where nothing in it needs escaping, else percent-encoded (RFC 8187)."""
    escaped = quote(filename)
    if escaped == filename:
        return f'{kind}; filename="{filename}"'
    return f"{kind}; filename*=utf-8''{escaped}"
