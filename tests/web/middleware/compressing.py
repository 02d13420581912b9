"""What the tests of compression have in common. Codings are decoded by their own packages."""

from __future__ import annotations

import gzip
from typing import Any

import brotli
from backports import zstd
from tests.web.driving import answer_of

TEXT = b"a duck is a duck is a duck. " * 100
DECODE = {"gzip": gzip.decompress, "br": brotli.decompress, "zstd": zstd.decompress}


def serving(*parts: bytes, status: int = 200, **headers: str) -> Any:
    """An application that answers with `parts`, the last one with more_body False."""
    fields = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": status, "headers": fields})
        for part in parts[:-1]:
            await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body", "body": parts[-1]})

    return app


def asked(app: Any, accept: str | None = "gzip", method: str = "GET", **more: Any) -> Any:
    headers = {} if accept is None else {"accept-encoding": accept}
    return answer_of(app, method, "/", headers=headers | more.pop("headers", {}), **more)
