"""Sessions in a signed cookie (`signed_cookie`), which is set only when something in the session has changed."""

from __future__ import annotations

import functools
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final, Literal

from webfoot.asgi.types import ASGIApp, Message, Receive, Scope, Send
from webfoot.web.cookies import parse_cookies
from webfoot.web.datastructures.headers import MutableHeaders, field_lines
from webfoot.web.datastructures.settings import Secret
from webfoot.web.decisions import decided, is_watched
from webfoot.web.middleware.signed_cookie import NotTaken, SignedCookie, text_of
from webfoot.web.responses.set_cookie import cookie_line

log = logging.getLogger("webfoot")

_TWO_WEEKS: Final = 14 * 24 * 60 * 60
_LONG_AGO: Final = "Thu, 01 Jan 1970 00:00:00 GMT"
_LONGEST_COOKIE: Final = 4096  # bytes of name, value and attributes that browsers keep (RFC 6265 section 6.1)
_STARTS: Final = frozenset(("http.response.start", "websocket.accept", "websocket.http.response.start"))


class Session(dict[str, Any]):
    """`request.session`: a dict that knows whether it was looked at, and whether it was changed.

    A change inside of a value (`session["cart"].append(1)`) is found when the response starts. `mark_modified()` has
    the cookie written although nothing has changed, so that its time begins anew.
    """

    accessed = False
    modified = False

    def mark_accessed(self) -> None:
        self.accessed = True

    def mark_modified(self) -> None:
        self.accessed = self.modified = True

    def __setitem__(self, key: str, value: Any) -> None:
        super().__setitem__(key, value)
        self.mark_modified()

    def __delitem__(self, key: str) -> None:
        super().__delitem__(key)
        self.mark_modified()

    def __ior__(self, other: Any, /) -> Session:  # type: ignore[override,misc]
        self.update(other)
        return self

    def clear(self) -> None:
        super().clear()
        self.mark_modified()

    def pop(self, key: str, *default: Any) -> Any:
        self.modified = key in self or self.modified
        return super().pop(key, *default)

    def popitem(self) -> tuple[str, Any]:
        item = super().popitem()
        self.mark_modified()
        return item

    def setdefault(self, key: str, default: Any = None) -> Any:
        if key not in self:
            self[key] = default
        return self[key]

    def update(self, *args: Any, **kwargs: Any) -> None:
        super().update(*args, **kwargs)
        self.mark_modified()


def _that_marks(name: str) -> Callable[..., Any]:
    read = getattr(dict, name)

    @functools.wraps(read)
    def marking(self: Session, *args: Any) -> Any:
        self.accessed = True
        return read(self, *args)

    return marking


# `request.session` marks by itself. This is for whoever takes the session from the scope: a cache must not hand an
# answer that depends on one session to somebody with another.
for _name in (
    *("__getitem__", "__contains__", "__iter__", "__reversed__", "__len__", "__eq__", "__ne__", "__or__"),
    *("get", "keys", "values", "items", "copy"),
):
    setattr(Session, _name, _that_marks(_name))


class SessionMiddleware:
    """Gives requests and WebSockets a `session`: what the client brings in a cookie, or an empty one.

    `secret_key` signs the cookie. Of several keys (the oldest first) the last one signs and all are accepted, so that
    a key can be replaced while people are logged in. `max_age` is in seconds; None makes a cookie that ends with the
    browser, and whose age is not looked at. `https_only` sets Secure: do so in production. A cookie with a bad
    signature, or one that is too old or cannot be read, gives an empty session.
    """

    line = staticmethod(cookie_line)

    def __init__(
        self,
        app: ASGIApp,
        secret_key: str | Secret | Sequence[str | Secret],
        session_cookie: str = "session",
        max_age: int | None = _TWO_WEEKS,
        path: str = "/",
        same_site: Literal["lax", "strict", "none"] = "lax",
        https_only: bool = False,
        domain: str | None = None,
        partitioned: bool = False,
    ) -> None:
        self.app = app
        self.session_cookie = session_cookie
        self._signed = SignedCookie(secret_key, max_age)

        # Of the cookie only the value differs from time to time. It needs no quotes, and Starlette writes it without.
        where = (path, domain, https_only, True, same_site, partitioned)
        self._attributes = self.line(session_cookie, "-", max_age, None, *where).removeprefix(f"{session_cookie}=-")
        self._deletion = self.line(session_cookie, "-", 0, _LONG_AGO, *where)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        keeping = self._open(scope, send)
        scope["session"] = keeping.session
        await self.app(scope, receive, keeping.send)
        if keeping.has_started and keeping.session.modified:
            what = "the session was changed after the response had begun, and this change is lost"
            log.warning("SessionMiddleware: %s (%r)", what, scope["path"])
            decided(scope, "SessionMiddleware", what)

    def _open(self, scope: Scope, send: Send) -> _Keeping:
        cookie: str | None = None
        fields = field_lines(scope, b"cookie")
        if fields:
            cookie = parse_cookies(b"; ".join(fields).decode("latin-1")).get(self.session_cookie)
        if cookie:
            try:
                values, text = self._signed.read(cookie)
            except NotTaken as reason:
                if is_watched(scope):
                    what = f"the session is empty, for the cookie {self.session_cookie!r} is not taken: {reason}"
                    decided(scope, "SessionMiddleware", what)
            else:
                return _Keeping(self, Session(values), text, scope, send)
        return _Keeping(self, Session(), None, scope, send)

    def written(self, session: dict[str, Any], scope: Scope) -> str:
        """The Set-Cookie line for a session. TypeError or ValueError when it holds what JSON cannot."""
        if not session:
            return self._deletion
        line = f"{self.session_cookie}={self._signed.write(session)}{self._attributes}"
        if len(line) > _LONGEST_COOKIE:
            what = (
                f"the cookie {self.session_cookie!r} has {len(line)} bytes; beyond {_LONGEST_COOKIE} browsers drop it"
            )
            log.warning("SessionMiddleware: %s, and the session is lost", what)
            decided(scope, "SessionMiddleware", what)
        return line


class _Keeping:
    """The `send` of one connection: sets the cookie with the response, if that is needed.

    `text` is the JSON that the cookie brought; None without a cookie that counts. Once it `has_started`, the session's
    `modified` tells of changes that come too late.
    """

    __slots__ = ("_middleware", "_scope", "_send", "has_started", "session", "text")

    def __init__(
        self, middleware: SessionMiddleware, session: Session, text: str | None, scope: Scope, send: Send
    ) -> None:
        self._middleware = middleware
        self._scope = scope
        self._send = send
        self.session = session
        self.text = text
        self.has_started = False

    def send(self, message: Message) -> Awaitable[None]:
        # Handing on what the inner `send` gives to await spares a coroutine for each message.
        if message["type"] in _STARTS:
            self._add_headers(message)
            self.has_started = True
            self.session.modified = False
        return self._send(message)

    def _add_headers(self, message: Message) -> None:
        session: dict[str, Any] = self.session
        changed = self._is_changed()
        present = self._scope.get("session", session)
        if not isinstance(present, Session):  # the application has put a dict of its own there
            session, changed = present, True
        if message["type"] == "http.response.start" and (changed or self.session.accessed):
            MutableHeaders(scope=message).add_vary_header("Cookie")
        if changed and (session or self.text is not None):
            line = self._middleware.written(session, self._scope)
            MutableHeaders(scope=message).append("set-cookie", line)

    def _is_changed(self) -> bool:
        session = self.session
        if session.modified or not session.accessed:
            return session.modified
        # Only what is inside of a value could change without the session's knowledge.
        return any(type(value) in (dict, list) for value in session.values()) and text_of(session) != self.text
