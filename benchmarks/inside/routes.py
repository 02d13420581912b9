"""1000 routes: does it matter how late a route was registered, and what does a miss cost?"""

from __future__ import annotations

import asyncio
import importlib
import json
import sys
from typing import Any

from benchmarks.inside.calling import cpu_us

COUNT = 1000
PATHS = [f"/api/v1/thing{number}/items/{{item_id}}" for number in range(COUNT)]
ASKED = {
    "first": ("/api/v1/thing0/items/5", 200),
    "last": (f"/api/v1/thing{COUNT - 1}/items/5", 200),
    "missing": ("/api/v1/nothing/items/5", 404),
}


def on_typed(package: str, name: str) -> Any:
    app = getattr(importlib.import_module(package), name)()
    for path in PATHS:

        @app.get(path)
        async def endpoint(item_id: str) -> dict[str, str]:
            return {"item": item_id}

    return app


def on_toolkit(package: str, module: str, name: str) -> Any:
    response = importlib.import_module(f"{package}.responses").JSONResponse
    route = importlib.import_module(f"{package}.routing").Route

    async def endpoint(request: Any) -> Any:
        return response({"item": request.path_params["item_id"]})

    application = getattr(importlib.import_module(f"{package}.{module}"), name)
    return application(routes=[route(path, endpoint) for path in PATHS])


def on_blacksheep() -> Any:
    from blacksheep import Application
    from blacksheep import json as as_json

    app: Any = Application()
    for path in PATHS:

        @app.router.get(path)
        async def endpoint(item_id: str) -> Any:
            return as_json({"item": item_id})

    asyncio.run(app.start())
    return app


BUILD = {
    "webfoot": lambda: on_typed("webfoot", "Webfoot"),
    "fastapi": lambda: on_typed("fastapi", "FastAPI"),
    "webfoot.web": lambda: on_toolkit("webfoot.web", "application", "WebApp"),
    "starlette": lambda: on_toolkit("starlette", "applications", "Starlette"),
    "blacksheep": on_blacksheep,
}


def main(stack: str) -> None:
    app = BUILD[stack]()
    times: dict[str, list[float]] = {which: [] for which in ASKED}
    for path, status in ASKED.values():
        cpu_us(app, path, status, 50)
    for _ in range(5):
        for which, (path, status) in ASKED.items():
            times[which].append(cpu_us(app, path, status, 300))
    # The least of several is the run that was disturbed least.
    print(json.dumps({which: min(several) for which, several in times.items()}))


if __name__ == "__main__":
    main(sys.argv[1])
