from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest
from tests.web.driving import http_scope
from tests.web.leaving import Client, a_while

from webfoot.web.application import WebApp
from webfoot.web.exceptions import ClientDisconnect
from webfoot.web.requests import Request
from webfoot.web.responses import PlainTextResponse
from webfoot.web.routing import Route
from webfoot.web.threads import check_cancelled, run_in_threadpool


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
