"""A path that one layer reads otherwise than the next, so that a guarded part is entered beside its guard (CWE-436,
CWE-22). Here there is one reading: the decoded path, segment by segment, as it came; nothing is collapsed or resolved.
"""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from tests.conformance.harness import Answers, Dialogue, with_server
from tests.differential.web.sockets import request

from webfoot.web import Middleware, Request
from webfoot.web.application import WebApp
from webfoot.web.responses import PlainTextResponse
from webfoot.web.routing import Mount, Route


class Guard:
    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await PlainTextResponse("guarded", status_code=403)(scope, receive, send)


async def secret(request: Request) -> PlainTextResponse:
    return PlainTextResponse("SECRET")


async def public(request: Request) -> PlainTextResponse:
    return PlainTextResponse(f"public {request.path_params!r}")


app = WebApp(
    routes=[
        Mount("/admin", routes=[Route("/{x:path}", secret)], middleware=[Middleware(Guard)]),
        Route("/exact", secret, middleware=[Middleware(Guard)]),
        Route("/users/{name}", public),
        Mount("/files", routes=[Route("/{x:path}", public)]),
        Route("/{rest:path}", public),
    ]
)

TARGETS = [
    *("/admin/x", "/admin/", "/%61dmin/x", "/admin%2Fx", "/admin%2fx", "/admin//x", "/admin/../admin/x"),
    *("//admin/x", "/./admin/x", "/files/../admin/x", "/files/%2e%2e/admin/x", "/files/..%2Fadmin/x", "/Admin/x"),
    *("/admin;a=b/x", "/admin%00/x", "/admin%20/x", "/admin\\x", "/admin%5Cx", "/admin%252Fx", "/%2Fadmin/x"),
    *("/exact", "/exact/", "/exact%2F", "/%65xact", "/exact?", "/exact%3F", "/exact%00", "/users/..%2Fexact"),
    *("/admin%c0%afx", "/%e2%84%80dmin/x", "/users/%2e%2e", "/admin%23/x"),
]


def ask(target: str, parser: str) -> tuple[int, bytes]:
    async def talk(dialogue: Dialogue) -> Answers:
        await dialogue.say(request("GET", target))
        return Answers(await dialogue.hear(lambda heard: False), True)

    answers = asyncio.run(with_server(app, talk, http=parser))
    return answers.statuses[0], answers.bodies[0]


@pytest.mark.parametrize("parser", ["httptools", "h11"])
@pytest.mark.parametrize("target", TARGETS)
def test_no_spelling_comes_by_the_guard(target: str, parser: str) -> None:
    status, body = ask(target, parser)
    assert b"SECRET" not in body
    assert status in (200, 307, 400, 403)


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        # An encoded slash is a slash (ASGI: the path is decoded), so the guard sees it as well.
        ("/admin%2Fx", b"guarded"),
        ("/%61dmin/x", b"guarded"),
        # Decoded once and not twice.
        ("/admin%252Fx", b"public {'rest': 'admin%2Fx'}"),
        # Dots and double slashes stay what they are.
        ("/files/../admin/x", b"public {'x': '../admin/x'}"),
        ("//admin/x", b"public {'rest': '/admin/x'}"),
        # Bytes that are no UTF-8 become no other character that means something.
        ("/admin%c0%afx", "public {'rest': 'admin\ufffd\ufffdx'}".encode()),
    ],
)
def test_how_a_path_is_read(target: str, expected: bytes) -> None:
    assert ask(target, "httptools")[1] == expected
