"""The OpenAPI 3.1 document of a list of routes."""

from __future__ import annotations

import gc
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from pydantic import AnyUrl, ValidationError

from webfoot.api.encoders import jsonable_encoder
from webfoot.api.errors import PlanError
from webfoot.api.openapi.operations import Operations
from webfoot.api.openapi.schemas import SchemaBook

VERSION = "3.1.0"


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without the cyclic garbage collector, which would walk through all models and routes for each thousand of new
    dicts: 40 % of the time that a large document takes. Nothing in a document is a cycle."""
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


@_uncollected()
def get_openapi(
    *,
    title: str,
    version: str,
    openapi_version: str = VERSION,
    summary: str | None = None,
    description: str | None = None,
    routes: Sequence[Any],
    webhooks: Sequence[Any] | None = None,
    tags: list[dict[str, Any]] | None = None,
    servers: list[dict[str, str | Any]] | None = None,
    terms_of_service: str | None = None,
    contact: dict[str, str | Any] | None = None,
    license_info: dict[str, str | Any] | None = None,
    separate_input_output_schemas: bool = True,
    external_docs: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Describe `routes` as one OpenAPI document of plain JSON values, without a None in any object.

    Raises `pydantic.errors.PydanticInvalidForJsonSchema`, with the operation's name, for a type that JSON Schema
    cannot describe.
    """
    _refuse_incomplete(license_info, servers, tags, external_docs)
    _refuse_unreachable_contact(contact)
    book = SchemaBook(separate=separate_input_output_schemas)
    operations = Operations(book)
    info = {
        "title": title,
        "summary": summary or None,
        "description": description or None,
        "termsOfService": terms_of_service or None,
        "contact": _with_whole_url(contact),
        "license": _with_whole_url(license_info),
        "version": version,
    }
    document: dict[str, Any] = {"openapi": openapi_version, "info": info}
    if servers:
        document["servers"] = servers
    document["paths"] = operations.describe_paths(routes)
    if hooks := operations.describe_paths(webhooks or ()):
        document["webhooks"] = hooks
    schemas = book.settle()
    if operations.refuses:
        schemas |= _validation_error_schemas(schemas)
    components = {"schemas": dict(sorted(schemas.items())), "securitySchemes": operations.security.described}
    if present := {kind: described for kind, described in components.items() if described}:
        document["components"] = present
    if tags:
        document["tags"] = [{**tag, "externalDocs": _with_whole_url(tag.get("externalDocs"))} for tag in tags]
    if external_docs:
        document["externalDocs"] = _with_whole_url(external_docs)
    tidied: dict[str, Any] = _tidy(document)
    return tidied


def tables_of(app: Any) -> tuple[object, object]:
    """What a document of `app` is made of: equal until a route comes or goes, be it in an included router."""
    return app.router.index, app.webhooks.index


def describe(
    said: Any, routes: Sequence[Any], webhooks: Sequence[Any], tags: list[dict[str, Any]] | None
) -> dict[str, Any]:
    """The document of these routes, with what an application, or one of its further documents, says of itself."""
    return get_openapi(
        title=said.title,
        version=said.version,
        openapi_version=said.openapi_version,
        summary=said.summary,
        description=said.description,
        routes=routes,
        webhooks=webhooks,
        tags=tags,
        servers=said.servers,
        terms_of_service=said.terms_of_service,
        contact=said.contact,
        license_info=said.license_info,
        separate_input_output_schemas=said.separate_input_output_schemas,
        external_docs=said.openapi_external_docs,
    )


def _validation_error_schemas(taken: dict[str, Any]) -> dict[str, Any]:
    """The body of a 422. An application's own model called ValidationError keeps its name."""
    detail = "ValidationError" if "ValidationError" not in taken else "HTTPValidationErrorDetail"
    return {
        "HTTPValidationError": {
            "title": "HTTPValidationError",
            "type": "object",
            "properties": {
                "detail": {"title": "Detail", "type": "array", "items": {"$ref": f"#/components/schemas/{detail}"}}
            },
        },
        detail: {
            "title": "ValidationError",
            "type": "object",
            "properties": {
                "loc": {
                    "title": "Location",
                    "type": "array",
                    "items": {"anyOf": [{"type": "string"}, {"type": "integer"}]},
                },
                "msg": {"title": "Message", "type": "string"},
                "type": {"title": "Error Type", "type": "string"},
                "input": {"title": "Input"},
                "ctx": {"title": "Context", "type": "object"},
            },
            "required": ["loc", "msg", "type"],
        },
    }


def _refuse_incomplete(
    license_info: dict[str, Any] | None,
    servers: list[dict[str, Any]] | None,
    tags: list[dict[str, Any]] | None,
    external_docs: dict[str, Any] | None,
) -> None:
    """PlanError for an object without the member that it has to have (OpenAPI 3.1 sections 4.8.4, .5, .11 and .22)."""
    needed = [("license_info", license_info, "name"), ("openapi_external_docs", external_docs, "url")]
    for option, several, member in (("servers", servers, "url"), ("openapi_tags", tags, "name")):
        if isinstance(several, str | Mapping):
            raise PlanError(f"{option} is a list of dicts, not {several!r}")
        needed += [(option, one, member) for one in several or ()]
    for option, described, member in needed:
        if described and not isinstance(described, Mapping):
            raise PlanError(f"{option}: each is a dict, such as {{{member!r}: ...}}, not {described!r}")
        if described and not described.get(member):
            raise PlanError(f"{option}: {described!r} needs a {member!r}, as OpenAPI wants it")


def _refuse_unreachable_contact(contact: Any) -> None:
    """PlanError for an address that nobody can write to (OpenAPI 3.1 section 4.8.3)."""
    if contact and not isinstance(contact, Mapping):
        raise PlanError(f'contact is a dict, such as {{"name": ..., "email": ...}}, not {contact!r}')
    email = contact and contact.get("email")
    if email and not (isinstance(email, str) and re.fullmatch(r"[^\s@]+@[^\s@]+", email)):
        raise PlanError(f"contact: {email!r} is no address of an email")


def _with_whole_url(described: dict[str, Any] | None) -> dict[str, Any] | None:
    """Its `url` in the normal form of RFC 3986 section 6. PlanError when it is none."""
    if described and described.get("url"):
        try:
            return {**described, "url": str(AnyUrl(described["url"]))}
        except ValidationError as error:
            raise PlanError(f"{described!r}: its 'url' is none: {error.errors()[0]['msg']}") from None
    return described


def _tidy(value: Any) -> Any:
    """A copy in plain JSON values. Members that are None are left out: OpenAPI has no null beside `examples`."""
    kind = type(value)
    if kind is dict:
        pairs = ((key, _tidy(part)) for key, part in value.items())
        return {key if type(key) is str else _text_of(key): part for key, part in pairs if part is not None}
    if kind is list:
        return [_tidy(part) for part in value]
    if kind is float:
        return value if math.isfinite(value) else None
    if kind is str or kind is bool or kind is int or value is None:
        return value
    return _tidy(jsonable_encoder(value, exclude_none=True))


def _text_of(key: Any) -> str:
    """The member of an enumeration of strings is a string, as JSON has it; its `str()` may be `Color.RED`."""
    return str.__str__(key) if isinstance(key, str) else str(key)
