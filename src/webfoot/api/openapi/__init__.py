"""The OpenAPI 3.1 document of an application and the page that shows it.

Nothing is described before somebody asks for the document.
"""

from webfoot.api.openapi.document import describe, get_openapi
from webfoot.api.openapi.pages import get_swagger_ui_html, get_swagger_ui_oauth2_redirect_html
from webfoot.api.openapi.routes import add_documentation

__all__ = [
    "add_documentation",
    "describe",
    "get_openapi",
    "get_swagger_ui_html",
    "get_swagger_ui_oauth2_redirect_html",
]
