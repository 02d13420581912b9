"""A model that takes all values of a place: its fields, and what they are called in a request."""

from __future__ import annotations

from types import NoneType
from typing import Any, Final, get_args

from pydantic import AliasChoices, BaseModel
from pydantic.fields import FieldInfo

from webfoot.api.fields import Member
from webfoot.api.params import Header, ValueMarker
from webfoot.api.plan.shapes import is_a, is_json, is_many, parts, takes_own_name

_REPEATED: Final = ("query", "header", "body", "form", "file")
"""Where a name may stand several times. A cookie may, too, but the last one is the only one that is seen."""


def may_repeat(marker: ValueMarker) -> bool:
    return marker.place in _REPEATED


def spread_models(annotation: Any, marker: ValueMarker) -> tuple[type[BaseModel], ...]:
    """The models of which one takes all values of a place: only where a place has flat names to take."""
    if marker.place in ("path", "body", "file"):
        return ()
    models = tuple(part for part in parts(annotation) if part is not NoneType)
    flat = all(is_a(model, BaseModel) for model in models)
    return models if flat and (len(models) == 1 or marker.place == "form") else ()


def names_of(name: str, alias: Any, marker: ValueMarker) -> tuple[str, ...]:
    """The names under which a value may stand in the request, best first."""
    if isinstance(alias, AliasChoices):
        choices = tuple(choice for choice in alias.choices if isinstance(choice, str))
        return choices or (name,)
    if isinstance(alias, str):
        return (alias,)
    if isinstance(marker, Header) and marker.convert_underscores:
        return (name.replace("_", "-"),)
    return (name,)


def members_of(model: type[BaseModel], marker: ValueMarker) -> tuple[Member, ...]:
    members = []
    for name, info in model.model_fields.items():
        names = names_of(name, alias := info.validation_alias or info.alias, marker)
        keys = names if alias else (name,)
        if alias and takes_own_name(model):
            own = tuple(one for one in names_of(name, None, marker) if one not in names)
            names, keys = (*names, *own), (*keys, *[name for _ in own])
        if isinstance(marker, Header):
            names = tuple(one.lower() for one in names)
        several = is_many(info.annotation)
        many = several and may_repeat(marker) and not is_json(info.metadata)
        members.append(Member(dict(zip(names, keys, strict=True)), many, blank=several and not many))
    return tuple(members)


def variants_of(
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
    tag = names_of(name, info.validation_alias or info.alias, marker)[0]
    return tag, {
        value: members_of(model, marker) for model in models for value in get_args(model.model_fields[name].annotation)
    }
