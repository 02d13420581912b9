"""A second reader of WebSocket frames: slow, plain, and written from RFC 6455, 7692 and 3629 without the server's.

`read_client` says what the server must make of a client's bytes; `read_server` holds the server's to the RFCs.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field

from fuzz.findings import hold

TAIL = b"\x00\x00\xff\xff"
MOST_ENDS = 64  # blocks with BFINAL that a message may have: the server's own bound
CODES = frozenset((1000, 1001, 1002, 1003, *range(1007, 1015), *range(3000, 5000)))


@dataclass
class Terms:
    """What was agreed on for permessage-deflate, for one direction."""

    bits: int = 15
    takeover: bool = True


class Inflater:
    """Inflates messages with nothing but whole streams: all that came before is kept as the dictionary."""

    def __init__(self, terms: Terms) -> None:
        self.terms = terms
        self.history = b""

    def inflate(self, data: bytes, most: int) -> tuple[bytes, str]:
        """The message so far, of at most a little more than `most` bytes, and what is to be said of the stream.

        "broken", "whole" blocks of DEFLATE, or "open": it ends within one.
        """
        found, window = b"", self.history
        for _ in range(MOST_ENDS + 1):
            one = zlib.decompressobj(-self.terms.bits, zdict=window[-(1 << self.terms.bits) :])
            try:
                piece = one.decompress(data, most + 1 - len(found))
            except zlib.error:
                return found, "broken"
            found, window = found + piece, window + piece
            if not one.eof or not one.unused_data or len(found) > most:
                return found, "whole" if _is_between_blocks(one) else "open"
            data = one.unused_data
        return found, "broken"

    def remember(self, message: bytes) -> None:
        self.history = (self.history + message)[-(1 << 15) :] if self.terms.takeover else b""


def _is_between_blocks(inflater: zlib._Decompress) -> bool:
    """Whether an empty last block can begin here."""
    if inflater.eof:
        return not inflater.unused_data
    try:
        inflater.decompress(inflater.unconsumed_tail + b"\x03\x00")
    except zlib.error:
        return False
    return inflater.eof and not inflater.unused_data


@dataclass
class Message:
    """opcode and payload of a whole message or control frame."""

    opcode: int
    payload: bytes


@dataclass
class Reading:
    """faults: the close codes that may answer what is wrong with the bytes; empty while nothing is.

    `closed`: a Close frame was read, which is the last of `found`. unsure: behind a compressed
    message that ends within a block, of which RFC 7692 says nothing; reading stops before it.
    """

    found: list[Message] = field(default_factory=list)
    faults: set[int] = field(default_factory=set)
    closed: bool = False
    unsure: bool = False

    @property
    def messages(self) -> list[str | bytes]:
        return [one.payload.decode() if one.opcode == 1 else one.payload for one in self.found if one.opcode < 8]

    def payloads(self, opcode: int) -> list[bytes]:
        return [one.payload for one in self.found if one.opcode == opcode]

    def close(self) -> tuple[int, str]:
        """Code and reason of the client's Close frame (RFC 6455 section 7.1.5)."""
        payload = self.found[-1].payload
        return (int.from_bytes(payload[:2], "big"), payload[2:].decode()) if payload else (1005, "")


@dataclass
class _Open:
    """The message that is being read."""

    opcode: int
    compressed: bool
    raw: bytes = b""
    plain: bytes = b""


def read_client(data: bytes, most: int, terms: Terms | None) -> Reading:
    """Frames of a client, as a server reads them that takes messages of `most` bytes."""
    reading = Reading()
    inflater = Inflater(terms) if terms else None
    message: _Open | None = None
    while data and not reading.faults and not reading.closed:
        first = data[0]
        opcode, fin, reserved = first & 0x0F, first >= 0x80, first & 0x70
        if not _is_first_byte(opcode, fin, reserved, inflater is not None, message is not None):
            reading.faults = {1002}
            break
        if len(data) < 2:
            break
        length, start = data[1] & 0x7F, 2
        if data[1] < 0x80 or (opcode >= 8 and length > 125):
            reading.faults = {1002}
            break
        if length > 125:
            size = 2 if length == 126 else 8
            if len(data) < start + size:
                break
            length, start = int.from_bytes(data[2 : 2 + size], "big"), 2 + size
            if length <= (125 if size == 2 else 0xFFFF) or length >> 63:  # RFC 6455 section 5.2
                reading.faults = {1002}
                break
        deflated = message.compressed if message and opcode == 0 else bool(reserved)
        if opcode < 8 and not deflated and length + (len(message.plain) if message and opcode == 0 else 0) > most:
            reading.faults = {1009}
            break
        if len(data) < start + 4:
            break
        mask, payload = data[start : start + 4], data[start + 4 : start + 4 + length]
        payload = bytes(byte ^ mask[place % 4] for place, byte in enumerate(payload))
        whole = len(payload) == length
        data = data[start + 4 + length :]
        if opcode >= 8:
            if not whole:
                break
            _take_control(opcode, payload, reading)
            continue
        message = _Open(opcode, bool(reserved)) if opcode else message
        assert message is not None
        message.raw += payload
        _take_piece(message, fin and whole, most, inflater, reading)
        if not whole or reading.unsure:
            break
        if fin and not reading.faults:
            reading.found.append(Message(message.opcode, message.plain))
            message = None
    return reading


def _is_first_byte(opcode: int, fin: bool, reserved: int, deflates: bool, continues: bool) -> bool:
    """RFC 6455 sections 5.2, 5.4 and 5.5; RFC 7692 section 6: RSV1 on the first frame of a message."""
    if reserved and not (reserved == 0x40 and deflates and opcode in (1, 2)):
        return False
    if opcode >= 8:
        return opcode <= 10 and fin
    return opcode <= 2 and (opcode == 0) == continues


def _take_control(opcode: int, payload: bytes, reading: Reading) -> None:
    if opcode == 8 and payload:
        code, reason = int.from_bytes(payload[:2], "big"), payload[2:]
        if len(payload) == 1 or code not in CODES:
            reading.faults = {1002}
            return
        if not _is_utf8(reason, True):
            reading.faults = {1007}
            return
    reading.closed = opcode == 8
    reading.found.append(Message(opcode, payload))


def _take_piece(message: _Open, ends: bool, most: int, inflater: Inflater | None, reading: Reading) -> None:
    if message.compressed:
        assert inflater is not None
        message.plain, stream = inflater.inflate(message.raw + TAIL if ends else message.raw, most)
        reading.unsure = ends and stream == "open"
        if stream == "broken":
            reading.faults.add(1007)
        if len(message.plain) > most:
            reading.faults.add(1009)
    else:
        message.plain = message.raw
    if message.opcode == 1 and not _is_utf8(message.plain, ends):
        reading.faults.add(1007)
    if ends and message.compressed and inflater is not None:
        inflater.remember(message.plain)


# RFC 3629 section 4: the first byte of a character -> the ranges of those that follow.
_ANY = (0x80, 0xBF)
_UTF8 = {
    **dict.fromkeys(range(128), ()),
    **dict.fromkeys(range(194, 224), (_ANY,)),
    **dict.fromkeys(range(225, 240), (_ANY, _ANY)),
    **dict.fromkeys(range(241, 244), (_ANY, _ANY, _ANY)),
    0xE0: ((0xA0, 0xBF), _ANY),
    0xED: ((0x80, 0x9F), _ANY),
    0xF0: ((0x90, 0xBF), _ANY, _ANY),
    0xF4: ((0x80, 0x8F), _ANY, _ANY),
}


def _is_utf8(text: bytes, ends: bool) -> bool:
    """Whether `text` is UTF-8, or can become that if it does not end here."""
    if text.isascii():
        return True
    position = 0
    while position < len(text):
        ranges = _UTF8.get(text[position])
        if ranges is None:
            return False
        rest = text[position + 1 : position + 1 + len(ranges)]
        if not all(low <= byte <= high for byte, (low, high) in zip(rest, ranges, strict=False)):
            return False
        if len(rest) < len(ranges):
            return not ends
        position += 1 + len(ranges)
    return True


def read_server(data: bytes, terms: Terms | None, cut: bool) -> Reading:
    """Frames of a server, which must all be right. The last may be incomplete if the wire was `cut`."""
    reading = Reading()
    inflater = Inflater(terms) if terms else None
    while data:
        hold(not reading.closed, "close", "something follows the Close frame")
        first, second = (*data[:2], 0)[:2]
        opcode, fin, compressed = first & 0x0F, first >= 0x80, first & 0x70 == 0x40
        hold(not first & 0x30 and (not compressed or (inflater and opcode in (1, 2))), "frame", "a reserved bit is set")
        hold(opcode in (1, 2, 8, 9, 10) and fin, "frame", f"opcode {opcode}, or a fragment")
        hold(second < 0x80, "frame", "a frame of the server is masked")
        size = {126: 2, 127: 8}.get(second, 0)
        length = int.from_bytes(data[2 : 2 + size], "big") if size else second
        start = 2 + size
        if len(data) < start + length or len(data) < 2:
            hold(cut, "frame", "an incomplete frame")
            break
        shortest = {0: True, 2: length > 125, 8: length > 0xFFFF}[size]
        hold(shortest and (opcode < 8 or length <= 125), "frame", "the length is not in its shortest form")
        payload, data = data[start : start + length], data[start + length :]
        if compressed and inflater:
            raw = payload
            payload, stream = inflater.inflate(raw + TAIL, 1 << 24)
            hold(stream == "whole", "frame", f"the stream of a message is {stream}")
            inflater.remember(payload)
        if opcode == 1:
            hold(_is_utf8(payload, True), "frame", "a text message is not UTF-8")
        elif opcode >= 8:
            _take_control(opcode, payload, reading)
            hold(not reading.faults, "close", f"a Close frame that is wrong: {payload!r}")
            continue
        reading.found.append(Message(opcode, payload))
    return reading
