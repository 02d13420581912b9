"""Timeouts, cancellations and clients that leave, on both sides of `call_next`."""

from __future__ import annotations

import asyncio
import gc
from typing import Any

import pytest
from tests.web.driving import answer_of, call, http_scope
from tests.web.middleware.dispatching import behind, pass_on

from webfoot.asgi.types import ClientDisconnected
from webfoot.web.middleware.dispatch import BaseHTTPMiddleware
from webfoot.web.requests import Request
from webfoot.web.responses import EventSourceResponse, PlainTextResponse, StreamingResponse


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


@pytest.mark.parametrize("version", ["2.3", "2.4"])
@pytest.mark.parametrize("make", [StreamingResponse, EventSourceResponse])
@pytest.mark.parametrize("layers", [1, 3])
def test_a_client_that_leaves_before_the_start_is_nobodys_failure(make: Any, version: str, layers: int) -> None:
    """With a server that does not raise from `send`, the response listens, and ends before it has begun."""

    async def endpoint(request: Request) -> Any:
        async def quacks() -> Any:
            yield "quack"

        return make(quacks())

    async def slowly(request: Request, call_next: Any) -> Any:
        await asyncio.sleep(0)
        return await call_next(request)

    answered: list[str] = []

    async def main() -> None:
        async def receive() -> Any:
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            answered.append(message["type"])

        scope = http_scope(asgi={"version": "3.0", "spec_version": version})
        await behind(slowly, endpoint, layers=layers)(scope, receive, send)

    asyncio.run(main())
    assert answered in ([], ["http.response.start", *["http.response.body"] * (len(answered) - 1)])


def test_an_application_that_ends_without_a_response_while_the_client_is_there_has_failed() -> None:
    async def silent(scope: Any, receive: Any, send: Any) -> None:
        await receive()

    answered = answer_of(BaseHTTPMiddleware(silent, dispatch=pass_on))
    assert isinstance(answered.error, RuntimeError)


async def left_in_a_task(request: Request, call_next: Any) -> Any:
    calling = asyncio.ensure_future(call_next(request))
    await asyncio.sleep(0)
    kept.append(calling)
    return PlainTextResponse("early")


async def shielded(request: Request, call_next: Any) -> Any:
    return await asyncio.shield(asyncio.ensure_future(call_next(request)))


async def limited(request: Request, call_next: Any) -> Any:
    return await asyncio.wait_for(call_next(request), 5)


kept: list[Any] = []


@pytest.mark.parametrize("dispatch", [left_in_a_task, shielded, limited])
@pytest.mark.parametrize("cancelled_after", [2, 3, 5, None])
@pytest.mark.parametrize("times", [1, 2])
def test_only_one_runs_the_application_on(dispatch: Any, cancelled_after: int | None, times: int) -> None:
    """The task in which call_next waits may still be there when the middleware has ended, or was cancelled."""
    ended: list[str] = []
    complaints: list[Any] = []

    async def endpoint(request: Request) -> PlainTextResponse:
        try:
            for _ in range(5):
                await asyncio.sleep(0.001)
        finally:
            ended.append("yes")
        return PlainTextResponse("late")

    async def main() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
        task = asyncio.create_task(call(behind(dispatch, endpoint)))
        if cancelled_after is not None:
            for _ in range(cancelled_after):
                await asyncio.sleep(0)
            for _ in range(times):
                task.cancel()
                await asyncio.sleep(0)
        async with asyncio.timeout(5):
            await asyncio.wait((task,))
        if cancelled_after is None:
            assert task.result().text == ("early" if dispatch is left_in_a_task else "late")
            assert task.result().error is None
        kept.clear()
        await asyncio.sleep(0.01)
        gc.collect()
        assert [left for left in asyncio.all_tasks() if left is not asyncio.current_task()] == []

    asyncio.run(main())
    assert complaints == []
    assert ended in ([], ["yes"])
