"""TestClient in its `with` block: the lifespan, and one event loop."""

from __future__ import annotations

import asyncio
import threading

import pytest
from tests.testing.apps import (
    Pond,
    answer,
)

from webfoot.asgi.types import Receive, Scope, Send
from webfoot.testing import TestClient


def test_a_with_block_runs_the_lifespan_and_all_requests_in_one_loop() -> None:
    pond = Pond()
    client = TestClient(pond)
    with client:
        client.get("/")
        client.get("/")
        assert set(client.app_state) == {"loop", "lock"}
    assert pond.seen == ["startup", True, True, "shutdown"]


def test_without_with_no_lifespan_runs_and_a_client_can_be_used_both_ways() -> None:
    pond = Pond()
    client = TestClient(pond)
    assert client.get("/").text == "quack"
    assert pond.seen == [False]
    with client:
        client.get("/")
    assert client.get("/").text == "quack"
    with client:
        client.get("/")
    assert pond.seen == [False, "startup", True, "shutdown", False, "startup", True, "shutdown"]


def test_no_thread_is_left_behind() -> None:
    before = threading.active_count()
    client = TestClient(Pond())
    client.get("/")
    with client:
        client.get("/")
    assert threading.active_count() == before


def test_a_nested_with_block_is_refused() -> None:
    with TestClient(Pond()) as client:
        with pytest.raises(RuntimeError, match="already in a `with` block"):
            client.__enter__()


@pytest.mark.parametrize("moment", ["startup", "shutdown"])
@pytest.mark.parametrize("how", ["raises", "failed", "failed and raises"])
def test_a_lifespan_that_fails_fails_the_test(moment: str, how: str) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            return await answer(send)
        await receive()
        if moment == "shutdown":
            await send({"type": "lifespan.startup.complete"})
            await receive()
        if "failed" in how:
            await send({"type": f"lifespan.{moment}.failed", "message": "no water"})
        if "raises" in how:
            raise ValueError("dry pond")
        return None

    expected: type[Exception] = ValueError if "raises" in how else RuntimeError
    entered = []
    with pytest.raises(expected, match="dry pond" if "raises" in how else f"{moment} failed: no water"):
        with TestClient(app) as client:
            entered.append(client.get("/").status_code)
    assert entered == ([] if moment == "startup" else [200])


def test_an_application_that_ignores_the_lifespan() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await answer(send, b"quack")

    with TestClient(app) as client:
        assert client.get("/").text == "quack"


def test_a_lifespan_that_asks_for_a_third_event_does_not_hang_the_end() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        while True:
            event = await receive()
            await send({"type": event["type"] + ".complete"})

    with TestClient(app):
        pass


def test_a_lifespan_out_of_order() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "lifespan.shutdown.complete"})

    with pytest.raises(RuntimeError, match=r"^lifespan\.shutdown\.complete was sent before lifespan\.startup\.comp"):
        TestClient(app).__enter__()


def test_uvloop_can_be_chosen() -> None:
    uvloop = pytest.importorskip("uvloop")
    with TestClient(Pond(), backend_options={"use_uvloop": True}) as client:
        assert isinstance(client.app_state["loop"], uvloop.Loop)


def test_a_wrong_backend_is_one_sentence() -> None:
    with pytest.raises(ValueError, match=r"^webfoot runs on asyncio only, not on 'trio'$"):
        TestClient(Pond(), backend="trio")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"^unknown backend option 'debug': 'use_uvloop' is the only one$"):
        TestClient(Pond(), backend_options={"debug": True})


def test_the_portal_leads_into_the_loop_of_the_block() -> None:
    begun, cancelled = threading.Event(), threading.Event()

    async def forever() -> None:
        try:
            begun.set()
            await asyncio.sleep(3600)
        finally:
            cancelled.set()

    async def fail() -> None:
        raise LookupError("no duck")

    with TestClient(Pond()) as client:
        portal = client.portal
        assert portal is not None
        assert portal.call(asyncio.get_running_loop) is client.app_state["loop"]
        assert portal.call(client.app_state["lock"].acquire) is True
        with pytest.raises(LookupError, match="no duck"):
            portal.call(fail)
        portal.start_task_soon(forever)
        assert begun.wait(5)
        assert portal.start_task_soon(max, 1, 2).result(5) == 2
    assert cancelled.is_set()
    assert client.portal is None
    with pytest.raises(RuntimeError, match="`with` block has ended"):
        portal.call(max, 1, 2)
