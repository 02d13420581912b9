from __future__ import annotations

import asyncio
import contextvars
import gc
from collections.abc import Callable
from typing import Any

import anyio
import pytest
from tests.web.driving import answer_of, call, http_scope

from webfoot.asgi.types import ClientDisconnected
from webfoot.web.application import WebApp
from webfoot.web.background import BackgroundTask
from webfoot.web.exceptions import HTTPException
from webfoot.web.middleware import Middleware
from webfoot.web.middleware.dispatch import BaseHTTPMiddleware
from webfoot.web.requests import Request
from webfoot.web.responses import PlainTextResponse, StreamingResponse
from webfoot.web.routing import Route

seen: contextvars.ContextVar[str] = contextvars.ContextVar("seen", default="nothing")


def behind(dispatch: Callable[..., Any], endpoint: Callable[..., Any], layers: int = 1) -> WebApp:
    return WebApp(
        routes=[Route("/", endpoint, methods=["GET", "POST"])],
        middleware=[Middleware(BaseHTTPMiddleware, dispatch=dispatch)] * layers,
    )


async def pass_on(request: Request, call_next: Any) -> Any:
    return await call_next(request)


async def hello(request: Request) -> PlainTextResponse:
    return PlainTextResponse("hello", headers={"x-inner": "1"})


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


@pytest.mark.parametrize("fails", [False, True])
def test_a_stream_that_nobody_wants_is_told_so(fails: bool) -> None:
    ended: list[str] = []

    async def replace(request: Request, call_next: Any) -> Any:
        await call_next(request)
        if fails:
            raise LookupError("second thoughts")
        return PlainTextResponse("other")

    async def endpoint(request: Request) -> StreamingResponse:
        async def forever() -> Any:
            try:
                while True:
                    yield b"x"
            finally:
                ended.append("cleaned up")

        return StreamingResponse(forever())

    answered = answer_of(behind(replace, endpoint))
    assert ended == ["cleaned up"]
    assert (answered.text, answered.error) == ("other", None) or isinstance(answered.error, LookupError) is fails


def test_a_client_that_leaves_ends_the_stream_inside() -> None:
    ended: list[str] = []

    async def endpoint(request: Request) -> StreamingResponse:
        async def forever() -> Any:
            try:
                while True:
                    yield b"x"
            finally:
                ended.append("cleaned up")

        return StreamingResponse(forever())

    async def main() -> None:
        sent = 0

        async def receive() -> Any:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: Any) -> None:
            nonlocal sent
            sent += 1
            if sent > 3:
                raise ClientDisconnected

        with pytest.raises(ClientDisconnected):
            await behind(pass_on, endpoint, layers=2)(http_scope(), receive, send)

    asyncio.run(main())
    assert ended == ["cleaned up"]


def test_a_body_read_by_the_middleware_is_there_for_the_endpoint() -> None:
    async def read(request: Request, call_next: Any) -> Any:
        response_to = await request.body()
        response = await call_next(request)
        response.headers["x-read"] = response_to.decode()
        return response

    async def echo(request: Request) -> PlainTextResponse:
        return PlainTextResponse(await request.body())

    answered = answer_of(behind(read, echo, layers=2), "POST", body=b"quack")
    assert (answered.text, answered.headers["x-read"]) == ("quack", "quack")


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


def test_a_timeout_inside_of_the_application_is_its_own() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        text = b"in time"
        try:
            async with asyncio.timeout(0.001):
                await asyncio.Event().wait()
        except TimeoutError:
            text = b"timed out"
        await PlainTextResponse(text)(scope, receive, send)

    assert answer_of(BaseHTTPMiddleware(app, dispatch=pass_on)).text == "timed out"


def test_a_timeout_around_call_next_cancels_the_application() -> None:
    ended: list[str] = []

    async def child() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("child cancelled")

    async def app(scope: Any, receive: Any, send: Any) -> None:
        try:
            await asyncio.create_task(child())
        except asyncio.CancelledError:
            ended.append("cancelled")
            raise

    async def limit(request: Request, call_next: Any) -> Any:
        try:
            async with asyncio.timeout(0.001):
                return await call_next(request)
        except TimeoutError:
            return PlainTextResponse("too slow", status_code=504)

    assert answer_of(BaseHTTPMiddleware(app, dispatch=limit)).status == 504
    assert ended == ["child cancelled", "cancelled"]


def test_a_cancelled_request_cancels_the_application_that_stands_still() -> None:
    ended: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        try:
            await PlainTextResponse("x")(scope, receive, send)
        except asyncio.CancelledError:
            ended.append("cancelled")
            raise

    async def hold(request: Request, call_next: Any) -> Any:
        response = await call_next(request)
        await asyncio.Event().wait()
        return response

    async def main() -> None:
        task = asyncio.create_task(call(BaseHTTPMiddleware(app, dispatch=hold)))
        for _ in range(3):
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    assert ended == ["cancelled"]


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

            for _ in range(50):
                await app(http_scope(), receive, send)

        asyncio.run(many())
        found = gc.collect()
    finally:
        gc.enable()
    assert found < 50, "a cycle per request"


def test_a_stream_that_the_middleware_used_up_is_empty_for_the_endpoint() -> None:
    async def use_up(request: Request, call_next: Any) -> Any:
        _ = [chunk async for chunk in request.stream()]
        return await call_next(request)

    async def echo(request: Request) -> PlainTextResponse:
        return PlainTextResponse(repr(await request.body()))

    assert answer_of(behind(use_up, echo), "POST", body=b"quack").text == "b''"


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


def test_a_cancellation_reaches_an_application_that_yields_to_the_loop() -> None:
    ended: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        try:
            while True:
                await asyncio.sleep(0)
        finally:
            ended.append("cancelled")

    async def main() -> None:
        task = asyncio.create_task(call(BaseHTTPMiddleware(app, dispatch=pass_on)))
        for _ in range(3):
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    assert ended == ["cancelled"]


def test_a_timeout_inside_that_ends_while_the_middleware_is_busy_is_told_to_the_application() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        async with asyncio.timeout(0.001):
            await PlainTextResponse("x")(scope, receive, send)

    async def slow(request: Request, call_next: Any) -> Any:
        response = await call_next(request)
        await asyncio.Event().wait()
        return response

    assert isinstance(answer_of(BaseHTTPMiddleware(app, dispatch=slow)).error, TimeoutError)


def test_a_context_variable_is_reset_with_its_token_across_the_layers() -> None:
    async def keep(request: Request, call_next: Any) -> Any:
        token = seen.set("mine")
        try:
            return await call_next(request)
        finally:
            seen.reset(token)

    assert answer_of(behind(keep, hello, layers=2)).error is None


class TestTheBody:
    """Who has read what, before `call_next` and behind it."""

    @staticmethod
    async def echo(request: Request) -> PlainTextResponse:
        return PlainTextResponse(await request.body())

    @staticmethod
    async def ask(app: Any, *parts: bytes) -> bytes:
        waiting = [
            {"type": "http.request", "body": part, "more_body": number < len(parts) - 1}
            for number, part in enumerate(parts)
        ]
        sent: list[bytes] = []

        async def receive() -> Any:
            return waiting.pop(0) if waiting else await asyncio.Event().wait()

        async def send(message: Any) -> None:
            sent.append(message.get("body", b""))

        async with asyncio.timeout(5):
            await app(http_scope("POST", headers={"content-type": "application/x-www-form-urlencoded"}), receive, send)
        return b"".join(sent)

    @pytest.mark.parametrize("layers", [1, 3])
    def test_of_a_stream_that_the_middleware_began_the_rest_is_there(self, layers: int) -> None:
        async def look(request: Request, call_next: Any) -> Any:
            if "peeked" not in request.scope:
                request.scope["peeked"] = await anext(request.stream())
            return await call_next(request)

        app = behind(look, self.echo, layers)
        assert asyncio.run(self.ask(app, b"one ", b"two ", b"three")) == b"two three"

    @pytest.mark.parametrize("layers", [1, 3])
    def test_a_form_that_the_middleware_read_is_the_endpoints_form(self, layers: int) -> None:
        async def look(request: Request, call_next: Any) -> Any:
            assert (await request.form())["a"] == "1"
            return await call_next(request)

        async def endpoint(request: Request) -> PlainTextResponse:
            async with request.form() as form:
                return PlainTextResponse(repr(form.multi_items()))

        answer = asyncio.run(self.ask(behind(look, endpoint, layers), b"a=1&", b"b=2"))
        assert answer == b"[('a', '1'), ('b', '2')]"

    def test_its_files_are_at_their_beginning(self) -> None:
        body = b'--B\r\nContent-Disposition: form-data; name="a"; filename="f"\r\n\r\nduck\r\n--B--\r\n'

        async def look(request: Request, call_next: Any) -> Any:
            form = await request.form()
            assert await form["a"].read() == b"duck"  # type: ignore[union-attr]
            if request.url.path == "/closed":
                await form.close()
            return await call_next(request)

        async def endpoint(request: Request) -> PlainTextResponse:
            async with request.form() as form:
                return PlainTextResponse(await form["a"].read())  # type: ignore[union-attr]

        async def closed(request: Request) -> PlainTextResponse:
            return PlainTextResponse(str((await request.form())["a"].file.closed))  # type: ignore[union-attr]

        app = WebApp(
            routes=[Route("/", endpoint, methods=["POST"]), Route("/closed", closed, methods=["POST"])],
            middleware=[Middleware(BaseHTTPMiddleware, dispatch=look)],
        )
        headers = {"content-type": "multipart/form-data; boundary=B"}
        assert answer_of(app, "POST", body=body, headers=headers).text == "duck"
        assert answer_of(app, "POST", "/closed", body=body, headers=headers).text == "True"

    def test_behind_the_application_it_is_said_to_be_gone_and_not_waited_for(self) -> None:
        async def look(request: Request, call_next: Any) -> Any:
            response = await call_next(request)
            with pytest.raises(RuntimeError, match="Stream consumed"):
                await request.body()
            assert not await request.is_disconnected()
            return response

        assert asyncio.run(self.ask(behind(look, self.echo), b"quack")) == b"quack"

    def test_behind_an_application_that_did_not_read_it_is_there(self) -> None:
        async def look(request: Request, call_next: Any) -> Any:
            response = await call_next(request)
            assert await request.body() == b"quack"
            return response

        assert asyncio.run(self.ask(behind(look, hello), b"qu", b"ack")) == b"hello"

    def test_a_second_call_has_the_body_if_the_middleware_has_it(self) -> None:
        async def careless(request: Request, call_next: Any) -> Any:
            await call_next(request)
            return await call_next(request)

        async def careful(request: Request, call_next: Any) -> Any:
            await request.body()
            return await careless(request, call_next)

        assert asyncio.run(self.ask(behind(careful, self.echo), b"quack")) == b"quack"
        with pytest.raises(RuntimeError, match=r"await request.body\(\)` before the first"):
            asyncio.run(self.ask(behind(careless, self.echo), b"quack"))
        assert asyncio.run(self.ask(behind(careless, hello), b"quack")) == b"hello"

    def test_trailers_of_the_request_are_there_for_all(self) -> None:
        async def look(request: Request, call_next: Any) -> Any:
            await request.body()
            assert request.trailers["x-sum"] == "7"
            return await call_next(request)

        async def endpoint(request: Request) -> PlainTextResponse:
            before = dict(request.trailers)
            await request.body()
            return PlainTextResponse(f"{before} {dict(request.trailers)}")

        async def main() -> list[Any]:
            sent: list[Any] = []

            async def receive() -> Any:
                return {"type": "http.request", "body": b"", "more_body": False, "trailers": [(b"x-sum", b"7")]}

            async def send(message: Any) -> None:
                sent.append(message.get("body"))

            await behind(look, endpoint, layers=2)(http_scope("POST"), receive, send)
            return sent

        assert asyncio.run(main())[1] == b"{} {'x-sum': '7'}"


@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("takes", [False, True])
def test_trailers_of_the_response_go_with_its_body(takes: bool, layers: int) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [], "trailers": True})
        await send({"type": "http.response.body", "body": b"duck"})
        await send({"type": "http.response.trailers", "headers": [(b"x-sum", b"7")]})

    async def dispatch(request: Request, call_next: Any) -> Any:
        response = await call_next(request)
        if takes:
            return PlainTextResponse(b"".join([chunk async for chunk in response.body_iterator]))
        return response

    wrapped: Any = app
    for _ in range(layers):
        wrapped = BaseHTTPMiddleware(wrapped, dispatch=dispatch)
    answered = answer_of(wrapped)
    assert answered.body == b"duck"
    assert [message["type"][14:] for message in answered.messages] == ["start", "body", "trailers"][: 2 if takes else 3]
    assert bool(answered.messages[0].get("trailers")) is not takes


class TestCallNextWithinSomething:
    """What `call_next` stands in may be over before the application is."""

    @staticmethod
    async def by_wait_for(request: Request, call_next: Any) -> Any:
        try:
            return await asyncio.wait_for(call_next(request), 0.1)
        except TimeoutError:
            return PlainTextResponse("too slow", status_code=504)

    @staticmethod
    async def in_a_task(request: Request, call_next: Any) -> Any:
        return await asyncio.create_task(call_next(request))

    @staticmethod
    async def by_timeout(request: Request, call_next: Any) -> Any:
        try:
            async with asyncio.timeout(0.1):
                return await call_next(request)
        except TimeoutError:
            return PlainTextResponse("too slow", status_code=504)

    @staticmethod
    async def by_fail_after(request: Request, call_next: Any) -> Any:
        try:
            with anyio.fail_after(0.1):
                return await call_next(request)
        except TimeoutError:
            return PlainTextResponse("too slow", status_code=504)

    @staticmethod
    async def by_move_on_after(request: Request, call_next: Any) -> Any:
        with anyio.move_on_after(0.1):
            return await call_next(request)
        return PlainTextResponse("too slow", status_code=504)

    @staticmethod
    async def in_a_task_group(request: Request, call_next: Any) -> Any:
        async with anyio.create_task_group() as group:
            group.start_soon(anyio.sleep, 0)
            return await call_next(request)

    @staticmethod
    async def scoped(scope: Any, receive: Any, send: Any) -> None:
        """As frameworks built on anyio send: in a task group and a scope."""
        async with anyio.create_task_group() as group:
            with anyio.fail_after(5):
                seen.set("from the application")
                await StreamingResponse(iter(["sco", "ped"]))(scope, receive, send)
            group.cancel_scope.cancel()

    @staticmethod
    async def slow(scope: Any, receive: Any, send: Any) -> None:
        try:
            await asyncio.sleep(10)
        finally:
            scope["ended"] = True

    @staticmethod
    async def timed(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        async with asyncio.timeout(0.01):
            await asyncio.sleep(10)

    WAYS = ["by_wait_for", "in_a_task", "by_timeout", "by_fail_after", "by_move_on_after", "in_a_task_group"]

    @pytest.mark.parametrize("way", WAYS)
    @pytest.mark.parametrize("layers", [1, 2])
    def test_an_application_with_scopes_of_its_own(self, way: str, layers: int) -> None:
        app: Any = self.scoped
        for _ in range(layers):
            app = BaseHTTPMiddleware(app, dispatch=getattr(self, way))
        answered = answer_of(app)
        assert (answered.text, answered.error) == ("scoped", None)

    @pytest.mark.parametrize("way", [way for way in WAYS if way.startswith("by")])
    def test_an_application_that_is_too_slow(self, way: str) -> None:
        answered = answer_of(BaseHTTPMiddleware(self.slow, dispatch=getattr(self, way)))
        assert (answered.status, answered.text, answered.error) == (504, "too slow", None)
        assert answered.scope["ended"]

    @pytest.mark.parametrize("way", WAYS)
    def test_a_timeout_of_the_applications_own_behind_its_start(self, way: str) -> None:
        answered = answer_of(BaseHTTPMiddleware(self.timed, dispatch=getattr(self, way)))
        assert isinstance(answered.error, TimeoutError)

    @pytest.mark.parametrize("way", ["by_timeout", "by_fail_after", "by_move_on_after"])
    def test_context_variables_are_seen_all_the_same(self, way: str) -> None:
        async def dispatch(request: Request, call_next: Any) -> Any:
            response = await getattr(self, way)(request, call_next)
            response.headers["x-seen"] = seen.get()
            return response

        assert answer_of(BaseHTTPMiddleware(self.scoped, dispatch=dispatch)).headers["x-seen"] == "from the application"

    @pytest.mark.parametrize("way", WAYS)
    def test_the_middleware_changes_its_mind(self, way: str) -> None:
        async def dispatch(request: Request, call_next: Any) -> Any:
            await getattr(self, way)(request, call_next)
            return PlainTextResponse("other")

        async def main() -> None:
            answered = await call(BaseHTTPMiddleware(self.scoped, dispatch=dispatch))
            assert answered.text == "other"
            assert len(asyncio.all_tasks()) == 1

        asyncio.run(main())

    @pytest.mark.parametrize("way", WAYS)
    def test_a_request_that_is_cancelled(self, way: str) -> None:
        async def dispatch(request: Request, call_next: Any) -> Any:
            await getattr(self, way)(request, call_next)
            await asyncio.sleep(10)

        async def main() -> None:
            task = asyncio.create_task(call(BaseHTTPMiddleware(self.scoped, dispatch=dispatch)))
            await asyncio.sleep(0.02)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert len(asyncio.all_tasks()) == 1

        asyncio.run(main())
