"""Nothing over an insecure connection."""

from __future__ import annotations

from typing import Final

from webfoot.asgi.types import ASGIApp, Receive, Scope, Send
from webfoot.web.datastructures.url import URL
from webfoot.web.middleware.refusing import answer_instead
from webfoot.web.responses.whole import PlainTextResponse, RedirectResponse

_SECURE: Final = {"http": "https", "websocket": "wss"}  # by the scope's type


class HTTPSRedirectMiddleware:
    """Sends http to https and ws to wss, with 307: the method and the body stay.

    The host is the one of the request, so put TrustedHostMiddleware around this one. A port is kept, unless it is 80 or
    443. Whether a request came over TLS is what the server says; behind a proxy that ends TLS it has to be told so, or
    the redirect leads in a circle.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        secure = _SECURE.get(scope["type"])
        if secure is None or scope.get("scheme") in ("https", "wss"):
            await self.app(scope, receive, send)
            return
        url = URL(scope=scope)
        if not url.netloc:  # no Host field that is one, and a server without an address: a unix socket
            refused = PlainTextResponse("Invalid host header", status_code=400)
            what = "there is no host to redirect to"
            await answer_instead(refused, "HTTPSRedirectMiddleware", what, scope, receive, send)
            return
        if url.port in (80, 443):
            url = url.replace(port=None)
        redirect = RedirectResponse(url.replace(scheme=secure))
        what = f"the request came over {scope.get('scheme') or 'no known scheme'} and not over {secure}"
        await answer_instead(redirect, "HTTPSRedirectMiddleware", what, scope, receive, send)
