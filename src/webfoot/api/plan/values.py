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
    except PlanError:
        raise
    except (
        Exception
    ) as error:  # pydantic has many kinds for options that cannot be: SchemaError, KeyError, TypeError...
        for field in fields if len(fields) > 1 else ():
            values_validator((field,), origin)  # which of them it is
        raise _refused(fields[0], origin, error) from error


def _member(field: Field, origin: Origin, handler: GetCoreSchemaHandler) -> core_schema.TypedDictField:
    try:
        schema = handler.generate_schema(field.schema_type)
    except Exception as error:  # of pydantic, or of whatever stands in the place of a type
        raise _refused(field, origin, error) from error
    if not field.required:
        schema = _with_default(schema, field)
    return core_schema.typed_dict_field(schema, required=field.required)


def _refused(field: Field, origin: Origin, error: Exception) -> PlanError:
    said = f" with {field.info}" if field.info.options else ""
    return PlanError(
        f"{origin}: parameter {field.name!r}: pydantic cannot validate {field.annotation!r}{said}: {reason_of(error)}"
    )


def reason_of(error: Exception) -> str:
    """Why pydantic refused a type, in one sentence.

    Its errors are pages: an address to read on stands below, the innermost reason last, and the advice is for models.
    """
    if isinstance(error, SchemaError):
        return str(error).strip().rpartition("\n")[2].strip().rpartition("Error: ")[2].removeprefix("error: ")
    if not isinstance(error, PydanticUserError | NameError | TypeError):
        return f"{type(error).__name__}: {error}"
    return str(error).partition("\n")[0].partition(". Set `arbitrary_types_allowed")[0]


def _with_default(schema: CoreSchema, field: Field) -> CoreSchema:
    info = field.info
    if info.default_factory is not None:
        return core_schema.with_default_schema(
            schema, default_factory=info.default_factory, validate_default=info.validate_default
        )
    # pydantic gives each request its own copy of a default that can be changed.
    return core_schema.with_default_schema(schema, default=info.default, validate_default=info.validate_default)
