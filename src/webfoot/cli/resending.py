"""What is sent for a saved request, with what was given in the place of what was not kept of it."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from webfoot.cli.composing import as_bytes
from webfoot.cli.one_session import Line, Session, new_key
from webfoot.journey.redact import REDACTED
from webfoot.journey.saved.gaps import Gap, Text, filled
from webfoot.journey.saved.reading import Journey
from webfoot.journey.saved.request import SentRequest
from webfoot.journey.saved.session import Said, SavedSession, handshake_fields

_WITH_BODY = frozenset(("POST", "PUT", "PATCH"))
_KIND = {"text": "letters", "binary": "bytes"}


@dataclass(frozen=True, slots=True)
class Given:
    """`messages` of a WebSocket's client by their number."""

    headers: Sequence[tuple[str, str]] = ()
    body: bytes | None = None
    messages: Mapping[int, bytes] = field(default_factory=dict)

    @property
    def names(self) -> set[str]:
        return {name.lower() for name, _ in self.headers}


# A request over HTTP.


def request_bytes(request: SentRequest, given: Given) -> bytes:
    body = given.body
    fields = _fields(request, given)
    if body is None and request.form:
        boundary = f"webfoot-{secrets.token_hex(8)}"
        fields.append(("content-type", f"multipart/form-data; boundary={boundary}"))
        body = b"".join(_parts(request, boundary))
    elif body is None and request.body is not None:
        body = _filled(request.body).encode("utf-8", "surrogateescape")
    has_length = {"content-length", "transfer-encoding"} & given.names
    if not has_length and (body or request.method in _WITH_BODY):
        fields.append(("content-length", str(len(body or b""))))
    return as_bytes(request.method, _filled(request.target), [*fields, *given.headers], body or b"")


def doubts(request: SentRequest, given: Given) -> Iterator[str]:
    """Why the request may not be what it was."""
    texts = [request.target, *(value for name, value in request.headers if name.lower() not in given.names)]
    if given.body is None:
        yield from request.lacks
        texts += [request.body or (), *(part.value for part in request.form)]
    yield from _missing([piece.name for text in texts for piece in text if isinstance(piece, Gap)], "-H or -d")


def _missing(gaps: Sequence[str], options: str, where: str = "") -> Iterator[str]:
    missing = [name for name in gaps if name not in os.environ]
    if missing:
        yield (
            f"{', '.join(missing)} {'was' if len(missing) == 1 else 'were'} redacted{where}, and {REDACTED} is sent; "
            f"give it with {options}, or in a variable of that name"
        )


def _fields(request: SentRequest, given: Given) -> list[tuple[str, str]]:
    fields = [("host", _filled(request.host)), *((name, _filled(value)) for name, value in request.headers)]
    return [pair for pair in fields if pair[0].lower() not in given.names]


def _parts(request: SentRequest, boundary: str) -> Iterator[bytes]:
    """The form (RFC 7578); of files only the size is known."""
    for part in request.form:
        head = f'--{boundary}\r\ncontent-disposition: form-data; name="{part.name}"'
        if part.filename is not None:
            yield f'{head}; filename="{part.filename}"\r\ncontent-type: {part.media_type}\r\n\r\n'.encode()
            yield b"x" * part.size + b"\r\n"
        else:
            yield f"{head}\r\n\r\n{_filled(part.value)}\r\n".encode()
    yield f"--{boundary}--\r\n".encode()


def _filled(text: Text) -> str:
    return filled(text, str, lambda gap: os.environ.get(gap.name, REDACTED))


# A WebSocket.


def session(journey: Journey, request: SentRequest, saved: SavedSession, given: Given) -> Session:
    shaking = [pair for pair in handshake_fields(journey, new_key()) if pair[0].lower() not in given.names]
    fields = _fields(request, given)
    fields = [*fields[:1], *shaking, *fields[1:], *given.headers]
    handshake = as_bytes(request.method, _filled(request.target), fields, b"")
    lines = [_line(said, given.messages.get(said.number)) for said in saved.said]
    return Session(handshake, lines, answers_close=saved.answers_close)


def _line(said: Said, given: bytes | None) -> Line:
    data = given
    if data is None:
        data = b"x" * said.size if said.kept == "not" else _kept(said)
    return Line(said.kind, said.after, said.patience, data, said.code)


def _kept(said: Said) -> bytes:
    """What is missing of a binary message is made up: its size may well be told in its beginning."""
    if said.data is not None:
        return said.data.ljust(said.size, b"x")
    data = _filled(said.text).encode(errors="replace")
    return data.ljust(said.size, b"x") if said.kind == "binary" and said.kept == "in part" else data


def session_doubts(request: SentRequest, saved: SavedSession, given: Given) -> Iterator[str]:
    """Why what the client says may not be what it said."""
    texts = [request.target, *(value for name, value in request.headers if name.lower() not in given.names)]
    yield from _missing([piece.name for text in texts for piece in text if isinstance(piece, Gap)], "-H")
    yield from saved.lacks
    for said in saved.messages:
        if said.number not in given.messages:
            yield from _doubts_of(said)


def _doubts_of(said: Said) -> Iterator[str]:
    which, instead = f"the client's message {said.number}", f"-m {said.number}="
    yield from _missing([piece.name for piece in said.text if isinstance(piece, Gap)], f"{instead}TEXT", f" in {which}")
    if said.kept == "not":
        yield f"{which} was not kept, and {said.size} {_KIND[said.kind]} x are sent; give it with {instead}@FILE"
    elif said.kept == "in part":
        told = "".join(piece for piece in said.text if isinstance(piece, str))
        letters = said.data if said.data is not None else told.encode() if said.kind == "binary" else told
        sent = "and x are sent for the others" if said.kind == "binary" else "and are sent"
        kept = f"{said.size} {_KIND[said.kind]}, the first {len(letters)} were kept"
        yield f"of {which}, {kept}{',' if said.kind == 'binary' else ''} {sent}; give it with {instead}@FILE"
