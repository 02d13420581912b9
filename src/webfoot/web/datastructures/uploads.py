"""What a form holds: fields and uploaded files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import BinaryIO

from webfoot.web.datastructures.headers import Headers
from webfoot.web.datastructures.multidict import ImmutableMultiDict
from webfoot.web.threads import run_in_threadpool


class UploadFile:
    """An uploaded file. `file` is an ordinary binary file; the methods here do not block the event loop.

    While a spooled file still lies in memory they do their work at once, and go to a thread when it is on disk.
    `size` counts bytes (None when it is not known); `filename` is what the client claims, not a path to trust.
    """

    _is_abandoned = False

    def __init__(
        self,
        file: BinaryIO,
        *,
        size: int | None = None,
        filename: str | None = None,
        headers: Headers | None = None,
    ) -> None:
        self.file = file
        self.size = size
        self.filename = filename
        self.headers = headers or Headers()

    @property
    def content_type(self) -> str | None:
        return self.headers.get("content-type")

    @property
    def _in_memory(self) -> bool:
        return not getattr(self.file, "_rolled", True)  # tempfile.SpooledTemporaryFile has no public way to ask

    def _stays_in_memory(self, more: int) -> bool:
        limit = getattr(self.file, "_max_size", 0)
        return self._in_memory and (not limit or self.file.tell() + more <= limit)

    async def write(self, data: bytes) -> None:
        if self.size is not None:
            self.size += len(data)
        if self._stays_in_memory(len(data)):
            self.file.write(data)
        else:
            await run_in_threadpool(self._write, data)

    def _write(self, data: bytes) -> None:
        try:
            self.file.write(data)
        finally:
            if self._is_abandoned:
                self.file.close()

    def abandon(self) -> None:
        """Close the file at once. A thread that is putting it on disk at this moment closes what that made of it."""
        self._is_abandoned = True
        self.file.close()

    async def read(self, size: int = -1) -> bytes:
        """At most `size` bytes, or all that is left."""
        if self._in_memory:
            return self.file.read(size)
        return await run_in_threadpool(self.file.read, size)

    async def seek(self, offset: int) -> None:
        if self._in_memory:
            self.file.seek(offset)
        else:
            await run_in_threadpool(self.file.seek, offset)

    async def close(self) -> None:
        if self._in_memory:
            self.file.close()
        else:
            await run_in_threadpool(self.file.close)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(filename={self.filename!r}, size={self.size!r}, headers={self.headers!r})"


class FormData(ImmutableMultiDict[str, UploadFile | str]):
    """The fields (str) and files (UploadFile) of a form, in the order sent."""

    __slots__ = ()

    def __init__(
        self,
        *args: FormData | Mapping[str, str | UploadFile] | list[tuple[str, str | UploadFile]],
        **kwargs: str | UploadFile,
    ) -> None:
        super().__init__(*args, **kwargs)

    async def close(self) -> None:
        """Close all files, also when it is cancelled; one that was rolled to disk is removed by that."""
        uploads = [value for _, value in self._list if isinstance(value, UploadFile)]
        try:
            for upload in uploads:
                await upload.close()
        except BaseException:
            for upload in uploads:
                upload.abandon()
            raise
