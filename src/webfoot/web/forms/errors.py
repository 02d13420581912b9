"""What is wrong with a form."""

from __future__ import annotations

from typing import Final

from webfoot.web.exceptions import HTTPException

LEAST_MEMORY: Final = 32 * 1024 * 1024
"""Bytes of all fields of a form together, unless one alone is allowed more: 1000 fields of 1 MiB are a gigabyte."""


class MultiPartException(HTTPException):
    """A form that is broken or exceeds a limit; left alone it is answered with 400 and `message`."""

    def __init__(self, message: str) -> None:
        super().__init__(400, message)
        self.message = message

    def __reduce__(self) -> tuple[type[MultiPartException], tuple[str]]:
        return type(self), (self.message,)


def amount(size: int) -> str:
    """A limit in bytes as a person reads it."""
    return f"{size // 1024}KB" if size >= 1024 else f"{size} bytes"
