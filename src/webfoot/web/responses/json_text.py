"""Values as JSON (RFC 8259): compact, in UTF-8, without NaN and infinities."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from json import JSONEncoder
from json.encoder import c_make_encoder, encode_basestring  # type: ignore[attr-defined]
from typing import Any


def json_writer(default: Callable[[Any], Any] | None = None) -> Callable[[Any], bytes]:
    """A function that writes values as JSON; `default` says what to write for a value that JSON has no form for.

    It raises ValueError for NaN, infinities and circles, and TypeError without a `default`.
    """
    encoder = JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=default)
    if c_make_encoder is not None:
        # JSONEncoder.encode builds this object anew for each call, which takes longer than writing a small document.
        # The first argument is where it would note what it is inside of, to find circles; here the recursion limit
        # finds them.
        chunks = c_make_encoder(None, encoder.default, encode_basestring, None, ":", ",", False, False, False)
    else:  # an interpreter without the accelerator

        def chunks(content: Any, _level: int) -> Iterable[str]:
            return encoder.iterencode(content)

    def write(content: Any) -> bytes:
        try:
            return "".join(chunks(content, 0)).encode()
        except RecursionError:
            raise ValueError("Circular reference detected, or nested too deeply for JSON") from None

    return write


write_json = json_writer()
