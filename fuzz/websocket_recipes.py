"""Frames from a recipe, so that a change of one byte of the input gives another frame and not a broken stream.

The wire of an input is cut into lines; each is a recipe: the frame's first byte as it is, how the frame is made, and
its payload. `how` % 8 chooses the mask, or to leave it out, to lie about the length, or to send the line as it is;
`how` // 8 % 4 the form of the length; `how` // 32 what is done to the payload.
"""

from __future__ import annotations

import struct
import zlib

MASKS = (b"\0\0\0\0", b"\0\0\0\0", b"abcd", b"\x37\xfa\x21\x3d", b"\xff\xff\xff\xff")
UNMASKED, LYING, RAW = 5, 6, 7


def frames_of(recipes: bytes) -> bytes:
    deflater = new_deflater()
    return b"".join(frame(line, deflater) for line in recipes.split(b"\r\n") if line)


def frame(recipe: bytes, deflater: zlib._Compress) -> bytes:
    how = recipe[1] if len(recipe) > 1 else 0
    payload = recipe[2:]
    if how % 8 == RAW:
        return payload
    payload = changed(payload, how // 32, deflater)
    length = len(payload) + 1 if how % 8 == LYING else len(payload)
    if how % 8 == UNMASKED:
        return recipe[:1] + length_field(length, how // 8 % 4, 0) + payload
    mask = MASKS[how % 8 % len(MASKS)]
    masked = bytes(byte ^ mask[place % 4] for place, byte in enumerate(payload))
    return recipe[:1] + length_field(length, how // 8 % 4, 0x80) + mask + masked


def length_field(length: int, form: int, masked: int) -> bytes:
    if form == 3 or length > 0xFFFF:
        return struct.pack("!BQ", masked | 127, length)
    if form == 2 or length > 125:
        return struct.pack("!BH", masked | 126, length)
    return bytes((masked | length,))


def changed(payload: bytes, how: int, deflater: zlib._Compress) -> bytes:
    """RFC 7692 section 7.2.1, and other ways to make a stream of DEFLATE."""
    if how == 2:
        return (deflater.compress(payload) + deflater.flush(zlib.Z_SYNC_FLUSH))[:-4]
    if how == 3:  # with a block that ends the stream
        last = new_deflater()
        return last.compress(payload) + last.flush(zlib.Z_FINISH) + b"\0"
    if how == 4:
        return payload * 40
    if how == 5:  # a few bytes that become many
        payload *= 400
        return (deflater.compress(payload) + deflater.flush(zlib.Z_SYNC_FLUSH))[:-4]
    if how == 6:  # without compression, and each half flushed
        flat = zlib.compressobj(0, zlib.DEFLATED, -9)
        half = len(payload) // 2
        first = flat.compress(payload[:half]) + flat.flush(zlib.Z_FULL_FLUSH)
        return (first + flat.compress(payload[half:]) + flat.flush(zlib.Z_SYNC_FLUSH))[:-4]
    if how == 7:  # without an end
        return deflater.compress(payload) + deflater.flush(zlib.Z_SYNC_FLUSH)
    return payload


def new_deflater() -> zlib._Compress:
    return zlib.compressobj(6, zlib.DEFLATED, -9)
