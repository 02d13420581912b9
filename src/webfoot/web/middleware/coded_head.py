"""What the head of a response says about compressing its body, and how the head reads once that is done."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from webfoot.web.datastructures.headers import RawHeaders
from webfoot.web.responses.conditional import entity_tags

Fields = dict[bytes, bytes]

_DIGESTS: Final = frozenset((b"content-digest", b"repr-digest", b"digest", b"content-md5"))
_READ: Final = frozenset(
    (b"content-type", b"content-encoding", b"content-length", b"cache-control", b"etag", *_DIGESTS)
)
# No content, or none that may be changed: a part of a representation is counted in bytes of the whole.
_LEFT_ALONE: Final = frozenset((204, 205, 206, 304))


def read_fields(headers: Iterable[tuple[bytes, bytes]]) -> Fields:
    """Of the fields that matter here, the values by lower-case name; several lines are joined."""
    fields: Fields = {}
    for name, value in headers:
        key = name if name in _READ else name.lower()  # an application of somebody else may write them as it likes
        if key in _READ:
            fields[key] = fields[key] + b", " + value if key in fields else value
    return fields


def declared_length(fields: Fields) -> int | None:
    value = fields.get(b"content-length", b"")
    return int(value) if value.isdigit() else None


def reason_against(status: int, fields: Fields, is_excluded: Callable[[bytes], bool]) -> str | None:
    """Why this response must not or need not be compressed, whoever asks; None: it may be."""
    if status in _LEFT_ALONE or status < 200:
        return f"a {status} is left alone"
    if fields.get(b"content-encoding"):
        return f"its content-encoding is {fields[b'content-encoding'].decode('latin-1')} already"
    if is_excluded(fields.get(b"content-type", b"")):
        return f"{fields[b'content-type'].decode('latin-1')} is in exclude_content_types"
    if b"no-transform" in fields.get(b"cache-control", b"").lower():  # RFC 9111 section 5.2.2.6
        return "its cache-control says no-transform"
    if not _DIGESTS.isdisjoint(fields):  # RFC 9530: of the bytes as they are sent
        return f"its {min(_DIGESTS.intersection(fields)).decode()} is that of the body as it is"
    return None


def coded_headers(headers: Iterable[tuple[bytes, bytes]], coding: str, length: int | None) -> RawHeaders:
    """The fields of a response whose body is sent in `coding` now; `length`: its new content-length, if it has one.

    A strong etag becomes a weak one, as it is no longer that of these bytes (RFC 9110 section 8.8.1), and ranges of
    them cannot be asked for.
    """
    raw: RawHeaders = []
    for name, value in headers:
        match name.lower():
            case b"content-length" | b"accept-ranges":
                continue
            case b"etag":
                raw.append((name, weakened(value)))
            case _:
                raw.append((name, value))
    raw = with_vary(raw)
    raw.append((b"content-encoding", coding.encode()))
    if length is not None:
        raw.append((b"content-length", b"%d" % length))
    return raw


def with_vary(headers: Iterable[tuple[bytes, bytes]]) -> RawHeaders:
    """The fields, with accept-encoding among what the response depends on (RFC 9110 section 12.5.5)."""
    raw = list(headers)
    places = [place for place, (name, _) in enumerate(raw) if name.lower() == b"vary"]
    named = {member.strip().lower() for place in places for member in raw[place][1].split(b",")}
    if not named.isdisjoint((b"*", b"accept-encoding")):
        return raw
    if places:
        name, value = raw[places[-1]]
        raw[places[-1]] = (name, value + b", Accept-Encoding")
    else:
        raw.append((b"vary", b"Accept-Encoding"))
    return raw


def weakened(etag: bytes) -> bytes:
    return etag if etag.startswith(b"W/") else b"W/" + etag


def as_it_was_weakened(headers: Iterable[tuple[bytes, bytes]], known: str) -> RawHeaders | None:
    """The fields of a 304 for a client that knows the response in its compressed form; None: it does not.

    known: its If-None-Match. A cache finds what a 304 is about by the validator, so that has to be the one that it
    was given (RFC 9111 section 4.3.4).
    """
    raw = list(headers)
    for place, (name, value) in enumerate(raw):
        if (
            name.lower() == b"etag"
            and not value.startswith(b"W/")
            and weakened(value).decode("latin-1") in entity_tags(known)
        ):
            raw[place] = (name, weakened(value))
            return with_vary(raw)
    return None
