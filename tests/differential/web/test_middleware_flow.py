"""The same middleware and exception handlers on Starlette and on webfoot."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from tests.differential.web.flows import both

POND, OTHER = "https://pond.example", "https://other.example"

OPTIONS: list[dict[str, Any]] = [
    {},
    {"allow_origins": ["*"]},
    {"allow_origins": [POND]},
    {"allow_origins": [POND], "allow_credentials": True, "expose_headers": ["X-A", "X-B"]},
    {"allow_origins": ["*"], "allow_credentials": True, "allow_methods": ["*"], "allow_headers": ["*"]},
    {
        "allow_origin_regex": r"https://.*\.example",
        "allow_methods": ["POST", "PUT"],
        "allow_headers": ["X-Tok", "authorization"],
        "max_age": 5,
        "allow_private_network": True,
    },
    {"allow_origins": ["*"], "allow_headers": ["*"], "allow_methods": ["*"], "expose_headers": ["X"]},
    {"allow_origins": ["https://*.example"]},
]


def preflight(method: str, headers: str | None = None, origin: str = POND, private: bool = False) -> dict[str, str]:
    asked = {"origin": origin, "access-control-request-method": method}
    if headers is not None:
        asked["access-control-request-headers"] = headers
    if private:
        asked["access-control-request-private-network"] = "true"
    return asked


ASKED: list[tuple[str, str, dict[str, str]]] = [
    ("GET", "/", {}),
    ("GET", "/", {"origin": POND}),
    ("GET", "/", {"origin": OTHER}),
    ("GET", "/", {"origin": POND, "cookie": "a=b"}),
    ("GET", "/vary", {"origin": POND}),
    ("GET", "/vary", {}),
    ("GET", "/own", {"origin": POND}),
    ("OPTIONS", "/", {"origin": POND}),
    ("OPTIONS", "/", {"access-control-request-method": "GET"}),
    *(("OPTIONS", "/", preflight(method)) for method in ("GET", "PUT", "QUERY", "NOPE")),
    ("OPTIONS", "/", preflight("GET", "X-Tok, Content-Type")),
    ("OPTIONS", "/", preflight("PUT", "x-tok,AUTHORIZATION")),
    ("OPTIONS", "/", preflight("GET", "x-other", OTHER)),
    ("OPTIONS", "/", preflight("GET", "")),
    ("OPTIONS", "/", preflight("POST", private=True)),
]


@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize(("method", "path", "headers"), ASKED)
def test_cors(options: dict[str, Any], method: str, path: str, headers: dict[str, str]) -> None:
    def make(kit: SimpleNamespace) -> Any:
        return kit.CORSMiddleware(
            kit.Router(
                [
                    kit.Route("/", kit.PlainTextResponse("x")),
                    kit.Route("/vary", kit.PlainTextResponse("x", headers={"Vary": "Accept"})),
                    kit.Route("/own", kit.PlainTextResponse("x", headers={"Access-Control-Allow-Origin": "mine"})),
                ]
            ),
            **options,
        )

    theirs, ours = both(make, method, path, headers=headers)
    assert ours == theirs


class Sunk(Exception):
    pass


class VerySunk(Sunk):
    pass


def app_with(kit: SimpleNamespace, handlers: dict[Any, str], *, dispatch: int = 0) -> Any:
    async def sink(request: Any) -> Any:
        raise VerySunk("glug")

    def sink_in_thread(request: Any) -> Any:
        raise VerySunk("glug")

    async def teapot(request: Any) -> Any:
        raise kit.HTTPException(418, headers={"X-Stout": "yes"})

    async def empty(request: Any) -> Any:
        raise kit.HTTPException(204)

    async def late(request: Any) -> Any:
        async def chunks() -> Any:
            yield b"x"
            raise VerySunk("half way")

        return kit.StreamingResponse(chunks())

    def fail() -> None:
        raise VerySunk("in the background")

    async def background(request: Any) -> Any:
        return kit.PlainTextResponse("x", background=kit.BackgroundTask(fail))

    def handler_of(kind: str) -> Any:
        async def answer(request: Any, exc: Exception) -> Any:
            return kit.JSONResponse({"kind": kind, "exc": type(exc).__name__}, status_code=409)

        async def translate(request: Any, exc: Exception) -> Any:
            raise kit.HTTPException(410, "translated")

        def in_thread(request: Any, exc: Exception) -> Any:
            return kit.PlainTextResponse("in a thread", status_code=411)

        return {"translate": translate, "thread": in_thread}.get(kind, answer)

    async def pass_on(request: Any, call_next: Any) -> Any:
        response = await call_next(request)
        response.headers["x-passed"] = str(response.status_code)
        return response

    paths = [("/sink", sink), ("/thread", sink_in_thread), ("/teapot", teapot), ("/empty", empty), ("/late", late)]
    routes = [*(kit.Route(path, endpoint) for path, endpoint in paths), kit.Route("/background", background)]
    named = {kit.HTTPException if key == "HTTPException" else key: handler_of(kind) for key, kind in handlers.items()}
    return kit.App(
        routes=[*routes, kit.Mount("/m", routes=routes), kit.Mount("/sub", app=kit.App(routes=routes))],
        exception_handlers=named,
        middleware=[kit.Middleware(kit.BaseHTTPMiddleware, dispatch=pass_on)] * dispatch,
    )


HANDLERS: list[dict[Any, str]] = [
    {},
    {500: "500"},
    {Exception: "Exception"},
    {Sunk: "Sunk"},
    {Sunk: "Sunk", VerySunk: "VerySunk"},
    {LookupError: "LookupError"},
    {404: "404", 405: "thread", "HTTPException": "HTTPException"},
    {Sunk: "translate"},
    {Sunk: "translate", 410: "410"},
    {Sunk: "thread", 418: "thread"},
]
PATHS = [
    "/sink",
    "/thread",
    "/teapot",
    "/empty",
    "/late",
    "/background",
    "/none",
    "/m/sink",
    "/m/none",
    "/sub/sink",
    "/sub/none",
]


@pytest.mark.parametrize("handlers", HANDLERS, ids=str)
@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("dispatch", [0, 1, 2])
def test_exceptions(handlers: dict[Any, str], path: str, dispatch: int) -> None:
    for method in ("GET", "POST"):
        theirs, ours = both(lambda kit: app_with(kit, handlers, dispatch=dispatch), method, path)
        assert ours == theirs
