"""How evenly workers share the load: `python -m benchmarks.balance [--workers N] [--connections N]`.

Two ways to share a port are measured side by side, each with both event loops:

    shared      one listening socket, which all workers accept from (what `webfoot run --workers` does)
    reuseport   a socket of its own for each worker, among which the kernel spreads connections by their addresses

and two crowds of clients:

    kept        so many connections that are opened at once and kept: how many of them each worker holds
    fresh       connections for one request each, some at a time: how many requests each worker answers
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

_APP = "benchmarks.apps.who:app"
_HOST = "127.0.0.1"
_REQUEST = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser("python -m benchmarks.balance", description=__doc__.partition(":")[0])
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--connections", type=int, default=200, help="kept connections (200)")
    parser.add_argument("--requests", type=int, default=4000, help="requests on fresh connections (4000)")
    asked = parser.parse_args(arguments)
    print("| sharing | loop | kept: fewest / most | fresh: fewest / most |\n|---|---|---|---|")
    for loop in ("uvloop", "asyncio"):
        for name, serving in (("shared", shared), ("reuseport", reuseport)):
            with serving(asked.workers, loop) as port:
                kept, fresh = asyncio.run(measure(port, asked.workers, asked.connections, asked.requests))
            print(f"| {name} | {loop} | {shares(kept, asked.workers)} | {shares(fresh, asked.workers)} |", flush=True)
    return 0


def shares(counts: Counter[str], workers: int) -> str:
    """The smallest and the largest share of a worker, in percent of what an even one would be."""
    found = [*counts.values(), *[0] * (workers - len(counts))]
    even = sum(found) / workers
    return f"{min(found) / even:.0%} / {max(found) / even:.0%}"


@contextmanager
def shared(workers: int, loop: str) -> Iterator[int]:
    flags = ("--workers", str(workers), "--loop", loop)
    with _listening(reuseport=False) as listening, _serving([(listening, *flags)]):
        yield listening.getsockname()[1]


@contextmanager
def reuseport(workers: int, loop: str) -> Iterator[int]:
    with _listening(reuseport=True) as first:
        port = first.getsockname()[1]
        others = [_listening(reuseport=True, port=port) for _ in range(workers - 1)]
        sockets = [first, *others]
        try:
            with _serving([(each, "--loop", loop) for each in sockets], close=sockets):
                yield port
        finally:
            for each in others:
                each.close()


def _listening(reuseport: bool, port: int = 0) -> socket.socket:
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, int(reuseport))
    listening.bind((_HOST, port))
    listening.listen(2048)
    return listening


@contextmanager
def _serving(
    servers: Sequence[tuple[socket.socket, *tuple[str, ...]]], close: Sequence[socket.socket] = ()
) -> Iterator[None]:
    processes = []
    try:
        for listening, *flags in servers:
            number = listening.fileno()
            words = [sys.executable, "-m", "webfoot", "run", _APP, "--fd", str(number), "--no-access-log", *flags]
            processes.append(subprocess.Popen(words, pass_fds=[number], stderr=subprocess.PIPE, text=True))
        for each in close:  # or the kernel would give connections to a socket that nobody accepts from
            each.close()
        for process in processes:
            assert process.stderr is not None
            line = process.stderr.readline()
            if "serving" not in line:
                raise SystemExit(f"the server did not start: {line}")
        yield
    finally:
        for process in processes:
            process.send_signal(signal.SIGTERM)
        for process in processes:
            process.communicate()


async def measure(port: int, workers: int, connections: int, requests: int) -> tuple[Counter[str], Counter[str]]:
    """How many connections each worker holds, and how many requests on fresh connections each answers."""
    opened = await asyncio.gather(*(asyncio.open_connection(_HOST, port) for _ in range(connections)))
    kept = Counter(await asyncio.gather(*(ask(reader, writer) for reader, writer in opened)))
    for _, writer in opened:
        writer.close()
    fresh: Counter[str] = Counter()
    turns = iter(range(requests))

    async def client() -> None:
        for _ in turns:
            reader, writer = await asyncio.open_connection(_HOST, port)
            fresh[await ask(reader, writer)] += 1
            writer.close()

    await asyncio.gather(*(client() for _ in range(8 * workers)))
    return kept, fresh


async def ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> str:
    """The pid of the process that answers."""
    writer.write(_REQUEST)
    head = await reader.readuntil(b"\r\n\r\n")
    size = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
    return (await reader.readexactly(size)).decode()


if __name__ == "__main__":
    os.environ.setdefault("PYTHONUNBUFFERED", "1")
    sys.exit(main())
