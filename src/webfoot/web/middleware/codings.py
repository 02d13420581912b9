"""The content codings that a response can be sent in (RFC 9110 section 8.4.1), and who writes them.

gzip is Python's own zlib. Brotli (RFC 7932) and zstd (RFC 8878) come from packages that need not be there.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Final, Protocol, TypeAlias

from webfoot.web.packages import missing

# How far back a repetition is found: 256 KiB. An open stream then holds less than two megabytes, at the usual levels;
# with the windows of several megabytes that these codings can have, a thousand clients would fill the memory. A client
# may refuse a zstd window of more than 8 MiB (RFC 9659 section 3).
_WINDOW_BITS: Final = 18


class Coder(Protocol):
    """Writes one response. All of it lets go of the interpreter's lock, so a thread does not keep the loop waiting."""

    def part(self, data: bytes) -> bytes:
        """`data` encoded and flushed: who reads it up to here can decode all of it."""

    def last(self, data: bytes) -> bytes:
        """`data` encoded, and the end."""


MakeCoder: TypeAlias = Callable[[], Coder]


class _Gzip:
    __slots__ = ("_compressor",)

    def __init__(self, level: int) -> None:
        self._compressor = zlib.compressobj(level, zlib.DEFLATED, 16 + zlib.MAX_WBITS)  # 16: with gzip's frame

    def part(self, data: bytes) -> bytes:
        return self._compressor.compress(data) + self._compressor.flush(zlib.Z_SYNC_FLUSH)

    def last(self, data: bytes) -> bytes:
        return self._compressor.compress(data) + self._compressor.flush()


class _Brotli:
    __slots__ = ("_compressor",)

    def __init__(self, brotli: Any, quality: int) -> None:
        self._compressor = brotli.Compressor(quality=quality, lgwin=_WINDOW_BITS)

    def part(self, data: bytes) -> bytes:
        encoded: bytes = self._compressor.process(data) + self._compressor.flush()
        return encoded

    def last(self, data: bytes) -> bytes:
        encoded: bytes = self._compressor.process(data) + self._compressor.finish()
        return encoded


class _Zstd:
    __slots__ = ("_compressor",)

    def __init__(self, zstd: Any, level: int) -> None:
        option = zstd.CompressionParameter
        options = {option.compression_level: level, option.window_log: _WINDOW_BITS}
        self._compressor = zstd.ZstdCompressor(options=options)

    def part(self, data: bytes) -> bytes:
        encoded: bytes = self._compressor.compress(data, mode=self._compressor.FLUSH_BLOCK)
        return encoded

    def last(self, data: bytes) -> bytes:
        encoded: bytes = self._compressor.compress(data, mode=self._compressor.FLUSH_FRAME)
        return encoded


def _make_gzip(level: int) -> MakeCoder:
    return lambda: _Gzip(level)


def _make_brotli(level: int) -> MakeCoder:
    brotli = import_module("brotli")
    return lambda: _Brotli(brotli, level)


def _make_zstd(level: int) -> MakeCoder:
    try:
        zstd = import_module("compression.zstd")  # Python 3.14
    except ImportError:
        zstd = import_module("backports.zstd")
    return lambda: _Zstd(zstd, level)


@dataclass(frozen=True, slots=True)
class Coding:
    """A coding on offer. `levels`: the least and the greatest; `level`: the one for content that is made as it is sent.

    `package`: what has to be installed; empty: nothing.
    """

    name: str
    level: int
    levels: tuple[int, int]
    prepare: Callable[[int], MakeCoder]
    package: str = ""


CODINGS: Final = {
    coding.name: coding
    # In the order of preference: at these levels zstd takes the least time, and gzip makes the largest bodies.
    for coding in (
        Coding("zstd", 3, (-7, 19), _make_zstd, "backports.zstd"),
        Coding("br", 4, (0, 11), _make_brotli, "brotli"),
        Coding("gzip", 6, (1, 9), _make_gzip),
    )
}


def coder_for(name: str, level: int | None = None) -> MakeCoder:
    """Who makes coders of the coding `name`.

    Raises ValueError for a coding or level that does not exist, ImportError when the coding's package is missing.
    """
    coding = CODINGS.get(name)
    if coding is None:
        raise ValueError(f"there is no content coding {name!r}; there are {', '.join(CODINGS)}")
    least, greatest = coding.levels
    if level is None:
        level = coding.level
    if not isinstance(level, int) or not least <= level <= greatest:
        raise ValueError(f"the level of {name} is a number from {least} to {greatest}, not {level!r}")
    try:
        return coding.prepare(level)
    except ImportError as error:
        raise missing(coding.package, f"the content coding {name}", "compression") from error


def installed() -> list[str]:
    """The codings whose package is there, in the order of preference."""
    found: list[str] = []
    for name in CODINGS:
        try:
            coder_for(name)
        except ImportError:
            continue
        found.append(name)
    return found
