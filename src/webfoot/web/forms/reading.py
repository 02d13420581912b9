"""From a request's body to FormData: which kind of form it is, and what `request.form()` gives."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Coroutine, Generator
from types import TracebackType
from typing import Any

from webfoot.web.datastructures.headers import Headers
from webfoot.web.datastructures.uploads import FormData
from webfoot.web.forms.multipart import MultiPartParser
from webfoot.web.forms.urlencoded import FormParser
from webfoot.web.forms.wire import media_type


async def read_form(
    headers: Headers,
    stream: AsyncGenerator[bytes, None],
    *,
    max_files: float,
    max_fields: float,
    max_part_size: int,
    max_memory: int | None = None,
) -> FormData:
    """The form in `stream`, of the kind that content-type names; empty for any other kind (and `stream` unread)."""
    kind = media_type(headers)
    parser: MultiPartParser | FormParser
    if kind == "multipart/form-data":
        parser = MultiPartParser(
            headers,
            stream,
            max_files=max_files,
            max_fields=max_fields,
            max_part_size=max_part_size,
            max_memory=max_memory,
        )
        return await parser.parse()
    if kind == "application/x-www-form-urlencoded":
        parser = FormParser(headers, stream, max_fields=max_fields, max_part_size=max_part_size, max_memory=max_memory)
        return await parser.parse()
    return FormData()


class FormOpening:
    """`await` it for the form, or `async with` it to have the form's files closed at the end."""

    __slots__ = ("_form", "_reading")

    def __init__(self, reading: Coroutine[Any, Any, FormData]) -> None:
        self._reading = reading

    def __await__(self) -> Generator[Any, None, FormData]:
        return self._reading.__await__()

    async def __aenter__(self) -> FormData:
        self._form = await self._reading
        return self._form

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._form.close()
