"""The OpenAPI 3.1 document of an application and the pages that show it.

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
