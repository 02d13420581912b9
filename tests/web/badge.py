"""An authentication backend for tests, and requests that wear its badge."""

from __future__ import annotations

from typing import Any

from tests.web.driving import Answered, answer_of

from webfoot.web import (
    AuthCredentials,
    AuthenticationBackend,
    AuthenticationError,
    AuthenticationMiddleware,
    BaseUser,
    HTTPConnection,
    JSONResponse,
    SimpleUser,
)


class Badge(AuthenticationBackend):
    """`badge: NAME SCOPE SCOPE...`"""

    async def authenticate(self, conn: HTTPConnection[Any]) -> tuple[AuthCredentials, BaseUser] | None:
        badge = conn.headers.get("badge")
        if badge is None:
            return None
        name, *scopes = badge.split()
        if name == "goose":
            raise AuthenticationError("no geese")
        if name == "broken":
            raise LookupError("the badge reader is broken")
        return AuthCredentials(scopes), SimpleUser(name)


async def who(scope: Any, receive: Any, send: Any) -> None:
    conn: HTTPConnection[Any] = HTTPConnection(scope)
    told = [type(conn.user).__name__, conn.user.is_authenticated, conn.user.display_name, conn.auth.scopes]
    await JSONResponse(told)(scope, receive, send)


def ask(badge: str | None, *, app: Any = who, path: str = "/", method: str = "GET", **options: Any) -> Answered:
    headers = {} if badge is None else {"badge": badge}
    more = {name: options.pop(name) for name in ("type", "scheme", "query_string", "root_path") if name in options}
    guarded = AuthenticationMiddleware(app, Badge(), **options)
    return answer_of(guarded, method, path, headers=headers, **more)
