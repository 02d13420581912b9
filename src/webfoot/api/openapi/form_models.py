"""Models that take the fields of a form, as JSON Schema says it where something else stands in the form as well."""

from __future__ import annotations

from webfoot.api.fields import Field
from webfoot.api.openapi.generator import JsonSchema, names_of
from webfoot.api.plan.shapes import takes_own_name


def model_parts(field: Field, schema: JsonSchema) -> list[JsonSchema]:
    """What a form has to be that one of the field's models takes the values of.

    A model that may be left out is there as soon as one of its members is: then the form has to be one of the models.
    """
    if not field.optional or "anyOf" not in schema:  # somebody has written a schema of their own
        return [schema]
    models = {**schema, "anyOf": [kind for kind in schema["anyOf"] if kind != {"type": "null"}]}
    names = {
        name
        for model in field.spread
        for own, info in model.model_fields.items()
        for name in [*names_of(info), *([own] if not names_of(info) or takes_own_name(model) else [])]
    }
    if not names and not field.greedy:
        return [models]
    touched = {"anyOf": [{"required": [name]} for name in sorted(names)]}
    absent: JsonSchema = {"maxProperties": 0} if field.greedy else {"not": touched}
    return [{"not": absent}, models] if field.required else [{"anyOf": [absent, models]}]
