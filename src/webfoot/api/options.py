"""The options of a route, as one list. Verbs, decorators, routers and the application all take these."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from enum import Enum
from typing import Any, Final, Generic, Protocol, TypeAlias, TypedDict, TypeVar, cast, overload

from webfoot.api.encoders import IncEx
from webfoot.api.limits import FormLimits
from webfoot.api.params import Depends
from webfoot.web.middleware.order import Middleware
from webfoot.web.responses import JSONResponse, Response

Responses: TypeAlias = dict[int | str, dict[str, Any]]
UniqueId: TypeAlias = Callable[[Any], str]
"""Gets the ApiRoute."""
T = TypeVar("T")


class NotGiven:
    """Stands for an option that nobody gave, where all of them are handed on; `value` is what counts then."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def __bool__(self) -> bool:
        return bool(self.value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, NotGiven) and self.value == other.value

    __hash__ = None  # type: ignore[assignment]


UNSET: Final[Any] = NotGiven(None)
"""Not given, where None means something."""


class ParamOptions(TypedDict, total=False):
    """What every value marker takes beside its default: FastAPI's names, most of them pydantic's."""

    default_factory: Callable[[], Any] | None
    alias: str | None
    alias_priority: int | None
    validation_alias: Any
    serialization_alias: str | None
    title: str | None
    description: str | None
    gt: float | None
    ge: float | None
    lt: float | None
    le: float | None
    min_length: int | None
    max_length: int | None
    pattern: Any
    regex: str | None
    discriminator: Any
    strict: bool | None
    validate_default: bool | None
    union_mode: Any
    fail_fast: bool | None
    multiple_of: float | None
    allow_inf_nan: bool | None
    max_digits: int | None
    decimal_places: int | None
    examples: list[Any] | None
    example: Any
    openapi_examples: dict[str, Any] | None
    deprecated: Any
    include_in_schema: bool
    json_schema_extra: Any


class HeaderOptions(ParamOptions, total=False):
    convert_underscores: bool


class FormOptions(ParamOptions, total=False):
    media_type: str


class BodyOptions(FormOptions, total=False):
    embed: bool | None


class RouteOptions(TypedDict, total=False):
    """What a path operation may say about itself."""

    response_model: Any
    status_code: int | None
    tags: Sequence[str | Enum] | None
    dependencies: Sequence[Depends] | None
    summary: str | None
    description: str | None
    response_description: str
    responses: Responses | None
    deprecated: bool | None
    operation_id: str | None
    response_model_include: IncEx | None
    response_model_exclude: IncEx | None
    response_model_by_alias: bool
    response_model_exclude_unset: bool
    response_model_exclude_defaults: bool
    response_model_exclude_none: bool
    include_in_schema: bool
    response_class: type[Response] | None
    name: str | None
    callbacks: Sequence[Any] | None
    openapi_extra: dict[str, Any] | None
    generate_unique_id_function: UniqueId | None
    strict_content_type: bool
    max_body_size: int | None
    form_limits: FormLimits | None
    middleware: Sequence[Middleware] | None


ROUTE_DEFAULTS: Final[dict[str, Any]] = {
    "response_model": UNSET,
    "response_description": "Successful Response",
    "response_model_by_alias": True,
    "response_model_exclude_unset": False,
    "response_model_exclude_defaults": False,
    "response_model_exclude_none": False,
    "include_in_schema": True,
    "strict_content_type": True,
}
"""What counts where one of the options is not given; None for the others."""

HANDED: Final[dict[str, Any]] = {
    **{name: ROUTE_DEFAULTS.get(name) for name in RouteOptions.__annotations__},
    "response_class": NotGiven(JSONResponse),
    "generate_unique_id_function": UNSET,
}
"""What stands for each option that nobody gave, where all of them are handed on."""

# Said only if given: methods that were written for FastAPI may list all that they take.
_BY_VERBS: Final = {name: HANDED[name] for name in HANDED if name not in ("middleware", "strict_content_type")}


def whole(options: RouteOptions) -> RouteOptions:
    """Every option, given or not, for a method that somebody may have overridden: it may look at any."""
    return cast("RouteOptions", _BY_VERBS | cast("dict[str, Any]", options))


def keep_given(options: Any) -> None:
    """Take out of a dict of options those that say nothing."""
    silent = [
        name
        for name, value in options.items()
        if isinstance(value, NotGiven) or (name in _BY_VERBS and value is _BY_VERBS[name])
    ]
    for name in silent:
        del options[name]


class AppOptions(TypedDict, total=False):
    """What an application says about all of its routes."""

    tags: Sequence[str | Enum] | None
    dependencies: Sequence[Depends] | None
    default_response_class: type[Response] | None
    responses: Responses | None
    callbacks: Sequence[Any] | None
    deprecated: bool | None
    include_in_schema: bool
    generate_unique_id_function: UniqueId | None
    strict_content_type: bool
    max_body_size: int | None
    form_limits: FormLimits | None


class SharedOptions(AppOptions, total=False):
    """What a router and an inclusion say about all routes below them. An application's middleware is around more."""

    middleware: Sequence[Middleware] | None


class SharedOption(Generic[T]):
    """One of the shared options of a router as its attribute. What may be added to is there to be added to."""

    def __init__(self, name: str, kind: Callable[[], T] | None = None, default: Any = None) -> None:
        self._name = name
        self._kind = kind
        self._default = default

    @overload
    def __get__(self, router: None, owner: type) -> SharedOption[T]: ...
    @overload
    def __get__(self, router: _Shares, owner: type | None = None) -> T: ...

    def __get__(self, router: _Shares | None, owner: type | None = None) -> T | SharedOption[T]:
        if router is None:
            return self
        said = cast("dict[str, Any]", router.shared)
        value = said.get(self._name)
        if value is None and self._kind is not None:
            value = said[self._name] = self._kind()
        return self._default if value is None else value  # type: ignore[no-any-return]

    def __set__(self, router: _Shares, value: T) -> None:
        cast("dict[str, Any]", router.shared)[self._name] = value


class _Shares(Protocol):
    shared: SharedOptions


def refuse_unknown(function: Callable[..., Any], given: Mapping[str, Any], kind: type) -> None:
    """TypeError for an option that `kind` does not have, as if `function` named its options one by one.

    `Unpack` tells type checkers which options there are, but at run time everything is let in.
    """
    known = kind.__annotations__
    for name in given:
        if name not in known:
            near = get_close_matches(name, [*known, *inspect.signature(function).parameters], n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise TypeError(f"{function.__qualname__}() got an unexpected keyword argument {name!r}{hint}")
