"""What the client of a saved journey had sent, as far as it was kept, so that it can be sent again."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from webfoot.journey.redact import printable, short
from webfoot.journey.saved.gaps import Gaps, Text
from webfoot.journey.saved.reading import Journey, SavedError, facts_of

# What belongs to the connection that was, or is reckoned anew for the body that is sent (RFC 9110 section 7.6.1).
PASSING = frozenset(
    ("connection", "keep-alive", "proxy-connection", "content-length", "transfer-encoding", "te", "upgrade", "expect")
)
_OF_A_HANDSHAKE = frozenset(("sec-websocket-key", "sec-websocket-version"))
_EXTENSIONS = "sec-websocket-extensions"  # agreed on for the connection; where they were refused, they are the matter
# RFC 9110 sections 5.5 and 5.6.2, RFC 9112 section 3.2
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_TARGET = re.compile(r"[!-~]+")
_VALUE = re.compile(r"[\t -~\x80-\xff]*")
# How `webfoot.journey.capture.multipart` writes a form: a line a part, a file by its name, type and size.
_MOST_BYTES = 64 * 1024 * 1024  # of a file, whose contents are made up
_FILE = re.compile(r"<(?P<filename>.*): (?P<type>[^:]*), (?:more than )?(?P<size>\d+) bytes>")


@dataclass(frozen=True, slots=True)
class Part:
    """A field of a form in parts; of a file, which has a `filename`, the size is known and nothing else."""

    name: str
    value: Text
    filename: str | None = None
    media_type: str = ""
    size: int = 0


@dataclass(frozen=True, slots=True)
class SentRequest:
    """Fields of the connection are left out of `headers`. `body` is None where there was none or it was not kept.

    form: the parts of a multipart body, which has no `body` then.
    gaps: names of the secrets that are missing in `target`, `headers` and `body`.
    lacks: what else is missing, one sentence each.
    """

    method: str
    target: Text
    headers: tuple[tuple[str, Text], ...]
    body: Text | None
    form: tuple[Part, ...]
    scheme: str
    host: Text
    gaps: tuple[str, ...]
    lacks: tuple[str, ...]

    def header(self, name: str) -> Text | None:
        return next((value for each, value in self.headers if each.lower() == name), None)


def request_of(journey: Journey) -> SentRequest:
    """Raises SavedError if no head was read, so that there is nothing to send again."""
    method, target = journey.get("method"), journey.get("target")
    if not isinstance(method, str) or not isinstance(target, str):
        raise SavedError(f"journey {journey.get('id') or ''} has no readable request: nothing can be sent again")
    fields = sent_fields(journey)
    _refuse_unsendable(method, target, fields)
    gaps = Gaps()
    lacks: list[str] = []
    passing = PASSING | _OF_A_HANDSHAKE if asks_for_websocket(journey) else PASSING
    passing |= {_EXTENSIONS} if journey.get("kind") == "websocket" else set()
    target_text = gaps.of(_origin_form(target), "secret")
    if journey.get("worker_ended"):
        lacks.append("its worker died: the query, the header fields and the body were not kept")
    text, media_type = _body(journey, fields, lacks)
    is_form = text is not None and media_type.startswith("multipart/")
    if text is not None:  # it was unpacked, and a form's boundary is chosen anew
        passing |= {"content-encoding"} | ({"content-type"} if is_form else set())
    headers = tuple((name, gaps.of(value, name)) for name, value in fields if name.lower() not in passing)
    host = next((value for name, value in headers if name.lower() == "host"), None)
    scheme = facts_of(journey, "scope_built").get("scheme")
    return SentRequest(
        method=method,
        target=target_text,
        headers=tuple(pair for pair in headers if pair[0].lower() != "host"),
        body=None if text is None or is_form else gaps.of(text, "secret"),
        form=_form(text, gaps) if text is not None and is_form else (),
        scheme={"ws": "http", "wss": "https"}.get(str(scheme), str(scheme or "http")),
        host=host or (_server(journey),),
        gaps=tuple(gaps.names),
        lacks=tuple(lacks),
    )


def _refuse_unsendable(method: str, target: str, fields: list[tuple[str, str]]) -> None:
    """A file may come from anybody, and a long target is kept in part only."""
    if not _TOKEN.fullmatch(method):
        raise SavedError(f"the method of the journey is none: {short(printable(method))}")
    if not _TARGET.fullmatch(target):
        raise SavedError(f"the target of the journey was not kept whole, or is none: {short(printable(target))}")
    for name, value in fields:
        if not _TOKEN.fullmatch(name) or not _VALUE.fullmatch(value):
            raise SavedError(f"a header of the journey is none: {short(printable(f'{name}: {value}'))}")


def asks_for_websocket(journey: Journey) -> bool:
    """Also where the handshake was so wrong that the server took it for none."""
    upgrades = [value.lower() for name, value in sent_fields(journey) if name.lower() == "upgrade"]
    return journey.get("kind") == "websocket" or ("websocket" in upgrades and journey.get("method") == "GET")


def sent_fields(journey: Journey) -> list[tuple[str, str]]:
    """The header of the request as it was kept: as a part of its own, or else by the mark of its head."""
    request = journey.get("request")
    fields = request.get("headers") if isinstance(request, dict) else None
    if not isinstance(fields, list):
        fields = facts_of(journey, "head_parsed").get("headers")
    return [_pair(field) for field in fields] if isinstance(fields, list) else []


def _pair(field: Any) -> tuple[str, str]:
    if not isinstance(field, list) or len(field) != 2:
        raise SavedError("a header of the journey is no pair of name and value")
    return str(field[0]), str(field[1])


def _origin_form(target: str) -> str:
    """A target in absolute form names its host again, which the Host field does (RFC 9112 section 3.2.2)."""
    if not target.startswith(("http://", "https://")):
        return target
    parts = urlsplit(target)
    return f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"


def _body(journey: Journey, fields: list[tuple[str, str]], lacks: list[str]) -> tuple[str | None, str]:
    """The text of the body with its media type."""
    request = journey.get("request")
    body = request.get("body") if isinstance(request, dict) else None
    if not isinstance(body, dict):
        names = {name.lower(): value for name, value in fields}
        if "transfer-encoding" in names or names.get("content-length", "0") != "0":
            lacks.append("the body was not kept: only `webfoot dev` keeps bodies")
        return None, ""
    size, kept, text = body.get("size") or 0, body.get("kept") or 0, body.get("text")
    media_type = str(body.get("content_type") or "").lower()
    if not size:
        return None, ""
    if not isinstance(text, str):
        lacks.append(f"the body of {size} bytes was not kept: it is no text")
        return None, ""
    if kept < size:
        lacks.append(f"of the body of {size} bytes only the first {kept} were kept")
    return text, media_type


def _form(text: str, gaps: Gaps) -> tuple[Part, ...]:
    parts: list[Part] = []
    for line in text.split("\n"):
        name, colon, value = line.partition(": ")
        file = _FILE.fullmatch(value)
        if file is not None:
            parts.append(Part(name, (), file["filename"], file["type"], made_up(int(file["size"]), name)))
        elif colon or not parts:
            parts.append(Part(name, gaps.of(value, name)))
        else:  # a value of several lines
            parts[-1] = Part(parts[-1].name, (*parts[-1].value, "\n", *gaps.of(line, parts[-1].name)))
    return tuple(parts)


def made_up(size: int, what: str) -> int:
    """Bytes of something of which only the size was kept. Raises SavedError; a file may come from anybody."""
    if size > _MOST_BYTES:
        raise SavedError(f"{short(printable(what))} of the journey has {size} bytes, which are too many to be made up")
    return size


def _server(journey: Journey) -> str:
    server = facts_of(journey, "connected").get("server")
    if isinstance(server, list) and len(server) == 2 and isinstance(server[1], int):
        host = f"[{server[0]}]" if ":" in str(server[0]) else server[0]
        return f"{host}:{server[1]}"
    return "localhost"
