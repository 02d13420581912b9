"""What can go wrong in the API framework, and whose fault it is.

WebfootError                       the application is not right
  PlanError                          ... found at start-up: a signature or a route cannot be obeyed
    AnswerError                        ... an answer is described as none can be
    DependencyScopeError               ... a dependency would outlive one that it needs
    FrontendError                      ... a frontend is declared as none can be, or its files are not there
    InclusionError                     ... a router cannot be included there
    ParameterError                     ... a parameter says what cannot be
    PydanticV1NotSupportedError        ... a model is one of pydantic.v1
HTTPException                      the endpoint answers with an error status
ValidationException
  RequestValidationError             the client's values are not what was asked for (422)
  WebSocketRequestValidationError    ... before a WebSocket is accepted (refused with 403)
  ResponseValidationError            the endpoint's result is not what was promised (500)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias, TypedDict

from webfoot.web.exceptions import HTTPException as WebHTTPException

ErrorList: TypeAlias = Sequence[Mapping[str, Any]]
"""Errors as pydantic words them: {"type", "loc", "msg", "input", "ctx"?}."""


class WebfootError(RuntimeError):
    """The application does something that cannot work."""


class PlanError(WebfootError):
    """A route cannot be planned. Raised where the route is declared, with the function's name, file and line."""


class PydanticV1NotSupportedError(PlanError):
    """A model that inherits from `pydantic.v1.BaseModel`, which pydantic itself cannot hold a value to."""


class DependencyScopeError(PlanError):
    """A dependency that lives until after the response needs one that ends before it."""


class AnswerError(PlanError, AssertionError):
    """An answer is described as none can be. An AssertionError as well, for FastAPI raises that."""


class InclusionError(PlanError, AssertionError):
    """A router cannot be included there. An AssertionError as well, for FastAPI raises that."""


class ParameterError(PlanError, AssertionError):
    """A parameter says what cannot be. An AssertionError as well, for FastAPI raises that, and says it so."""


class FrontendError(PlanError, AssertionError):
    """A frontend cannot be served as it was declared. An AssertionError as well, for FastAPI raises that."""


class HTTPException(WebHTTPException):
    """Raise it to answer with `status_code`. `detail` may be anything that JSON can say."""

    def __init__(self, status_code: int, detail: Any = None, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(status_code=status_code, detail=detail, headers=headers)


class EndpointContext(TypedDict, total=False):
    """The endpoint that was asked: its name, file and line, and the route as `"GET /ducks/{number}"`."""

    function: str
    path: str
    file: str
    line: int


class ValidationException(Exception):
    """Values that do not fit. `errors()` lists them.

    endpoint_ctx: whose values; its members are also the attributes endpoint_function, endpoint_path, ..., None where
    nothing is known.
    """

    def __init__(self, errors: ErrorList, *, endpoint_ctx: EndpointContext | None = None) -> None:
        self._errors = errors
        known = endpoint_ctx or {}
        self.endpoint_ctx = endpoint_ctx
        self.endpoint_function = known.get("function")
        self.endpoint_path = known.get("path")
        self.endpoint_file = known.get("file")
        self.endpoint_line = known.get("line")

    def errors(self) -> ErrorList:
        return self._errors

    def __str__(self) -> str:
        count = len(self._errors)
        lines = [f"{count} validation error{'' if count == 1 else 's'}:"]
        lines += [f"  {dict(error)}" for error in self._errors]
        if self.endpoint_file and self.endpoint_line and self.endpoint_function:
            lines += ["", f'  File "{self.endpoint_file}", line {self.endpoint_line}, in {self.endpoint_function}']
            lines += [f"    {self.endpoint_path}"] if self.endpoint_path else []
        elif self.endpoint_path:
            lines += ["", f"  Endpoint: {self.endpoint_path}"]
        return "\n".join(lines)


class RequestValidationError(ValidationException):
    """What the client sent is not what the signature asks for. `body` is the body as far as it could be read."""

    def __init__(self, errors: ErrorList, *, body: Any = None, endpoint_ctx: EndpointContext | None = None) -> None:
        super().__init__(errors, endpoint_ctx=endpoint_ctx)
        self.body = body


class WebSocketRequestValidationError(ValidationException):
    """What the client sent with the handshake is not what the signature asks for."""


class ResponseValidationError(ValidationException):
    """What the endpoint returned is not what its response model promises. `body` is what it returned."""

    def __init__(self, errors: ErrorList, *, body: Any = None, endpoint_ctx: EndpointContext | None = None) -> None:
        super().__init__(errors, endpoint_ctx=endpoint_ctx)
        self.body = body
