"""The Schema Object of OpenAPI 3.1 (section 4.8.24): JSON Schema 2020-12, and four words of OpenAPI's own."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

from pydantic import AnyUrl, BaseModel, ConfigDict, Field

SchemaType: TypeAlias = Literal["array", "boolean", "integer", "null", "number", "object", "string"]


class OpenAPIObject(BaseModel):
    """Members of other names are kept: `x-...` extensions, and what later versions of OpenAPI add."""

    model_config = ConfigDict(extra="allow")


class ExternalDocumentation(OpenAPIObject):
    url: AnyUrl
    description: str | None = None


class Discriminator(BaseModel):
    """`mapping`: value of the property -> reference to the schema that it stands for."""

    propertyName: str  # noqa: N815  (OpenAPI's names)
    mapping: dict[str, str] | None = None


class XML(OpenAPIObject):
    name: str | None = None
    namespace: str | None = None
    prefix: str | None = None
    attribute: bool | None = None
    wrapped: bool | None = None


class Schema(OpenAPIObject):
    # JSON Schema Core: what a schema is called, and what it refers to
    schema_: str | None = Field(None, alias="$schema")
    vocabulary: str | None = Field(None, alias="$vocabulary")
    id: str | None = Field(None, alias="$id")
    anchor: str | None = Field(None, alias="$anchor")
    dynamicAnchor: str | None = Field(None, alias="$dynamicAnchor")  # noqa: N815
    ref: str | None = Field(None, alias="$ref")
    dynamicRef: str | None = Field(None, alias="$dynamicRef")  # noqa: N815
    defs: dict[str, SchemaOrBool] | None = Field(None, alias="$defs")
    comment: str | None = Field(None, alias="$comment")

    # ... section 10: subschemas
    allOf: list[SchemaOrBool] | None = None  # noqa: N815
    anyOf: list[SchemaOrBool] | None = None  # noqa: N815
    oneOf: list[SchemaOrBool] | None = None  # noqa: N815
    not_: SchemaOrBool | None = Field(None, alias="not")
    if_: SchemaOrBool | None = Field(None, alias="if")
    then: SchemaOrBool | None = None
    else_: SchemaOrBool | None = Field(None, alias="else")
    dependentSchemas: dict[str, SchemaOrBool] | None = None  # noqa: N815
    prefixItems: list[SchemaOrBool] | None = None  # noqa: N815
    items: SchemaOrBool | None = None
    contains: SchemaOrBool | None = None
    properties: dict[str, SchemaOrBool] | None = None
    patternProperties: dict[str, SchemaOrBool] | None = None  # noqa: N815
    additionalProperties: SchemaOrBool | None = None  # noqa: N815
    propertyNames: SchemaOrBool | None = None  # noqa: N815
    unevaluatedItems: SchemaOrBool | None = None  # noqa: N815
    unevaluatedProperties: SchemaOrBool | None = None  # noqa: N815

    # JSON Schema Validation, section 6
    type: SchemaType | list[SchemaType] | None = None
    enum: list[Any] | None = None
    const: Any | None = None
    multipleOf: float | None = Field(None, gt=0)  # noqa: N815
    maximum: float | None = None
    exclusiveMaximum: float | None = None  # noqa: N815
    minimum: float | None = None
    exclusiveMinimum: float | None = None  # noqa: N815
    maxLength: int | None = Field(None, ge=0)  # noqa: N815
    minLength: int | None = Field(None, ge=0)  # noqa: N815
    pattern: str | None = None
    maxItems: int | None = Field(None, ge=0)  # noqa: N815
    minItems: int | None = Field(None, ge=0)  # noqa: N815
    uniqueItems: bool | None = None  # noqa: N815
    maxContains: int | None = Field(None, ge=0)  # noqa: N815
    minContains: int | None = Field(None, ge=0)  # noqa: N815
    maxProperties: int | None = Field(None, ge=0)  # noqa: N815
    minProperties: int | None = Field(None, ge=0)  # noqa: N815
    required: list[str] | None = None
    dependentRequired: dict[str, set[str]] | None = None  # noqa: N815

    # ... sections 7 to 9: format, content, remarks for people
    format: str | None = None
    contentEncoding: str | None = None  # noqa: N815
    contentMediaType: str | None = None  # noqa: N815
    contentSchema: SchemaOrBool | None = None  # noqa: N815
    title: str | None = None
    description: str | None = None
    default: Any | None = None
    deprecated: bool | None = None
    readOnly: bool | None = None  # noqa: N815
    writeOnly: bool | None = None  # noqa: N815
    examples: list[Any] | None = None

    # OpenAPI's own
    discriminator: Discriminator | None = None
    xml: XML | None = None
    externalDocs: ExternalDocumentation | None = None  # noqa: N815
    example: Any | None = None


SchemaOrBool: TypeAlias = Schema | bool
"""True takes everything, False nothing (JSON Schema Core section 4.3.2)."""

Schema.model_rebuild()
