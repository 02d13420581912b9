"""The application's answers to errors, unless it brings its own handlers."""

from __future__ import annotations

import math
from typing import Any

from webfoot.api.encoders import jsonable_encoder
from webfoot.api.errors import (
    ErrorList,
    RequestValidationError,
    ValidationException,
    WebSocketRequestValidationError,
)
from webfoot.api.statuses import has_body
from webfoot.web.answering.handlers import plain_answer
from webfoot.web.exceptions import HTTPException
from webfoot.web.middleware.body_limit import RequestBodyTooLarge
from webfoot.web.requests import Request
from webfoot.web.responses import JSONResponse, Response
from webfoot.web.websockets import WebSocket

_POLICY_VIOLATION = 1008
_LONGEST_REASON = 123  # bytes of UTF-8 (RFC 6455 section 5.5)
_TOO_DEEP = "(nested too deeply to be quoted)"


async def http_exception_handler(request: Request, exc: HTTPException) -> Response:
    """`{"detail": ...}` with the exception's status and headers."""
    if not has_body(exc.status_code):
        return Response(status_code=exc.status_code, headers=exc.headers)
    if isinstance(exc, RequestBodyTooLarge) and exc.was_declared:  # known as plain text where only its head was read
        return plain_answer(exc)
    return JSONResponse({"detail": exc.detail}, status_code=exc.status_code, headers=exc.headers)


async def request_validation_exception_handler(request: Request, exc: RequestValidationError) -> JSONResponse:
    """422 and the list of what did not fit."""
    try:
        return _unfit(exc.errors())
    except RecursionError:  # quoting takes more of the stack than reading has taken
        return _unfit([{**error, "input": _TOO_DEEP} for error in exc.errors()])


def _unfit(errors: ErrorList) -> JSONResponse:
    quoted = jsonable_encoder(errors, custom_encoder={bytes: _as_text})
    return JSONResponse({"detail": _sayable(quoted)}, status_code=422)


def _as_text(raw: bytes) -> str:
    """A body that is no JSON is quoted as it came, and need not be text."""
    return raw.decode("utf-8", "backslashreplace")


async def websocket_request_validation_exception_handler(
    websocket: WebSocket, exc: WebSocketRequestValidationError
) -> None:
    """Close with 1008, which before `accept()` refuses the handshake with 403, and the first of what did not fit."""
    await websocket.close(_POLICY_VIOLATION, _reason(exc))


def _reason(exc: ValidationException) -> str:
    first = next(iter(exc.errors()), {})
    place = ".".join(str(part) for part in first.get("loc", ()))
    said = f"{place}: {first.get('msg', '')}" if place else str(first.get("msg", ""))
    return said.encode(errors="replace")[:_LONGEST_REASON].decode(errors="ignore")


def _sayable(value: Any) -> Any:
    """An error quotes what was sent. Python reads NaN, Infinity and half surrogate pairs from JSON; an answer in UTF-8
    cannot say them."""
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, dict):
        return {_sayable(key): _sayable(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_sayable(one) for one in value]
    return value
