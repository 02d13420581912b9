from __future__ import annotations

import asyncio
import contextvars
from typing import Any

import pytest
from tests.web.driving import http_scope
from tests.web.leaving import GONE, Client, a_while, watched

from webfoot.asgi.types import ClientDisconnected
from webfoot.web.application import WebApp
from webfoot.web.background import BackgroundTask
from webfoot.web.disconnect import LOOK_AFTER
from webfoot.web.exceptions import ClientDisconnect, HTTPException
from webfoot.web.middleware import Middleware
from webfoot.web.middleware.cancel_on_disconnect import CancelOnDisconnectMiddleware
from webfoot.web.middleware.dispatch import BaseHTTPMiddleware
from webfoot.web.requests import Request
from webfoot.web.responses import PlainTextResponse, StreamingResponse
from webfoot.web.routing import Route


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
