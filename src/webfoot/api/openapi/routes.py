"""The routes on which an application documents itself: the OpenAPI document, Swagger UI and its files."""

from __future__ import annotations

from typing import Any

from webfoot.api.openapi.assets import serve_asset, swagger_ui_directory
from webfoot.api.openapi.pages import (
    get_swagger_ui_html,
    get_swagger_ui_oauth2_redirect_html,
    page_without_swagger_ui,
)
from webfoot.web.requests import Request
from webfoot.web.responses import HTMLResponse, JSONResponse


def add_documentation(app: Any) -> None:
    """Add the routes that the application's `openapi_url` and `docs_url` ask for; None switches one off.

    There is no page without a document, so `openapi_url=None` switches off both.
    """
    if not app.openapi_url:
        return
    pages = _Documentation(app)
    app.add_route(app.openapi_url, pages.document, include_in_schema=False)
    if not app.docs_url:
        return
    app.add_route(app.docs_url, pages.swagger_ui, include_in_schema=False)
    if app.swagger_ui_oauth2_redirect_url:
        app.add_route(app.swagger_ui_oauth2_redirect_url, pages.oauth2_redirect, include_in_schema=False)
    app.add_route(f"{app.docs_url.rstrip('/')}/assets/{{name}}", serve_asset, include_in_schema=False)


class _Documentation:
    """Endpoints that speak for one application, at whatever root path the request came in."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def document(self, request: Request) -> JSONResponse:
        """The document; behind a proxy that strips a prefix, with that prefix as its first server."""
        document = self._app.openapi()
        root_path = _root_path(request)
        servers = document.get("servers", [])
        if root_path and self._app.root_path_in_servers and all(server.get("url") != root_path for server in servers):
            document = {**document, "servers": [{"url": root_path}, *servers]}
        return JSONResponse(document)

    async def swagger_ui(self, request: Request) -> HTMLResponse:
        app, root_path = self._app, _root_path(request)
        title = f"{app.title} - Swagger UI"
        if swagger_ui_directory() is None:
            return page_without_swagger_ui(root_path + app.openapi_url, title)
        redirect_url = app.swagger_ui_oauth2_redirect_url
        return get_swagger_ui_html(
            openapi_url=root_path + app.openapi_url,
            title=title,
            swagger_js_url=self._asset(root_path, "swagger-ui-bundle.js"),
            swagger_css_url=self._asset(root_path, "swagger-ui.css"),
            swagger_favicon_url=self._asset(root_path, "favicon-32x32.png"),
            oauth2_redirect_url=root_path + redirect_url if redirect_url else None,
            init_oauth=app.swagger_ui_init_oauth,
            swagger_ui_parameters=app.swagger_ui_parameters,
        )

    async def oauth2_redirect(self, request: Request) -> HTMLResponse:
        return get_swagger_ui_oauth2_redirect_html(self._asset(_root_path(request), "oauth2-redirect.js"))

    def _asset(self, root_path: str, name: str) -> str:
        return f"{root_path}{self._app.docs_url.rstrip('/')}/assets/{name}"


def _root_path(request: Request) -> str:
    root_path: str = request.scope.get("root_path", "")
    return root_path.rstrip("/")
