from __future__ import annotations

import asyncio
import gc
from typing import Any

import pytest
from tests.web.driving import answer_of, http_scope
from tests.web.middleware.dispatching import behind, hello, pass_on, seen

from webfoot.web.application import WebApp
from webfoot.web.background import BackgroundTask
from webfoot.web.exceptions import HTTPException
from webfoot.web.middleware import Middleware
from webfoot.web.middleware.dispatch import BaseHTTPMiddleware
from webfoot.web.requests import Request
from webfoot.web.responses import PlainTextResponse, StreamingResponse
from webfoot.web.routing import Route


def test_status_headers_and_body_pass_through() -> None:
    answered = answer_of(behind(pass_on, hello))
    assert (answered.status, answered.text, answered.headers["x-inner"]) == (200, "hello", "1")


def test_several_layers() -> None:
    assert answer_of(behind(pass_on, hello, layers=4)).text == "hello"


def test_the_middleware_may_change_status_headers_and_cookies() -> None:
    async def change(request: Request, call_next: Any) -> Any:
        response = await call_next(request)
        assert (response.status_code, response.headers["x-inner"]) == (200, "1")
        response.status_code = 201
        response.headers["x-outer"] = "2"
        response.set_cookie("duck", "mallard")
        return response

    answered = answer_of(behind(change, hello))
    assert (answered.status, answered.headers["x-outer"]) == (201, "2")
    assert answered.headers["set-cookie"].startswith("duck=mallard")


def test_as_a_subclass_with_options() -> None:
    class AddHeader(BaseHTTPMiddleware):
        def __init__(self, app: Any, value: str = "default") -> None:
            super().__init__(app)
            self.value = value

        async def dispatch(self, request: Request, call_next: Any) -> Any:
            response = await call_next(request)
            response.headers["x-value"] = self.value
            return response

    app = WebApp(routes=[Route("/", hello)], middleware=[Middleware(AddHeader, value="given")])
    assert answer_of(app).headers["x-value"] == "given"


def test_as_a_decorator() -> None:
    app = WebApp(routes=[Route("/", hello)])

    @app.middleware("http")
    async def add_header(request: Request, call_next: Any) -> Any:
        response = await call_next(request)
        response.headers["x-decorated"] = "yes"
        return response

    assert answer_of(app).headers["x-decorated"] == "yes"
    with pytest.raises(AssertionError, match="http"):
        app.middleware("websocket")


def test_without_dispatch_it_says_so() -> None:
    app = WebApp(routes=[Route("/", hello)], middleware=[Middleware(BaseHTTPMiddleware)])
    assert "has no dispatch" in str(answer_of(app).error)


def test_an_answer_without_the_application() -> None:
    async def stop(request: Request, call_next: Any) -> Any:
        return PlainTextResponse("stop", status_code=403)

    answered = answer_of(behind(stop, hello))
    assert (answered.status, answered.text) == (403, "stop")


def test_context_variables_are_the_same_on_both_sides() -> None:
    async def watch(request: Request, call_next: Any) -> Any:
        seen.set("from the middleware")
        response = await call_next(request)
        response.headers["x-seen"] = seen.get()
        return response

    async def endpoint(request: Request) -> PlainTextResponse:
        before = seen.get()
        seen.set("from the endpoint")
        return PlainTextResponse(before)

    answered = answer_of(behind(watch, endpoint))
    assert (answered.text, answered.headers["x-seen"]) == ("from the middleware", "from the endpoint")


def test_an_exception_comes_out_of_call_next() -> None:
    async def catch(request: Request, call_next: Any) -> Any:
        try:
            return await call_next(request)
        except ZeroDivisionError as exc:
            return PlainTextResponse(f"caught {exc}", status_code=500)

    async def fail(request: Request) -> PlainTextResponse:
        return PlainTextResponse(str(1 / 0))

    assert answer_of(behind(catch, fail)).text == "caught division by zero"
    uncaught = answer_of(behind(pass_on, fail, layers=2))
    assert isinstance(uncaught.error, ZeroDivisionError)
    assert uncaught.status == 500


def test_a_handled_exception_is_a_response_to_the_middleware() -> None:
    async def note(request: Request, call_next: Any) -> Any:
        response = await call_next(request)
        response.headers["x-saw"] = str(response.status_code)
        return response

    async def refuse(request: Request) -> PlainTextResponse:
        raise HTTPException(418)

    assert answer_of(behind(note, refuse)).headers["x-saw"] == "418"


def test_a_stream_is_not_collected() -> None:
    order: list[str] = []

    async def note(request: Request, call_next: Any) -> Any:
        response = await call_next(request)
        order.append("decided")
        return response

    async def endpoint(request: Request) -> StreamingResponse:
        async def chunks() -> Any:
            for number in range(3):
                order.append(f"made {number}")
                await asyncio.sleep(0)
                yield str(number)

        return StreamingResponse(chunks())

    app = behind(note, endpoint)

    async def main() -> None:
        async def receive() -> Any:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: Any) -> None:
            order.append(f"sent {message.get('body', b'start').decode()}")

        await app(http_scope(), receive, send)

    asyncio.run(main())
    assert order == ["decided", "sent start", "made 0", "sent 0", "made 1", "sent 1", "made 2", "sent 2", "sent "]


@pytest.mark.parametrize("layers", [1, 3])
def test_the_body_may_be_read_and_replaced(layers: int) -> None:
    async def shout(request: Request, call_next: Any) -> Any:
        response = await call_next(request)
        body = b"".join([chunk async for chunk in response.body_iterator])
        return PlainTextResponse(body.decode().upper() + "!", status_code=response.status_code)

    async def endpoint(request: Request) -> StreamingResponse:
        return StreamingResponse(iter(["qu", "ack"]), status_code=202)

    answered = answer_of(behind(shout, endpoint, layers))
    assert (answered.status, answered.text) == (202, "QUACK" + "!" * layers)


def test_the_body_iterator_may_be_wrapped() -> None:
    async def wrap(request: Request, call_next: Any) -> Any:
        response = await call_next(request)
        inner = response.body_iterator

        async def doubled() -> Any:
            async for chunk in inner:
                yield chunk * 2

        response.body_iterator = doubled()
        del response.headers["content-length"]
        return response

    assert answer_of(behind(wrap, hello)).text == "hellohello"


def test_background_tasks_run_after_the_response() -> None:
    ran: list[str] = []

    async def change(request: Request, call_next: Any) -> Any:
        response = await call_next(request)
        if "body" in request.scope["path"]:
            _ = [chunk async for chunk in response.body_iterator]
            return PlainTextResponse("read", background=BackgroundTask(ran.append, "outer"))
        if "drop" in request.scope["path"]:
            return PlainTextResponse("dropped")
        response.background = BackgroundTask(ran.append, "outer")
        return response

    async def endpoint(request: Request) -> PlainTextResponse:
        return PlainTextResponse("x", background=BackgroundTask(ran.append, "inner"))

    app = WebApp(routes=[Route("/{what}", endpoint)], middleware=[Middleware(BaseHTTPMiddleware, dispatch=change)])
    assert answer_of(app, "GET", "/pass").text == "x"
    assert ran == ["inner", "outer"]
    ran.clear()
    assert answer_of(app, "GET", "/body").text == "read"
    assert sorted(ran) == ["inner", "outer"]
    ran.clear()
    assert answer_of(app, "GET", "/drop").text == "dropped"
    assert ran == ["inner"]


def test_an_error_in_a_background_task_comes_out() -> None:
    def fail() -> None:
        raise LookupError("late")

    async def endpoint(request: Request) -> PlainTextResponse:
        return PlainTextResponse("x", background=BackgroundTask(fail))

    answered = answer_of(behind(pass_on, endpoint))
    assert isinstance(answered.error, LookupError)
    assert answered.text == "x"


def test_no_response_and_no_answer_are_errors() -> None:
    async def silent(scope: Any, receive: Any, send: Any) -> None:
        return

    class Silent:
        __call__ = staticmethod(silent)

    assert "No response returned." in str(answer_of(behind(pass_on, Silent())).error)

    async def forgetful(request: Request, call_next: Any) -> Any:
        await call_next(request)

    error = str(answer_of(behind(forgetful, hello)).error)
    assert "forgetful returned None" in error


def test_other_kinds_of_connection_pass_by() -> None:
    async def never(request: Request, call_next: Any) -> Any:
        raise AssertionError("not for a websocket")

    answered = answer_of(behind(never, hello), "GET", "/none", type="websocket")
    assert answered.messages[0]["type"] == "websocket.close"


def test_early_hints_do_not_count_as_the_response() -> None:
    async def endpoint(request: Request) -> PlainTextResponse:
        await request.send_early_hints("</a.css>; rel=preload")
        return PlainTextResponse("x")

    answered = answer_of(behind(pass_on, endpoint), extensions={"http.response.early_hint": {}})
    assert [message["type"] for message in answered.messages] == [
        "http.response.early_hint",
        "http.response.start",
        "http.response.body",
    ]


def test_an_application_that_waits_and_one_that_sends_from_a_task_of_its_own() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await asyncio.sleep(0.001)

        async def child() -> None:
            await asyncio.sleep(0)
            await send({"type": "http.response.start", "status": 200, "headers": []})
            for part in (b"from ", b"a "):
                await asyncio.sleep(0)
                await send({"type": "http.response.body", "body": part, "more_body": True})

        async with asyncio.TaskGroup() as group:
            group.create_task(child())
        await send({"type": "http.response.body", "body": b"task"})

    async def read(request: Request, call_next: Any) -> Any:
        response = await call_next(request)
        return StreamingResponse(response.body_iterator)

    for dispatch in (pass_on, read):
        for layers in (1, 2):
            wrapped: Any = app
            for _ in range(layers):
                wrapped = BaseHTTPMiddleware(wrapped, dispatch=dispatch)
            assert answer_of(wrapped).text == "from a task"


def test_call_next_may_be_called_again() -> None:
    calls: list[int] = []

    async def retry(request: Request, call_next: Any) -> Any:
        response = await call_next(request)
        return response if response.status_code == 200 else await call_next(request)

    async def flaky(request: Request) -> PlainTextResponse:
        calls.append(1)
        return PlainTextResponse("x", status_code=503 if len(calls) == 1 else 200)

    assert answer_of(behind(retry, flaky)).status == 200
    assert len(calls) == 2


def test_no_garbage_for_the_collector_is_left_behind() -> None:
    app = behind(pass_on, hello, layers=2)
    answer_of(app)
    gc.collect()
    gc.disable()
    try:

        async def many() -> None:
            async def receive() -> Any: ...

            async def send(message: Any) -> None: ...

            for _ in range(500):
                await app(http_scope(), receive, send)

        asyncio.run(many())
        found = gc.collect()
    finally:
        gc.enable()
    assert found < 500, "a cycle per request"  # a thread that another test left may have made some


def test_a_body_that_ends_without_its_last_message_ends_the_iteration() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"x", "more_body": True})

    async def read(request: Request, call_next: Any) -> Any:
        response = await call_next(request)
        return PlainTextResponse(b"".join([chunk async for chunk in response.body_iterator]))

    assert answer_of(BaseHTTPMiddleware(app, dispatch=read)).text == "x"


def test_an_application_that_is_called_and_gives_another_awaitable() -> None:
    class Lazy:
        def __init__(self, *args: Any) -> None:
            self.args = args

        def __await__(self) -> Any:
            return PlainTextResponse("lazy")(*self.args).__await__()

    assert answer_of(BaseHTTPMiddleware(Lazy, dispatch=pass_on)).text == "lazy"


def test_a_context_variable_is_reset_with_its_token_across_the_layers() -> None:
    async def keep(request: Request, call_next: Any) -> Any:
        token = seen.set("mine")
        try:
            return await call_next(request)
        finally:
            seen.reset(token)

    assert answer_of(behind(keep, hello, layers=2)).error is None
