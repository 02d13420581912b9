"""What the toolkit adds to a request: plain and JSON answers, mounts, and middleware that lets everything pass.

A layer's cost is that of the call, less that of the same call without it; the two are measured in turn.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import sys
import time
from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any

from benchmarks.inside.calling import ASGIApp, scope_for

BATCHES, CALLS = 40, 500
LAYERS = 5


class Passing:
    """A middleware as its users write it, that does nothing."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self.app(scope, receive, send)


def kit_of(stack: str) -> SimpleNamespace:
    application, name = {"webfoot.web": ("application", "WebApp"), "starlette": ("applications", "Starlette")}[stack]

    def find(module: str, name: str) -> Any:
        return getattr(importlib.import_module(f"{stack}.{module}"), name)

    return SimpleNamespace(
        App=find(application, name),
        Middleware=find("middleware", "Middleware"),
        Mount=find("routing", "Mount"),
        Route=find("routing", "Route"),
        JSONResponse=find("responses", "JSONResponse"),
        PlainTextResponse=find("responses", "PlainTextResponse"),
    )


def application(kit: SimpleNamespace, layers: Sequence[Any] = ()) -> ASGIApp:
    async def plain(request: Any) -> Any:
        return kit.PlainTextResponse("quack")

    async def as_json(request: Any) -> Any:
        return kit.JSONResponse({"duck": "mallard", "age": 3, "rings": ["a", "b"], "wild": True})

    endpoint = kit.Route("/duck/{id}", plain)
    routes = [
        kit.Route("/plain", plain),
        kit.Route("/json", as_json),
        endpoint,
        kit.Mount("/one", routes=[endpoint]),
        kit.Mount("/a", routes=[kit.Mount("/b", routes=[kit.Mount("/c", routes=[endpoint])])]),
    ]
    app: ASGIApp = kit.App(routes=routes, middleware=[kit.Middleware(layer) for layer in layers])
    return app


async def _receive() -> dict[str, Any]:
    return {"type": "http.request", "body": b"", "more_body": False}


async def _send(message: dict[str, Any]) -> None: ...


async def us(app: ASGIApp, path: str) -> float:
    """CPU us of one call, over a batch of them."""
    asked = scope_for(path)
    before = time.process_time()
    for _ in range(CALLS):
        await app(dict(asked), _receive, _send)
    return (time.process_time() - before) / CALLS * 1e6


async def check(app: ASGIApp, path: str) -> None:
    statuses: list[int] = []

    async def send(message: dict[str, Any]) -> None:
        statuses.append(message.get("status", 200))

    await app(scope_for(path), _receive, send)
    if statuses != [200, 200]:
        raise SystemExit(f"{path} answered {statuses}")


async def least(calls: dict[str, tuple[ASGIApp, str]]) -> dict[str, float]:
    """The least of many batches of each, one after the other: the batch that was disturbed least."""
    for app, path in calls.values():
        await check(app, path)
    times: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(BATCHES):
        for name, (app, path) in calls.items():
            times[name].append(await us(app, path))
    return {name: min(several) for name, several in times.items()}


async def measure(stack: str) -> dict[str, float]:
    kit = kit_of(stack)
    app, layered = application(kit), application(kit, [Passing] * LAYERS)
    said = await least(
        {
            "plain": (app, "/plain"),
            "json": (app, "/json"),
            "route": (app, "/duck/7"),
            "one_mount": (app, "/one/duck/7"),
            "three_mounts": (app, "/a/b/c/duck/7"),
            "layered": (layered, "/plain"),
        }
    )
    said["five_layers"] = said.pop("layered") - said["plain"]
    return said


def main(stack: str, run: Callable[[Any], dict[str, float]] = asyncio.run) -> None:
    print(json.dumps(run(measure(stack))))


if __name__ == "__main__":
    main(sys.argv[1])
