"""One JSON value on each line: what an endpoint that yields is answered with."""

from __future__ import annotations

import json
import math
from typing import Any

from webfoot.api.encoders import jsonable_encoder
from webfoot.web.responses import StreamingResponse

_dump = json.JSONEncoder(allow_nan=False).encode
_dump_whatever = json.JSONEncoder().encode  # for keys, which are texts in JSON: "Infinity"


class JSONLinesResponse(StreamingResponse):
    """A stream of lines that are JSON (https://jsonlines.org), already written."""

    media_type = "application/jsonl"


def untyped_json(item: Any) -> str:
    """An item of a stream that nobody gave a type, as FastAPI writes it: with spaces, in ASCII, without line ends. A
    number that is not finite is null."""
    encoded = jsonable_encoder(item)
    try:
        return _dump(encoded)
    except ValueError:
        return _dump_whatever(_finite(encoded))


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _finite(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_finite(one) for one in value]
    return value
