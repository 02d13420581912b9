"""What the trail costs while nobody watches: the same request with the marks, and with every mark taken out.

Both variants live in one process and run in turn, because the difference is smaller than that between two processes.
"""

from __future__ import annotations

import ast
import asyncio
import json
import re
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.machinery import SourceFileLoader
from statistics import median
from typing import Any

import uvloop

from benchmarks.apps.raw import app

HELLO = b"GET / HTTP/1.1\r\nHost: 127.0.0.1:8000\r\n\r\n"
BATCHES, REQUESTS = 100, 200


class WithoutTrail(ast.NodeTransformer):
    """Takes out each `if` that asks whether somebody watches."""

    def __init__(self) -> None:
        self.removed = 0

    def visit_If(self, node: ast.If) -> ast.AST | list[ast.stmt]:
        self.generic_visit(node)
        if not re.fullmatch(r"([\w.]+\.)?trail is not None", ast.unparse(node.test)):
            return node
        self.removed += 1
        return node.orelse or ast.Pass()


@contextmanager
def without_trail() -> Iterator[WithoutTrail]:
    """In this block modules of webfoot are imported anew and without their marks."""
    transformer = WithoutTrail()
    compile_as_it_is = SourceFileLoader.source_to_code

    def source_to_code(self: SourceFileLoader, data: Any, path: Any, *rest: Any, **options: Any) -> Any:
        if not self.name.startswith("webfoot."):
            return compile_as_it_is(self, data, path, *rest, **options)
        return compile(ast.fix_missing_locations(transformer.visit(ast.parse(data))), path, "exec", dont_inherit=True)

    for name in [name for name in sys.modules if name.partition(".")[0] == "webfoot"]:
        del sys.modules[name]
    with tempfile.TemporaryDirectory() as cache:
        # Compiled files on disk would be taken otherwise, and ours must not be left there.
        sys.pycache_prefix = cache
        SourceFileLoader.source_to_code = source_to_code  # type: ignore[method-assign, assignment]
        try:
            yield transformer
        finally:
            SourceFileLoader.source_to_code = compile_as_it_is  # type: ignore[method-assign]
            sys.pycache_prefix = None


class QuietWire:
    """A wire that goes nowhere (`webfoot.server.protocol.face.Wire`)."""

    client, server, scheme, congested, tls = ("127.0.0.1", 50000), ("127.0.0.1", 8000), "http", False, None
    origin = None

    def __init__(self) -> None:
        self.written = 0

    def write(self, data: bytes) -> None:
        self.written += 1

    def resume_reading(self) -> None: ...


class Variant:
    """The server's modules as they are imported now, with one connection."""

    def __init__(self) -> None:
        from webfoot.server.gateway.service import Service
        from webfoot.server.http1.connection import Http1Connection
        from webfoot.server.settings.options import ServerOptions

        self.wire = QuietWire()
        service = Service(app, ServerOptions(access_log=False))
        self.connection = Http1Connection(self.wire, service, None)  # type: ignore[arg-type]

    async def run(self) -> float:
        """CPU us of one raw hello, from its bytes to the bytes of its answer."""
        self.wire.written = 0
        before = time.process_time()
        for _ in range(REQUESTS):
            self.connection.receive(HELLO)
            await asyncio.sleep(0)
        spent = time.process_time() - before
        if self.wire.written != REQUESTS:
            raise SystemExit(f"{self.wire.written} answers to {REQUESTS} requests")
        return spent / REQUESTS * 1e6


async def measure() -> dict[str, float]:
    off = Variant()
    with without_trail() as transformer:
        removed = Variant()
    times = [(await off.run(), await removed.run()) for _ in range(BATCHES)]
    return {
        "off": min(time for time, _ in times),
        "removed": min(time for _, time in times),
        "ratio": median(one / other for one, other in times),
        "blocks": transformer.removed,
    }


if __name__ == "__main__":
    print(json.dumps(uvloop.run(measure())))
