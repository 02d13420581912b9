"""From the bytes of a request head to one that is judged, and the memory that makes it cheap.

What a client says of itself it says again with each request: the same header fields, byte by byte, behind another
request line. Fields that come a second time are therefore remembered; a head that brings them again costs a look-up and
one regular expression for its request line: with ten fields a third of the instructions of a parse.

The verdict cannot differ: it depends on the bytes alone, and whatever is not the plainest of requests is read anew.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, TypeAlias

from webfoot.server.http1 import rules
from webfoot.server.http1.grammar import METHODS
from webfoot.server.http1.parser_known import mark_known
from webfoot.server.protocol.events import Head, Special
from webfoot.trail import Trail

# A request line as the grammar and the rules accept it at once: origin-form, no fragment, HTTP/1.1.
_PLAIN_LINE: Final = re.compile(rb"([A-Z]+) ((/[!\"$->@-~]*)(?:\?([!\"$-~]*))?) HTTP/1\.1")

# Methods for which no rule looks at the method and the fields together.
_PLAIN_METHODS: Final = {
    name: METHODS[name] for name in (b"GET", b"HEAD", b"POST", b"PUT", b"PATCH", b"DELETE", b"OPTIONS")
}

# Fields that mean something only together with the request line, or only once.
_NEVER_REMEMBERED: Final = {b"upgrade", b"expect"}

_Known: TypeAlias = "tuple[list[tuple[bytes, bytes]], int, Special | None]"  # fields, Head.body_length, Head.special

_LONGEST: Final = 1024
_MOST: Final = 256
_MOST_SEEN: Final = 1024


class HeadReader:
    """Reads heads with the parser that it is given, and remembers the fields of at most 512 of them, 1 KiB each.

    `_fields` and `_older` are generations: what is not asked for while 256 others are learnt is forgotten. `_seen`
    holds hashes of what came once, so that fields which are never the same twice (traceparent) cost little and
    displace nothing.
    """

    __slots__ = ("_fields", "_older", "_parse", "_seen")

    def __init__(self, parse: Callable[[bytes, Trail | None], Head]) -> None:
        self._parse = parse
        self._fields: dict[bytes, _Known] = {}
        self._older: dict[bytes, _Known] = {}
        self._seen: set[int] = set()

    def read(self, raw: bytes, trail: Trail | None) -> Head:
        """The head that `raw` is, with its empty line, parsed and judged. Raises RemoteFault."""
        if trail is not None and not trail.is_light:  # who watches closely wants to see parser and rules at work
            return self._read_anew(raw, trail)
        end = raw.find(b"\r\n")
        block = raw[end:]
        known = self._fields.get(block)
        if known is None:
            known = self._older.get(block)
            if known is None:
                head = self._read_anew(raw, trail)
                if hash(block) in self._seen:
                    self._remember(block, head)
                else:
                    self._see(block)
                return head
            self._keep(block, known)
        match = _PLAIN_LINE.fullmatch(raw, 0, end)
        if match is None:
            return self._read_anew(raw, trail)
        method, target, path, query = match.groups()
        name = _PLAIN_METHODS.get(method)
        if name is None:
            return self._read_anew(raw, trail)
        fields, body_length, special = known
        head = Head(name, target, "1.1", fields.copy())
        if query is not None:
            head.path = path
            head.query = query
        head.body_length = body_length
        if special is not None:
            head.special = special
        if trail is not None:
            mark_known(head, fields, trail)
        return head

    def _read_anew(self, raw: bytes, trail: Trail | None) -> Head:
        head = self._parse(raw, trail)
        rules.accept(head, trail)
        return head

    def _see(self, block: bytes) -> None:
        if len(self._seen) >= _MOST_SEEN:
            self._seen.clear()
        self._seen.add(hash(block))

    def _remember(self, block: bytes, head: Head) -> None:
        if (
            len(block) <= _LONGEST
            and head.version == "1.1"
            and head.keep_alive
            and head.target.startswith(b"/")  # the authority of an absolute target has replaced the Host field
            and _NEVER_REMEMBERED.isdisjoint(name for name, _ in head.headers)
        ):
            self._keep(block, (head.headers.copy(), head.body_length, head.special))

    def _keep(self, block: bytes, known: _Known) -> None:
        if len(self._fields) >= _MOST:
            self._older = self._fields
            self._fields = {}
        self._fields[block] = known
