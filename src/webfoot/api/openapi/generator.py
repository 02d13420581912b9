"""pydantic's generator of JSON Schemas, as OpenAPI 3.1 wants it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

from pydantic import AliasChoices, AliasPath
from pydantic.errors import PydanticInvalidForJsonSchema
from pydantic.fields import FieldInfo
from pydantic.json_schema import GenerateJsonSchema
from pydantic_core import CoreSchema, PydanticOmit, core_schema

from webfoot.api.openapi.constants import REF_TEMPLATE

JsonSchema: TypeAlias = dict[str, Any]
Mode: TypeAlias = Literal["validation", "serialization"]


class SchemaGenerator(GenerateJsonSchema):
    """Refers to the document's components; describes raw bytes by their media type."""

    def __init__(self) -> None:
        super().__init__(ref_template=REF_TEMPLATE)

    def _build_definitions_remapping(self) -> Any:
        """pydantic's naming of components, asked only about those whose name somebody else might want.

        It compares all schemas under six names each, again and again until nothing changes, which for a thousand models
        is half of the time that a document takes. A component whose class name no other has is called by it anyway.
        This hook is not documented; should it go, documents stay as they are and take longer.
        """
        every, definitions = self._prioritized_defsref_choices, self.definitions
        claims = Counter(name for names in every.values() for name in set(names))
        free = {key: names[0] for key, names in every.items() if claims[names[0]] == 1}
        references = {REF_TEMPLATE.format(model=key): REF_TEMPLATE.format(model=name) for key, name in free.items()}
        self._prioritized_defsref_choices = {key: names for key, names in every.items() if key not in free}
        self.definitions = {
            key: _referring_to(references, schema) for key, schema in definitions.items() if key not in free
        }
        remapping: Any = super()._build_definitions_remapping()
        self._prioritized_defsref_choices, self.definitions = every, definitions
        remapping.defs_remapping |= free
        remapping.json_remapping |= references
        return remapping

    def encode_default(self, dft: Any) -> Any:
        """pydantic builds a TypeAdapter for each default; nearly all of them are JSON already."""
        empty = type(dft) in (list, dict) and not dft
        return dft if empty or is_json_scalar(dft) else super().encode_default(dft)

    def bytes_schema(self, schema: core_schema.BytesSchema) -> JsonSchema:
        """Told apart from text by the media type, as JSON Schema 2020-12 (OpenAPI 3.1) has it."""
        described = super().bytes_schema(schema)
        described.pop("format", None)
        described["contentMediaType"] = "application/octet-stream"
        config = self._config
        written = config.val_json_bytes if self.mode == "validation" else config.ser_json_bytes
        if written == "base64":
            described["contentEncoding"] = "base64"
        return described


def _referring_to(references: Mapping[str, str], schema: Any) -> Any:
    """A copy in which every reference is replaced: those of `$ref`, and of a discriminator's mapping."""
    if isinstance(schema, dict):
        return {key: _referring_to(references, part) for key, part in schema.items()}
    if isinstance(schema, list):
        return [_referring_to(references, part) for part in schema]
    return references.get(schema, schema) if isinstance(schema, str) else schema


def is_describable(core: CoreSchema, mode: Mode) -> bool:
    """Whether there is a JSON Schema for it at all. A callable, for one, has none."""
    try:
        SchemaGenerator().generate(core, mode)
    except (PydanticInvalidForJsonSchema, PydanticOmit):
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


def names_of(info: FieldInfo) -> list[str]:
    """The names that a member of a model may have in a request, best first; none where it is called by its own."""
    alias = info.validation_alias or info.alias
    choices = alias.choices if isinstance(alias, AliasChoices) else [alias]
    names = (choice.path[0] if isinstance(choice, AliasPath) else choice for choice in choices)
    return [name for name in names if isinstance(name, str)]


def first_name(info: FieldInfo) -> str | None:
    return next(iter(names_of(info)), None)


def computes_fields(core: Any) -> bool:
    """Whether somewhere in `core` a model has computed fields, which only exist in what is written."""
    if isinstance(core, dict):
        return bool(core.get("computed_fields")) or any(computes_fields(part) for part in core.values())
    return isinstance(core, list | tuple) and any(computes_fields(part) for part in core)
