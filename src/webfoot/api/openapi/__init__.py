"""The OpenAPI 3.1 document of an application and the pages that show it.

    document       routes -> the document
    documents      further documents of one application, each of a part of its routes
    operations     a route -> its operations, one for each method
    operation_ids  each the only one of its name
    requests       `parameters` and `requestBody` of an operation
    replies        its `responses`
    security       its `security`, and the schemes that the document describes
    schemas        the JSON Schemas of all types, made by pydantic in one call
    generator      pydantic's generator of them, as OpenAPI wants it
    form_models    models that stand in a form beside other fields
    merge          what somebody has written by hand
    routes         the addresses of the document and its pages
    pages          Swagger UI, ReDoc
    assets         their files
    models         the objects of a document as pydantic models, for who reads one in Python
    schema_object  the largest of them
    constants      names that FastAPI has for some of its parts

Nothing is described before somebody asks for the document.
"""

from webfoot.api.openapi.document import describe, get_openapi, tables_of
from webfoot.api.openapi.documents import Document, DocumentOptions
from webfoot.api.openapi.operation_ids import Duplicate, duplicate_operation_ids
from webfoot.api.openapi.pages import (
    get_redoc_html,
    get_swagger_ui_html,
    get_swagger_ui_oauth2_redirect_html,
    swagger_ui_default_parameters,
)
from webfoot.api.openapi.routes import add_documentation

__all__ = [
    "Document",
    "DocumentOptions",
    "Duplicate",
    "add_documentation",
    "describe",
    "duplicate_operation_ids",
    "get_openapi",
    "get_redoc_html",
    "get_swagger_ui_html",
    "get_swagger_ui_oauth2_redirect_html",
    "swagger_ui_default_parameters",
    "tables_of",
]
