"""Whether a body may go straight from JSON bytes into its model.

pydantic reads and validates JSON in one go, without the Python objects between, which for large bodies saves a third.
But it reads JSON by slightly other rules than Python values: a decimal keeps its digits, a date passes as one where a
schema is strict, a smart union weighs differently, and whoever wrote a validator may ask which of both it is. So only
schemas are taken in which nothing can tell the difference; all others go by way of Python, as FastAPI's do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from pydantic import BaseModel

from webfoot.api.fields import Field
from webfoot.api.plan.plans import CallPlan
from webfoot.api.plan.shapes import is_a

_SAME: Final = frozenset(
    "any bool int float str none date time datetime timedelta uuid url enum literal list set frozenset "  # noqa: SIM905
    "tuple dict typed-dict model model-fields nullable default definitions definition-ref tagged-union function-before "
    "function-after function-wrap".split()
)
"""Types of core schemas (`pydantic_core.core_schema`) that take from JSON what they take from what was read from it."""

_PARTS: Final = ("schema", "items_schema", "values_schema", "keys_schema", "extras_schema", "extras_keys_schema")


def direct_model(plans: Sequence[CallPlan]) -> type[BaseModel] | None:
    """The model that is the whole body of a route, if one callable wants one and its schema allows it.

    The instance then passes through that callable's own validator as it is, so nothing may stand around the model that
    would run once more: a model with a validator of mode "after" goes by way of Python.
    """
    wanted = [field for plan in plans for field in plan.sources.body]
    if len(wanted) != 1 or not _is_bare(wanted[0]):
        return None
    model: type[BaseModel] = wanted[0].annotation
    schema = model.__pydantic_core_schema__
    outermost = schema["schema"] if schema["type"] == "definitions" else schema
    return model if outermost["type"] == "model" and _reads_the_same(schema, set()) else None


def _is_bare(field: Field) -> bool:
    """Whether the model alone decides: nothing stands beside it that pydantic would have to apply."""
    return field.place == "body" and is_a(field.annotation, BaseModel) and field.schema_type is field.annotation


def _reads_the_same(schema: Any, seen: set[int]) -> bool:
    if id(schema) in seen:
        return True
    seen.add(id(schema))
    if schema["type"] not in _SAME or any(unlike(schema) for unlike in _UNLIKE):
        return False
    return all(_reads_the_same(part, seen) for part in _parts_of(schema))


def _is_strict(schema: Mapping[str, Any]) -> bool:
    config = schema.get("config") or {}
    return bool(schema.get("strict") or config.get("strict"))


def _is_looked_at_again(schema: Mapping[str, Any]) -> bool:
    config = schema.get("config") or {}
    return bool(schema.get("custom_init")) or config.get("revalidate_instances", "never") != "never"


def _names_objects(schema: Mapping[str, Any]) -> bool:
    """Whether a literal is one of Python's own: a member of an enum, bytes."""
    return any(type(value) not in (str, int, bool, type(None)) for value in schema.get("expected", ()))


def _asks_which(schema: Mapping[str, Any]) -> bool:
    """Whether a function of the user's takes the info in which the mode stands."""
    function = schema.get("function")
    return isinstance(function, dict) and function["type"] != "no-info"


_UNLIKE: Final = (_is_strict, _is_looked_at_again, _names_objects, _asks_which)


def _parts_of(schema: Mapping[str, Any]) -> list[Any]:
    parts = [schema[name] for name in _PARTS if isinstance(schema.get(name), dict)]
    fields = schema.get("fields", {})
    parts += [field["schema"] for field in fields.values()]
    parts += schema.get("definitions", ())
    choices = schema.get("choices", ())
    parts += choices.values() if isinstance(choices, dict) else choices
    items = schema.get("items_schema")
    return [*parts, *items] if isinstance(items, list) else parts
