"""The Authorization field (RFC 9110 section 11.6.2): a scheme's name, spaces, credentials."""

from __future__ import annotations

from webfoot.api.security.scheme import Scheme
from webfoot.web.requests import HTTPConnection


class NoCredentials(Exception):
    """There are none, or none that can be read. The text says why and repeats nothing of the request."""


def get_authorization_scheme_param(authorization_header_value: str | None) -> tuple[str, str]:
    """`"Bearer abc"` -> `("Bearer", "abc")`; what is not there is an empty text."""
    scheme, _, param = (authorization_header_value or "").partition(" ")
    return scheme, param.strip()


def authorization_of(connection: HTTPConnection) -> str:
    """The field's whole value.

    Raises NoCredentials when it is absent or empty, and when there are several: a proxy in front may have looked at
    another one than we would.
    """
    fields = connection.headers.getlist("authorization")
    if len(fields) > 1:
        raise NoCredentials("there are several Authorization fields")
    if not fields or not fields[0]:
        raise NoCredentials("there is no Authorization field")
    return fields[0]


def credentials_of(
    connection: HTTPConnection, wanted: str | None = None, *, maybe_empty: bool = False
) -> tuple[str, str]:
    """The scheme as the client wrote it, and its credentials. `wanted` is the only scheme to take, in any case.

    Raises NoCredentials for another one, and for one without credentials unless they are `maybe_empty`.
    """
    scheme, credentials = get_authorization_scheme_param(authorization_of(connection))
    if wanted is not None and scheme.lower() != wanted.lower():
        raise NoCredentials(f"the Authorization field is not of the scheme {wanted}")
    if not scheme or not (credentials or maybe_empty):
        raise NoCredentials("the Authorization field has no scheme with credentials")
    return scheme, credentials


class WholeField(Scheme):
    """The value is the whole Authorization field; what is in it is for the application to read."""

    async def __call__(self, request: HTTPConnection) -> str | None:
        try:
            return authorization_of(request)
        except NoCredentials as missing:
            self.miss(request, str(missing))
            return None
