"""What a route takes, as OpenAPI says it: `parameters` and `requestBody` of an operation."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from webfoot.api.fields import Field
from webfoot.api.openapi.generator import first_name, title_of
from webfoot.api.openapi.schemas import SchemaBook, title_of_whole
from webfoot.api.params import Header, ValueMarker
from webfoot.api.plan.plans import RoutePlan, Step

_PLACES = ("path", "query", "header", "cookie")
_REMARKS = ("title", "description", "deprecated", "examples")


def describe_parameters(plan: RoutePlan, book: SchemaBook) -> list[dict[str, Any]]:
    """Path, query, header and cookie parameters of the endpoint and of everything it depends on, each once.

    Where two callables want the same parameter, one that requires it has the word, because without it the request
    is refused.
    """
    found: dict[tuple[str, str], dict[str, Any]] = {}
    parameters = (field for field in _own_first(plan) if field.place in _PLACES)
    for field in sorted(parameters, key=_order_of_place):
        for parameter in _spread(field, book) if field.spread else _described(field, book):
            if not field.info.include_in_schema:
                continue  # though the schemas that it refers to stay among the components, as in FastAPI's documents
            key = (parameter["in"], parameter["name"])
            if parameter["required"] or not found.get(key, parameter)["required"]:
                found[key] = parameter
    return list(found.values())


def takes_values(plan: RoutePlan) -> bool:
    """Whether a request can be refused for its values; then the operation answers 422."""
    return plan.body is not None or any(step.plan.fields for step in (*plan.steps, plan.endpoint))


def describe_body(plan: RoutePlan, unique_id: str, book: SchemaBook) -> dict[str, Any] | None:
    body = plan.body
    if body is None:
        return None
    first = body.fields[0]
    media: dict[str, Any] = {}
    if body.embed or first.optional:
        order = [field.alias for field in _own_first(plan) if field.where == "body"]
        members = sorted(body.fields, key=lambda field: order.index(field.alias))
        media["schema"] = book.of_object(f"Body_{unique_id}", members)
        if not body.embed:
            media["schema"] |= {word: text for word in _REMARKS if (text := getattr(first.info, word))}
    else:
        media["schema"] = book.of_value(first.annotation, first.info, first.info.title or title_of_whole(first))
    if not body.embed:
        media |= _examples(first.info)
    described: dict[str, Any] = {"content": {body.media_type: media}}
    if body.required:
        described["required"] = True
    return described


def _own_first(plan: RoutePlan) -> list[Field]:
    """The fields of the endpoint, then those of its dependencies, each before what it depends on itself."""
    called = {number for step in (*plan.steps, plan.endpoint) for _, number in step.arguments}
    nameless = [number for number in range(len(plan.steps)) if number not in called]

    seen: set[int] = set()

    def walk(step: Step, further: list[int]) -> Iterator[Field]:
        yield from step.plan.fields
        for number in [*further, *(number for _, number in step.arguments)]:
            if number not in seen:
                seen.add(number)
                yield from walk(plan.steps[number], [])

    return list(walk(plan.endpoint, nameless))


def _order_of_place(field: Field) -> int:
    return _PLACES.index(field.place)


def _described(field: Field, book: SchemaBook) -> Iterator[dict[str, Any]]:
    schema = book.of_value(field.annotation, field.info, field.info.title or title_of(field.alias))
    parameter = {"name": field.alias, "in": field.place, "required": field.required, "schema": schema}
    yield _with_remarks(parameter, field.info, *_written_beside(field.annotation)) | _examples(field.info)


def _spread(field: Field, book: SchemaBook) -> Iterator[dict[str, Any]]:
    """Each field of a model that takes all values of a place is a parameter of its own."""
    hyphens = isinstance(field.info, Header) and field.info.convert_underscores
    for name, info in field.spread[0].model_fields.items():
        alias = first_name(info)
        schema = book.of_value(info.annotation, info, info.title or title_of(alias or name))
        wire_name = alias or (name.replace("_", "-") if hyphens else name)
        required = info.is_required() and (field.required or not field.optional)
        yield _with_remarks({"name": wire_name, "in": field.place, "required": required, "schema": schema}, info)


def _with_remarks(parameter: dict[str, Any], *infos: FieldInfo) -> dict[str, Any]:
    """OpenAPI wants them beside the schema, too. The first of `infos` that says something has the word."""
    if description := next((info.description for info in infos if info.description), None):
        parameter["description"] = description
    if any(info.deprecated for info in infos):
        parameter["deprecated"] = True
    return parameter


def _written_beside(annotation: Any) -> list[FieldInfo]:
    """pydantic's `Field(...)` in `Annotated[int, Field(...)]`, where no marker of ours stands."""
    return [remark for remark in getattr(annotation, "__metadata__", ()) if isinstance(remark, FieldInfo)]


def _examples(info: ValueMarker) -> dict[str, Any]:
    """OpenAPI's own examples; those of JSON Schema (`examples=[...]`) stand in the schema."""
    if info.openapi_examples:
        return {"examples": info.openapi_examples}
    return {} if info.example is PydanticUndefined else {"example": info.example}
