"""Who asks, and what they may do: users, their scopes, and `requires`, which asks for scopes before an endpoint runs.

`AuthenticationMiddleware` (webfoot.web.middleware.authentication) finds out; `request.user` and `request.auth` tell.
"""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Callable, Sequence
from typing import Any, Final, ParamSpec, TypeVar, cast
from urllib.parse import urlencode

from webfoot.web.callables import full_name_of, is_async_callable
from webfoot.web.connection import HTTPConnection
from webfoot.web.datastructures.url import below_host, relative_location
from webfoot.web.decisions import decided, is_watched
from webfoot.web.exceptions import HTTPException
from webfoot.web.responses.whole import RedirectResponse

P = ParamSpec("P")
T = TypeVar("T")

# A path of this host. What browsers read as another one begins with two slashes or backslashes, also where a tab or a
# line break stands between them (URL standard, section 4.4).
_stays_here: Final = re.compile(r"/(?![/\\])[^\x00-\x20\x7f\\]*").fullmatch


class AuthenticationError(Exception):
    """What a backend raises when credentials were given and are no good. The text is sent to the client."""


class AuthCredentials:
    """`request.auth`: the scopes that the connection has been granted."""

    def __init__(self, scopes: Sequence[str] | None = None) -> None:
        if isinstance(scopes, str):
            raise TypeError(f"scopes are a list such as [{scopes!r}], not a text")
        self.scopes = [] if scopes is None else list(scopes)


class BaseUser:
    """`request.user`. Subclass it for users of your own."""

    @property
    def is_authenticated(self) -> bool:
        raise NotImplementedError

    @property
    def display_name(self) -> str:
        raise NotImplementedError

    @property
    def identity(self) -> str:
        """What tells this user from all others: a key, and not a name to show."""
        raise NotImplementedError


class SimpleUser(BaseUser):
    def __init__(self, username: str) -> None:
        self.username = username

    @property
    def is_authenticated(self) -> bool:
        return True

    @property
    def display_name(self) -> str:
        return self.username

    @property
    def identity(self) -> str:
        return self.username


class UnauthenticatedUser(BaseUser):
    @property
    def is_authenticated(self) -> bool:
        return False

    @property
    def display_name(self) -> str:
        return ""

    @property
    def identity(self) -> str:
        return ""


class AuthenticationBackend:
    """Finds out who asks. Subclass it and write `authenticate`."""

    async def authenticate(self, conn: HTTPConnection[Any]) -> tuple[AuthCredentials, BaseUser] | None:
        """The scopes and the user; None for a connection without credentials. AuthenticationError for bad ones."""
        raise NotImplementedError(f"{type(self).__name__} has no authenticate(conn)")


def has_required_scope(conn: HTTPConnection[Any], scopes: Sequence[str]) -> bool:
    """Whether the connection has been granted all of these scopes."""
    return not _missing(conn, scopes)


def _missing(conn: HTTPConnection[Any], scopes: Sequence[str]) -> list[str]:
    wanted = [scopes] if isinstance(scopes, str) else scopes
    return [scope for scope in wanted if scope not in conn.auth.scopes]  # who wants none needs no middleware


def requires(
    scopes: str | Sequence[str], status_code: int = 403, redirect: str | None = None
) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Decorator: the endpoint is only called for connections that have been granted all of `scopes`.

    Others get `status_code`, or are sent to the route called `redirect`, with their own path and query as its `next`
    (see `next_path`). A WebSocket is closed before it is accepted, which its client sees as a 403. The endpoint, a
    plain or an async function or a method of an endpoint class, has a parameter called "request" or "websocket".
    """
    if not isinstance(scopes, str) and callable(scopes):
        raise TypeError("requires needs scopes: write @requires('authenticated'), not @requires")

    def decorate(func: Callable[P, T]) -> Callable[P, T]:
        return cast("Callable[P, T]", _Guard(func, scopes, status_code, redirect).guarded())

    return decorate


def next_path(conn: HTTPConnection[Any], default: str = "/") -> str:
    """Where a login page may send its user: the `next` of its query, or `default` when that would leave this host.

    Anybody can send somebody a link to a login page with a `next` of their own (CWE-601).
    """
    target = conn.query_params.get("next", "")
    return target if _stays_here(target) else default


class _Guard:
    """One decorated endpoint, and what it asks of a connection."""

    def __init__(
        self, func: Callable[..., Any], scopes: str | Sequence[str], status_code: int, redirect: str | None
    ) -> None:
        self.func = func
        self.name = full_name_of(func)
        self.scopes = [scopes] if isinstance(scopes, str) else list(scopes)
        self.status_code = status_code
        self.redirect = redirect
        self.parameter, self.place = self._find_parameter()

    def _find_parameter(self) -> tuple[str, int]:
        if inspect.isclass(self.func):
            raise TypeError(
                f"requires belongs on the methods (get, post, ...) of {self.func.__name__}, not on the class"
            )
        for place, name in enumerate(inspect.signature(self.func).parameters):
            if name in ("request", "websocket"):
                return name, place
        raise TypeError(f"{self.name} needs a parameter called 'request' or 'websocket', for requires to look at")

    def guarded(self) -> Callable[..., Any]:
        """The endpoint with its guard, of the kind that it is: plain or async."""
        func = self.func
        if self.parameter == "websocket":
            if not is_async_callable(func):
                raise TypeError(f"{self.name} takes a WebSocket, so it has to be an async function")

            @functools.wraps(func)
            async def guarded_websocket(*args: Any, **kwargs: Any) -> None:
                websocket: Any = self._connection(args, kwargs)
                if missing := _missing(websocket, self.scopes):
                    self._tell(websocket, missing, 403)
                    await websocket.close()
                else:
                    await func(*args, **kwargs)

            return guarded_websocket
        if is_async_callable(func):

            @functools.wraps(func)
            async def guarded(*args: Any, **kwargs: Any) -> Any:
                if missing := _missing(request := self._connection(args, kwargs), self.scopes):
                    return self._refuse(request, missing)
                return await func(*args, **kwargs)

            return guarded

        @functools.wraps(func)
        def guarded_in_thread(*args: Any, **kwargs: Any) -> Any:
            if missing := _missing(request := self._connection(args, kwargs), self.scopes):
                return self._refuse(request, missing)
            return func(*args, **kwargs)

        return guarded_in_thread

    def _connection(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> HTTPConnection[Any]:
        name, place = self.parameter, self.place
        given = kwargs[name] if name in kwargs else args[place] if place < len(args) else None
        if not isinstance(given, HTTPConnection):
            raise TypeError(f"the parameter {name!r} of {self.name} has to be a {name}, not {type(given).__name__}")
        return given

    def _refuse(self, request: HTTPConnection[Any], missing: list[str]) -> RedirectResponse:
        if self.redirect is None:
            self._tell(request, missing, self.status_code)
            raise HTTPException(self.status_code)
        self._tell(request, missing, 303)
        query = urlencode({"next": relative_location(request.scope)})
        return RedirectResponse(f"{_location_of(request, self.redirect)}?{query}", status_code=303)

    def _tell(self, conn: HTTPConnection[Any], missing: list[str], status: int) -> None:
        if is_watched(conn.scope):
            wanted, granted, lacking = (
                ", ".join(map(str, scopes)) for scopes in (self.scopes, conn.auth.scopes, missing)
            )
            what = f"{self.name} needs the scopes {wanted}; granted are {granted or 'none'}, so {lacking} is missing"
            decided(conn.scope, "requires", what, status=status)


def _location_of(request: HTTPConnection[Any], name: str) -> str:
    """The route's address, without scheme and host where they are the request's own: a client may have forged those."""
    url = request.url_for(name)
    if url.netloc != request.base_url.netloc:
        return str(url)
    return below_host(url.path)
