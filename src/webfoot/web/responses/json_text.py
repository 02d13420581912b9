"""Values as JSON (RFC 8259): compact, in UTF-8, without NaN and infinities."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from json import JSONEncoder
from json.encoder import c_make_encoder, encode_basestring  # type: ignore[attr-defined]
from typing import Any, Final

_NO_END: Final = "Circular reference detected, or nested too deeply for JSON"


def json_writer(default: Callable[[Any], Any] | None = None) -> Callable[[Any], bytes]:
    """A function that writes values as JSON; `default` says what to write for a value that JSON has no form for.

    It raises ValueError for NaN, infinities and circles, and TypeError without a `default`.
    """
    chunks = _chunk_writer(default, allow_nan=False)

    def write(content: Any) -> bytes:
        try:
            # Half of a surrogate pair, which UTF-8 cannot hold, is written as the escape that JSON has for it.
            return "".join(chunks(content, 0)).encode("utf-8", "backslashreplace")
        except RecursionError:
            raise ValueError(_NO_END) from None

    return write


def json_text_writer(*, allow_nan: bool = False) -> Callable[[Any], str]:
    """As `json_writer`, but text, which may hold half of a surrogate pair. `allow_nan`: as `NaN` and `Infinity`."""
    chunks = _chunk_writer(None, allow_nan=allow_nan)

    def write(content: Any) -> str:
        try:
            return "".join(chunks(content, 0))
        except RecursionError:
            raise ValueError(_NO_END) from None

    return write


def _chunk_writer(default: Callable[[Any], Any] | None, *, allow_nan: bool) -> Callable[[Any, int], Iterable[str]]:
    encoder = JSONEncoder(ensure_ascii=False, allow_nan=allow_nan, separators=(",", ":"), default=default)
    if c_make_encoder is None:  # an interpreter without the accelerator
        return lambda content, _level: encoder.iterencode(content)
    # JSONEncoder.encode builds this object anew for each call, which takes longer than writing a small document. The
    # first argument is where it would note what it is inside of, to find circles; here the recursion limit finds them.
    chunks: Callable[[Any, int], Iterable[str]] = c_make_encoder(
        None, encoder.default, encode_basestring, None, ":", ",", False, False, allow_nan
    )
    return chunks


write_json = json_writer()
