"""Responses compressed with gzip alone, as their users know it; `webfoot.web.middleware.compression` knows more."""

from __future__ import annotations

from collections.abc import Collection

from webfoot.asgi.types import ASGIApp
from webfoot.web.middleware.compression import DEFAULT_EXCLUDED_CONTENT_TYPES, CompressionMiddleware

__all__ = ["DEFAULT_EXCLUDED_CONTENT_TYPES", "GZipMiddleware"]


class GZipMiddleware(CompressionMiddleware):
    """A CompressionMiddleware that offers gzip only. `compresslevel`: 1 (least time) to 9 (smallest)."""

    def __init__(
        self,
        app: ASGIApp,
        minimum_size: int = 500,
        compresslevel: int = 9,
        thread_minimum_size: int = 128 * 1024,
        *,
        exclude_content_types: Collection[str] = DEFAULT_EXCLUDED_CONTENT_TYPES,
    ) -> None:
        super().__init__(
            app,
            minimum_size,
            codings=("gzip",),
            levels={"gzip": compresslevel},
            thread_minimum_size=thread_minimum_size,
            exclude_content_types=exclude_content_types,
        )
