"""A response under way: its head, and the length of its body."""

from __future__ import annotations

from webfoot.asgi.guard.shapes import (
    Complain,
    check_body,
    check_extension_event,
    check_flag,
    check_headers,
    entry,
)
from webfoot.asgi.types import Message


class Response:
    """A response under way: the same for HTTP and for the answer that denies a WebSocket."""

    __slots__ = ("bodiless", "complain", "length", "parts", "sent", "to_head")

    def __init__(self, method: str, complain: Complain) -> None:
        self.complain = complain
        self.to_head = method == "HEAD"
        self.bodiless = False
        self.length: int | None = None
        self.sent = 0
        self.parts = 0

    def start(self, message: Message) -> None:
        name = message["type"]
        status = message.get("status")
        if not isinstance(status, int) or isinstance(status, bool):
            self.complain("status-type", f"{name} has {entry(message, 'status')}")
        elif not 100 <= status <= 599:
            self.complain("status-range", f"{name} has the status {status}")
        elif status < 200:
            self.complain("status-interim", f"{name} has the status {status}")
        check_flag(message, "trailers", self.complain)
        headers = check_headers(name, message.get("headers", ()), self.complain)
        self.bodiless = status in (204, 205, 304)
        lengths = [value for key, value in headers if key == b"content-length"]
        if lengths:
            self._hold_length(name, status, lengths)

    def _hold_length(self, name: str, status: object, lengths: list[bytes]) -> None:
        if len(lengths) > 1:
            self.complain("content-length-several", f"{name} has {len(lengths)} Content-Length headers")
        if status == 204:
            self.complain("content-length-204", f"{name} has a Content-Length beside the status 204")
        if not lengths[0].isdigit():
            self.complain("content-length-syntax", f"{name} has the Content-Length {lengths[0]!r}")
        else:
            self.length = int(lengths[0])

    def part(self, message: Message, *, last: bool) -> None:
        check_flag(message, "more_body", self.complain)
        self.parts += 1
        self._count(message["type"], len(check_body(message, self.complain)), last=last)

    def file(self, message: Message, *, last: bool) -> None:
        """zerocopysend and pathsend: how long a file is, the application need not know, nor does the guard."""
        check_flag(message, "more_body", self.complain)
        check_extension_event(message, self.complain)
        if message["type"] == "http.response.pathsend" and self.parts:
            self.complain("pathsend-mixed", "http.response.pathsend was sent after another body event")
        self.parts += 1
        count = message.get("count")
        if isinstance(count, int):
            self._count(message["type"], count, last=last)
        else:
            self.length = None

    def _count(self, name: str, size: int, *, last: bool) -> None:
        self.sent += size
        if size and self.bodiless:
            self.complain("body-forbidden", f"{name} brings {size} bytes of body")
        elif size and self.to_head:
            self.complain("body-to-head", f"{name} brings {size} bytes of body")
        if self.length is None or self.bodiless or self.to_head:
            return
        if self.sent > self.length:
            self.complain("body-too-long", f"{name} brings the body to {self.sent} of {self.length} bytes")
        elif last and self.sent < self.length:
            self.complain("body-too-short", f"{name} ends the body after {self.sent} of {self.length} bytes")
