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
from typing import Any, ClassVar, Literal, TypeAlias

from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from webfoot.api.errors import PlanError

Place: TypeAlias = Literal["path", "query", "header", "cookie", "body", "form", "file"]
"""Where in a request a value stands. Bodies, forms and files are all told to the client as "body"."""

# FastAPI's names for pydantic options that pydantic spells differently
_PYDANTIC_NAMES = {"regex": "pattern"}


class Param(FieldInfo):
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
        super().__init__(default=default, **self.options)

    def __repr__(self) -> str:
        shown = [] if self.default is PydanticUndefined else [repr(self.default)]
        shown += [f"{name}={value!r}" for name, value in self.options.items()]
        return f"{type(self).__name__}({', '.join(shown)})"


class Path(Param):
    """A part of the path. Always required: a path without it is another route."""

    __slots__ = ()
    place: ClassVar[Place] = "path"


class Query(Param):
    """A value, or with a list type all values, of one name in the query string."""

    __slots__ = ()
    place: ClassVar[Place] = "query"


class Header(Param):
    """A header field. `user_agent` asks for `user-agent` unless `convert_underscores` is False or an alias is given."""

    __slots__ = ("convert_underscores",)
    place: ClassVar[Place] = "header"

    def __init__(self, default: Any = PydanticUndefined, *, convert_underscores: bool = True, **options: Any) -> None:
        self.convert_underscores = convert_underscores
        super().__init__(default, **options)


class Cookie(Param):
    """One cookie."""

    __slots__ = ()
    place: ClassVar[Place] = "cookie"


class Body(Param):
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


class Depends:
    """Ask for the result of another callable.

    `dependency` is None when the parameter's own type is to be called. With `use_cache` a callable runs once per
    request however many ask for it. `scope` says when a generator's clean-up runs: "function" before the response
    is sent, "request" (the default for generators) after it.
    """

    __slots__ = ("dependency", "scope", "use_cache")

    def __init__(
        self,
        dependency: Callable[..., Any] | None = None,
        *,
        use_cache: bool = True,
        scope: Literal["function", "request"] | None = None,
    ) -> None:
        self.dependency = dependency
        self.use_cache = use_cache
        self.scope = scope

    def __repr__(self) -> str:
        name = getattr(self.dependency, "__name__", repr(self.dependency)) if self.dependency else ""
        return f"{type(self).__name__}({name}{'' if self.use_cache else ', use_cache=False'})"


class Security(Depends):
    """A dependency that also says which OAuth2 scopes it needs."""

    __slots__ = ("scopes",)

    def __init__(
        self,
        dependency: Callable[..., Any] | None = None,
        *,
        scopes: Sequence[str] | None = None,
        use_cache: bool = True,
    ) -> None:
        super().__init__(dependency, use_cache=use_cache)
        if isinstance(scopes, str):
            raise PlanError(f"{self!r}: its scopes have to be a list of texts, [{scopes!r}], not one text")
        self.scopes: tuple[str, ...] = tuple(scopes or ())
