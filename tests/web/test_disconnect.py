from __future__ import annotations

import asyncio
import contextvars
import socket
import struct
import threading
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import uvicorn
from tests.conformance.harness import Dialogue, with_server
from tests.web.driving import http_scope

from webfoot.asgi.types import ClientDisconnected
from webfoot.web.application import WebApp
from webfoot.web.background import BackgroundTask
from webfoot.web.disconnect import LOOK_AFTER, CancelOnDisconnectMiddleware
from webfoot.web.exceptions import ClientDisconnect, HTTPException
from webfoot.web.middleware import Middleware
from webfoot.web.middleware.dispatch import BaseHTTPMiddleware
from webfoot.web.requests import Request
from webfoot.web.responses import PlainTextResponse, StreamingResponse
from webfoot.web.routing import Route
from webfoot.web.threads import check_cancelled, run_in_threadpool

GONE = {"type": "http.disconnect"}


class Client:
    """What a server gives to the application: a body in these parts, then a client that leaves when told to."""

    def __init__(self, *body: bytes) -> None:
        self.waiting: list[dict[str, Any]] = [
            {"type": "http.request", "body": part, "more_body": number < len(body) - 1}
            for number, part in enumerate(body)
        ]
        self.news = asyncio.Event()
        self.asking = 0
        self.at_once = 0
        self.sent: list[dict[str, Any]] = []

    def leave(self) -> None:
        self.waiting.append(GONE)
        self.news.set()

    async def receive(self) -> dict[str, Any]:
        self.asking += 1
        self.at_once = max(self.at_once, self.asking)
        try:
            while not self.waiting:
                self.news.clear()
                await self.news.wait()
            return self.waiting[0] if self.waiting[0] is GONE else self.waiting.pop(0)
        finally:
            self.asking -= 1

    async def send(self, message: dict[str, Any]) -> None:
        if self.waiting and self.waiting[0] is GONE:
            raise ClientDisconnected
        self.sent.append(message)

    async def ask(self, app: Any) -> dict[str, Any]:
        scope = http_scope("POST")
        await app(scope, self.receive, self.send)
        assert self.at_once <= 1, "two waited for one message"
        return scope


async def a_while() -> None:
    await asyncio.sleep(LOOK_AFTER * 2)


def watched(handler: Callable[[Request], Awaitable[Any]]) -> CancelOnDisconnectMiddleware:
    return CancelOnDisconnectMiddleware(WebApp(routes=[Route("/", handler, methods=["POST"])]))


class TestMiddleware:
    def test_the_handler_is_cancelled_and_cleans_up(self) -> None:
        seen: list[str] = []

        async def main() -> None:
            client = Client(b"")

            async def handler(request: Request) -> Any:
                try:
                    client.leave()
                    await asyncio.sleep(10)
                except asyncio.CancelledError:
                    seen.append("cancelled")
                    raise
                finally:
                    await asyncio.sleep(0)
                    seen.append("cleaned up")

            task = asyncio.current_task()
            await asyncio.wait_for(client.ask(watched(handler)), 5)
            assert task is not None
            assert task.cancelling() == 0
            assert client.sent == []
            await a_while()
            assert len(asyncio.all_tasks()) == 1

        asyncio.run(main())
        assert seen == ["cancelled", "cleaned up"]

    def test_a_quick_handler_costs_no_task(self) -> None:
        async def handler(request: Request) -> Any:
            await asyncio.sleep(0)
            return PlainTextResponse(str(len(asyncio.all_tasks())))

        async def main() -> None:
            client = Client(b"")
            await client.ask(watched(handler))
            assert client.sent[1]["body"] == b"1"
            assert client.asking == 0

        asyncio.run(main())

    def test_nobody_is_cancelled_once_the_response_is_complete(self) -> None:
        seen: list[str] = []

        async def main() -> None:
            client = Client(b"")

            async def later() -> None:
                client.leave()
                await a_while()
                seen.append("ran to its end")

            async def handler(request: Request) -> Any:
                await a_while()
                return PlainTextResponse("x", background=BackgroundTask(later))

            await client.ask(watched(handler))
            assert [message["type"] for message in client.sent] == ["http.response.start", "http.response.body"]

        asyncio.run(main())
        assert seen == ["ran to its end"]

    def test_a_stream_that_waits_for_news_ends(self) -> None:
        seen: list[str] = []

        async def main() -> None:
            client = Client(b"")

            async def news() -> Any:
                try:
                    yield b"first"
                    client.leave()
                    await asyncio.sleep(10)
                finally:
                    seen.append("closed")

            async def handler(request: Request) -> Any:
                return StreamingResponse(news())

            await asyncio.wait_for(client.ask(watched(handler)), 5)
            assert client.sent[-1]["more_body"]

        asyncio.run(main())
        assert seen == ["closed"]

    def test_the_body_is_all_there_for_who_reads_it_late(self) -> None:
        async def main() -> None:
            client = Client(b"one ", b"two ", b"three")

            async def handler(request: Request) -> Any:
                await a_while()
                return PlainTextResponse(await request.body())

            await client.ask(watched(handler))
            assert client.sent[1]["body"] == b"one two three"

        asyncio.run(main())

    def test_a_long_body_that_nobody_reads_stays_with_the_client(self) -> None:
        async def main() -> None:
            client = Client(*[b"x" * 30_000] * 10)

            async def handler(request: Request) -> Any:
                await a_while()
                left = len(client.waiting)
                return PlainTextResponse(f"{left} {len(await request.body())}")

            await client.ask(watched(handler))
            assert client.sent[1]["body"] == b"7 300000"

        asyncio.run(main())

    def test_who_waits_for_the_body_is_told_and_not_cancelled(self) -> None:
        seen: list[str] = []

        async def main() -> None:
            client = Client(b"part", b"never")
            del client.waiting[1]

            async def handler(request: Request) -> Any:
                asyncio.get_running_loop().call_later(LOOK_AFTER * 2, client.leave)
                try:
                    await request.body()
                except ClientDisconnect:
                    seen.append("told")
                    await asyncio.sleep(0)
                    raise

            with pytest.raises(ClientDisconnected):
                await asyncio.wait_for(client.ask(watched(handler)), 5)

        asyncio.run(main())
        assert seen == ["told"]

    def test_who_waits_for_what_is_found_meanwhile(self) -> None:
        async def main() -> None:
            client = Client(b"part", b"never")
            late = client.waiting.pop(1)

            async def handler(request: Request) -> Any:
                await a_while()  # from here on a task looks
                loop = asyncio.get_running_loop()
                loop.call_later(0.01, lambda: (client.waiting.append(late), client.news.set()))
                body = await request.body()
                loop.call_later(0.01, client.leave)
                await asyncio.sleep(10)
                return PlainTextResponse(body)

            await asyncio.wait_for(client.ask(watched(handler)), 5)
            assert client.sent == []

        asyncio.run(main())

    def test_what_receive_raises_is_for_who_reads(self) -> None:
        async def main() -> None:
            client = Client(b"")

            async def too_much() -> Any:
                raise HTTPException(413)

            async def reads(request: Request) -> Any:
                await a_while()
                return PlainTextResponse(await request.body())

            async def does_not(request: Request) -> Any:
                await a_while()
                return PlainTextResponse("fine")

            for handler, status in ((reads, 413), (does_not, 200)):
                await watched(handler)(http_scope("POST"), too_much, client.send)
                assert client.sent[-2]["status"] == status

        asyncio.run(main())

    def test_a_handler_that_shrugs_the_cancellation_off_leaves_no_trace_of_it(self) -> None:
        async def main() -> None:
            client = Client(b"")

            async def app(scope: Any, receive: Any, send: Any) -> Any:
                client.leave()
                try:
                    await asyncio.sleep(10)
                except asyncio.CancelledError:
                    pass
                raise LookupError("its own affair")

            task = asyncio.current_task()
            assert task is not None
            with pytest.raises(LookupError):
                await client.ask(CancelOnDisconnectMiddleware(app))
            assert task.cancelling() == 0
            async with asyncio.timeout(5):  # works as it should
                await asyncio.sleep(0)

        asyncio.run(main())

    def test_a_cancellation_by_somebody_else_goes_on(self) -> None:
        async def main() -> None:
            client = Client(b"")

            async def handler(request: Request) -> Any:
                await asyncio.sleep(10)

            task = asyncio.create_task(client.ask(watched(handler)))
            await a_while()
            client.leave()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

        asyncio.run(main())

    def test_a_timeout_around_it_and_within_it_stays_one(self) -> None:
        async def main() -> None:
            client = Client(b"")

            async def handler(request: Request) -> Any:
                try:
                    async with asyncio.timeout(0.01):
                        await asyncio.sleep(10)
                except TimeoutError:
                    return PlainTextResponse("timed out")

            await client.ask(watched(handler))
            assert client.sent[1]["body"] == b"timed out"

        asyncio.run(main())

    @pytest.mark.parametrize("layers", [1, 2])
    @pytest.mark.parametrize("place", ["outside", "inside"])
    def test_with_dispatch_middleware_on_either_side(self, place: str, layers: int) -> None:
        seen: list[str] = []

        async def main() -> None:
            client = Client(b"")

            async def handler(request: Request) -> Any:
                client.leave()
                try:
                    await asyncio.sleep(10)
                finally:
                    seen.append("cancelled")

            async def dispatch(request: Request, call_next: Any) -> Any:
                try:
                    return await call_next(request)
                finally:
                    seen.append("left")

            own = [Middleware(BaseHTTPMiddleware, dispatch=dispatch)] * layers
            cancels = [Middleware(CancelOnDisconnectMiddleware)]
            app = WebApp(
                routes=[Route("/", handler, methods=["POST"], middleware=cancels if place == "inside" else [])],
                middleware=own if place == "inside" else [*cancels, *own],
            )
            await asyncio.wait_for(client.ask(app), 5)

        asyncio.run(main())
        assert seen == ["cancelled"] + ["left"] * layers

    def test_who_listens_in_a_task_of_its_own_hears_it_also_later(self) -> None:
        """As a stream under an older server does, or a task that the handler left behind."""

        async def main() -> None:
            client = Client(b"")
            heard: asyncio.Task[Any] | None = None

            async def app(scope: Any, receive: Any, send: Any) -> None:
                nonlocal heard
                await receive()
                await a_while()  # from here on a task looks
                heard = asyncio.create_task(receive())
                await asyncio.sleep(0)
                await PlainTextResponse("x")(scope, receive, send)

            await client.ask(CancelOnDisconnectMiddleware(app))
            assert heard is not None
            assert not heard.done()
            client.leave()
            assert await asyncio.wait_for(heard, 5) == GONE

        asyncio.run(main())

    def test_a_listener_in_a_task_of_its_own_does_not_keep_the_handler_from_being_cancelled(self) -> None:
        async def main() -> None:
            client = Client(b"")

            async def app(scope: Any, receive: Any, send: Any) -> None:
                await receive()
                listening = asyncio.create_task(receive())
                asyncio.get_running_loop().call_later(LOOK_AFTER * 2, client.leave)
                try:
                    await asyncio.sleep(10)
                finally:
                    assert await listening == GONE

            await asyncio.wait_for(client.ask(CancelOnDisconnectMiddleware(app)), 5)

        asyncio.run(main())

    def test_context_variables_and_websockets_pass(self) -> None:
        variable: contextvars.ContextVar[int] = contextvars.ContextVar("variable")
        kinds: list[str] = []

        async def app(scope: Any, receive: Any, send: Any) -> None:
            variable.set(1)
            kinds.append(scope["type"])

        async def main() -> None:
            await CancelOnDisconnectMiddleware(app)({"type": "websocket"}, None, None)  # type: ignore[arg-type]
            assert variable.get() == 1

        asyncio.run(main())
        assert kinds == ["websocket"]

    def test_one_in_another(self) -> None:
        async def main() -> None:
            client = Client(b"")

            async def handler(request: Request) -> Any:
                client.leave()
                await asyncio.sleep(10)

            await asyncio.wait_for(client.ask(CancelOnDisconnectMiddleware(watched(handler))), 5)
            task = asyncio.current_task()
            assert task is not None
            assert task.cancelling() == 0

        asyncio.run(main())


class TestBlock:
    def test_the_block_is_cancelled_and_the_error_says_why(self) -> None:
        seen: list[str] = []

        async def main() -> None:
            client = Client(b"")
            request = Request(http_scope("POST"), client.receive)
            with pytest.raises(ClientDisconnect, match="while its request was worked on"):
                async with request.cancel_on_disconnect():
                    client.leave()
                    try:
                        await asyncio.sleep(10)
                    finally:
                        seen.append("cleaned up")
            assert await request.is_disconnected()
            await asyncio.sleep(0)
            task = asyncio.current_task()
            assert task is not None
            assert task.cancelling() == 0

        asyncio.run(main())
        assert seen == ["cleaned up"]

    def test_the_body_can_be_read_before_in_and_behind_it(self) -> None:
        async def main() -> None:
            for when in ("before", "in", "behind", "in parts"):
                client = Client(b"one ", b"two ", b"three")
                request = Request(http_scope("POST"), client.receive)
                if when == "before":
                    assert await request.body() == b"one two three"
                assert not await request.is_disconnected()
                async with request.cancel_on_disconnect():
                    await a_while()
                    if when == "in":
                        assert await request.body() == b"one two three"
                    if when == "in parts":
                        stream = request.stream()
                        assert await anext(stream) == b"one "
                        assert not await request.is_disconnected()
                        assert [chunk async for chunk in stream] == [b"two ", b"three", b""]
                if when == "behind":
                    assert await request.body() == b"one two three"
                assert not await request.is_disconnected()
                client.leave()
                assert await request.is_disconnected()

        asyncio.run(main())

    def test_behind_it_the_request_is_as_it_was(self) -> None:
        async def main() -> None:
            client = Client(b"one ", b"two")
            request = Request(http_scope("POST"), client.receive)
            receive = request.receive
            for _ in range(3):
                async with request.cancel_on_disconnect():
                    await a_while()
            assert request._receive == receive
            async with request.cancel_on_disconnect():
                assert await request.body() == b"one two"
            assert request.receive == receive

        asyncio.run(main())

    def test_who_reads_behind_a_client_that_left_is_told(self) -> None:
        async def main() -> None:
            client = Client(b"part", b"never")
            del client.waiting[1]
            request = Request(http_scope("POST"), client.receive)
            with pytest.raises(ClientDisconnect):
                async with request.cancel_on_disconnect():
                    client.leave()
                    await asyncio.sleep(10)
            stream = request.stream()
            assert await anext(stream) == b"part"
            with pytest.raises(ClientDisconnect):
                await anext(stream)

        asyncio.run(main())

    def test_what_comes_behind_it_is_not_cancelled(self) -> None:
        async def main() -> None:
            client = Client(b"")
            request = Request(http_scope("POST"), client.receive)
            async with request.cancel_on_disconnect():
                await a_while()
            client.leave()
            await a_while()
            async with request.cancel_on_disconnect():
                pass
            await a_while()

        asyncio.run(main())

    def test_a_client_that_had_left_before(self) -> None:
        async def main() -> None:
            client = Client(b"")
            client.leave()
            request = Request(http_scope("POST"), client.receive)
            assert await request.is_disconnected()
            with pytest.raises(ClientDisconnect):
                async with request.cancel_on_disconnect():
                    await asyncio.sleep(10)

        asyncio.run(main())

    def test_an_error_of_its_own_comes_out(self) -> None:
        async def main() -> None:
            request = Request(http_scope("POST"), Client(b"").receive)
            with pytest.raises(LookupError):
                async with request.cancel_on_disconnect():
                    raise LookupError

        asyncio.run(main())

    def test_a_thread_may_ask(self) -> None:
        asked, stopped = threading.Event(), threading.Event()

        def work() -> None:
            while not asked.wait(0.005):
                try:
                    check_cancelled()
                except asyncio.CancelledError:
                    stopped.set()
                    raise

        async def main() -> None:
            client = Client(b"")
            request = Request(http_scope("POST"), client.receive)
            with pytest.raises(ClientDisconnect):
                async with request.cancel_on_disconnect():
                    client.leave()
                    await run_in_threadpool(work)
            assert await asyncio.to_thread(stopped.wait, 5)

        try:
            asyncio.run(main())
        finally:
            asked.set()


class Seen:
    """An application whose handlers say how they ended."""

    def __init__(self) -> None:
        self.ended: list[str] = []
        self.began = asyncio.Event()
        self.over = asyncio.Event()
        routes = [
            Route("/route", self.sleep, methods=["GET", "POST"], middleware=[Middleware(CancelOnDisconnectMiddleware)]),
            Route("/block", self.block, methods=["GET", "POST"]),
        ]
        self.app = WebApp(routes=routes)

    async def sleep(self, request: Request) -> Any:
        try:
            self.began.set()
            await asyncio.sleep(20)
        except BaseException as error:
            self.ended.append(type(error).__name__)
            raise
        finally:
            self.over.set()

    async def block(self, request: Request) -> Any:
        async with request.cancel_on_disconnect():
            await self.sleep(request)


ASKED = [
    b"GET /route HTTP/1.1\r\nHost: pond\r\n\r\n",
    b"POST /route HTTP/1.1\r\nHost: pond\r\nContent-Length: 4\r\n\r\nduck",
    b"POST /route HTTP/1.1\r\nHost: pond\r\nContent-Length: 9\r\n\r\nhalf",
    b"GET /block HTTP/1.1\r\nHost: pond\r\n\r\n",
]


@pytest.mark.parametrize("asked", ASKED)
@pytest.mark.parametrize("http", ["httptools", "h11"])
def test_under_our_server(asked: bytes, http: str, caplog: Any) -> None:
    async def main() -> list[str]:
        seen = Seen()

        async def talk(dialogue: Dialogue) -> None:
            await dialogue.say(asked)
            await asyncio.wait_for(seen.began.wait(), 5)
            dialogue.writer.transport.abort()
            await asyncio.wait_for(seen.over.wait(), 5)
            while dialogue.service.running:
                await asyncio.sleep(0.001)

        await with_server(seen.app, talk, http=http)
        return seen.ended

    assert asyncio.run(main()) == ["CancelledError"]
    assert [record for record in caplog.records if record.levelname in ("ERROR", "CRITICAL")] == []


@pytest.mark.parametrize("asked", ASKED)
def test_under_uvicorn(asked: bytes, caplog: Any) -> None:
    async def main() -> list[str]:
        seen = Seen()
        server = uvicorn.Server(uvicorn.Config(seen.app, log_config=None, lifespan="off"))
        with socket.create_server(("127.0.0.1", 0)) as listening:
            serving = asyncio.create_task(server.serve([listening]))
            try:
                _, writer = await asyncio.open_connection(*listening.getsockname())
                writer.write(asked)
                await asyncio.wait_for(seen.began.wait(), 5)
                writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                writer.close()
                await asyncio.wait_for(seen.over.wait(), 5)
            finally:
                server.should_exit = True
                await serving
        return seen.ended

    assert asyncio.run(main()) == ["CancelledError"]
    if b"/route" in asked:
        assert [record for record in caplog.records if record.levelname == "ERROR"] == []


class TestErrors:
    @pytest.mark.parametrize("error", [ClientDisconnect("gone"), LookupError("lost")])
    def test_what_was_raised_is_what_comes_out(self, error: Exception) -> None:
        """The 500 that cannot be sent must not take the place of the exception; and a disconnect needs no 500."""
        handled: list[Exception] = []

        async def main() -> None:
            client = Client(b"")

            async def handler(request: Request) -> Any:
                client.leave()
                raise error

            async def on_error(request: Request, exc: Exception) -> PlainTextResponse:
                handled.append(exc)
                return PlainTextResponse("sorry", status_code=500)

            app = WebApp(routes=[Route("/", handler, methods=["POST"])], exception_handlers={500: on_error})
            with pytest.raises(type(error)) as caught:
                await client.ask(app)
            assert caught.value is error

        asyncio.run(main())
        assert handled == ([] if isinstance(error, ClientDisconnect) else [error])
