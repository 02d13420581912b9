"""The bytes of one body, as many as are kept, and what may be told of them."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from sys import getsizeof

from webfoot.journey import redact
from webfoot.journey.capture.multipart import fields_of
from webfoot.journey.capture.texts import before_cut, clean

LIMIT = 16 * 1024
"""Bytes kept of one body."""

_UNPACKED = 4 * LIMIT  # bytes that a compressed body may become
_KINDS = {
    "application/json": "JSON",
    "application/x-www-form-urlencoded": "a form",
    "multipart/form-data": "a form with files",
    "text/html": "HTML",
    "text/plain": "text",
    "text/event-stream": "an event stream",
}
_TYPE, _ENCODING = len("content-type"), len("content-encoding")
_WINDOW_BITS = {"gzip": 31, "x-gzip": 31, "deflate": 15}


@dataclass(frozen=True, slots=True)
class Told:
    """`text` is None where the body is no text; `size` is that of the whole body as far as it has come."""

    text: str | None
    size: int
    kept: int
    content_type: str | None
    says: str


class Body:
    """One body on its way. `settle` once it is over: then its text is without secrets, and its bytes are gone."""

    __slots__ = ("_begin", "_encoding", "_settled", "content_type", "size")

    def __init__(self, headers: object) -> None:
        self.size = 0
        self._begin = b""
        self.content_type = self._encoding = ""
        self._settled: tuple[str | None, int] | None = None
        if type(headers) is list or isinstance(headers, (list, tuple)):
            for name, value in headers:
                size = len(name)
                if size == _TYPE and bytes(name).lower() == b"content-type":
                    self.content_type = bytes(value).decode("latin-1")
                elif size == _ENCODING and bytes(name).lower() == b"content-encoding":
                    self._encoding = bytes(value).decode("latin-1").strip().lower()

    @property
    def weight(self) -> int:
        """Bytes of memory, about."""
        text = self._settled[0] if self._settled is not None else None
        return len(self._begin) + (getsizeof(text) if text else 0)  # a letter has one, two or four bytes

    def add(self, data: bytes | bytearray | memoryview) -> None:
        have = len(self._begin)
        if have < LIMIT and self._settled is None:
            self._begin += bytes(data[: LIMIT - have])
        self.size += len(data)

    def add_unseen(self, size: int) -> None:
        """Bytes that go by without anybody's seeing them, from a file to the socket."""
        self.size += size

    def settle(self) -> None:
        if self._settled is None:
            self._settled, self._begin = self._shown() if self.size else (None, 0), b""

    def hide(self, without: Callable[[str], str]) -> None:
        """Once it is settled."""
        if self._settled is not None and self._settled[0] is not None:
            self._settled = without(self._settled[0]), self._settled[1]

    def told(self) -> Told:
        text, kept = self._settled if self._settled is not None else self._shown()
        media_type, size = self._media_type, self.size
        says = [_KINDS.get(media_type) or media_type or "a body", f"{size} byte{'s' * (size != 1)}"]
        if self._encoding and self._encoding != "identity":
            says.append(redact.short(self._encoding))
        if text is None:
            says.append("not shown: it is no text")
        elif kept < size:
            says.append(f"cut off after {kept}" if kept else "not read here: it was sent from a file")
        content_type = redact.short(self.content_type) if self.content_type else None
        return Told(text, size, kept, content_type, ", ".join(says))

    @property
    def _media_type(self) -> str:
        return redact.short(self.content_type.partition(";")[0].strip().lower())

    def _shown(self) -> tuple[str | None, int]:
        """The text without secrets, and how many bytes it stands for."""
        text = self._text(self._media_type)
        return text, len(self._begin) if text is not None else 0

    def _text(self, media_type: str) -> str | None:
        data = self._begin
        if self._encoding and self._encoding != "identity":
            unpacked = _unpacked(data, self._encoding)
            if unpacked is None:
                return None
            data = unpacked
        if media_type.startswith("multipart/"):
            return fields_of(data, self.content_type, clean)
        is_cut = len(self._begin) < self.size or len(data) >= _UNPACKED
        text = _decoded(data, is_cut=is_cut)
        if text is None:
            return None
        return clean(before_cut(text) if is_cut else text, media_type)


def _decoded(data: bytes, *, is_cut: bool) -> str | None:
    """As UTF-8, which the little that is not is not worth to be guessed at; None for what is no text."""
    if 0 in data:
        return None
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        if is_cut and len(data) - error.start < 4:  # the cut went through a character
            return data[: error.start].decode()
        return None


def _unpacked(data: bytes, encoding: str) -> bytes | None:
    """The beginning of what was compressed, if we can read that."""
    if encoding not in _WINDOW_BITS:
        return None
    try:
        return zlib.decompressobj(_WINDOW_BITS[encoding]).decompress(data, _UNPACKED)
    except zlib.error:
        return None
