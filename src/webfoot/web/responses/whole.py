"""Responses whose body is at hand in full: bytes, text, HTML, JSON, and the redirect, which has none.

A response is an ASGI application of its own: calling it sends two messages.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any, Literal
from urllib.parse import quote

from webfoot.asgi.types import Message, Receive, Scope, Send
from webfoot.web.background import BackgroundTask, run_behind
from webfoot.web.datastructures.headers import MutableHeaders, RawHeaders, encode_header
from webfoot.web.datastructures.url import URL
from webfoot.web.responses.json_text import write_json
from webfoot.web.responses.set_cookie import cookie_line


class Response:
    """An answer with a body of bytes or text.

    A subclass sets `media_type` and `charset`, and overrides `render` to write its content as bytes. `headers` that
    name content-length or content-type keep the response from adding its own.
    """

    media_type: str | None = None
    charset = "utf-8"

    status_code: int
    body: bytes
    background: BackgroundTask | None
    raw_headers: RawHeaders
    _headers: MutableHeaders | None = None

    def __init__(
        self,
        content: Any = None,
        status_code: int = 200,
        headers: Mapping[str, str] | None = None,
        media_type: str | None = None,
        background: BackgroundTask | None = None,
    ) -> None:
        self.status_code = status_code
        if media_type is not None:
            self.media_type = media_type
        self.background = background
        self.body = self.render(content)
        self.init_headers(headers)

    def render(self, content: Any) -> bytes:
        if content is None:
            return b""
        if isinstance(content, bytes):
            return content
        if isinstance(content, str):
            return encode_text(content, self.charset)
        if isinstance(content, memoryview | bytearray):
            return bytes(content)
        raise TypeError(
            f"{type(self).__name__} takes str, bytes or memoryview as content, not {type(content).__name__}"
        )

    def init_headers(self, headers: Mapping[str, str] | None = None) -> None:
        """Build `raw_headers`: what was given, then content-length (known body) and content-type, unless given."""
        raw: RawHeaders = []
        needs_length = needs_type = True
        if headers:
            for name, value in headers.items():
                pair = encode_header(name, value)
                raw.append(pair)
                if pair[0] == b"content-length":
                    needs_length = False
                elif pair[0] == b"content-type":
                    needs_type = False
        if needs_length and has_length(self.status_code):
            body = getattr(self, "body", None)  # a response that streams has none
            if body is not None:
                raw.append((b"content-length", b"%d" % len(body)))
        if needs_type and self.media_type is not None:
            raw.append(content_type_header(self.media_type, self.charset))
        self.raw_headers = raw

    @property
    def headers(self) -> MutableHeaders:
        """The header fields, to read and change; a view of `raw_headers`."""
        headers = self._headers
        if headers is None or headers.raw is not self.raw_headers:
            headers = self._headers = MutableHeaders(raw=self.raw_headers)
        return headers

    def set_cookie(
        self,
        key: str,
        value: str = "",
        max_age: int | None = None,
        expires: datetime | str | int | None = None,
        path: str | None = "/",
        domain: str | None = None,
        secure: bool = False,
        httponly: bool = False,
        samesite: Literal["lax", "strict", "none"] | None = "lax",
        partitioned: bool = False,
    ) -> None:
        """Add a Set-Cookie field (RFC 6265 section 4.1).

        `max_age` is in seconds; `expires` is a time, a number of seconds from now, or an HTTP date as text.

        Raises:
            ValueError: a name, path or domain that would break out of its place in the field, a time without zone,
                an unknown `samesite`.
        """
        line = cookie_line(key, value, max_age, expires, path, domain, secure, httponly, samesite, partitioned)
        self.raw_headers.append(encode_header("set-cookie", line))

    def delete_cookie(
        self,
        key: str,
        path: str = "/",
        domain: str | None = None,
        secure: bool = False,
        httponly: bool = False,
        samesite: Literal["lax", "strict", "none"] | None = "lax",
        partitioned: bool = False,
    ) -> None:
        """Make the client forget a cookie. `path`, `domain` and `partitioned` must be as when it was set."""
        self.set_cookie(
            key,
            max_age=0,
            expires=0,
            path=path,
            domain=domain,
            secure=secure,
            httponly=httponly,
            samesite=samesite,
            partitioned=partitioned,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            send = denying(send)
        gone = None
        try:
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            await send({"type": "http.response.body", "body": self.body})
        except OSError as error:
            gone = error
        if self.background is not None or gone is not None:
            await run_behind(self.background, gone, scope)


class PlainTextResponse(Response):
    media_type = "text/plain"


class HTMLResponse(Response):
    media_type = "text/html"


class JSONResponse(Response):
    """Content as compact JSON in UTF-8 (RFC 8259). NaN and infinities, which JSON does not have, are a ValueError."""

    media_type = "application/json"

    def __init__(
        self,
        content: Any,
        status_code: int = 200,
        headers: Mapping[str, str] | None = None,
        media_type: str | None = None,
        background: BackgroundTask | None = None,
    ) -> None:
        super().__init__(content, status_code, headers, media_type, background)

    def render(self, content: Any) -> bytes:
        return write_json(content)


# What may stand in a URL unescaped (RFC 3986 section 2.2, reserved), and "%", so that an escape stays one.
_URL_SAFE = ":/?#[]@!$&'()*+,;=%"


class RedirectResponse(Response):
    """Sends the client to another URL: 307 keeps the method and the body, 303 makes it a GET."""

    def __init__(
        self,
        url: str | URL,
        status_code: int = 307,
        headers: Mapping[str, str] | None = None,
        background: BackgroundTask | None = None,
    ) -> None:
        super().__init__(b"", status_code, headers, background=background)
        self.headers["location"] = quote(str(url), safe=_URL_SAFE, errors="replace")


def encode_text(text: str, charset: str) -> bytes:
    """UTF-8 has no form for half of a surrogate pair, which JSON can bring in and a file's name can hold: "?" stands
    for it. UnicodeEncodeError for what another charset does not have, since there text would be lost."""
    try:
        return text.encode(charset)
    except UnicodeEncodeError as error:
        if error.encoding != "utf-8":
            raise
        return text.encode(charset, "replace")


def has_length(status_code: int) -> bool:
    """False where a response has no content-length of its own (RFC 9110 section 8.6).

    1xx and 204 must not have one, and that of a 304 would tell of a body that is not sent.
    """
    return status_code >= 200 and status_code not in (204, 304)


@lru_cache(maxsize=256)
def content_type_header(media_type: str, charset: str) -> tuple[bytes, bytes]:
    """The content-type field; text types get the charset unless they name one."""
    if media_type.startswith("text/") and "charset=" not in media_type.lower():
        media_type = f"{media_type}; charset={charset}"
    return encode_header("content-type", media_type)


def denying(send: Send) -> Send:
    """`send` for a response that refuses a WebSocket handshake (ASGI extension "websocket.http.response")."""

    async def send_denial(message: Message) -> None:
        await send({**message, "type": "websocket." + message["type"]})

    return send_denial
