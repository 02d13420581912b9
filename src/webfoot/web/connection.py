"""What a request and a WebSocket have in common: the ASGI scope as an object, read when asked and then kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Generic, cast

from webfoot.asgi.stopping import Stopping, stopping_of
from webfoot.asgi.types import Receive, Scope
from webfoot.web.cookies import parse_cookies
from webfoot.web.datastructures.headers import Headers
from webfoot.web.datastructures.query import QueryParams
from webfoot.web.datastructures.state import State
from webfoot.web.datastructures.url import URL, Address

if TYPE_CHECKING:
    from typing_extensions import TypeVar

    StateT = TypeVar("StateT", default=State)
else:  # TypeVar's default is Python 3.13's, and only type checkers need it
    from typing import TypeVar

    StateT = TypeVar("StateT")


class HTTPConnection(Mapping[str, Any], Generic[StateT]):
    """What a request and a WebSocket have in common. As a mapping it is the ASGI scope itself.

    Building one only stores its arguments, so any layer may build its own. What is parsed is kept in the object, except
    `state`, whose dict lives in the scope and is therefore shared by all layers.
    """

    scope: Scope
    _url: URL | None = None
    _base_url: URL | None = None
    _headers: Headers | None = None
    _query_params: QueryParams | None = None
    _cookies: dict[str, str] | None = None
    _state: StateT | None = None

    def __init__(self, scope: Scope, receive: Receive | None = None) -> None:
        assert scope["type"] in ("http", "websocket"), f"a connection is http or websocket, not {scope['type']!r}"
        self.scope = scope

    def __getitem__(self, key: str) -> Any:
        return self.scope[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self.scope)

    def __len__(self) -> int:
        return len(self.scope)

    # Two requests with equal scopes are still two; a mapping's equality would also make them unhashable.
    __eq__ = object.__eq__
    __hash__ = object.__hash__

    @property
    def app(self) -> Any:
        return self.scope["app"]

    @property
    def url(self) -> URL:
        if self._url is None:
            self._url = URL(scope=self.scope)
        return self._url

    @property
    def base_url(self) -> URL:
        """Where the application is mounted, with a slash at the end."""
        if self._base_url is None:
            root = self.scope.get("app_root_path", self.scope.get("root_path", ""))
            path = root if root.endswith("/") else root + "/"
            self._base_url = URL(scope={**self.scope, "path": path, "query_string": b""})
        return self._base_url

    @property
    def headers(self) -> Headers:
        if self._headers is None:
            self._headers = Headers(scope=self.scope)
        return self._headers

    @property
    def query_params(self) -> QueryParams:
        if self._query_params is None:
            self._query_params = QueryParams(self.scope.get("query_string", b""))
        return self._query_params

    @property
    def path_params(self) -> dict[str, Any]:
        """What the router took from the path, converted."""
        params: dict[str, Any] = self.scope.get("path_params", {})
        return params

    @property
    def cookies(self) -> dict[str, str]:
        if self._cookies is None:
            # HTTP/2 may split the field (RFC 9113 section 8.2.3).
            self._cookies = parse_cookies("; ".join(self.headers.getlist("cookie")))
        return self._cookies

    @property
    def client(self) -> Address | None:
        """The other end of the connection; None when the server does not know it."""
        client = self.scope.get("client")
        return None if client is None else Address(*client)

    @property
    def session(self) -> dict[str, Any]:
        session = cast("dict[str, Any]", self._put_there_by("SessionMiddleware", "session"))
        # Whose answer depends on it has to say so (Vary); a session of another middleware may be any dict.
        if (accessed := getattr(session, "mark_accessed", None)) is not None:
            accessed()
        return session

    @property
    def auth(self) -> Any:
        return self._put_there_by("AuthenticationMiddleware", "auth")

    @property
    def user(self) -> Any:
        return self._put_there_by("AuthenticationMiddleware", "user")

    def _put_there_by(self, middleware: str, key: str) -> Any:
        if key not in self.scope:
            raise AssertionError(f"{middleware} must be installed to access request.{key}")
        return self.scope[key]

    @property
    def state(self) -> StateT:
        """For whatever the application keeps with this request; begins with what its lifespan yielded."""
        if self._state is None:
            self._state = cast("StateT", State(self.scope.setdefault("state", {})))
        return self._state

    @property
    def stopping(self) -> Stopping:
        """Tells when the server stops: `is_set()`, `await wait()`. Never, where the server does not say so."""
        return stopping_of(self.scope)

    def url_for(self, name: str, /, **path_params: Any) -> URL:
        """The absolute URL of a route by its name. RuntimeError outside of an application or router."""
        router = self.scope.get("router") or self.scope.get("app")
        if router is None:
            raise RuntimeError("url_for() needs a router or an application in the scope, and there is neither.")
        url: URL = router.url_path_for(name, **path_params).make_absolute_url(base_url=self.base_url)
        return url
