"""The pages on which people read and try the API: Swagger UI, where its OAuth2 log-in comes back to, and ReDoc."""

from __future__ import annotations

import json
from html import escape
from string import Template
from typing import Any

from webfoot.api.encoders import jsonable_encoder
from webfoot.web.responses import HTMLResponse

# https://swagger.io/docs/open-source-tools/swagger-ui/usage/configuration/
swagger_ui_default_parameters: dict[str, Any] = {
    "dom_id": "#swagger-ui",
    "layout": "BaseLayout",
    "deepLinking": True,
    "showExtensions": True,
    "showCommonExtensions": True,
    # Swagger UI would ask a validator on the internet about every document that is not on localhost.
    "validatorUrl": None,
}

_NPM = "https://cdn.jsdelivr.net/npm/"
_SWAGGER_FAVICON = f"{_NPM}swagger-ui-dist@5/favicon-32x32.png"

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
const ui = SwaggerUIBundle({
url: $openapi_url,
$parameters
presets: [SwaggerUIBundle.presets.apis],
})
$init_oauth
</script>
</body>
</html>
"""
)

# Tells the page that opened this one what the log-in answered: RFC 6749 sections 4.1.2 and 4.2.2. Swagger UI has left
# there what it waits for: state, redirectUrl, auth, callback and errCb.
_OAUTH2_REDIRECT = """<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>Swagger UI: OAuth2 Redirect</title></head>
<body>
<script>
"use strict";
const waiting = window.opener.swaggerUIRedirectOauth2;
const said = /code|token|error/.test(location.hash) ? location.hash.slice(1) : location.search.slice(1);
const answer = Object.fromEntries(new URLSearchParams(said.replace("?", "&")));
const { auth, redirectUrl, state } = waiting;
const isValid = answer.state === state;
const byCode = ["accessCode", "authorizationCode", "authorization_code"].includes(auth.schema.get("flow"));

function tell(level, message) {
  waiting.errCb({ authId: auth.name, source: "auth", level, message });
}

if (!byCode || auth.code) {
  waiting.callback({ auth, token: answer, isValid, redirectUrl });
} else if (!answer.code) {
  const why = [answer.error_description, answer.error_uri].filter(Boolean).join(" ");
  tell("error", answer.error ? `[$${answer.error}] $${why}` : "The authorization server sent no code.");
} else if (!isValid) {
  tell("error", "The answer is to another log-in than this page began: its state is not the one that was sent.");
} else {
  delete waiting.state;
  auth.code = answer.code;
  waiting.callback({ auth, redirectUrl });
}
window.close();
</script>
</body>
</html>
""".replace("$$", "$")

_REDOC = Template(
    """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$title</title>
$fonts<link rel="icon" href="$favicon_url">
<style>body { margin: 0; padding: 0; }</style>
</head>
<body>
<noscript>ReDoc needs JavaScript; the document itself is at <a href="$openapi_url">$openapi_url</a>.</noscript>
<redoc spec-url="$openapi_url"></redoc>
<script src="$js_url"></script>
</body>
</html>
"""
)
_FONTS = (
    '<link rel="stylesheet" href="https://fonts.googleapis.com/css?family=Montserrat:300,400,700|Roboto:300,400,700">\n'
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
    swagger_js_url: str = f"{_NPM}swagger-ui-dist@5/swagger-ui-bundle.js",
    swagger_css_url: str = f"{_NPM}swagger-ui-dist@5/swagger-ui.css",
    swagger_favicon_url: str = _SWAGGER_FAVICON,
    oauth2_redirect_url: str | None = None,
    init_oauth: dict[str, Any] | None = None,
    swagger_ui_parameters: dict[str, Any] | None = None,
) -> HTMLResponse:
    """The page that shows the document at `openapi_url` with Swagger UI.

    The default URLs are a public CDN's, for a page of your own; an application's own page has its own files.
    `swagger_ui_parameters` are Swagger UI's, added to `swagger_ui_default_parameters`.
    """
    parameters = {**swagger_ui_default_parameters, **(swagger_ui_parameters or {})}
    lines = [f"{_script_value(name)}: {_script_value(value)}," for name, value in parameters.items()]
    if oauth2_redirect_url:
        lines.append(f"oauth2RedirectUrl: window.location.origin + {_script_text(oauth2_redirect_url)},")
    return HTMLResponse(
        _SWAGGER_UI.substitute(
            title=escape(title),
            css_url=escape(swagger_css_url),
            js_url=escape(swagger_js_url),
            favicon_url=escape(swagger_favicon_url),
            openapi_url=_script_text(openapi_url),
            parameters="\n".join(lines),
            init_oauth=f"ui.initOAuth({_script_value(init_oauth)})" if init_oauth else "",
        )
    )


def get_swagger_ui_oauth2_redirect_html() -> HTMLResponse:
    """The page that hands the answer of an OAuth2 log-in back to Swagger UI and closes itself."""
    return HTMLResponse(_OAUTH2_REDIRECT)


def get_redoc_html(
    *,
    openapi_url: str,
    title: str,
    redoc_js_url: str = f"{_NPM}redoc@2/bundles/redoc.standalone.js",
    redoc_favicon_url: str = _SWAGGER_FAVICON,
    with_google_fonts: bool = True,
) -> HTMLResponse:
    """The page that shows the document at `openapi_url` with ReDoc. Without Google's fonts it has the browser's own."""
    return HTMLResponse(
        _REDOC.substitute(
            title=escape(title),
            openapi_url=escape(openapi_url),
            js_url=escape(redoc_js_url),
            favicon_url=escape(redoc_favicon_url),
            fonts=_FONTS if with_google_fonts else "",
        )
    )


def page_without_swagger_ui(openapi_url: str, title: str) -> HTMLResponse:
    return HTMLResponse(_WITHOUT_SWAGGER_UI.substitute(title=escape(title), openapi_url=escape(openapi_url)))


def _script_value(value: Any) -> str:
    """JSON that cannot end the <script> element it stands in."""
    return json.dumps(jsonable_encoder(value)).replace("<", "\\u003c")


def _script_text(text: str) -> str:
    """In single quotes, as pages for Swagger UI are written everywhere and are searched for."""
    inside = _script_value(text)[1:-1].replace('\\"', '"').replace("'", "\\'")
    return f"'{inside}'"
