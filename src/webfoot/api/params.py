"""What a parameter says about itself: where its value comes from and what it must look like.

These are the markers' classes. People write the functions of the same names from `webfoot.api.markers`, which return
`Any` so that `q: str = Query()` satisfies a type checker. Each value marker *is* a pydantic `FieldInfo`, so it keeps
its meaning where one is written as the field of a model that is used as a dependency.
"""

# FieldInfo is final for type checkers, so that nobody relies on its inner attributes. Here it only carries what was
# written, and being one lets pydantic itself read it.
# mypy: disable-error-code="misc"

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from enum import Enum
from typing import Any, ClassVar, Literal, TypeAlias

from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from webfoot.api.concurrency import ConcurrencyLimit
from webfoot.api.errors import ParameterError, PlanError

Place: TypeAlias = Literal["path", "query", "header", "cookie", "body", "form", "file"]
"""Where in a request a value stands. Bodies, forms and files are all told to the client as "body"."""

# FastAPI's names for pydantic options that pydantic spells differently
_PYDANTIC_NAMES = {"regex": "pattern"}


class ParamTypes(Enum):
    """Where OpenAPI says that a parameter stands (its member `in`)."""

    query = "query"
    header = "header"
    path = "path"
    cookie = "cookie"


class ValueMarker(FieldInfo):
    """A value from the request. `options` are those of `webfoot.api.options.ParamOptions`."""

    __slots__ = ("example", "include_in_schema", "openapi_examples", "options")

    place: ClassVar[Place]

    def __init__(
        self,
        default: Any = PydanticUndefined,
        *,
        include_in_schema: bool = True,
        openapi_examples: dict[str, Any] | None = None,
        example: Any = PydanticUndefined,
        **options: Any,
    ) -> None:
        self.include_in_schema = include_in_schema
        self.openapi_examples = openapi_examples
        self.example = example
        self.options = {_PYDANTIC_NAMES.get(name, name): value for name, value in options.items() if value is not None}
        if default is ...:
            default = PydanticUndefined
        names = dict(self.options)
        if isinstance(alias := names.get("alias"), str):  # as pydantic's `Field()` does: one name counts both ways
            names = {"validation_alias": alias, "serialization_alias": alias, **names}
        super().__init__(default=default, **names)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.default})"

    def __str__(self) -> str:
        """As it was written."""
        shown = [] if self.default is PydanticUndefined else [repr(self.default)]
        shown += [f"{name}={value!r}" for name, value in self.options.items()]
        return f"{type(self).__name__}({', '.join(shown)})"


class Param(ValueMarker):
    """A value from anywhere but the body, what OpenAPI calls a parameter; from the query where nothing else is said."""

    __slots__ = ()
    place: ClassVar[Place] = "query"
    in_: ClassVar[ParamTypes]


class Path(Param):
    """A part of the path. Always required: a path without it is another route."""

    __slots__ = ()
    place: ClassVar[Place] = "path"
    in_ = ParamTypes.path

    def __init__(self, default: Any = ..., **options: Any) -> None:
        if default is not ... and default is not PydanticUndefined:
            remedy = "for a path without it is another route; leave it out"
            raise ParameterError(f"Path({default!r}): Path parameters cannot have a default value, {remedy}")
        super().__init__(**options)


class Query(Param):
    """A value, or with a list type all values, of one name in the query string."""

    __slots__ = ()
    place: ClassVar[Place] = "query"
    in_ = ParamTypes.query


class Header(Param):
    """A header field. `user_agent` asks for `user-agent` unless `convert_underscores` is False or an alias is given."""

    __slots__ = ("convert_underscores",)
    place: ClassVar[Place] = "header"
    in_ = ParamTypes.header

    def __init__(self, default: Any = PydanticUndefined, *, convert_underscores: bool = True, **options: Any) -> None:
        self.convert_underscores = convert_underscores
        super().__init__(default, **options)


class Cookie(Param):
    """One cookie."""

    __slots__ = ()
    place: ClassVar[Place] = "cookie"
    in_ = ParamTypes.cookie


class Body(ValueMarker):
    """The body, or with several body values (or `embed=True`) one member of the object in the body."""

    __slots__ = ("embed", "media_type")
    place: ClassVar[Place] = "body"
    default_media_type: ClassVar[str] = "application/json"

    def __init__(
        self,
        default: Any = PydanticUndefined,
        *,
        embed: bool | None = None,
        media_type: str | None = None,
        **options: Any,
    ) -> None:
        self.embed = embed
        self.media_type = media_type or self.default_media_type
        super().__init__(default, **options)


class Form(Body):
    """One field of a form."""

    __slots__ = ()
    place: ClassVar[Place] = "form"
    default_media_type = "application/x-www-form-urlencoded"


class File(Form):
    """One uploaded file of a multipart form: an `UploadFile`, or its content with type `bytes`."""

    __slots__ = ()
    place: ClassVar[Place] = "file"
    default_media_type = "multipart/form-data"


@dataclass(frozen=True, slots=True)
class Depends:
    """Ask for the result of another callable.

    `dependency` is None when the parameter's own type is to be called. With `use_cache` a callable runs once per
    request however many ask for it. `scope` says when a generator's clean-up runs: "function" before the response
    is sent, "request" (the default for generators) after it. With "app" the callable, generator or not, runs once when
    the application starts, and its clean-up when it stops.

    `max_concurrency` calls may run at the same time; the others wait for their turn. What yields counts until it has
    been left. `limit` is what this object, and every copy of it, counts by.
    """

    dependency: Callable[..., Any] | None = None
    use_cache: bool = True
    scope: Literal["function", "request", "app"] | None = None
    max_concurrency: int | None = dataclass_field(default=None, kw_only=True)
    limit: ConcurrencyLimit | None = dataclass_field(default=None, kw_only=True, repr=False)

    def __post_init__(self) -> None:
        if self.max_concurrency is not None and self.limit is None:
            object.__setattr__(self, "limit", ConcurrencyLimit(self.max_concurrency))

    def __str__(self) -> str:
        """As it was written."""
        name = getattr(self.dependency, "__name__", repr(self.dependency)) if self.dependency else ""
        return f"{type(self).__name__}({name}{'' if self.use_cache else ', use_cache=False'})"


@dataclass(frozen=True, slots=True)
class Security(Depends):
    """A dependency that also says which OAuth2 scopes it needs."""

    scopes: Sequence[str] | None = None

    def __post_init__(self) -> None:
        Depends.__post_init__(self)
        if isinstance(self.scopes, str):
            raise PlanError(f"{self}: its scopes have to be a list of texts, [{self.scopes!r}], not one text")
