"""Who answers an exception, and with what: the documentation of exceptions and applications, on both."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from tests.differential.web.flows import both
from tests.differential.web.kits import OURS, THEIRS
from tests.differential.web.sockets import over_sockets, request


class Lost(Exception):
    pass


class VeryLost(Lost):
    pass


def made(kit: SimpleNamespace, inner_handlers: list[str], outer_handlers: list[str], *, debug: bool = False) -> Any:
    """An application in an application; each of both has the handlers that are named."""

    class Teapot(kit.HTTPException):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__(418, "short and stout", headers={"x-stout": "yes"})

    async def teapot(request: Any) -> Any:
        raise Teapot

    async def internal(request: Any) -> Any:
        raise kit.HTTPException(500, "meant")

    async def unknown(request: Any) -> Any:
        raise kit.HTTPException(499)

    async def not_modified(request: Any) -> Any:
        raise kit.HTTPException(304, "dropped", headers={"etag": '"a"'})

    async def lost(request: Any) -> Any:
        raise VeryLost("lost")

    def lost_in_a_thread(request: Any) -> Any:
        raise VeryLost("lost")

    async def nothing(request: Any) -> Any:
        return None

    async def a_dict(request: Any) -> Any:
        return {}

    async def late(request: Any) -> Any:
        async def chunks() -> Any:
            yield b"some"
            raise kit.HTTPException(409)

        return kit.StreamingResponse(chunks())

    def fail() -> None:
        raise Lost("afterwards")

    async def background(request: Any) -> Any:
        return kit.PlainTextResponse("sent", background=kit.BackgroundTask(fail))

    async def after_start(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise Lost("started")

    class Raw:
        async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
            raise VeryLost("raw")

    class RawHTTP:
        async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
            raise kit.HTTPException(402)

    def handlers(names: list[str], who: str) -> dict[Any, Any]:
        async def answer(request: Any, exc: Exception) -> Any:
            detail = getattr(exc, "detail", "")
            headers = getattr(exc, "headers", None)
            return kit.JSONResponse(
                [who, type(exc).__name__, detail, request.url.path], status_code=400, headers=headers
            )

        def in_a_thread(request: Any, exc: Exception) -> Any:
            return kit.PlainTextResponse(f"{who} thread", status_code=409)

        async def fails(request: Any, exc: Exception) -> Any:
            raise LookupError("in the handler")

        async def hands_on(request: Any, exc: Exception) -> Any:
            raise exc

        async def says_nothing(request: Any, exc: Exception) -> None:
            return None

        known: dict[str, tuple[Any, Any]] = {
            "HTTP": (kit.HTTPException, answer),
            "418": (418, in_a_thread),
            "500": (500, answer),
            "Exception": (Exception, answer),
            "Exception fails": (Exception, fails),
            "Exception in a thread": (Exception, in_a_thread),
            "404": (404, answer),
            "405": (405, in_a_thread),
            "Teapot": (Teapot, answer),
            "Lost": (Lost, answer),
            "Lost fails": (Lost, fails),
            "Lost goes on": (Lost, hands_on),
            "Lost is silent": (Lost, says_nothing),
            "LookupError": (LookupError, answer),
        }
        return dict(known[name] for name in names)

    functions = [teapot, internal, unknown, not_modified, lost, lost_in_a_thread, nothing, a_dict, late, background]
    routes = [kit.Route(f"/{function.__name__}", function) for function in functions]
    routes += [kit.Mount("/after_start", app=after_start), kit.Route("/raw", Raw()), kit.Route("/raw_http", RawHTTP())]
    inner = kit.App(routes=routes, exception_handlers=handlers(inner_handlers, "inner"), debug=debug)
    return kit.App(
        routes=[*routes, kit.Mount("/in", app=inner), kit.Mount("/router", app=kit.Router(routes))],
        exception_handlers=handlers(outer_handlers, "outer"),
        debug=debug,
    )


NAMES = ["teapot", "internal", "unknown", "not_modified", "lost", "lost_in_a_thread", "nothing", "a_dict", "late"]
PATHS = [*NAMES, "background", "after_start/", "raw", "raw_http", "none", "teapot/"]
HANDLERS: list[tuple[list[str], list[str]]] = [
    ([], []),
    ([], ["HTTP", "Lost"]),
    (["HTTP", "Lost"], []),
    (["418", "404", "405"], ["Teapot", "500"]),
    (["Teapot", "500"], ["Exception"]),
    (["Exception"], ["Exception fails"]),
    (["Lost fails", "LookupError"], ["Lost fails"]),
    (["Lost goes on"], ["Lost is silent", "Exception in a thread"]),
]


@pytest.mark.parametrize(("inner", "outer"), HANDLERS)
@pytest.mark.parametrize("below", ["/", "/in/", "/router/"])
def test_the_same_answers(inner: list[str], outer: list[str], below: str) -> None:
    for path in PATHS:
        for method in ("GET", "HEAD", "POST"):
            theirs, ours = both(lambda kit: made(kit, inner, outer), method, below + path)
            for answered in (theirs, ours):  # our redirect is relative
                answered["starts"] = [
                    (status, [(name, value) for name, value in fields if name != b"location"])
                    for status, fields in answered["starts"]
                ]
            assert ours == theirs, f"{method} {below}{path}"


@pytest.mark.parametrize("accept", ["text/html", "text/plain", "*/*", "application/xhtml+xml,text/html;q=0.9"])
@pytest.mark.parametrize("path", ["/lost", "/in/lost", "/internal", "/none"])
def test_debug_pages(accept: str, path: str) -> None:
    """The pages are each toolkit's own; that there is one, of what kind, and that it goes before handlers is not."""
    theirs, ours = both(lambda kit: made(kit, [], ["500"], debug=True), "GET", path, headers={"accept": accept})
    assert ours["error"] == theirs["error"]
    for status, fields in (theirs["starts"][0], ours["starts"][0]):
        assert status == theirs["starts"][0][0]
        assert dict(fields)[b"content-type"] == dict(theirs["starts"][0][1])[b"content-type"]
    assert (b"VeryLost" in ours["body"]) is (b"VeryLost" in theirs["body"])


@pytest.mark.parametrize("path", ["/teapot", "/in/lost", "/none", "/not_modified", "/unknown", "/background"])
def test_the_same_over_a_socket(path: str) -> None:
    theirs, ours = over_sockets(lambda kit: made(kit, ["Lost"], ["HTTP"]), request("GET", path))
    assert ours == theirs


def test_http_exceptions_are_the_same() -> None:
    for arguments in [(404,), (404, "gone"), (799,), (204, None, {"a": "b"}), (500, "")]:
        shown = [
            (str(exc), repr(exc), exc.status_code, exc.detail, exc.headers)
            for exc in (THEIRS.HTTPException(*arguments), OURS.HTTPException(*arguments))
        ]
        assert shown[0] == shown[1]
