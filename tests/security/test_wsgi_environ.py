"""Header fields that become something else on their way into a WSGI environ."""

from __future__ import annotations

from typing import Any

from tests.conformance.harness import exchange_bytes
from tests.web.driving import answer_of

from webfoot.web import WSGIMiddleware


def environ_of(headers: list[tuple[bytes, bytes]]) -> dict[str, Any]:
    seen: dict[str, Any] = {}

    def wsgi(environ: Any, start_response: Any) -> Any:
        seen.update(environ)
        start_response("204 No Content", [])
        return []

    middleware = WSGIMiddleware(wsgi)

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await middleware({**scope, "headers": headers}, receive, send)

    assert answer_of(app).status == 204
    return seen


def test_a_field_with_underscores_is_not_the_one_with_hyphens() -> None:
    """CVE-2015-0219 (Django), CVE-2024-45410 (Traefik): a proxy checks X-Auth-User, the client sends X_Auth_User."""
    environ = environ_of([(b"x-auth-user", b"guest"), (b"x_auth_user", b"admin"), (b"content_length", b"9")])
    assert environ["HTTP_X_AUTH_USER"] == "guest"
    assert "HTTP_CONTENT_LENGTH" not in environ
    assert "CONTENT_LENGTH" not in environ


def test_proxy_is_no_variable_of_the_environment() -> None:
    """CVE-2016-5385 ("httpoxy"): HTTP_PROXY would send the application's own requests through the attacker."""
    assert "HTTP_PROXY" not in environ_of([(b"proxy", b"http://evil.example")])


def test_the_response_cannot_be_split() -> None:
    """CWE-113: the server refuses what would end a line."""

    def wsgi(environ: Any, start_response: Any) -> Any:
        start_response("200 OK", [("X-Duck", "eider\r\nSet-Cookie: evil=1")])
        return [b"duck"]

    answers = exchange_bytes(WSGIMiddleware(wsgi), [b"GET / HTTP/1.1\r\nHost: pond\r\n\r\n"])
    assert answers.statuses == [500]
    assert b"evil" not in answers.raw
