"""The objects of an OpenAPI 3.1 document as pydantic models, for who reads, writes or checks one in Python.

Our own documents are not made of them. The objects of security schemes are in `webfoot.api.security.models`.
"""

from __future__ import annotations

from typing import Any, TypeAlias

from pydantic import AnyUrl, BaseModel, ConfigDict, Field, with_config
from typing_extensions import TypedDict  # pydantic asks for it before Python 3.12

from webfoot.api.openapi.schema_object import (
    XML,
    Discriminator,
    ExternalDocumentation,
    OpenAPIObject,
    Schema,
    SchemaOrBool,
    SchemaType,
)
from webfoot.api.params import ParamTypes as ParameterInType
from webfoot.api.security.models import (
    APIKey,
    APIKeyIn,
    HTTPBase,
    HTTPBearer,
    OAuth2,
    OAuthFlow,
    OAuthFlowAuthorizationCode,
    OAuthFlowClientCredentials,
    OAuthFlowImplicit,
    OAuthFlowPassword,
    OAuthFlows,
    OpenIdConnect,
    SecurityBase,
    SecurityScheme,
    SecuritySchemeType,
)

Requirements: TypeAlias = list[dict[str, list[str]]]
"""One of them is enough: name of a scheme -> the scopes that are needed."""


class Contact(OpenAPIObject):
    name: str | None = None
    url: AnyUrl | None = None
    email: str | None = None


class License(OpenAPIObject):
    """`identifier` is one of SPDX."""

    name: str
    identifier: str | None = None
    url: AnyUrl | None = None


class Info(OpenAPIObject):
    title: str
    version: str
    summary: str | None = None
    description: str | None = None
    termsOfService: str | None = None  # noqa: N815  (OpenAPI's names)
    contact: Contact | None = None
    license: License | None = None


class ServerVariable(OpenAPIObject):
    default: str
    enum: list[str] | None = Field(None, min_length=1)
    description: str | None = None


class Server(OpenAPIObject):
    """`url` may have parts in braces, which are `variables`, and be relative to where the document is."""

    url: AnyUrl | str
    description: str | None = None
    variables: dict[str, ServerVariable] | None = None


class Tag(OpenAPIObject):
    name: str
    description: str | None = None
    externalDocs: ExternalDocumentation | None = None  # noqa: N815


class Reference(BaseModel):
    ref: str = Field(alias="$ref")


@with_config(ConfigDict(extra="allow"))
class Example(TypedDict, total=False):
    """What stands in `openapi_examples`."""

    summary: str | None
    description: str | None
    value: Any | None
    externalValue: AnyUrl | None


class Encoding(OpenAPIObject):
    contentType: str | None = None  # noqa: N815
    headers: dict[str, Header | Reference] | None = None
    style: str | None = None
    explode: bool | None = None
    allowReserved: bool | None = None  # noqa: N815


class MediaType(OpenAPIObject):
    schema_: Schema | Reference | None = Field(None, alias="schema")
    example: Any | None = None
    examples: dict[str, Example | Reference] | None = None
    encoding: dict[str, Encoding] | None = None


class ParameterBase(OpenAPIObject):
    description: str | None = None
    required: bool | None = None
    deprecated: bool | None = None
    style: str | None = None
    explode: bool | None = None
    allowReserved: bool | None = None  # noqa: N815
    schema_: Schema | Reference | None = Field(None, alias="schema")
    example: Any | None = None
    examples: dict[str, Example | Reference] | None = None
    content: dict[str, MediaType] | None = None


class Parameter(ParameterBase):
    name: str
    in_: ParameterInType = Field(alias="in")


class Header(ParameterBase):
    """A field of a response. Its name is the key under which it stands."""


class RequestBody(OpenAPIObject):
    content: dict[str, MediaType]
    description: str | None = None
    required: bool | None = None


class Link(OpenAPIObject):
    operationRef: str | None = None  # noqa: N815
    operationId: str | None = None  # noqa: N815
    parameters: dict[str, Any | str] | None = None
    requestBody: Any | str | None = None  # noqa: N815
    description: str | None = None
    server: Server | None = None


class Response(OpenAPIObject):
    description: str
    headers: dict[str, Header | Reference] | None = None
    content: dict[str, MediaType] | None = None
    links: dict[str, Link | Reference] | None = None


class Operation(OpenAPIObject):
    tags: list[str] | None = None
    summary: str | None = None
    description: str | None = None
    externalDocs: ExternalDocumentation | None = None  # noqa: N815
    operationId: str | None = None  # noqa: N815
    parameters: list[Parameter | Reference] | None = None
    requestBody: RequestBody | Reference | None = None  # noqa: N815
    responses: dict[str, Response | Any] | None = None
    callbacks: dict[str, dict[str, PathItem] | Reference] | None = None
    deprecated: bool | None = None
    security: Requirements | None = None
    servers: list[Server] | None = None


class PathItem(OpenAPIObject):
    ref: str | None = Field(None, alias="$ref")
    summary: str | None = None
    description: str | None = None
    get: Operation | None = None
    put: Operation | None = None
    post: Operation | None = None
    delete: Operation | None = None
    options: Operation | None = None
    head: Operation | None = None
    patch: Operation | None = None
    trace: Operation | None = None
    servers: list[Server] | None = None
    parameters: list[Parameter | Reference] | None = None


class Components(OpenAPIObject):
    schemas: dict[str, Schema | Reference] | None = None
    responses: dict[str, Response | Reference] | None = None
    parameters: dict[str, Parameter | Reference] | None = None
    examples: dict[str, Example | Reference] | None = None
    requestBodies: dict[str, RequestBody | Reference] | None = None  # noqa: N815
    headers: dict[str, Header | Reference] | None = None
    securitySchemes: dict[str, SecurityScheme | Reference] | None = None  # noqa: N815
    links: dict[str, Link | Reference] | None = None
    callbacks: dict[str, dict[str, PathItem] | Reference | Any] | None = None
    pathItems: dict[str, PathItem | Reference] | None = None  # noqa: N815


class OpenAPI(OpenAPIObject):
    """A whole document."""

    openapi: str
    info: Info
    jsonSchemaDialect: str | None = None  # noqa: N815
    servers: list[Server] | None = None
    paths: dict[str, PathItem | Any] | None = None
    webhooks: dict[str, PathItem | Reference] | None = None
    components: Components | None = None
    security: Requirements | None = None
    tags: list[Tag] | None = None
    externalDocs: ExternalDocumentation | None = None  # noqa: N815


for _model in (Encoding, MediaType, ParameterBase, Parameter, Header, Operation, PathItem):
    _model.model_rebuild()

__all__ = [
    "XML",
    "APIKey",
    "APIKeyIn",
    "Components",
    "Contact",
    "Discriminator",
    "Encoding",
    "Example",
    "ExternalDocumentation",
    "HTTPBase",
    "HTTPBearer",
    "Header",
    "Info",
    "License",
    "Link",
    "MediaType",
    "OAuth2",
    "OAuthFlow",
    "OAuthFlowAuthorizationCode",
    "OAuthFlowClientCredentials",
    "OAuthFlowImplicit",
    "OAuthFlowPassword",
    "OAuthFlows",
    "OpenAPI",
    "OpenIdConnect",
    "Operation",
    "Parameter",
    "ParameterBase",
    "ParameterInType",
    "PathItem",
    "Reference",
    "RequestBody",
    "Response",
    "Schema",
    "SchemaOrBool",
    "SchemaType",
    "SecurityBase",
    "SecurityScheme",
    "SecuritySchemeType",
    "Server",
    "ServerVariable",
    "Tag",
]
