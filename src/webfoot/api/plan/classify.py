"""Decide what a parameter asks for: a value from the request, another callable's result, or the request itself.

In this order: what its marker says (`Query()`, `Depends()`); what its type says (`Request`, `BackgroundTasks`, ...);
whether the path has a part of its name; whether it is an upload; and else a scalar comes from the query string and
anything bigger from the body.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from dataclasses import replace
from types import NoneType
from typing import Annotated, Any, Final, TypeAlias, get_args, get_origin

from pydantic import AliasChoices, BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from webfoot.api.errors import ParameterError, PlanError, PydanticV1NotSupportedError
from webfoot.api.fields import Field, Member
from webfoot.api.params import Body, Depends, File, Header, Path, Query, ValueMarker
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
    takes_own_name,
    without_name,
    without_none,
)
from webfoot.api.plan.signature import EMPTY, Parameter
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


_REPEATED: Final = ("query", "header", "body", "form", "file")
"""Where a name may stand several times. A cookie may, too, but the last one is the only one that is seen."""


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
    return next((special for special_type, special in _SPECIALS if is_a(target, special_type)), None)


def _field(
    name: str, annotation: Any, marker: ValueMarker | None, default: Any, path_names: frozenset[str], where: str
) -> Field:
    if is_of_pydantic_1(annotation):
        raise PydanticV1NotSupportedError(
            f"{where}: {annotation!r} is a model of pydantic.v1; take `pydantic.BaseModel`"
        )
    explicit = marker is not None
    annotation, factory = _without_defaults(annotation)
    # What the user wrote is not to be written to, it may stand beside several parameters.
    info = copy(marker) if marker is not None else _marker_for(name, annotation, path_names)
    if isinstance(default, ValueMarker):
        default = PydanticUndefined if default.default_factory else default.default
    elif isinstance(default, FieldInfo):
        raise ParameterError(
            f"{where}: Field() does not say where a value comes from; take Query(), Body() or the like (non-body "
            f"parameters must be in path, query, header or cookie: {name})"
        )
    elif default is EMPTY or default is ...:
        default = PydanticUndefined
    if default is PydanticUndefined and info.default_factory is None and info.place != "path":
        info.default_factory = factory
    if name in path_names and not isinstance(info, Path):
        raise ParameterError(
            f"{where}: Cannot use `{type(marker).__name__}` for path param {name!r}; it is a part of the path"
        )
    if isinstance(info, Path):
        if explicit and default is not PydanticUndefined:
            raise ParameterError(
                f"{where}: Path parameters cannot have default values, for a path without it is another route"
            )
        default = PydanticUndefined  # a plain default beside a part of the path is never used
    info.default = default
    names = _names(name, info.validation_alias or info.alias, info)
    models = _spread(annotation, info)
    members = tuple(member for model in models for member in _members(model, info))
    tag, variants = _variants(models, annotation, info)
    many = info.place in _REPEATED and is_many(annotation) and not is_json(getattr(annotation, "__metadata__", ()))
    field = Field(
        name=name,
        alias=names[0],
        aliases=names,
        place=info.place,
        annotation=annotation,
        info=info,
        required=default is PydanticUndefined and info.default_factory is None,
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
    _check_shape(field, where)
    return field


def _without_defaults(annotation: Any) -> tuple[Any, Callable[[], Any] | None]:
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


def _names(name: str, alias: Any, marker: ValueMarker) -> tuple[str, ...]:
    """The names under which a value may stand in the request, best first."""
    if isinstance(alias, AliasChoices):
        choices = tuple(choice for choice in alias.choices if isinstance(choice, str))
        return choices or (name,)
    if isinstance(alias, str):
        return (alias,)
    if isinstance(marker, Header) and marker.convert_underscores:
        return (name.replace("_", "-"),)
    return (name,)


def _members(model: type[BaseModel], marker: ValueMarker) -> tuple[Member, ...]:
    members = []
    for name, info in model.model_fields.items():
        names = _names(name, alias := info.validation_alias or info.alias, marker)
        keys = names if alias else (name,)
        if alias and takes_own_name(model):
            own = tuple(one for one in _names(name, None, marker) if one not in names)
            names, keys = (*names, *own), (*keys, *[name for _ in own])
        if isinstance(marker, Header):
            names = tuple(one.lower() for one in names)
        several = is_many(info.annotation)
        many = several and marker.place in _REPEATED and not is_json(info.metadata)
        members.append(Member(dict(zip(names, keys, strict=True)), many, blank=several and not many))
    return tuple(members)


def _variants(
    models: tuple[type[BaseModel], ...], annotation: Any, marker: ValueMarker
) -> tuple[str | None, dict[Any, tuple[Member, ...]]]:
    """What tells the models of a union apart, and the members that each value of it stands for."""
    remarks = (marker, *getattr(annotation, "__metadata__", ()))
    name = next(
        (remark.discriminator for remark in remarks if isinstance(remark, FieldInfo) and remark.discriminator), None
    )
    if len(models) < 2 or not isinstance(name, str):
        return None, {}
    info = models[0].model_fields[name]
    tag = _names(name, info.validation_alias or info.alias, marker)[0]
    return tag, {
        value: _members(model, marker) for model in models for value in get_args(model.model_fields[name].annotation)
    }


def _spread(annotation: Any, marker: ValueMarker) -> tuple[type[BaseModel], ...]:
    """The models of which one takes all values of a place: only where a place has flat names to take."""
    if marker.place in ("path", "body", "file"):
        return ()
    models = tuple(part for part in parts(annotation) if part is not NoneType)
    flat = all(is_a(model, BaseModel) for model in models)
    return models if flat and (len(models) == 1 or marker.place == "form") else ()


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
