"""What the application's events must hold beside their type. Raises LocalFault for what may not be sent."""

from __future__ import annotations

from typing import Any, Final

from webfoot.server.protocol.errors import LocalFault
from webfoot.server.websocket.close_codes import may_be_sent

_LONGEST_REASON: Final = 123  # bytes: a control frame holds 125, two of them are the code


def type_of(message: Any) -> str:
    """The type of an event."""
    kind = message.get("type") if isinstance(message, dict) else None
    if not isinstance(kind, str):
        raise LocalFault("event", "ASGI 'Events'", "an event is a dict with a str under 'type'")
    return kind


def utf_8(text: str) -> bytes:
    """What a text is on the wire: UTF-8, which half of a surrogate pair cannot be (RFC 6455 section 5.6)."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        reason = "a text must be one that UTF-8 can encode, without lone surrogates"
        raise LocalFault("text", "RFC 6455 section 5.6", reason) from None


def as_bytes(body: object) -> bytes:
    """A part of a response body."""
    if isinstance(body, (bytearray, memoryview, bytes)):
        return bytes(body)
    raise LocalFault("body-type", "ASGI HTTP 2.5 'Response Body'", f"body must be bytes, not {type(body).__name__}")


def as_list(headers: object) -> list[tuple[bytes, bytes]]:
    """Headers may come from a generator, which can be asked once only."""
    try:
        return list(headers)  # type: ignore[call-overload,no-any-return]
    except TypeError:
        reason = f"headers must be an iterable of pairs, not {type(headers).__name__}"
        raise LocalFault("headers", "ASGI HTTP 2.5 'Response Start'", reason) from None


def check_close(code: object, reason: object) -> None:
    """What may stand in a Close frame (RFC 6455 sections 5.5.1 and 7.4)."""
    if not isinstance(code, int) or not may_be_sent(code):
        raise LocalFault("close-code", "RFC 6455 section 7.4", f"the close code {code!r:.20} must not be sent")
    if not isinstance(reason, str) or len(utf_8(reason)) > _LONGEST_REASON:
        what = f"the reason of a close must be a str of at most {_LONGEST_REASON} bytes"
        raise LocalFault("close-reason", "RFC 6455 section 5.5", what)
