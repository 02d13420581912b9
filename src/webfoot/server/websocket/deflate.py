"""The extension permessage-deflate at work (RFC 7692 section 7.2).

What a client sends is inflated piece by piece as it comes in, against the limit of a message, so that a few bytes
which would become gigabytes are refused before the memory is spent. The two zlib streams are made when they are first
needed, and ours is given back when nothing was sent for a while: an idle connection holds none of their windows.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Final, NamedTuple

from webfoot.server.protocol.errors import RemoteFault
from webfoot.server.websocket.close_codes import INVALID_DATA, TOO_BIG

if TYPE_CHECKING:
    from zlib import _Compress, _Decompress

WINDOW_BITS: Final = 12
MEMORY_LEVEL: Final = 5
"""4 KiB of window and small hash tables: a stream takes 32 KiB instead of 256 KiB, and compresses nearly as well."""

WORTHWHILE: Final = 256
"""Smaller messages are sent as they are (RFC 7692 section 6 leaves that to the sender): they save next to nothing."""

_MOST_ENDS: Final = 64
"""How often zlib's stream may end within a message: each time the rest is copied, and two bytes are enough for it."""

_TAIL: Final = b"\x00\x00\xff\xff"  # RFC 7692 section 7.2.1: taken off each message, put back before it is inflated


class Terms(NamedTuple):
    """What was negotiated, with "remote" for the client (see `webfoot.server.websocket.handshake`)."""

    remote_no_context_takeover: bool
    local_no_context_takeover: bool
    remote_max_window_bits: int
    local_max_window_bits: int


class Deflate:
    """Both directions of one connection.

    `_window`: the last that was inflated, as far back as the client may refer to it. zlib has it too, and cannot be
    asked for it when a stream of its own ends in the middle of ours.
    """

    __slots__ = ("_deflater", "_ends", "_inflater", "_terms", "_window")

    def __init__(self, terms: Terms) -> None:
        self._terms = terms
        self._deflater: _Compress | None = None
        self._inflater: _Decompress | None = None
        self._window = b""
        self._ends = 0  # of zlib's stream, in the message that is coming

    def inflate(self, data: bytes, room: int, is_last: bool) -> bytes:
        """A piece of a message; at most `room` bytes may come of it. Raises RemoteFault (1007, 1009)."""
        terms = self._terms
        inflater = self._inflater
        if inflater is None:
            inflater = self._inflater = zlib.decompressobj(-terms.remote_max_window_bits)
        try:
            inflated = inflater.decompress(data + _TAIL if is_last else data, room + 1)
            while inflater.eof and inflater.unused_data and len(inflated) <= room:
                # A block with BFINAL ends zlib's stream, but not the message (RFC 7692 section 7.2.3.4).
                self._ends += 1
                if self._ends > _MOST_ENDS:
                    raise zlib.error
                rest = inflater.unused_data
                window = self._last_of(inflated)
                inflater = self._inflater = zlib.decompressobj(-terms.remote_max_window_bits, zdict=window)
                inflated += inflater.decompress(rest, room + 1 - len(inflated))
        except zlib.error:
            reason = "a compressed message cannot be inflated"
            raise RemoteFault(INVALID_DATA, "deflate-data", "RFC 7692 section 7.2.2", reason) from None
        if len(inflated) > room:
            raise RemoteFault(TOO_BIG, "message-size", "RFC 6455 section 7.4.1", "the message is too big when inflated")
        self._window = self._last_of(inflated)
        if is_last:
            self._ends = 0
            if terms.remote_no_context_takeover:
                self._inflater = None
                self._window = b""
        return inflated

    def _last_of(self, inflated: bytes) -> bytes:
        return (self._window + inflated)[-(1 << self._terms.remote_max_window_bits) :]

    def deflate(self, data: bytes) -> bytes:
        """A whole message as the payload of one frame (RFC 7692 section 7.2.1)."""
        deflater = self._deflater
        if deflater is None:
            bits = -self._terms.local_max_window_bits
            deflater = zlib.compressobj(zlib.Z_DEFAULT_COMPRESSION, zlib.DEFLATED, bits, MEMORY_LEVEL)
            if not self._terms.local_no_context_takeover:
                self._deflater = deflater
        return (deflater.compress(data) + deflater.flush(zlib.Z_SYNC_FLUSH))[: -len(_TAIL)]

    def rest(self) -> None:
        """Give back what only compresses better: whoever sends may forget what it sent before (7.1.1.1)."""
        self._deflater = None
