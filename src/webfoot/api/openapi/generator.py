"""pydantic's generator of JSON Schemas, as OpenAPI 3.1 wants it."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

from pydantic.errors import PydanticInvalidForJsonSchema
from pydantic.json_schema import GenerateJsonSchema
from pydantic_core import CoreSchema, core_schema

JsonSchema: TypeAlias = dict[str, Any]
Mode: TypeAlias = Literal["validation", "serialization"]

REFERENCE = "#/components/schemas/{model}"


class SchemaGenerator(GenerateJsonSchema):
    """Refers to the document's components; describes raw bytes by their media type."""

    def __init__(self) -> None:
        super().__init__(ref_template=REFERENCE)

    def encode_default(self, dft: Any) -> Any:
        """pydantic builds a TypeAdapter for each default; nearly all of them are JSON already."""
        empty = type(dft) in (list, dict) and not dft
        return dft if empty or is_json_scalar(dft) else super().encode_default(dft)

    def bytes_schema(self, schema: core_schema.BytesSchema) -> JsonSchema:
        """Told apart from text by the media type, as JSON Schema 2020-12 (OpenAPI 3.1) has it."""
        described = super().bytes_schema(schema)
        described.pop("format", None)
        described["contentMediaType"] = "application/octet-stream"
        return described


def is_describable(core: CoreSchema, mode: Mode) -> bool:
    """Whether there is a JSON Schema for it at all. A callable, for one, has none."""
    try:
        SchemaGenerator().generate(core, mode)
    except PydanticInvalidForJsonSchema:
        return False
    return True


def is_json_scalar(value: Any) -> bool:
    """Whether a default is its own JSON, so that nobody has to be asked how to write it."""
    return type(value) in (str, int, bool)


def title_of(name: str) -> str:
    """What a person reads instead of a name.

    >>> title_of("item_id"), title_of("x-token")
    ('Item Id', 'X-Token')
    """
    return name.title().replace("_", " ")


def computes_fields(core: Any) -> bool:
    """Whether somewhere in `core` a model has computed fields, which only exist in what is written."""
    if isinstance(core, dict):
        return bool(core.get("computed_fields")) or any(computes_fields(part) for part in core.values())
    return isinstance(core, list | tuple) and any(computes_fields(part) for part in core)
