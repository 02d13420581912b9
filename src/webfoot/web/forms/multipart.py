"""A whole multipart form: fields into memory, files into spooled temporary files, read as they come."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, Final, cast

from webfoot.web.datastructures.headers import Headers
from webfoot.web.datastructures.uploads import FormData, UploadFile
from webfoot.web.forms.errors import LEAST_MEMORY, MultiPartException, amount
from webfoot.web.forms.wire import MultipartWire, PartHead

# A thousand files of a megabyte, each just short of being put on disk, would be a gigabyte of memory. Once the files of
# a form hold so much of it, those that follow get less. Not nothing: each file on disk takes a descriptor.
_FILES_SHARE: Final = 16 * 1024 * 1024
_LEAST_SPOOL: Final = 64 * 1024


class MultiPartParser:
    """Reads one form.

    A file longer than `spool_max_size` bytes goes to disk. `max_part_size` limits each field, `max_memory` all of them
    together (at least 32 MiB, unless said otherwise); files have no limit here.
    """

    spool_max_size = 1024 * 1024
    max_part_size = 1024 * 1024

    def __init__(
        self,
        headers: Headers,
        stream: AsyncGenerator[bytes, None],
        *,
        max_files: int | float = 1000,
        max_fields: int | float = 1000,
        max_part_size: int = 1024 * 1024,
        max_memory: int | None = None,
    ) -> None:
        self.headers = headers
        self.stream = stream
        self.max_files = max_files
        self.max_fields = max_fields
        self.max_part_size = max_part_size
        self.max_memory = max(LEAST_MEMORY, max_part_size) if max_memory is None else max_memory
        self._wire = MultipartWire(headers)
        self._items: list[tuple[str, str | UploadFile]] = []
        self._uploads: list[UploadFile] = []
        self._fields = 0
        self._fields_size = 0
        self._held = 0  # bytes of the files that have stayed in memory
        # The part being read: its name, then either `_upload` or `_data`.
        self._name = ""
        self._data = bytearray()
        self._upload: UploadFile | None = None
        # A file may have to be written in a thread: so all that a chunk has of it is written at once.
        self._to_write: list[bytes] = []

    async def parse(self) -> FormData:
        """Raises MultiPartException for a broken form or an exceeded limit; all files are closed then."""
        try:
            async for chunk in self.stream:
                for event in self._wire.feed(chunk):
                    if type(event) is bytes:
                        self._take(event)
                    elif event is None:
                        await self._end_part()
                    else:
                        self._begin_part(cast("PartHead", event))
                await self._write()
            self._wire.finish()
            for upload in self._uploads:
                await upload.seek(0)
        except BaseException:
            for upload in self._uploads:
                upload.abandon()
            raise
        return FormData(self._items)

    def _begin_part(self, head: PartHead) -> None:
        self._name = head.name
        if head.filename is not None:
            self._upload = self._begin_file(head.filename, head.headers)
            return
        self._fields += 1
        if self._fields > self.max_fields:
            raise MultiPartException(f"Too many fields. Maximum number of fields is {self.max_fields}.")

    def _begin_file(self, filename: str, headers: list[tuple[bytes, bytes]]) -> UploadFile:
        if len(self._uploads) >= self.max_files:
            raise MultiPartException(f"Too many files. Maximum number of files is {self.max_files}.")
        spool_size = self.spool_max_size if self._held < _FILES_SHARE else min(self.spool_max_size, _LEAST_SPOOL)
        file = cast("BinaryIO", SpooledTemporaryFile(max_size=spool_size))  # noqa: SIM115  (the form is closed)
        upload = UploadFile(file, size=0, filename=filename, headers=Headers(raw=headers))
        self._uploads.append(upload)
        return upload

    def _take(self, data: bytes) -> None:
        if self._upload is not None:
            self._to_write.append(data)
            return
        self._fields_size += len(data)
        if len(self._data) + len(data) > self.max_part_size:
            raise MultiPartException(f"Part exceeded maximum size of {amount(self.max_part_size)}.")
        if self._fields_size > self.max_memory:
            raise MultiPartException(f"The fields exceeded the maximum size of {amount(self.max_memory)} together.")
        self._data += data

    async def _end_part(self) -> None:
        if self._upload is None:
            self._items.append((self._name, self._wire.decode(self._data)))
            self._data.clear()
            return
        await self._write()
        if self._upload._in_memory:
            self._held += self._upload.size or 0
        self._items.append((self._name, self._upload))
        self._upload = None

    async def _write(self) -> None:
        if self._upload is not None and self._to_write:
            await self._upload.write(b"".join(self._to_write))
            self._to_write.clear()
