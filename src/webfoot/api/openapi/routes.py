"""The routes on which a document is found: the document, Swagger UI, ReDoc, and their files."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Protocol

from webfoot.api.openapi.assets import REDOC, SWAGGER_UI, Bundle
from webfoot.api.openapi.pages import (
    get_redoc_html,
    get_swagger_ui_html,
    get_swagger_ui_oauth2_redirect_html,
    page_without_swagger_ui,
)
from webfoot.web.requests import Request
from webfoot.web.responses import HTMLResponse, JSONResponse

own_pages: Final[dict[str, Callable[..., HTMLResponse]]] = {}
"""By the name of ours, functions that somebody has put in its place (compat)."""


class Documented(Protocol):
    """Who has a document: an application, or one of its further documents. None switches an address off."""

    title: str
    openapi_url: str | None
    docs_url: str | None
    redoc_url: str | None
    swagger_ui_oauth2_redirect_url: str | None
    swagger_ui_init_oauth: dict[str, Any] | None
    swagger_ui_parameters: dict[str, Any] | None
    root_path_in_servers: bool

    def openapi(self) -> dict[str, Any]: ...


def add_documentation(app: Any, documented: Documented | None = None) -> None:
    """Add to `app` the routes that `documented`, by default the application itself, asks for.

    There is no page without a document, so `openapi_url=None` switches off all of them.
    """
    said: Any = documented or app
    if not said.openapi_url:
        return
    pages = _Pages(said)
    app.add_route(said.openapi_url, pages.openapi, include_in_schema=False)
    if said.docs_url:
        app.add_route(said.docs_url, pages.swagger_ui_html, include_in_schema=False)
        if said.swagger_ui_oauth2_redirect_url:
            app.add_route(said.swagger_ui_oauth2_redirect_url, pages.swagger_ui_redirect, include_in_schema=False)
        app.add_route(_asset(said.docs_url, SWAGGER_UI, "{name}"), SWAGGER_UI.server(), include_in_schema=False)
    if said.redoc_url:
        app.add_route(said.redoc_url, pages.redoc_html, include_in_schema=False)
        app.add_route(_asset(said.redoc_url, REDOC, "{name}"), REDOC.server(), include_in_schema=False)


class _Pages:
    """Endpoints that speak for one document, at whatever root path the request came in."""

    def __init__(self, documented: Any) -> None:
        self._said = documented

    async def openapi(self, request: Request) -> JSONResponse:
        """The document; behind a proxy that strips a prefix, with that prefix as its first server."""
        document = self._said.openapi()
        root_path = _root_path(request)
        servers = document.get("servers", [])
        if root_path and self._said.root_path_in_servers and all(server.get("url") != root_path for server in servers):
            document = {**document, "servers": [{"url": root_path}, *servers]}
        return JSONResponse(document)

    async def swagger_ui_html(self, request: Request) -> HTMLResponse:
        said, root_path = self._said, _root_path(request)
        redirect_url = said.swagger_ui_oauth2_redirect_url
        about: dict[str, Any] = {
            "openapi_url": root_path + said.openapi_url,
            "title": f"{said.title} - Swagger UI",
            "oauth2_redirect_url": root_path + redirect_url if redirect_url else None,
            "init_oauth": said.swagger_ui_init_oauth,
            "swagger_ui_parameters": said.swagger_ui_parameters,
        }
        if "get_swagger_ui_html" in own_pages:
            return own_pages["get_swagger_ui_html"](**about)
        if SWAGGER_UI.directory() is None:
            return page_without_swagger_ui(about["openapi_url"], about["title"])
        return get_swagger_ui_html(
            swagger_js_url=root_path + _asset(said.docs_url, SWAGGER_UI, "swagger-ui-bundle.js"),
            swagger_css_url=root_path + _asset(said.docs_url, SWAGGER_UI, "swagger-ui.css"),
            swagger_favicon_url=root_path + _asset(said.docs_url, SWAGGER_UI, "favicon-32x32.png"),
            **about,
        )

    async def swagger_ui_redirect(self, request: Request) -> HTMLResponse:
        return get_swagger_ui_oauth2_redirect_html()

    async def redoc_html(self, request: Request) -> HTMLResponse:
        """With ReDoc from this application where it has it, else from the CDN; then nothing else is asked for."""
        said, root_path = self._said, _root_path(request)
        about = {"openapi_url": root_path + said.openapi_url, "title": f"{said.title} - ReDoc"}
        if "get_redoc_html" in own_pages:
            return own_pages["get_redoc_html"](**about)
        own: dict[str, str] = {}
        if REDOC.directory() is not None:
            own["redoc_js_url"] = root_path + _asset(said.redoc_url, REDOC, "redoc.standalone.js")
        return get_redoc_html(redoc_favicon_url="data:,", with_google_fonts=False, **about, **own)


def _asset(page_url: str, bundle: Bundle, name: str) -> str:
    return f"{page_url.rstrip('/')}/{bundle.folder}/{name}"


def _root_path(request: Request) -> str:
    root_path: str = request.scope.get("root_path", "")
    return root_path.rstrip("/")
