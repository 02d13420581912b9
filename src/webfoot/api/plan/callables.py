"""A callable -> its CallPlan. What was read once is remembered: a dependency of a thousand routes has one plan."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from webfoot.api.errors import PlanError
from webfoot.api.fields import Field
from webfoot.api.params import Depends, Place
from webfoot.api.plan.classify import classify
from webfoot.api.plan.plans import CallPlan, Origin, Serves, Sources, Special
from webfoot.api.plan.signature import EMPTY, Parameter, kind_of, origin_of, read_parameters, signature_given
from webfoot.api.plan.values import values_validator

# Errors are told in this order; forms and files stand where a body would.
_ORDER: dict[Place, int] = {"path": 0, "query": 1, "header": 2, "cookie": 3, "body": 4, "form": 4, "file": 4}

_REMEMBERED = 4096

# What is asked for in vain, and how that is said.
_ABSENT: dict[Serves, dict[Special, str]] = {
    "http": {"websocket": "asks for a WebSocket, but serves requests"},
    "websocket": {"request": "asks for a Request, but serves a WebSocket"},
}

REFUSES_ABSENT = True
"""Else who asks for what is not there is called without it, as packages want to be; see `webfoot.compat`."""


def plan_call(call: Callable[..., Any], path_names: frozenset[str], serves: Serves = "http") -> CallPlan:
    """Read `call` for a path with these names. Raises PlanError, naming the function and its parameter."""
    try:
        given = _Given(signature_given(call))
        parameters = _parameters(call, given)
    except TypeError:
        raise PlanError(f"{origin_of(call)}: cannot be told from others, as it is not hashable") from None
    # Only its own names matter, so one plan serves paths that differ elsewhere.
    return _plan(call, given, path_names.intersection(parameter.name for parameter in parameters), serves)


class _Given:
    """The very signature that a callable was given, if any: with another one it is read anew."""

    __slots__ = ("signature",)

    def __init__(self, signature: Any) -> None:
        self.signature = signature

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Given) and self.signature is other.signature

    def __hash__(self) -> int:
        return id(self.signature)


@lru_cache(_REMEMBERED)
def _parameters(call: Callable[..., Any], given: _Given) -> tuple[Parameter, ...]:
    return read_parameters(call)


@lru_cache(_REMEMBERED)
def _plan(call: Callable[..., Any], given: _Given, path_names: frozenset[str], serves: Serves) -> CallPlan:
    origin = origin_of(call)
    fields: list[Field] = []
    specials: list[tuple[str, Special]] = []
    dependencies: list[tuple[str, Depends]] = []
    for parameter in _parameters(call, given):
        asked = classify(parameter, path_names, origin)
        if isinstance(asked, Field):
            fields.append(asked)
        elif isinstance(asked, Depends):
            dependencies.append((parameter.name, asked))
        elif _is_there(asked, parameter, origin, serves):
            specials.append((parameter.name, asked))
    if serves == "websocket":
        _refuse_body(fields, origin)
    sources = [field for field in fields if serves == "http" or field.where != "body"]
    fields.sort(key=lambda field: _ORDER[field.place])
    return CallPlan(
        call=call,
        kind=kind_of(call),
        origin=origin,
        fields=tuple(fields),
        sources=_sources(sources),
        specials=tuple(specials),
        dependencies=tuple(dependencies),
        validator=values_validator(tuple(fields), origin),
    )


def _is_there(asked: Special, parameter: Parameter, origin: Origin, serves: Serves) -> bool:
    """Whether there is such a thing; where there is none the parameter's default counts."""
    absent = _ABSENT[serves].get(asked)
    if absent is not None and parameter.default is EMPTY and REFUSES_ABSENT:
        raise PlanError(
            f"{origin}: parameter {parameter.name!r} {absent}; HTTPConnection is both, and a default of None is passed "
            "where there is none"
        )
    return absent is None


def _refuse_body(fields: list[Field], origin: Origin) -> None:
    """One that may be left out is: a callable may be used with both."""
    for field in fields:
        if field.where == "body" and field.required:
            raise PlanError(f"{origin}: parameter {field.name!r} comes from a body, and a WebSocket has none")


def _sources(fields: list[Field]) -> Sources:
    """Lay out the fields by the way in which they are read; what is not one name for one parameter is elaborate."""
    shared = Counter((field.place, _key(field)) for field in fields)

    def is_plain(field: Field) -> bool:
        alone = len(field.aliases) == 1 and shared[field.place, _key(field)] == 1
        return alone and not (field.spread or field.blank)

    plain = [field for field in fields if is_plain(field)]
    return Sources(
        path=tuple((field.name, field.alias) for field in fields if field.place == "path"),
        query={field.alias: (field.name, field.many) for field in plain if field.place == "query"},
        headers={_key(field).encode("latin-1"): (field.name, field.many) for field in plain if field.place == "header"},
        cookies=tuple((field.name, field.alias) for field in plain if field.place == "cookie"),
        elaborate=tuple(
            field for field in fields if field.place in ("query", "header", "cookie") and not is_plain(field)
        ),
        body=tuple(field for field in fields if field.place in ("body", "form", "file")),
    )


def _key(field: Field) -> str:
    """The name that is compared: header names are found in any case."""
    return field.alias.lower() if field.place == "header" else field.alias
