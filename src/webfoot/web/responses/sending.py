"""The parts of a file on their way to the server: read piece by piece, or named to it."""

from __future__ import annotations

from typing import Any

from webfoot.asgi.types import Send
from webfoot.web.responses.ranges import Parts
from webfoot.web.responses.reading import OpenFile


async def send_pieces(parts: Parts, file: OpenFile, chunk_size: int, send: Send) -> None:
    """Read and send at most `chunk_size` bytes of the file at a time, the last piece marked as the last.

    RuntimeError when the file has become shorter than it was, so that what was promised to the client is not there.
    """
    left = sum(map(len, parts))
    if left == 0:
        await send({"type": "http.response.body", "body": b"", "more_body": False})
    between = b""  # goes out with the bytes behind it
    for part in parts:
        if isinstance(part, bytes):
            between += part
            continue
        offset = part.start
        while offset < part.stop:
            piece = await file.read(offset, min(chunk_size, part.stop - offset))
            offset += len(piece)
            left -= len(between) + len(piece)
            await send({"type": "http.response.body", "body": between + piece, "more_body": left > 0})
            between = b""
    if between:
        await send({"type": "http.response.body", "body": between, "more_body": False})


async def send_by_kernel(parts: Parts, file: OpenFile, send: Send) -> None:
    """Have the server send the file's bytes by itself (ASGI extension "Zero Copy Send")."""
    last = len(parts) - 1
    for place, part in enumerate(parts):
        message: dict[str, Any] = {"type": "http.response.body", "body": part, "more_body": place < last}
        if isinstance(part, range):
            message = {
                "type": "http.response.zerocopysend",
                "file": file.fileno(),
                "offset": part.start,
                "count": len(part),
                "more_body": place < last,
            }
        await send(message)
