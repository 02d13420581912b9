"""How a line of the access log reads that has no format of the user's own: as text, or as one object of JSON.

The keys of the object are documented in docs/logging.md and stay what they are.
"""

from __future__ import annotations

import json
from functools import lru_cache
from json.encoder import encode_basestring_ascii as quoted
from time import gmtime, strftime, time
from typing import Any, Final

from webfoot.server.logs.entry import Entry
from webfoot.server.logs.escape import CACHED, LONGEST, escaped, shown_path, shown_query, shown_target
from webfoot.trail.secret_names import query_without_secrets


class Clock:
    """Writes the time; a second's text is made once."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self._second = -1
        self._text = ""

    def second(self, now: int) -> str:
        if now != self._second:
            self._text = strftime(self._pattern, gmtime(now))
            self._second = now
        return self._text


_rfc_3339: Final = Clock("%Y-%m-%dT%H:%M:%S")


def timestamp(now: float | None = None) -> str:
    """RFC 3339 with milliseconds, in UTC: `2026-11-21T20:04:05.123Z`. `now`: seconds since the epoch."""
    if now is None:
        now = time()
    whole = int(now)
    return f"{_rfc_3339.second(whole)}.{int((now - whole) * 1000):03d}Z"


def text_line(entry: Entry) -> str:
    """`127.0.0.1:1234 - "GET /x HTTP/1.1" 200 13B 1.2ms`, and behind that the request's id and the reason, if known."""
    if entry.session is not None or entry.event:
        return _text_of_stream(entry)
    head = entry.head
    line = (
        f'{entry.peer} - "{head.method} {shown_target(head.target)} HTTP/{head.version}"'
        f" {entry.status} {entry.size}B {entry.seconds * 1e3:.1f}ms"
    )
    if entry.request_id:
        line += f" [{entry.request_id}]"
    return f"{line}: {_sentence(entry.reason)}" if entry.reason else line


def _sentence(reason: str) -> str:
    return reason if reason.isprintable() and len(reason) <= LONGEST else escaped(reason)


def _text_of_stream(entry: Entry) -> str:
    session, target = entry.session, shown_target(entry.head.target)
    suffix = f" [{entry.request_id}]" if entry.request_id else ""
    if session is not None:
        return (
            f'{entry.peer} - "WebSocket {target}" [closed {session.code} after {entry.seconds:.1f}s, '
            f"{_messages(session.messages_in, session.bytes_in)} in, "
            f"{_messages(session.messages_out, session.bytes_out)} out]{suffix}"
        )
    if entry.status == _SWITCHED:
        return f'{entry.peer} - "WebSocket {target}" [accepted]{suffix}'
    request = f"{entry.head.method} {target} HTTP/{entry.head.version}"
    return f'{entry.peer} - "{request}" {entry.status} [stream opened]{suffix}'


_SWITCHED: Final = 101


def _messages(count: int, size: int) -> str:
    return f"{count} message{'' if count == 1 else 's'} of {size}B"


def json_line(entry: Entry) -> str:
    head = entry.head
    path, _, query = head.target.partition(b"?")
    line = (
        f'{{"time":"{timestamp()}","level":"info","logger":"webfoot.access",'
        f'{_client(entry.client)},"method":"{head.method}",'
        f'"path":{_path(path)},"query":{_query(query) if query else _EMPTY},'
        f'"protocol":"HTTP/{head.version}","scheme":"{entry.scheme}","status":{entry.status},"bytes":{entry.size},'
        f'"duration_ms":{entry.seconds * 1e3:.3f},"user_agent":{_agent(entry.field(b"user-agent"))}'
    )
    if entry.request_id:
        line += f',"request_id":{quoted(entry.request_id)}'
    if entry.reason:
        line += f',"reason":{_bounded(entry.reason)}'
    if entry.event:
        line += f',"event":"{entry.event}"'
    if entry.session is not None:
        line += "".join(f',"{name}":{number}' for name, number in entry.session._asdict().items())
    return line + "}"


def json_fields(entry: Entry) -> dict[str, Any]:
    """The object that `json_line` writes."""
    fields: dict[str, Any] = json.loads(json_line(entry))
    return fields


_EMPTY: Final = '""'


def _path(path: bytes) -> str:
    """What needs no escape in text needs none in JSON."""
    text = shown_path(path)
    return f'"{text}"' if "\\" not in text else _bounded(path.decode("latin-1"))


def _query(query: bytes) -> str:
    text = shown_query(query)
    return f'"{text}"' if "\\" not in text else _bounded(query_without_secrets(query.decode("latin-1")))


def _agent(value: bytes) -> str:
    return _cached_agent(value) if len(value) <= CACHED else _bounded(value.decode("utf-8", "backslashreplace"))


@lru_cache(maxsize=256)
def _cached_agent(value: bytes) -> str:
    return _bounded(value.decode("utf-8", "backslashreplace")) if value else "null"


def _client(client: tuple[str, int] | None) -> str:
    if client is None:
        return '"client":null,"client_port":null'
    return f'"client":{quoted(client[0])},"client_port":{client[1]}'


def _bounded(text: str) -> str:
    """A string of JSON, which is no longer than other values however much of it has to be escaped."""
    string = quoted(text if len(text) <= LONGEST else f"{text[:LONGEST]}...")
    return string if len(string) <= LONGEST + _ROOM else quoted(f"{text[: LONGEST // _LONGEST_ESCAPE]}...")


_ROOM: Final = len('"..."')
_LONGEST_ESCAPE: Final = len("\\ud83e\\udd86")
