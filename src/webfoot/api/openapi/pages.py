"""The pages on which people read and try the API: Swagger UI, and where its OAuth2 log-in comes back to."""

from __future__ import annotations

import json
from html import escape
from string import Template
from typing import Any

from webfoot.web.responses import HTMLResponse

# https://swagger.io/docs/open-source-tools/swagger-ui/usage/configuration/
DEFAULT_PARAMETERS: dict[str, Any] = {
    "dom_id": "#swagger-ui",
    "layout": "BaseLayout",
    "deepLinking": True,
    "showExtensions": True,
    "showCommonExtensions": True,
    # Swagger UI would ask a validator on the internet about every document that is not on localhost.
    "validatorUrl": None,
}

_SWAGGER_UI = Template(
    """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$title</title>
<link rel="stylesheet" href="$css_url">
<link rel="icon" href="$favicon_url">
</head>
<body>
<div id="swagger-ui"></div>
<script src="$js_url"></script>
<script>
const parameters = $parameters;
parameters.presets = [SwaggerUIBundle.presets.apis];
$redirect
const ui = SwaggerUIBundle(parameters);
$init_oauth
</script>
</body>
</html>
"""
)

_OAUTH2_REDIRECT = Template(
    """<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>Swagger UI: OAuth2 Redirect</title></head>
<body><script src="$js_url"></script></body>
</html>
"""
)

_WITHOUT_SWAGGER_UI = Template(
    """<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>$title</title></head>
<body><p>This page shows Swagger UI once the package <code>swagger-ui-bundle-v2</code> is installed
(<code>pip install 'webfoot[api]'</code>); the document itself is at <a href="$openapi_url">$openapi_url</a>.</p></body>
</html>
"""
)


def get_swagger_ui_html(
    *,
    openapi_url: str,
    title: str,
    swagger_js_url: str = "/docs/assets/swagger-ui-bundle.js",
    swagger_css_url: str = "/docs/assets/swagger-ui.css",
    swagger_favicon_url: str = "/docs/assets/favicon-32x32.png",
    oauth2_redirect_url: str | None = None,
    init_oauth: dict[str, Any] | None = None,
    swagger_ui_parameters: dict[str, Any] | None = None,
) -> HTMLResponse:
    """The page that shows the document at `openapi_url`.

    The default URLs are those under which an application with `docs_url="/docs"` serves Swagger UI's own files.
    `swagger_ui_parameters` are Swagger UI's, added to `DEFAULT_PARAMETERS`; their values have to be JSON.
    """
    parameters = {"url": openapi_url, **DEFAULT_PARAMETERS, **(swagger_ui_parameters or {})}
    redirect = f"parameters.oauth2RedirectUrl = window.location.origin + {_script_value(oauth2_redirect_url)};"
    return HTMLResponse(
        _SWAGGER_UI.substitute(
            title=escape(title),
            css_url=escape(swagger_css_url),
            js_url=escape(swagger_js_url),
            favicon_url=escape(swagger_favicon_url),
            parameters=_script_value(parameters),
            redirect=redirect if oauth2_redirect_url else "",
            init_oauth=f"ui.initOAuth({_script_value(init_oauth)});" if init_oauth else "",
        )
    )


def get_swagger_ui_oauth2_redirect_html(js_url: str = "/docs/assets/oauth2-redirect.js") -> HTMLResponse:
    """The page that hands the answer of an OAuth2 log-in back to Swagger UI and closes itself."""
    return HTMLResponse(_OAUTH2_REDIRECT.substitute(js_url=escape(js_url)))


def page_without_swagger_ui(openapi_url: str, title: str) -> HTMLResponse:
    return HTMLResponse(_WITHOUT_SWAGGER_UI.substitute(title=escape(title), openapi_url=escape(openapi_url)))


def _script_value(value: Any) -> str:
    """JSON that cannot end the <script> element it stands in."""
    return json.dumps(value).replace("<", "\\u003c")
