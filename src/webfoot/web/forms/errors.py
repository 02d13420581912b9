"""What is wrong with a form."""

from __future__ import annotations

from webfoot.web.exceptions import HTTPException


class MultiPartException(HTTPException):
    """A form that is broken or exceeds a limit; left alone it is answered with 400 and `message`."""

    def __init__(self, message: str) -> None:
        super().__init__(400, message)
        self.message = message


def amount(size: int) -> str:
    """A limit in bytes as a person reads it."""
    return f"{size // 1024}KB" if size >= 1024 else f"{size} bytes"
