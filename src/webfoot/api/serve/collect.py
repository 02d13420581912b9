"""Take a callable's values out of the request, as texts, under its parameters' names. What is not there is left out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from webfoot.api.fields import Field
from webfoot.api.plan.plans import CallPlan, Sources
from webfoot.api.serve.body import take_from_body
from webfoot.api.serve.pick import Pairs, one_of, spread, values_of
from webfoot.api.serve.visit import Visit
from webfoot.trail import Trail


def collect(plan: CallPlan, visit: Visit) -> dict[str, Any]:
    """{parameter: raw value}; a list where all values of a name are wanted."""
    found: dict[str, Any] = {}
    sources = plan.sources
    if sources.path:
        given = visit.scope["path_params"]
        for parameter, name in sources.path:
            if name in given:
                found[parameter] = given[name]
    if sources.query:
        _from_query(sources, visit, found)
    if sources.headers:
        _from_headers(sources, visit, found)
    if sources.cookies:
        cookies = visit.cookies
        for parameter, name in sources.cookies:
            if name in cookies:
                found[parameter] = cookies[name]
    for field in sources.elaborate:
        _elaborate(field, pairs_of(field, visit), found)
    if sources.body:
        take_from_body(sources.body, visit, found)
    if visit.closely is not None:
        _mark(plan, found, visit.closely)
    return found


def _from_query(sources: Sources, visit: Visit, found: dict[str, Any]) -> None:
    """Of several values for one parameter the last counts."""
    wanted = sources.query
    for name, value in visit.query:
        if name not in wanted:
            continue
        parameter, many = wanted[name]
        if not many:
            found[parameter] = value
        elif parameter in found:
            found[parameter].append(value)
        else:
            found[parameter] = [value]


def _from_headers(sources: Sources, visit: Visit, found: dict[str, Any]) -> None:
    """Of several fields for one parameter the first counts."""
    wanted = sources.headers
    for name, value in visit.scope["headers"]:
        if name not in wanted:
            continue
        parameter, many = wanted[name]
        if many:
            found.setdefault(parameter, []).append(value.decode("latin-1"))
        elif parameter not in found:
            found[parameter] = value.decode("latin-1")


def pairs_of(field: Field, visit: Visit) -> Pairs:
    """Everything that stands in the field's place, in the order sent."""
    if field.place == "query":
        return visit.query
    if field.place == "cookie":
        return list(visit.cookies.items())
    return [(name.decode("latin-1"), value.decode("latin-1")) for name, value in visit.scope["headers"]]


def _elaborate(field: Field, pairs: Pairs, found: dict[str, Any]) -> None:
    if field.spread:
        taken = spread(field, pairs)
        if taken is not None:
            found[field.name] = taken
        return
    _, values = values_of(names_of(field), pairs)
    if values:
        value = values if field.many else one_of(field.place, values)
        if value != "" or not field.blank:
            found[field.name] = value


def names_of(field: Field) -> Iterable[str]:
    """The names to look for among `pairs_of(field)`."""
    return [name.lower() for name in field.aliases] if field.place == "header" else field.aliases


def _mark(plan: CallPlan, found: dict[str, Any], trail: Trail) -> None:
    by_place: dict[str, dict[str, Any]] = {"path": {}, "query": {}, "header": {}, "cookie": {}}
    for field in plan.fields:
        if field.place in by_place and field.name in found:
            by_place[field.place][field.alias] = found[field.name]
    trail.mark(
        "values_collected",
        owner=plan.origin.name,
        path=by_place["path"],
        query=by_place["query"],
        header=by_place["header"],
        cookie=by_place["cookie"],
    )
