"""`application/x-www-form-urlencoded` (WHATWG URL section 5.1), read as it comes."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from urllib.parse import unquote_to_bytes

from webfoot.web.datastructures.headers import Headers
from webfoot.web.datastructures.uploads import FormData, UploadFile
from webfoot.web.forms.errors import LEAST_MEMORY, MultiPartException, amount
from webfoot.web.forms.wire import pieces


class FormParser:
    """Reads one form. No more than one field, of at most `max_part_size` bytes as sent, waits undecoded.

    `max_memory` limits all of them together (at least 32 MiB, unless said otherwise).
    """

    def __init__(
        self,
        headers: Headers,
        stream: AsyncGenerator[bytes, None],
        *,
        max_fields: int | float = 1000,
        max_part_size: int = 1024 * 1024,
        max_memory: int | None = None,
    ) -> None:
        self.headers = headers
        self.stream = stream
        self.max_fields = max_fields
        self.max_part_size = max_part_size
        self.max_memory = max(LEAST_MEMORY, max_part_size) if max_memory is None else max_memory
        self._size = 0
        self._items: list[tuple[str, str | UploadFile]] = []

    async def parse(self) -> FormData:
        """Raises MultiPartException for too many fields or too long a one."""
        waiting = bytearray()
        async for chunk in self.stream:
            for piece in pieces(chunk):
                waiting += piece
                if 0x26 in piece:
                    *fields, rest = waiting.split(b"&")
                    for field in fields:
                        if field:
                            self._add(field)
                    waiting = rest
                if len(waiting) > self.max_part_size + 1:  # the one is for "="
                    self._refuse_size()
        if waiting:
            self._add(waiting)
        return FormData(self._items)

    def _add(self, field: bytearray) -> None:
        if len(self._items) >= self.max_fields:
            raise MultiPartException(f"Too many fields. Maximum number of fields is {self.max_fields}.")
        name, _, value = field.partition(b"=")
        if len(name) + len(value) > self.max_part_size:
            self._refuse_size()
        self._size += len(field)
        if self._size > self.max_memory:
            raise MultiPartException(f"The fields exceeded the maximum size of {amount(self.max_memory)} together.")
        self._items.append((_decode(name), _decode(value)))

    def _refuse_size(self) -> None:
        raise MultiPartException(f"Field exceeded maximum size of {amount(self.max_part_size)}.")


def _decode(text: bytearray) -> str:
    return unquote_to_bytes(bytes(text.replace(b"+", b" "))).decode("utf-8", "replace")
