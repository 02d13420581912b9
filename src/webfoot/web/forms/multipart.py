"""`multipart/form-data` (RFC 7578): fields into memory, files into spooled temporary files, read as they come.

python-multipart finds parts and headers in the bytes; what they mean, and the limits, is decided here.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from tempfile import SpooledTemporaryFile
from typing import Any, BinaryIO, cast

from webfoot.web.datastructures.headers import Headers
from webfoot.web.datastructures.uploads import FormData, UploadFile
from webfoot.web.forms.errors import MultiPartException, amount


class _Part:
    """The part being read: its headers, then either `upload` or `data`."""

    __slots__ = ("data", "headers", "name", "upload")

    def __init__(self) -> None:
        self.headers: list[tuple[bytes, bytes]] = []
        self.name = ""
        self.data = bytearray()
        self.upload: UploadFile | None = None


class MultiPartParser:
    """Reads one form. A file longer than `spool_max_size` bytes goes to disk; `max_part_size` limits fields only.

    python-multipart limits the headers of a part: 8 of them, of about 4 kB each.
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
    ) -> None:
        self.headers = headers
        self.stream = stream
        self.max_files = max_files
        self.max_fields = max_fields
        self.max_part_size = max_part_size
        self._library = _python_multipart()
        self._charset = "utf-8"
        self._items: list[tuple[str, str | UploadFile]] = []
        self._uploads: list[UploadFile] = []
        self._fields = 0
        self._part = _Part()
        self._header_name = bytearray()
        self._header_value = bytearray()
        # The library calls back synchronously, and a file may have to be written in a thread: what is to be written
        # waits here until the library returns, so never longer than one chunk.
        self._to_write: list[tuple[UploadFile, bytes]] = []
        self._ended = False

    async def parse(self) -> FormData:
        """Raises MultiPartException for a broken form or an exceeded limit; all files are closed then."""
        parser = self._make_parser()
        empty = True
        try:
            async for chunk in self.stream:
                if chunk:
                    empty = False
                    self._feed(parser, chunk)
                    await self._write_files()
            if not self._ended and not empty:
                raise MultiPartException("Invalid multipart data: its closing boundary is missing.")
            for upload in self._uploads:
                await upload.seek(0)
        except BaseException:
            for upload in self._uploads:
                upload.file.close()
            raise
        return FormData(self._items)

    def _make_parser(self) -> Any:
        _, params = self._library.parse_options_header(self.headers["content-type"])
        self._charset = params.get(b"charset", b"utf-8").decode("latin-1")
        boundary = params.get(b"boundary")
        if not boundary:
            raise MultiPartException("Missing boundary in multipart.")
        callbacks = {
            "on_part_begin": self._begin_part,
            "on_header_field": self._take_header_name,
            "on_header_value": self._take_header_value,
            "on_header_end": self._end_header,
            "on_headers_finished": self._end_headers,
            "on_part_data": self._take_data,
            "on_part_end": self._end_part,
            "on_end": self._end,
        }
        try:
            return self._library.MultipartParser(boundary, callbacks)
        except self._library.FormParserError as error:
            raise MultiPartException("Invalid multipart data.") from error

    def _feed(self, parser: Any, chunk: bytes) -> None:
        try:
            parser.write(chunk)
        except self._library.FormParserError as error:
            raise MultiPartException("Invalid multipart data.") from error

    async def _write_files(self) -> None:
        for upload, data in self._to_write:
            await upload.write(data)
        self._to_write.clear()

    def _begin_part(self) -> None:
        self._part = _Part()

    def _take_header_name(self, data: bytes, start: int, end: int) -> None:
        self._header_name += data[start:end]

    def _take_header_value(self, data: bytes, start: int, end: int) -> None:
        self._header_value += data[start:end]

    def _end_header(self) -> None:
        self._part.headers.append((bytes(self._header_name).lower(), bytes(self._header_value)))
        self._header_name.clear()
        self._header_value.clear()

    def _end_headers(self) -> None:
        part = self._part
        disposition = next((value for name, value in part.headers if name == b"content-disposition"), None)
        _, params = self._library.parse_options_header(disposition)
        if b"name" not in params:
            raise MultiPartException('The Content-Disposition header field "name" must be provided.')
        part.name = self._decode(params[b"name"])
        if b"filename" in params:
            part.upload = self._begin_file(self._decode(params[b"filename"]), part.headers)
        else:
            self._fields += 1
            if self._fields > self.max_fields:
                raise MultiPartException(f"Too many fields. Maximum number of fields is {self.max_fields}.")

    def _begin_file(self, filename: str, headers: list[tuple[bytes, bytes]]) -> UploadFile:
        if len(self._uploads) >= self.max_files:
            raise MultiPartException(f"Too many files. Maximum number of files is {self.max_files}.")
        file = cast("BinaryIO", SpooledTemporaryFile(max_size=self.spool_max_size))  # noqa: SIM115  (the form is closed)
        upload = UploadFile(file, size=0, filename=filename, headers=Headers(raw=headers))
        self._uploads.append(upload)
        return upload

    def _take_data(self, data: bytes, start: int, end: int) -> None:
        part = self._part
        if part.upload is not None:
            self._to_write.append((part.upload, data[start:end]))
        elif len(part.data) + end - start > self.max_part_size:
            raise MultiPartException(f"Part exceeded maximum size of {amount(self.max_part_size)}.")
        else:
            part.data += data[start:end]

    def _end_part(self) -> None:
        part = self._part
        value = part.upload if part.upload is not None else self._decode(part.data)
        self._items.append((part.name, value))

    def _end(self) -> None:
        self._ended = True

    def _decode(self, text: bytes | bytearray) -> str:
        """In the form's charset (RFC 7578 section 5.1.2), or latin-1, which takes any byte, when that fails."""
        try:
            return text.decode(self._charset)
        except (LookupError, ValueError):  # no such charset; UnicodeDecodeError is a ValueError
            return text.decode("latin-1")


def _python_multipart() -> Any:
    try:
        import python_multipart.multipart
    except ImportError:
        raise RuntimeError(
            "Reading multipart forms needs the package python-multipart: pip install python-multipart"
        ) from None
    return python_multipart.multipart
