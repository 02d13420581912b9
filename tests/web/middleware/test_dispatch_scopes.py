"""`call_next` within a timeout, a task or a scope of anyio."""

from __future__ import annotations

import asyncio
from typing import Any

import anyio
import pytest
from tests.web.driving import answer_of, call
from tests.web.middleware.dispatching import seen

from webfoot.web.middleware.dispatch import BaseHTTPMiddleware
from webfoot.web.requests import Request
from webfoot.web.responses import PlainTextResponse, StreamingResponse


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
