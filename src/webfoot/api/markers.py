"""What one writes beside a parameter: `q: str = Query(min_length=3)`, `Annotated[Session, Depends(session)]`.

They are functions that return `Any`, so that a type checker takes them as the default of any type; the classes of the
same names in `webfoot.api.params` say what each means.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal, Unpack

from pydantic_core import PydanticUndefined

from webfoot.api import params
from webfoot.api.options import BodyOptions, FormOptions, HeaderOptions, ParamOptions, refuse_unknown


def Path(default: Any = PydanticUndefined, **options: Unpack[ParamOptions]) -> Any:  # noqa: N802
    """A part of the path."""
    refuse_unknown(Path, options, ParamOptions)
    return params.Path(default, **options)


def Query(default: Any = PydanticUndefined, **options: Unpack[ParamOptions]) -> Any:  # noqa: N802
    """A value in the query string; with a list type all values of that name, with a pydantic model all there are."""
    refuse_unknown(Query, options, ParamOptions)
    return params.Query(default, **options)


def Header(default: Any = PydanticUndefined, **options: Unpack[HeaderOptions]) -> Any:  # noqa: N802
    """A header field; `x_token` reads `x-token` unless `convert_underscores=False`."""
    refuse_unknown(Header, options, HeaderOptions)
    return params.Header(default, **options)


def Cookie(default: Any = PydanticUndefined, **options: Unpack[ParamOptions]) -> Any:  # noqa: N802
    """A cookie."""
    refuse_unknown(Cookie, options, ParamOptions)
    return params.Cookie(default, **options)


def Body(default: Any = PydanticUndefined, **options: Unpack[BodyOptions]) -> Any:  # noqa: N802
    """The JSON body, or one member of it: with `embed=True`, or where there are several body values."""
    refuse_unknown(Body, options, BodyOptions)
    return params.Body(default, **options)


def Form(default: Any = PydanticUndefined, **options: Unpack[FormOptions]) -> Any:  # noqa: N802
    """A field of a form; with a pydantic model the whole form."""
    refuse_unknown(Form, options, FormOptions)
    return params.Form(default, **options)


def File(default: Any = PydanticUndefined, **options: Unpack[FormOptions]) -> Any:  # noqa: N802
    """An uploaded file: `UploadFile` for the file, `bytes` for its content."""
    refuse_unknown(File, options, FormOptions)
    return params.File(default, **options)


def Depends(  # noqa: N802
    dependency: Callable[..., Any] | None = None,
    *,
    use_cache: bool = True,
    scope: Literal["function", "request", "app"] | None = None,
    max_concurrency: int | None = None,
) -> Any:
    """The result of `dependency`, or of the parameter's own type when none is given. See `params.Depends`."""
    return params.Depends(dependency, use_cache=use_cache, scope=scope, max_concurrency=max_concurrency)


def Security(  # noqa: N802
    dependency: Callable[..., Any] | None = None, *, scopes: Sequence[str] | None = None, use_cache: bool = True
) -> Any:
    """A dependency that needs these OAuth2 scopes; it and those below it learn them from `SecurityScopes`."""
    return params.Security(dependency, scopes=scopes, use_cache=use_cache)
