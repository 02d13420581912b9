"""What can go wrong in the API framework, and whose fault it is.

WebfootError                       the application is not right
  PlanError                          ... found at start-up: a signature or a route cannot be obeyed
    DependencyScopeError               ... a dependency would outlive one that it needs
HTTPException                      the endpoint answers with an error status
ValidationException
  RequestValidationError             the client's values are not what was asked for (422)
  WebSocketRequestValidationError    ... before a WebSocket is accepted (refused with 403)
  ResponseValidationError            the endpoint's result is not what was promised (500)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from webfoot.web.exceptions import HTTPException as WebHTTPException

ErrorList: TypeAlias = Sequence[Mapping[str, Any]]
"""Errors as pydantic words them: {"type", "loc", "msg", "input", "ctx"?}."""


class WebfootError(RuntimeError):
    """The application does something that cannot work."""


class PlanError(WebfootError):
    """A route cannot be planned. Raised where the route is declared, with the function's name, file and line."""


class DependencyScopeError(PlanError):
    """A dependency that lives until after the response needs one that ends before it."""


class HTTPException(WebHTTPException):
    """Raise it to answer with `status_code`. `detail` may be anything that JSON can say."""

    def __init__(self, status_code: int, detail: Any = None, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(status_code=status_code, detail=detail, headers=headers)


class ValidationException(Exception):
    """Values that do not fit. `errors()` lists them."""

    def __init__(self, errors: ErrorList, *, where: str | None = None) -> None:
        self._errors = errors
        self.where = where

    def errors(self) -> ErrorList:
        return self._errors

    def __str__(self) -> str:
        count = len(self._errors)
        lines = [f"{count} validation error{'' if count == 1 else 's'}:"]
        lines += [f"  {dict(error)}" for error in self._errors]
        if self.where:
            lines += ["", f"  {self.where}"]
        return "\n".join(lines)


class RequestValidationError(ValidationException):
    """What the client sent is not what the signature asks for. `body` is the body as far as it could be read."""

    def __init__(self, errors: ErrorList, *, body: Any = None, where: str | None = None) -> None:
        super().__init__(errors, where=where)
        self.body = body


class WebSocketRequestValidationError(ValidationException):
    """What the client sent with the handshake is not what the signature asks for."""


class ResponseValidationError(ValidationException):
    """What the endpoint returned is not what its response model promises. `body` is what it returned."""

    def __init__(self, errors: ErrorList, *, body: Any = None, where: str | None = None) -> None:
        super().__init__(errors, where=where)
        self.body = body
