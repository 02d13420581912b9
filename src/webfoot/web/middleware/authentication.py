"""Finds out who asks, before the application runs: `request.user` and `request.auth`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeAlias

from webfoot.asgi.types import ASGIApp, Receive, Scope, Send
from webfoot.web.authentication import (
    AuthCredentials,
    AuthenticationBackend,
    AuthenticationError,
    UnauthenticatedUser,
)
from webfoot.web.connection import HTTPConnection
from webfoot.web.decisions import decided, is_watched
from webfoot.web.responses.whole import PlainTextResponse, Response

_SHORTEST_SECRET: Final = 6  # characters

ErrorAnswer: TypeAlias = Callable[[HTTPConnection[Any], AuthenticationError], Response | Awaitable[Response]]


class AuthenticationMiddleware:
    """Asks `backend` about each request and WebSocket, and puts `user` and `auth` into its scope.

    When the backend raises AuthenticationError, `on_error(conn, error)`, sync or async, makes the answer; without it
    the error's text is answered with 400. A WebSocket is closed before it is accepted. Whoever brings no credentials
    is an UnauthenticatedUser without scopes, and goes on.
    """

    def __init__(self, app: ASGIApp, backend: AuthenticationBackend, on_error: ErrorAnswer | None = None) -> None:
        if isinstance(backend, type):
            raise TypeError(f"backend is an object such as {backend.__name__}(), not the class")
        self.app = app
        self.backend = backend
        self.on_error: ErrorAnswer = self.default_on_error if on_error is None else on_error

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        conn: HTTPConnection[Any] = HTTPConnection(scope)
        try:
            found = await self.backend.authenticate(conn)
        except AuthenticationError as error:
            await self._refuse(conn, error, receive, send)
            return
        if found is None:
            found = AuthCredentials(), UnauthenticatedUser()
        elif not isinstance(found, tuple) or len(found) != 2:
            raise TypeError(f"{type(self.backend).__name__}.authenticate has to return (AuthCredentials, user) or None")
        scope["auth"], scope["user"] = found
        await self.app(scope, receive, send)

    async def _refuse(
        self, conn: HTTPConnection[Any], error: AuthenticationError, receive: Receive, send: Send
    ) -> None:
        scope = conn.scope
        what = ""
        if is_watched(scope):
            told = _without_credentials(str(error), conn)
            what = f"{type(self.backend).__name__} raised {type(error).__name__}: {told}"
        if scope["type"] == "websocket":
            decided(scope, "AuthenticationMiddleware", what, status=403)
            await send({"type": "websocket.close", "code": 1000})
            return
        answer = self.on_error(conn, error)
        response = answer if isinstance(answer, Response) else await answer
        decided(scope, "AuthenticationMiddleware", what, status=response.status_code)
        await response(scope, receive, send)

    @staticmethod
    def default_on_error(conn: HTTPConnection[Any], exc: Exception) -> Response:
        return PlainTextResponse(str(exc), status_code=400)


def _without_credentials(text: str, conn: HTTPConnection[Any]) -> str:
    """The error's text for whoever watches. It may quote what it is about: a token, a cookie, a part of the query."""
    brought = [part for field in conn.headers.getlist("authorization") for part in field.split()]
    brought += [*conn.cookies.values(), *conn.query_params.values()]
    for secret in brought:
        if len(secret) >= _SHORTEST_SECRET:
            text = text.replace(secret, "[redacted]")
    return text
