from __future__ import annotations

import asyncio
from typing import Any

import pytest

from webfoot.asgi.types import Receive, Scope, Send
from webfoot.testing.lifespan import Lifespan


def run(app: Any, state: dict[str, Any] | None = None, **options: Any) -> None:
    async def scenario() -> None:
        lifespan = Lifespan(app, {} if state is None else state, **options)
        await lifespan.startup()
        await lifespan.shutdown()

    asyncio.run(scenario())


async def whole(scope: Scope, receive: Receive, send: Send) -> None:
    assert await receive() == {"type": "lifespan.startup"}
    scope["state"]["pond"] = "full"
    await send({"type": "lifespan.startup.complete"})
    assert await receive() == {"type": "lifespan.shutdown"}
    scope["state"]["pond"] = "empty"
    await send({"type": "lifespan.shutdown.complete"})


def test_both_halves_run_and_the_state_is_the_clients() -> None:
    state: dict[str, Any] = {}
    run(whole, state)
    assert state == {"pond": "empty"}


def test_shutdown_without_startup_does_nothing() -> None:
    asyncio.run(Lifespan(whole, {}).shutdown())


def test_an_application_that_goes_on_after_its_last_word_is_cancelled() -> None:
    ended: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await whole(scope, receive, send)
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("cancelled")

    run(app, grace=0.01)
    assert ended == ["cancelled"]


def test_a_failure_without_a_message() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "lifespan.startup.failed"})

    with pytest.raises(RuntimeError, match=r"^the application's startup failed: it gave no reason$"):
        run(app)


def test_an_application_that_dies_while_serving_fails_at_the_shutdown() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "lifespan.startup.complete"})
        raise ValueError("the pond burst")

    with pytest.raises(ValueError, match="the pond burst"):
        run(app)
