"""`multipart/form-data` (RFC 7578) as a row of events, whoever wants them: a part begins, some of its bytes, it ends.

python-multipart finds parts and headers in the bytes; what they mean is decided here. It also limits the headers of a
part (8 of them, of about 4 kB each) and the boundary (256 bytes).
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any, Final, NamedTuple, TypeAlias

from webfoot.web.datastructures.headers import Headers
from webfoot.web.forms.charset import LATIN_1, form_charset
from webfoot.web.forms.errors import MultiPartException, amount
from webfoot.web.packages import missing

_PIECE: Final = 64 * 1024
# What stands before the first boundary and behind the last has no meaning (RFC 2046 section 5.1.1).
_AROUND_AT_MOST: Final = 64 * 1024


class PartHead(NamedTuple):
    """What a part says of itself. `filename` is None for a field; names of headers are lower-case."""

    name: str
    filename: str | None
    headers: list[tuple[bytes, bytes]]


_silent: Final = logging.Logger("webfoot.forms", logging.CRITICAL)

PartEvent: TypeAlias = PartHead | bytes | None
"""A part begins, some of its content, it has ended."""


class MultipartWire:
    """Bytes of one form in, events out. Raises MultiPartException for what is broken."""

    def __init__(self, headers: Headers) -> None:
        self._library = _python_multipart()
        _, params = self._library.parse_options_header(headers.get("content-type"))
        self._charset = form_charset(params.get(b"charset", b"utf-8"))
        self._parser = self._make_parser(params.get(b"boundary"))
        self._events: list[PartEvent] = []
        self._headers: list[tuple[bytes, bytes]] = []
        self._header_name = bytearray()
        self._header_value = bytearray()
        self._around = 0
        self._stage = "before"  # then "inside", then "behind" the parts

    def _make_parser(self, boundary: bytes | None) -> Any:
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
            parser = self._library.MultipartParser(boundary, callbacks)
        except self._library.FormParserError as error:
            raise MultiPartException("Invalid multipart data.") from error
        parser.logger = _silent  # a client must not write into the log as it likes; the exception tells of it
        return parser

    def feed(self, chunk: bytes) -> Iterator[PartEvent]:
        """The events in `chunk`, found as they are asked for."""
        for piece in pieces(chunk):
            stage = self._stage
            try:
                self._parser.write(piece)
            except self._library.FormParserError as error:
                yield from self._taken()
                raise MultiPartException("Invalid multipart data.") from error
            if stage == self._stage != "inside":
                self._pass_over(len(piece))
            yield from self._taken()

    def finish(self) -> None:
        """The body has ended. Without the last boundary it was cut off, unless there was nothing at all."""
        if self._stage == "inside" or (self._stage == "before" and self._around):
            raise MultiPartException("Invalid multipart data: its closing boundary is missing.")

    def decode(self, text: bytes | bytearray) -> str:
        """In the form's charset (RFC 7578 section 5.1.2), or latin-1, which takes any byte, when that fails."""
        try:
            return text.decode(self._charset)
        except ValueError:  # UnicodeDecodeError is one
            return text.decode(LATIN_1)

    def _taken(self) -> list[PartEvent]:
        events, self._events = self._events, []
        return events

    def _pass_over(self, size: int) -> None:
        self._around += size
        if self._around > _AROUND_AT_MOST:
            raise MultiPartException(f"Invalid multipart data: more than {amount(_AROUND_AT_MOST)} {self._stage} it.")

    def _begin_part(self) -> None:
        self._stage = "inside"
        self._headers = []

    def _take_header_name(self, data: bytes, start: int, end: int) -> None:
        self._header_name += data[start:end]

    def _take_header_value(self, data: bytes, start: int, end: int) -> None:
        self._header_value += data[start:end]

    def _end_header(self) -> None:
        self._headers.append((bytes(self._header_name).lower(), bytes(self._header_value)))
        self._header_name.clear()
        self._header_value.clear()

    def _end_headers(self) -> None:
        disposition = next((value for name, value in self._headers if name == b"content-disposition"), None)
        _, params = self._library.parse_options_header(disposition)
        if b"name" not in params:
            raise MultiPartException('The Content-Disposition header field "name" must be provided.')
        filename = params.get(b"filename")
        decoded = None if filename is None else self.decode(filename)
        self._events.append(PartHead(self.decode(params[b"name"]), decoded, self._headers))

    def _take_data(self, data: bytes, start: int, end: int) -> None:
        self._events.append(data[start:end])

    def _end_part(self) -> None:
        self._events.append(None)

    def _end(self) -> None:
        self._stage = "behind"


def pieces(chunk: bytes) -> Iterator[bytes]:
    """A chunk cut up. A body that was read before comes as one, and a limit should be met before all of it is split."""
    if len(chunk) <= _PIECE:
        yield chunk
        return
    for start in range(0, len(chunk), _PIECE):
        yield chunk[start : start + _PIECE]


def is_multipart(headers: Headers) -> bool:
    return media_type(headers) == "multipart/form-data"


def media_type(headers: Headers) -> str:
    """What content-type names, without its parameters, in lower case; empty when there is none."""
    return headers.get("content-type", "").partition(";")[0].strip().lower()


def _python_multipart() -> Any:
    try:
        import python_multipart.multipart
    except ImportError as error:
        raise missing("python-multipart", "reading a multipart form", "web") from error
    return python_multipart.multipart
