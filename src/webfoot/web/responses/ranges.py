"""Which bytes of a file a request asks for: the fields Range and If-Range (RFC 9110 sections 13.1.5 and 14).

A selection is a list of parts to be sent one after the other: `range` objects are bytes of the file, `bytes` stand
between them as they are.
"""

from __future__ import annotations

import re
import secrets
from typing import Final, NamedTuple, TypeAlias

from webfoot.web.datastructures.headers import MutableHeaders

Parts: TypeAlias = list[range | bytes]

_is_spec = re.compile(r"([0-9]*)-([0-9]*)").fullmatch
_TEXT: Final = ("content-type", "text/plain; charset=utf-8")


class MalformedRange(ValueError):
    """A Range field that follows no grammar (RFC 9110 section 14.1.1); the text says what is wrong with it."""


class Selection(NamedTuple):
    """What to answer: `why` is for whoever watches."""

    status: int
    headers: MutableHeaders
    parts: Parts
    why: str


def select(field: str, headers: MutableHeaders, size: int, at_most: int) -> Selection:
    """The answer to a Range field for a file of `size` bytes, whose whole answer would have `headers`.

    200 with the whole file where the field is to be ignored, else 206, 416 or 400.
    """
    try:
        ranges = read_ranges(field, size, at_most)
    except MalformedRange as error:
        return _refused(400, {}, f"Range: {error}", f"the field Range: {field!r:.100} is malformed: {error}")
    if ranges is None:
        return Selection(200, headers, [range(size)], f"Range: {field!r:.100} is ignored: another unit, or too many")
    if not ranges:
        why = f"none of the bytes that Range: {field!r:.100} asks for are among the {size} of the file"
        return _refused(416, {"content-range": f"bytes */{size}"}, "", why)
    if len(ranges) > 1:
        return _multipart(ranges, headers, size)
    [only] = ranges
    headers["content-range"] = _content_range(only, size)
    headers["content-length"] = str(len(only))
    return Selection(206, headers, [only], f"{_content_range(only, size)}, as Range asks for them")


def read_ranges(field: str, size: int, at_most: int) -> list[range] | None:
    """The bytes that a Range field asks for; ranges that overlap or touch are one, and none is empty.

    They stand in the order of the field (section 15.3.7.2), those that became one where the first of them stood. None:
    the field is to be ignored, for it counts in another unit (section 14.2) or names more than `at_most` ranges. An
    empty list: the file has nothing of that.

    Raises:
        MalformedRange: no unit, no range, one that is no number or ends before it begins.
    """
    unit, equals, specs = field.partition("=")
    if not equals:
        raise MalformedRange("a unit and an equals sign are missing")
    if unit.strip(" \t").lower() != "bytes" or specs.count(",") >= at_most:
        return None
    asked = [spec for text in specs.split(",") if (spec := _read_spec(text, size)) is not None]
    if not asked:
        raise MalformedRange("no range is named")
    return _coalesce([wanted for wanted in asked if wanted])


def _read_spec(text: str, size: int) -> range | None:
    """One range, cut to the file's size. None for an empty element of the list (section 5.6.1.2)."""
    spec = text.strip(" \t")
    if not spec:
        return None
    match = _is_spec(spec)
    if match is None or spec == "-":
        raise MalformedRange("a range is FIRST-LAST, FIRST- or -LENGTH")
    first, last = match.group(1, 2)
    if not first:
        return range(max(0, size - _number(last)), size)
    if not last:
        return range(_number(first), size)
    if _number(last) < _number(first):
        raise MalformedRange("a range ends before it begins")
    return range(_number(first), min(_number(last) + 1, size))


def _number(digits: str) -> int:
    try:
        return int(digits)
    except ValueError:  # Python reads some thousands of digits
        raise MalformedRange("a number has too many digits") from None


def _coalesce(ranges: list[range]) -> list[range]:
    """Overlapping ranges would let a short request ask for the same bytes many times."""
    merged: list[tuple[int, range]] = []  # place in the field, bytes
    for place, wanted in sorted(enumerate(ranges), key=lambda pair: pair[1].start):
        if merged and wanted.start <= merged[-1][1].stop:
            earlier, before = merged[-1]
            merged[-1] = min(earlier, place), range(before.start, max(before.stop, wanted.stop))
        else:
            merged.append((place, wanted))
    return [wanted for _, wanted in sorted(merged, key=lambda pair: pair[0])]


def if_range_holds(field: str, etag: str | None, last_modified: str | None) -> bool:
    """Whether the client's copy is of this very version (section 13.1.5): a weak etag never says so."""
    return field == etag if field.startswith('"') else field == last_modified


def _multipart(ranges: list[range], headers: MutableHeaders, size: int) -> Selection:
    """Section 14.6. The boundary is not to be guessed: a file that held it could make up parts of its own."""
    boundary = secrets.token_hex(13)
    kind = headers.get("content-type", "application/octet-stream")
    parts: Parts = []
    for wanted in ranges:
        head = f"--{boundary}\r\nContent-Type: {kind}\r\nContent-Range: {_content_range(wanted, size)}\r\n\r\n"
        parts += [("\r\n" + head if parts else head).encode("latin-1"), wanted]
    parts.append(f"\r\n--{boundary}--".encode())
    headers["content-type"] = f"multipart/byteranges; boundary={boundary}"
    headers["content-length"] = str(sum(map(len, parts)))
    del headers["content-range"]
    return Selection(206, headers, parts, f"{len(ranges)} ranges of {size} bytes, as Range asks for them")


def _content_range(wanted: range, size: int) -> str:
    return f"bytes {wanted.start}-{wanted.stop - 1}/{size}"


def _refused(status: int, fields: dict[str, str], text: str, why: str) -> Selection:
    headers = MutableHeaders({**fields, "content-length": str(len(text)), _TEXT[0]: _TEXT[1]})
    return Selection(status, headers, [text.encode()], why)
