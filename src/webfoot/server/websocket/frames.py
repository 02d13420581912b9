"""Frames and the messages that they carry (RFC 6455 section 5): bytes in, whole messages and control frames out.

`websockets` is the core: it unmasks (in C) and, in the handshake, reads the extensions. Its frame objects cost 4.3 to
6.0 us for an echoed message of 20 to 1000 bytes and wsproto's 10 to 18 us, the reader below 1.2 us (CPython 3.11), so
that the layout of a frame is read and written here.
"""

from __future__ import annotations

import io
from codecs import getincrementaldecoder
from typing import TYPE_CHECKING, Final

try:
    from websockets.speedups import apply_mask
except ImportError:  # an installation without the extension in C
    from websockets.utils import apply_mask

from webfoot.server.protocol.errors import RemoteFault
from webfoot.server.websocket.close_codes import INVALID_DATA, NO_STATUS, PROTOCOL_ERROR, TOO_BIG, may_be_sent

if TYPE_CHECKING:
    from codecs import IncrementalDecoder

    from webfoot.server.websocket.deflate import Deflate

# Opcodes (RFC 6455 section 5.2)
CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA

_FIN, _RSV, _RSV1, _RSV2_OR_3, _OPCODE = 0x80, 0x70, 0x40, 0x30, 0x0F
_WHOLE_TEXT: Final = _FIN | TEXT
_WHOLE: Final = (_WHOLE_TEXT, _FIN | BINARY)
_MASKED, _LENGTH = 0x80, 0x7F
_SHORT: Final = 125  # the longest payload whose length stands in the second byte, and of a control frame
_LENGTH_SIZE: Final = {126: 2, 127: 8}  # what stands there for longer ones -> bytes of the length that follows
_NO_FRAME: Final = -1

_SURROGATE: Final = b"\xed\xa0"  # the encoding of a surrogate begins with these two bytes, or higher ones
_BEHIND_SURROGATES: Final = b"\xee"

_new_decoder = getincrementaldecoder("utf-8")


class MessageReader:
    """The client's side of one connection.

    `add` takes what was read from the wire, `next` gives what is complete in it, one message or control frame at a
    time, so that whoever asks can stop when nobody takes the messages. A message that is not complete is unmasked,
    inflated, checked and kept as its bytes come in, at most `largest` of them; only the head of a frame and a control
    frame wait for their last byte.
    """

    __slots__ = (
        "_bytes",
        "_compressed",
        "_data",
        "_decoder",
        "_deflate",
        "_is_last",
        "_largest",
        "_left",
        "_mask",
        "_opcode",
        "_position",
        "_short",
        "_size",
        "_text",
    )

    def __init__(self, largest: int, deflate: Deflate | None) -> None:
        self._deflate = deflate
        self._largest = largest
        self._short = _MASKED | min(_SHORT, largest)
        self._data = b""
        self._position = 0
        # the message that is being read: `_opcode` is None between messages
        self._opcode: int | None = None
        self._compressed = False
        self._size = 0
        self._text: io.StringIO | None = None
        self._bytes: io.BytesIO | None = None
        self._decoder: IncrementalDecoder | None = None
        # its frame that is being read: `_left` bytes of the payload are to come, _NO_FRAME between frames
        self._left = _NO_FRAME
        self._mask = b""
        self._is_last = True

    def add(self, data: bytes) -> None:
        rest = self._data
        self._data = rest[self._position :] + data if rest else data
        self._position = 0

    def clear(self) -> None:
        """Forget everything: nothing more will be read."""
        self._data = b""
        self._position = 0
        self._text = self._bytes = self._decoder = None

    @property
    def is_inside_frame(self) -> bool:
        """Whether the client is in the middle of a frame, and therefore cannot send another one."""
        return self._left > 0

    def next(self) -> tuple[int, str | bytes] | None:
        """(opcode, payload), the payload of TEXT being a str; None when nothing more is complete.

        Raises RemoteFault whose status is a close code; nothing may be read after that.
        """
        data, position = self._data, self._position
        if len(data) - position > 1 and self._opcode is None:
            first, second = data[position], data[position + 1]
            if first in _WHOLE and _MASKED <= second <= self._short:
                end = position + second - _MASKED + 6
                if end <= len(data):  # a whole message in a short frame: most messages are
                    self._position = end
                    payload = apply_mask(data[position + 6 : end], data[position + 2 : position + 6])
                    return (TEXT, _decode(payload)) if first == _WHOLE_TEXT else (BINARY, payload)
        found = self._next_of_any_kind()
        if found is None:
            self._data = data[self._position :]
            self._position = 0
        return found

    def _next_of_any_kind(self) -> tuple[int, str | bytes] | None:
        while True:
            if self._left == _NO_FRAME:
                opcode = self._read_frame_head()
                if opcode is None:
                    return None
                if opcode >= CLOSE:
                    payload = self._read_payload()
                    self._left = _NO_FRAME
                    return opcode, payload
            elif self._position == len(self._data):
                return None
            message = self._take(self._read_payload())
            if message is not None:
                opcode, self._opcode = self._opcode, None
                assert opcode is not None
                return opcode, message

    def _read_frame_head(self) -> int | None:
        """The opcode of the next frame, after its head; None while that, or a control frame's payload, is incomplete.

        Each byte is judged as soon as it is there.
        """
        data, position = self._data, self._position
        there = len(data) - position
        if not there:
            return None
        first = data[position]
        opcode = first & _OPCODE
        self._check_first_byte(first, opcode)
        if there == 1:
            return None
        second = data[position + 1]
        length = second & _LENGTH
        if not second & _MASKED:
            raise _broken("mask", "5.1", "a frame of the client is not masked")
        if opcode >= CLOSE and length > _SHORT:
            raise _broken("control-length", "5.5", "a control frame is longer than 125 bytes")
        start = position + 2 + _LENGTH_SIZE.get(length, 0)
        if start > len(data):
            return None
        if length > _SHORT:
            length = _read_length(data[position + 2 : start])
        if length > self._largest - self._size and opcode < CLOSE and not self._is_compressed(first, opcode):
            raise _too_big()
        start += 4
        if start > len(data) or (opcode >= CLOSE and start + length > len(data)):
            return None
        self._mask = data[start - 4 : start]
        self._position = start
        self._left = length
        if opcode < CLOSE:
            self._is_last = first >= _FIN
            if opcode != CONTINUATION:
                self._begin_message(opcode, bool(first & _RSV1))
        return opcode

    def _check_first_byte(self, first: int, opcode: int) -> None:
        if first & _RSV and (first & _RSV != _RSV1 or self._deflate is None or opcode not in (TEXT, BINARY)):
            raise _broken("reserved-bits", "5.2", "a frame sets a reserved bit that no extension gave a meaning")
        if opcode >= CLOSE:
            if opcode > PONG:
                raise _broken("opcode", "5.2", "a frame has a reserved opcode")
            if first < _FIN:
                raise _broken("control-fragment", "5.5", "a control frame is fragmented")
        elif opcode > BINARY:
            raise _broken("opcode", "5.2", "a frame has a reserved opcode")
        elif opcode == CONTINUATION and self._opcode is None:
            raise _broken("continuation", "5.4", "a continuation frame continues no message")
        elif opcode != CONTINUATION and self._opcode is not None:
            raise _broken("interleaved", "5.4", "a message begins before the one before it has ended")

    def _is_compressed(self, first: int, opcode: int) -> bool:
        """Then it is the message that must fit, not the frame: what does not compress gets longer by it."""
        return self._compressed if opcode == CONTINUATION else bool(first & _RSV1)

    def _begin_message(self, opcode: int, compressed: bool) -> None:
        self._opcode = opcode
        self._compressed = compressed
        self._size = 0
        self._text = self._bytes = self._decoder = None

    def _read_payload(self) -> bytes:
        """What there is of the frame's payload, unmasked."""
        data, position = self._data, self._position
        size = min(self._left, len(data) - position)
        mask = self._mask
        self._left -= size
        self._position = position + size
        self._mask = mask[size % 4 :] + mask[: size % 4]  # for the byte that comes next
        return apply_mask(data[position : position + size], mask)

    def _take(self, payload: bytes) -> str | bytes | None:
        """Add a piece to the message; the message if that was the last one."""
        ends = False
        if not self._left:
            self._left = _NO_FRAME
            ends = self._is_last
        if self._compressed:
            assert self._deflate is not None
            payload = self._deflate.inflate(payload, self._largest - self._size, ends)
        self._size += len(payload)
        message = self._take_text(payload, ends) if self._opcode == TEXT else self._take_bytes(payload, ends)
        if ends:
            self._size = 0
            self._text = self._bytes = self._decoder = None
        return message

    def _take_text(self, payload: bytes, ends: bool) -> str | None:
        if self._decoder is None or self._text is None:
            if ends:
                return _decode(payload)
            self._decoder = _new_decoder()
            self._text = io.StringIO()
        try:
            self._text.write(self._decoder.decode(payload, ends))
        except UnicodeDecodeError:
            raise _no_text() from None
        if _SURROGATE <= self._decoder.getstate()[0] < _BEHIND_SURROGATES:
            raise _no_text()  # Python waits for the third byte before it says so
        return self._text.getvalue() if ends else None

    def _take_bytes(self, payload: bytes, ends: bool) -> bytes | None:
        if self._bytes is None:
            if ends:
                return payload
            self._bytes = io.BytesIO()
        self._bytes.write(payload)
        return self._bytes.getvalue() if ends else None


def _read_length(field: bytes) -> int:
    """RFC 6455 section 5.2: the shortest form that holds the length, and no sign bit."""
    length = int.from_bytes(field, "big")
    if length >> 63:
        raise _broken("length", "5.2", "the length of a frame has its most significant bit set")
    if length <= (_SHORT if len(field) == 2 else 0xFFFF):
        raise _broken("length", "5.2", "the length of a frame is not in its shortest form")
    return length


def _decode(payload: bytes) -> str:
    try:
        return payload.decode()
    except UnicodeDecodeError:
        raise _no_text() from None


def _broken(rule: str, section: str, reason: str) -> RemoteFault:
    return RemoteFault(PROTOCOL_ERROR, rule, f"RFC 6455 section {section}", reason)


def _no_text() -> RemoteFault:
    return RemoteFault(INVALID_DATA, "utf-8", "RFC 6455 section 8.1", "a text message is not UTF-8")


def _too_big() -> RemoteFault:
    return RemoteFault(TOO_BIG, "message-size", "RFC 6455 section 7.4.1", "the message is too big")


def read_close(payload: bytes) -> tuple[int, str]:
    """Code and reason of a Close frame (RFC 6455 section 5.5.1); 1005 if there is none. Raises RemoteFault."""
    if not payload:
        return NO_STATUS, ""
    if len(payload) == 1:
        raise _broken("close-length", "5.5.1", "the body of a Close frame is one byte")
    code = int.from_bytes(payload[:2], "big")
    if not may_be_sent(code):
        raise _broken("close-code", "7.4", f"a Close frame has the code {code}, which must not be sent")
    try:
        return code, payload[2:].decode()
    except UnicodeDecodeError:
        reason = "the reason in a Close frame is not UTF-8"
        raise RemoteFault(INVALID_DATA, "close-reason", "RFC 6455 section 5.5.1", reason) from None


def close_payload(code: int, reason: str = "") -> bytes:
    """The body of a Close frame; empty for 1005."""
    return b"" if code == NO_STATUS else code.to_bytes(2, "big") + reason.encode()


def encode_frame(opcode: int, payload: bytes, compressed: bool = False) -> bytes:
    """A whole message, or a control frame, in one frame of the server's: not masked (RFC 6455 section 5.1)."""
    first = _FIN | opcode | _RSV1 if compressed else _FIN | opcode
    size = len(payload)
    if size <= _SHORT:
        return bytes((first, size)) + payload
    if size <= 0xFFFF:
        return b"%c\x7e%b%b" % (first, size.to_bytes(2, "big"), payload)
    return b"%c\x7f%b%b" % (first, size.to_bytes(8, "big"), payload)
