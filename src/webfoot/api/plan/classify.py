"""Decide what a parameter asks for: a value from the request, another callable's result, or the request itself.

In this order: what its marker says (`Query()`, `Depends()`); what its type says (`Request`, `BackgroundTasks`, ...);
whether the path has a part of its name; whether it is an upload; and else a scalar comes from the query string and
anything bigger from the body.
"""

from __future__ import annotations

from copy import copy
from dataclasses import replace
from types import NoneType
from typing import Annotated, Any, Final, TypeAlias, get_args, get_origin

from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from webfoot.api.errors import ParameterError, PlanError, PydanticV1NotSupportedError
from webfoot.api.fields import Field
from webfoot.api.params import Body, Depends, File, Path, Query, ValueMarker
from webfoot.api.plan.plans import Origin, Special
from webfoot.api.plan.shapes import (
    bare,
    holds,
    is_a,
    is_json,
    is_many,
    is_of_pydantic_1,
    is_scalar,
    parts,
    without_name,
    without_none,
)
from webfoot.api.plan.signature import EMPTY, Parameter
from webfoot.api.plan.spread import may_repeat, members_of, names_of, spread_models, variants_of
from webfoot.api.scopes import SecurityScopes
from webfoot.web.application import WebApp
from webfoot.web.background import BackgroundTasks
from webfoot.web.datastructures import UploadFile
from webfoot.web.requests import HTTPConnection, Request
from webfoot.web.responses import Response
from webfoot.web.websockets import WebSocket

Asked: TypeAlias = Field | Depends | Special

_SPECIALS: Final[tuple[tuple[type[Any], Special], ...]] = (
    (Request, "request"),
    (WebSocket, "websocket"),
    (HTTPConnection, "connection"),
    (Response, "response"),
    (BackgroundTasks, "background"),
    (SecurityScopes, "scopes"),
    (WebApp, "application"),
)


def classify(parameter: Parameter, path_names: frozenset[str], origin: Origin) -> Asked:
    """What `parameter` of the callable at `origin` asks for on a path with `path_names`. Raises PlanError."""
    where = f"{origin}: parameter {parameter.name!r}"
    annotation, marker = marker_of(parameter, where)
    if isinstance(marker, Depends):
        return depends_on(marker, annotation, where)
    if marker is None and (special := special_of(annotation)) is not None:
        return special
    return _field(parameter.name, annotation, marker, parameter.default, path_names, where)


def marker_of(parameter: Parameter, where: str) -> tuple[Any, ValueMarker | Depends | None]:
    """Split what was written into the type, which keeps its constraints, and the marker that counts."""
    annotation: Any = Any if parameter.annotation is EMPTY else without_name(parameter.annotation)
    markers: list[ValueMarker | Depends] = []
    if get_origin(annotation) is Annotated:
        inner, *metadata = get_args(annotation)
        markers = [item for item in metadata if isinstance(item, ValueMarker | Depends)]
        # The markers that do not count for the place still count for their constraints.
        rest = tuple(item for item in metadata if not isinstance(item, Depends) and item is not _last(markers))
        annotation = Annotated[(inner, *rest)] if rest else inner
    written = parameter.default if isinstance(parameter.default, ValueMarker | Depends) else None
    if markers and written is not None:
        raise ParameterError(f"{where}: {_said_twice(markers[-1], written, parameter.name)}; one is enough")
    if not markers:
        return annotation, written
    marker = markers[-1]
    if isinstance(marker, ValueMarker) and marker.default is not PydanticUndefined:
        raise ParameterError(
            f"{where}: `{type(marker).__name__}` default value cannot be set in `Annotated` for {parameter.name!r}. "
            f"Set the default value with `=` instead, `= {marker.default!r}`"
        )
    return annotation, marker


def _said_twice(marker: ValueMarker | Depends, written: ValueMarker | Depends, name: str) -> str:
    if isinstance(marker, Depends):
        return f"Cannot specify `Depends` in `Annotated` and default value together for {name!r}"
    if isinstance(written, Depends):
        both = "a FastAPI annotation in `Annotated` and `Depends` as a default value"
        return f"Cannot specify {both} together for {name!r}"
    return f"Cannot specify FastAPI annotations in `Annotated` and default value together for {name!r}"


def _last(markers: list[ValueMarker | Depends]) -> ValueMarker | Depends | None:
    return markers[-1] if markers else None


def depends_on(marker: Depends, annotation: Any, where: str) -> Depends:
    """The marker with its callable, which is the type where none is named."""
    if marker.dependency is None:
        target = without_none(bare(annotation))
        if not callable(target) or target is Any:
            raise PlanError(f"{where}: Depends() without a callable needs a type that can be called")
        marker = replace(marker, dependency=target)
    elif not callable(marker.dependency):
        raise PlanError(f"{where}: depends on {marker.dependency!r}, which cannot be called")
    return marker


def special_of(annotation: Any) -> Special | None:
    """What a type alone asks for."""
    target = without_none(bare(annotation))
    target = get_origin(target) or target  # `Request[State]` says what the state is
    return next((special for special_type, special in _SPECIALS if is_a(target, special_type)), None)


def _field(
    name: str, annotation: Any, marker: ValueMarker | None, default: Any, path_names: frozenset[str], where: str
) -> Field:
    if is_of_pydantic_1(annotation):
        raise PydanticV1NotSupportedError(
            f"{where}: {annotation!r} is a model of pydantic.v1; take `pydantic.BaseModel`"
        )
    annotation, factory = _without_defaults(annotation)
    # What the user wrote is not to be written to, it may stand beside several parameters.
    info = copy(marker) if marker is not None else _marker_for(name, annotation, path_names)
    default = _written_default(default, name, where)
    if default is PydanticUndefined and info.default_factory is None and info.place != "path":
        info.default_factory = factory
    if name in path_names and not isinstance(info, Path):
        raise ParameterError(
            f"{where}: Cannot use `{type(marker).__name__}` for path param {name!r}; it is a part of the path"
        )
    if isinstance(info, Path):
        if marker is not None and default is not PydanticUndefined:
            raise ParameterError(
                f"{where}: Path parameters cannot have default values, for a path without it is another route"
            )
        default = PydanticUndefined  # a plain default beside a part of the path is never used
    info.default = default
    field = _laid_out(name, annotation, info)
    _check_shape(field, where)
    return field


def _written_default(default: Any, name: str, where: str) -> Any:
    """What stands behind the type as a value; PydanticUndefined where nothing does."""
    if isinstance(default, ValueMarker):
        return PydanticUndefined if default.default_factory else default.default
    if isinstance(default, FieldInfo):
        raise ParameterError(
            f"{where}: Field() does not say where a value comes from; take Query(), Body() or the like (non-body "
            f"parameters must be in path, query, header or cookie: {name})"
        )
    return PydanticUndefined if default is EMPTY or default is ... else default


def _laid_out(name: str, annotation: Any, info: ValueMarker) -> Field:
    """What type and marker say of the value; the marker has its default by now."""
    names = names_of(name, info.validation_alias or info.alias, info)
    models = spread_models(annotation, info)
    members = tuple(member for model in models for member in members_of(model, info))
    tag, variants = variants_of(models, annotation, info)
    many = may_repeat(info) and is_many(annotation) and not is_json(getattr(annotation, "__metadata__", ()))
    return Field(
        name=name,
        alias=names[0],
        aliases=names,
        place=info.place,
        annotation=annotation,
        info=info,
        required=info.default is PydanticUndefined and info.default_factory is None,
        many=many,
        blank=not many and info.place != "path" and is_many(annotation),
        spread=models,
        members=members,
        inward=frozenset(inner for member in members for outer, inner in member.keys.items() if inner != outer),
        tag=tag,
        variants=variants,
        optional=bool(models) and NoneType in parts(annotation),
        greedy=any(model.model_config.get("extra") in ("forbid", "allow") for model in models),
        content=isinstance(info, File) and holds(annotation, bytes),
    )


def _without_defaults(annotation: Any) -> tuple[Any, Any]:
    """The type without the defaults of each `Field()` in its Annotated, and the factory among them.

    Only a factory counts: a default is written behind the type.
    """
    inner, *metadata = get_args(annotation) if get_origin(annotation) is Annotated else (annotation,)
    fields = [item for item in metadata if isinstance(item, FieldInfo) and not item.is_required()]
    if not fields:
        return annotation, None
    kept = (_bare_field(item) if item in fields else item for item in metadata)
    return Annotated[(inner, *kept)], fields[-1].default_factory


def _bare_field(info: FieldInfo) -> FieldInfo:
    bare_info = copy(info)
    bare_info.default, bare_info.default_factory = PydanticUndefined, None
    return bare_info


def _marker_for(name: str, annotation: Any, path_names: frozenset[str]) -> ValueMarker:
    if name in path_names:
        return Path()
    if holds(annotation, UploadFile):
        return File()
    return Query() if is_scalar(annotation) else Body()


def _check_shape(field: Field, where: str) -> None:
    if field.place in ("body", "form", "file") or field.spread:
        return
    members = [part for part in parts(field.annotation) if part is not NoneType]
    if field.place in ("header", "cookie") and get_origin(field.annotation) is Annotated:
        return  # `Json`, or a validator that reads the text, may make anything of it
    if field.place == "path":
        fits = all(is_scalar(part) for part in members)
    else:
        fits = all(
            is_scalar(part) or (is_many(part) and all(is_scalar(item) for item in get_args(bare(part))))
            for part in members
        )
    if not fits:
        raise ParameterError(f"{where}: {_no_text(field)}")


def _no_text(field: Field) -> str:
    if special_of(field.annotation) is not None:
        return f"Cannot specify FastAPI annotation for type {field.annotation!r}, which the type alone asks for"
    if field.place == "path":
        known = "Path params must be of one of the supported types"
        remedy = "use a scalar or Body()"
    else:
        known = f"{field.place.capitalize()} parameter {field.name!r} must be one of the supported types"
        remedy = "use a scalar, a list of scalars, a pydantic model or Body()"
    return f"{known}: {field.place} values are texts, they cannot become {field.annotation!r}; {remedy}"
