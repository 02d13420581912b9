"""One pydantic validator for all values of a callable.

A typed-dict schema whose keys are the callable's parameter names: what comes out are its keyword arguments, and the
first part of an error's `loc` says which parameter is meant.
"""

from __future__ import annotations

from typing import Any

from pydantic import GetCoreSchemaHandler, TypeAdapter
from pydantic.errors import PydanticUserError
from pydantic_core import CoreSchema, SchemaError, core_schema

from webfoot.api.errors import PlanError
from webfoot.api.fields import Field
from webfoot.api.plan.plans import Origin, Validator


def values_validator(fields: tuple[Field, ...], origin: Origin) -> Validator | None:
    """Raises PlanError for a type that pydantic cannot validate."""
    if not fields:
        return None

    class Values:
        @classmethod
        def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
            return core_schema.typed_dict_schema({field.name: _member(field, origin, handler) for field in fields})

    try:
        return TypeAdapter(Values).validator
    except (PydanticUserError, SchemaError) as error:
        raise PlanError(f"{origin}: its parameters cannot be validated: {error}") from error


def _member(field: Field, origin: Origin, handler: GetCoreSchemaHandler) -> core_schema.TypedDictField:
    try:
        schema = handler.generate_schema(field.schema_type)
    except (PydanticUserError, NameError) as error:
        reason = str(error).partition("\n")[0]
        raise PlanError(
            f"{origin}: parameter {field.name!r}: pydantic cannot validate {field.annotation!r}: {reason}"
        ) from error
    if not field.required:
        schema = _with_default(schema, field)
    return core_schema.typed_dict_field(schema, required=field.required)


def _with_default(schema: CoreSchema, field: Field) -> CoreSchema:
    info = field.info
    if info.default_factory is not None:
        return core_schema.with_default_schema(
            schema, default_factory=info.default_factory, validate_default=info.validate_default
        )
    # pydantic gives each request its own copy of a default that can be changed.
    return core_schema.with_default_schema(schema, default=info.default, validate_default=info.validate_default)
