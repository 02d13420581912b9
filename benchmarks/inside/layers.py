"""What a single layer adds to a raw ASGI application: compression that has nothing to do, and a limit that holds."""

from __future__ import annotations

import importlib
import json
import sys
from typing import Any

from benchmarks.inside.calling import ASGIApp, cpu_us

ROUNDS, CALLS = 15, 1000


def serving(body: bytes, content_type: bytes) -> ASGIApp:
    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        headers = [(b"content-type", content_type), (b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return app


SMALL, PICTURE = serving(b"quack", b"text/plain"), serving(bytes(5000), b"image/png")


def pairs(package: str) -> dict[str, tuple[ASGIApp, ASGIApp]]:
    """Figure -> the application, and the same behind the layer."""
    gzip = importlib.import_module(f"{package}.middleware.gzip").GZipMiddleware
    limit = importlib.import_module(f"{package}.middleware.body_limit").RequestBodyLimitMiddleware
    return {
        "gzip, too small": (SMALL, gzip(SMALL)),
        "gzip, a picture": (PICTURE, gzip(PICTURE)),
        "body limit": (SMALL, limit(SMALL, 1_000_000)),
    }


def main(stack: str) -> None:
    added: dict[str, float] = {}
    for figure, (bare, layered) in pairs(stack).items():
        without = min(cpu_us(bare, "/", 200, CALLS) for _ in range(ROUNDS))
        added[figure] = min(cpu_us(layered, "/", 200, CALLS) for _ in range(ROUNDS)) - without
    print(json.dumps(added))


if __name__ == "__main__":
    main(sys.argv[1])
