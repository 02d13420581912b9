"""The same lifespans on both: what is said to the server, what is raised, what requests find in their state."""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import Callable
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from tests.differential.web.kits import OURS, THEIRS

from webfoot.testing import TestClient

Made = Callable[[SimpleNamespace, list[str]], Any]


def lived(kit: SimpleNamespace, make: Made, *, state: bool = True) -> tuple[list[str], list[str], Any, str]:
    """What happened, what was said, the state afterwards, and the kind of exception that came out."""
    log: list[str] = []
    said: list[str] = []
    scope: dict[str, Any] = {"type": "lifespan", "asgi": {"version": "3.0"}, **({"state": {}} if state else {})}
    incoming = [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}]
    error = ""

    async def receive() -> Any:
        return incoming.pop(0)

    async def send(message: Any) -> None:
        said.append(message["type"])

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # they have deprecated lifespans without a decorator
        try:
            asyncio.run(make(kit, log)(scope, receive, send))
        except Exception as exc:
            error = type(exc).__name__
    return log, said, scope.get("state"), error


def living(log: list[str], name: str = "app", state: Any = None, up: bool = True, down: bool = True) -> Any:
    @asynccontextmanager
    async def lifespan(app: Any) -> Any:
        if not up:
            raise LookupError("up")
        log.append(f"{name} up")
        yield state
        log.append(f"{name} down")
        if not down:
            raise LookupError("down")

    return lifespan


async def async_generator(app: Any) -> Any:
    yield {"from": "async generator"}


def generator(app: Any) -> Any:
    yield {"from": "generator"}


CASES: dict[str, Made] = {
    "none": lambda kit, log: kit.App(),
    "plain": lambda kit, log: kit.App(lifespan=living(log)),
    "state": lambda kit, log: kit.App(lifespan=living(log, state={"pond": 1})),
    "empty state": lambda kit, log: kit.App(lifespan=living(log, state={})),
    "fails up": lambda kit, log: kit.App(lifespan=living(log, up=False)),
    "fails down": lambda kit, log: kit.App(lifespan=living(log, down=False)),
    "no mapping": lambda kit, log: kit.App(lifespan=living(log, state=[1])),
    "no manager": lambda kit, log: kit.App(lifespan=lambda app: None),
    "async generator": lambda kit, log: kit.App(lifespan=async_generator),
    "generator": lambda kit, log: kit.App(lifespan=generator),
    "a router alone": lambda kit, log: kit.Router(lifespan=living(log, state={"pond": 2})),
}


@pytest.mark.parametrize("make", CASES.values(), ids=CASES)
@pytest.mark.parametrize("state", [True, False])
def test_the_same_life(make: Made, state: bool) -> None:
    assert lived(OURS, make, state=state) == lived(THEIRS, make, state=state)


def test_mounted_applications_live_here_and_not_there() -> None:
    def make(kit: SimpleNamespace, log: list[str]) -> Any:
        inner = kit.App(lifespan=living(log, "inner", {"inner": 1}))
        behind = kit.Router(lifespan=living(log, "behind"))
        routes = [
            kit.Mount("/a", app=inner),
            kit.Host("b.example", app=behind),
            kit.Mount("/c", app=kit.PlainTextResponse("x")),
        ]
        return kit.App(lifespan=living(log, "outer", {"outer": 1}), routes=routes)

    there, here = lived(THEIRS, make), lived(OURS, make)
    assert there[0] == ["outer up", "outer down"]
    assert here[0] == ["outer up", "inner up", "behind up", "behind down", "inner down", "outer down"]
    assert there[1] == here[1]
    assert (there[2], here[2]) == ({"outer": 1}, {"outer": 1, "inner": 1})


def test_requests_find_the_state_and_cannot_change_it_for_others() -> None:
    def make(kit: SimpleNamespace) -> Any:
        @asynccontextmanager
        async def lifespan(app: Any) -> Any:
            app.state.opened = True
            yield {"ponds": ["big"], "count": 0}

        async def show(request: Any) -> Any:
            request.state.count += 1
            request.state.ponds.append("small")
            shown = [request.state.count, request.state["ponds"], request.app.state.opened]
            return kit.JSONResponse(shown)

        return kit.App(
            routes=[kit.Route("/", show), kit.Mount("/m", routes=[kit.Route("/x", show)])], lifespan=lifespan
        )

    def asked(kit: SimpleNamespace) -> list[str]:
        with TestClient(make(kit)) as client:
            return [client.get("/m/x").text, client.get("/").text]

    assert asked(OURS) == asked(THEIRS) == ['[1,["big","small"],true]', '[1,["big","small","small"],true]']
