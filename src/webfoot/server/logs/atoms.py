"""The access log's format in the field's atoms: `%(h)s "%(r)s" %(s)s %(b)s %(D)s`.

The letters are those of Apache's mod_log_config as Gunicorn and Hypercorn write them. The format is read once, at the
start, into text with holes and a function for each hole.
"""

from __future__ import annotations

import base64
import binascii
import os
import re
from collections.abc import Callable
from difflib import get_close_matches
from http import HTTPStatus
from time import time
from typing import Final, TypeAlias

from webfoot.server.logs.entry import Entry
from webfoot.server.logs.escape import escaped, shown, shown_path, shown_query, shown_target
from webfoot.server.logs.lines import Clock, text_line, timestamp
from webfoot.server.settings.table import OptionError
from webfoot.trail.secret_names import REDACTED, is_secret_name

Atom: TypeAlias = Callable[[Entry], object]

COMMON: Final = '%(h)s %(l)s %(u)s %(t)s "%(r)s" %(s)s %(b)s'
COMBINED: Final = f'{COMMON} "%(f)s" "%(a)s"'

NAMED: Final = {"common": COMMON, "combined": COMBINED}
"""Formats that have a name: those of Apache."""

_common_time: Final = Clock("[%d/%b/%Y:%H:%M:%S +0000]")
_HOLE: Final = re.compile(r"%\((?P<name>\{[^}]*\}\w*|[^)]*)\)s|%%")
_NAMES: Final = re.compile(r"\{([^}]+)\}([ioe])")


def _protocol(entry: Entry) -> str:
    return f"HTTP/{entry.head.version}"


def _request_line(entry: Entry) -> str:
    return f"{entry.head.method} {shown_target(entry.head.target)} HTTP/{entry.head.version}"


def _path(entry: Entry) -> str:
    return shown_path(entry.head.target.partition(b"?")[0])


def _query(entry: Entry) -> str:
    query = entry.head.target.partition(b"?")[2]
    return shown_query(query) if query else ""


def _user(entry: Entry) -> str:
    """The name in an Authorization field of the Basic scheme (RFC 7617)."""
    scheme, _, credentials = entry.field(b"authorization").partition(b" ")
    if scheme.lower() != b"basic":
        return "-"
    try:
        return shown(base64.b64decode(credentials, validate=True).partition(b":")[0]) or "-"
    except (binascii.Error, ValueError):
        return "-"


def _phrase(entry: Entry) -> str:
    try:
        return HTTPStatus(entry.status).phrase
    except ValueError:
        return "-"


ATOMS: Final[dict[str, tuple[str, Atom]]] = {
    "h": ("address of the client", lambda entry: entry.client[0] if entry.client else "-"),
    "l": ("`-`", lambda _: "-"),
    "u": ("user name of the Basic scheme, or `-`", _user),
    "t": ("time at which the line was written, as Apache has it", lambda _: _common_time.second(int(time()))),
    "time": ("the same as RFC 3339 has it, with milliseconds", lambda _: timestamp()),
    "r": ("request line", _request_line),
    "R": ("request line without the query", lambda entry: f"{entry.head.method} {_path(entry)} {_protocol(entry)}"),
    "m": ("method", lambda entry: escaped(entry.head.method)),
    "U": ("path, as it was sent", _path),
    "q": ("query, as it was sent, without secrets", _query),
    "Uq": ("path and query", lambda entry: shown_target(entry.head.target)),
    "H": ("protocol", _protocol),
    "S": ("scheme", lambda entry: entry.scheme),
    "s": ("status", lambda entry: entry.status),
    "st": ("status phrase", _phrase),
    "B": ("bytes of the response body", lambda entry: entry.size),
    "b": ("the same, `-` for none", lambda entry: entry.size or "-"),
    "f": ("Referer", lambda entry: _url(entry.field(b"referer"))),
    "a": ("User-Agent", lambda entry: shown(entry.field(b"user-agent")) or "-"),
    "T": ("duration in whole seconds", lambda entry: int(entry.seconds)),
    "L": ("duration in seconds, with six decimals", lambda entry: f"{entry.seconds:.6f}"),
    "M": ("duration in whole milliseconds", lambda entry: int(entry.seconds * 1e3)),
    "D": ("duration in whole microseconds", lambda entry: int(entry.seconds * 1e6)),
    "p": ("process id", lambda _: os.getpid()),
    "id": ("id of the request, or `-`", lambda entry: entry.request_id or "-"),
    "reason": ("why a 4xx or 5xx, or `-`: see `access_log_reasons`", lambda entry: escaped(entry.reason) or "-"),
    "code": ("Close code of a WebSocket, or `-`", lambda entry: entry.session.code if entry.session else "-"),
    "client_addr": ("address and port of the client", lambda entry: entry.peer),
    "request_line": ("as `r`", _request_line),
    "status_code": ("status and phrase", lambda entry: f"{entry.status} {_phrase(entry)}"),
    "message": ("the line as it is without a format", text_line),
}
"""Atom -> what it stands for, and how that is found."""


def compile_format(text: str) -> Callable[[Entry], str]:
    """What writes the line that `text` describes. Raises OptionError for an atom that there is not."""
    template, atoms = _read(NAMED.get(text, text))

    def line(entry: Entry) -> str:
        return template % tuple([atom(entry) for atom in atoms])

    return line


def _read(text: str) -> tuple[str, list[Atom]]:
    if not text.isprintable():
        raise _refusal("has a character that is not printable, and a line of the log has none")
    template, atoms, end = "", [], 0
    for found in _HOLE.finditer(text):
        template += _plain(text[end : found.start()]) + (found[0] if found["name"] is None else "%s")
        end = found.end()
        if found["name"] is not None:
            atoms.append(_atom(found["name"]))
    template += _plain(text[end:])
    if not atoms:
        raise _refusal("has no atom, such as %(r)s, so that all lines would be the same")
    return template, atoms


def _plain(text: str) -> str:
    if "%" in text:
        stray = text[text.index("%") :][:6]
        raise _refusal(f"has {stray!r}, and an atom is written %(r)s; a percent sign is %%")
    return text


def _atom(name: str) -> Atom:
    known = ATOMS.get(name)
    if known is not None:
        return known[1]
    match = _NAMES.fullmatch(name)
    if match is not None:
        return _NAMED_ATOMS[match[2]](match[1])
    near = get_close_matches(name, ATOMS, n=1)
    hint = f"did you mean %({near[0]})s?" if near else f"those that there are: {', '.join(ATOMS)}, {{name}}i, {{name}}o"
    raise _refusal(f"has the atom %({name})s, which there is not; {hint}")


def _refusal(what: str) -> OptionError:
    return OptionError(f"the option access_log_format {what}")


def _sent_by_client(name: str) -> Atom:
    return _field_atom(name, Entry.field)


def _sent_by_us(name: str) -> Atom:
    return _field_atom(name, Entry.sent_field)


def _field_atom(name: str, find: Callable[[Entry, bytes], bytes]) -> Atom:
    wanted = name.lower().encode("latin-1", "replace")

    def atom(entry: Entry) -> str:
        value = find(entry, wanted)
        if not value:
            return "-"
        # Looked up each time: an application declares its secrets when it is loaded, which may be later.
        return REDACTED if is_secret_name(name) else _url(value)

    return atom


def _url(value: bytes) -> str:
    """URLs carry secrets in their queries."""
    return shown_target(value) if value else "-"


def _variable(name: str) -> Atom:
    value = escaped(os.environ.get(name, "-"))
    return lambda _: value


_NAMED_ATOMS: Final[dict[str, Callable[[str], Atom]]] = {"i": _sent_by_client, "o": _sent_by_us, "e": _variable}
