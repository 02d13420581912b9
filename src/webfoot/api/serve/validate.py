"""Validate all values of a callable in one pydantic call; word what does not fit as the client will read it."""

from __future__ import annotations

from typing import Any

from pydantic_core import ValidationError

from webfoot.api.errors import RequestValidationError
from webfoot.api.fields import Field
from webfoot.api.plan.plans import CallPlan, Step
from webfoot.api.serve.body import sent_body
from webfoot.api.serve.collect import collect, names_of, pairs_of
from webfoot.api.serve.pick import values_of
from webfoot.api.serve.visit import MISSING, Visit
from webfoot.trail import Trail, is_thorough


def arguments(step: Step, number: int, visit: Visit) -> dict[str, Any] | None:
    """The keyword arguments for this step's callable.

    None when something does not fit, told in `visit.errors`, or when a result that it needs is MISSING.
    """
    plan = step.plan
    values: dict[str, Any] = {}
    if plan.validator is not None:
        found = collect(plan, visit)
        error: ValidationError | None = None
        try:
            values = plan.validator.validate_python(found, from_attributes=True)
        except ValidationError as misfits:
            error = misfits
        if error is not None or (visit.no_object and plan.sources.body):
            _note(error, plan, number, found, visit)
            return None
        if visit.closely is not None:
            told = told_values(plan, found, values, visit.closely)
            visit.closely.mark("values_validated", owner=plan.origin.name, outcome="fit", values=told)
    for parameter, source in step.arguments:
        result = visit.results[source]
        if result is MISSING:
            return None
        values[parameter] = result
    for parameter, special in plan.specials:
        values[parameter] = visit.special(special, step)
    return values


def _note(error: ValidationError | None, plan: CallPlan, number: int, found: dict[str, Any], visit: Visit) -> None:
    errors = _worded(error, plan, found, visit)
    if visit.errors is None:
        visit.errors = {}
    visit.errors[number] = errors
    if visit.trail is not None:
        told = told_values(plan, found, {}, visit.trail)
        visit.trail.mark("values_validated", owner=plan.origin.name, outcome="refused", errors=errors, values=told)


def told_values(
    plan: CallPlan, found: dict[str, Any], values: dict[str, Any], trail: Trail
) -> list[dict[str, Any]] | None:
    """Each parameter as it was found and as the callable gets it, for a thorough trail; what is not there is left out.

    `[{"place": "query", "name": "limit", "raw": "10", "value": 10}]`
    """
    if not is_thorough(trail):
        return None
    told = []
    for field in plan.fields:
        one = {"place": field.place, "name": field.alias}
        if field.name in found:
            one["raw"] = found[field.name]
        if field.name in values:
            one["value"] = values[field.name]
        told.append(one)
    return told


def misfit(visit: Visit) -> RequestValidationError:
    """Everything that did not fit, dependencies' first, as one error."""
    assert visit.errors is not None
    told = [error for number in visit.plan.telling for error in visit.errors.get(number, ())]
    return RequestValidationError(told, body=sent_body(visit), endpoint_ctx=visit.endpoint_ctx)


def _worded(error: ValidationError | None, plan: CallPlan, found: dict[str, Any], visit: Visit) -> list[dict[str, Any]]:
    fields = {field.name: field for field in plan.fields}
    worded: list[dict[str, Any]] = []
    for one in error.errors(include_url=False) if error is not None else ():
        name, *rest = one["loc"]
        field = fields[str(name)]
        if visit.no_object and field.where == "body":
            continue
        if field.name in found or not field.required:  # a default may not fit either (`validate_default`)
            worded.append({**one, "loc": (field.where, *_loc(field, rest, visit))})
        else:
            worded.append(_missing(field, visit))
    if visit.no_object:
        # A list or a number has no members at all, so that not even a default stands in for one.
        worded += [_missing(field, visit) for field in plan.sources.body]
    return worded


def _missing(field: Field, visit: Visit) -> dict[str, Any]:
    return {"type": "missing", "loc": (field.where, *_loc(field, [], visit)), "msg": "Field required", "input": None}


def _loc(field: Field, rest: list[int | str], visit: Visit) -> list[int | str]:
    """What follows the place in an error's `loc`: the name as the client knows it, and the way inside the value."""
    if field.spread:
        return [_told(field, rest[0]), *rest[1:]] if rest else []
    if field.where == "body":
        body = visit.plan.body
        assert body is not None
        if not body.embed:
            return rest
    return [_found_name(field, visit), *rest]


def _told(field: Field, key: int | str) -> int | str:
    """A member as the request calls it, where the model calls it differently (`x_token` is sent as `x-token`)."""
    for member in field.members:
        for name, known_as in member.keys.items():
            if known_as == key and known_as.lower() != name.lower():
                return name
    return key


def _found_name(field: Field, visit: Visit) -> str:
    if len(field.aliases) == 1:
        return field.alias
    if field.where == "body":
        present = visit.body if visit.form is None else dict(visit.body)
        return next((name for name in field.aliases if isinstance(present, dict) and name in present), field.alias)
    name, _ = values_of(names_of(field), pairs_of(field, visit))
    return name or field.alias
