"""What makes a dependency a security scheme, and how one refuses."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NoReturn

from webfoot.api.errors import HTTPException
from webfoot.api.security import models
from webfoot.web.decisions import decided
from webfoot.web.requests import HTTPConnection


class SecurityBase:
    """Operations that depend on an instance are described as secured by it.

    A scheme of your own is a subclass with these two attributes and a `__call__`, which may ask for anything that a
    dependency may ask for.

    model         what the OpenAPI document says of it
    scheme_name   under which name
    """

    model: models.SecurityBase
    scheme_name: str


def scheme_in(call: Callable[..., Any]) -> SecurityBase | None:
    """The scheme that is called when `call` is, below partials."""
    target: Any = call
    while isinstance(target, partial):
        target = target.func
    return target if isinstance(target, SecurityBase) else None


class Scheme(SecurityBase):
    """A scheme that answers for itself where credentials are missing: with an error, or with None.

    scheme_name: the class's name unless given. auto_error: whether missing credentials are an error; else the
    dependency's value is None, and whoever asked decides.
    """

    challenge = "Bearer"
    """The name of an authentication scheme for WWW-Authenticate."""

    def __init__(self, model: models.SecurityBase, scheme_name: str | None, auto_error: bool) -> None:
        self.model = model
        self.scheme_name = scheme_name or type(self).__name__
        self.auto_error = auto_error

    def make_authenticate_headers(self) -> dict[str, str]:
        """The header fields of the 401, which has to have this one (RFC 9110 section 15.5.2)."""
        return {"WWW-Authenticate": self.challenge}

    def make_not_authenticated_error(self) -> HTTPException:
        """The error for missing credentials. Override it for another status or text; it is raised elsewhere."""
        return HTTPException(401, "Not authenticated", self.make_authenticate_headers())

    def miss(self, connection: HTTPConnection, why: str) -> None:
        """There are no credentials: raise the error, or give None.

        `why` is for the journey. It must not repeat what the client sent, for any part of that may be a secret.
        """
        if self.auto_error:
            self.refuse(connection, why)
        decided(connection.scope, type(self).__name__, f"{why}, so its value is None")

    def refuse(self, connection: HTTPConnection, why: str) -> NoReturn:
        """Raise the error."""
        error = self.make_not_authenticated_error()
        decided(connection.scope, type(self).__name__, why, getattr(error, "status_code", None))
        raise error from None
