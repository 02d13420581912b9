"""A key that travels in the query, a header field or a cookie."""

from __future__ import annotations

import re

from webfoot.api.errors import PlanError
from webfoot.api.security.models import APIKey, APIKeyIn
from webfoot.api.security.scheme import Scheme
from webfoot.trail.secret_names import declare_secret
from webfoot.web.requests import HTTPConnection

_FIELD_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")  # RFC 9110 section 5.1
_WORDS = {APIKeyIn.query: "query parameter", APIKeyIn.header: "header field", APIKeyIn.cookie: "cookie"}


class APIKeyBase(Scheme):
    """`model.name` is the key's name there."""

    model: APIKey
    challenge = "APIKey"  # HTTP has no scheme for keys of this kind, but a 401 has to name one

    def __init__(
        self, location: APIKeyIn, name: str, description: str | None, scheme_name: str | None, auto_error: bool
    ) -> None:
        if not name or (location is APIKeyIn.header and _FIELD_NAME.fullmatch(name) is None):
            raise PlanError(f"{type(self).__name__}: no {_WORDS[location]} can be called {name!r}")
        model = APIKey.model_validate({"in": location, "name": name, "description": description})
        super().__init__(model, scheme_name, auto_error)
        if location is not APIKeyIn.cookie:  # the values of cookies are never kept
            declare_secret(name)

    def check_api_key(self, api_key: str | None) -> str | None:
        """The key, if there is one; else the error, or None without `auto_error`. A subclass may judge the key here."""
        if not api_key and self.auto_error:
            raise self.make_not_authenticated_error()
        return api_key or None

    def taken(self, connection: HTTPConnection, api_key: str | None) -> str | None:
        """The same for a key of this request, and it is told why there is none."""
        if api_key or type(self).check_api_key is not APIKeyBase.check_api_key:
            return self.check_api_key(api_key)
        self.miss(connection, f"the {_WORDS[self.model.in_]} {self.model.name!r} is missing or empty")
        return None


class APIKeyQuery(APIKeyBase):
    """A key in the query string; of several the last counts. URLs are logged and shared, so prefer a header field."""

    def __init__(
        self, *, name: str, scheme_name: str | None = None, description: str | None = None, auto_error: bool = True
    ) -> None:
        super().__init__(APIKeyIn.query, name, description, scheme_name, auto_error)

    async def __call__(self, request: HTTPConnection) -> str | None:
        return self.taken(request, request.query_params.get(self.model.name))


class APIKeyHeader(APIKeyBase):
    """A key in a header field; of several the first counts."""

    def __init__(
        self, *, name: str, scheme_name: str | None = None, description: str | None = None, auto_error: bool = True
    ) -> None:
        super().__init__(APIKeyIn.header, name, description, scheme_name, auto_error)

    async def __call__(self, request: HTTPConnection) -> str | None:
        return self.taken(request, request.headers.get(self.model.name))


class APIKeyCookie(APIKeyBase):
    """A key in a cookie."""

    def __init__(
        self, *, name: str, scheme_name: str | None = None, description: str | None = None, auto_error: bool = True
    ) -> None:
        super().__init__(APIKeyIn.cookie, name, description, scheme_name, auto_error)

    async def __call__(self, request: HTTPConnection) -> str | None:
        return self.taken(request, request.cookies.get(self.model.name))
