"""`python -m tests.soak` (or `make soak`): gigabytes and hundreds of thousands of requests through one server.

Prints a table, and ends with 1 if anything was out of bounds. Ten minutes are enough for the whole. `python -m
tests.soak watched` is another soak: see `tests.soak.watched`.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from http.client import HTTPException

from tests.soak.flows import FLOODS, FRAMINGS, HTTP_FLOWS, WEBSOCKET_FLOWS, pipelining
from tests.soak.limits import LEAK, PEAK, verdict
from tests.soak.mixture import mix
from tests.soak.served import PART
from tests.soak.watched import main as watched
from tests.soak.watching import MIB, Server, served

_ROW = "{:<10} {:<48} {:>15} {:>7} {:>9} {:>9} {:>10}  {}"


def main() -> int:
    if sys.argv[1:2] == ["watched"]:
        return watched(sys.argv[2:])
    parser = argparse.ArgumentParser("python -m tests.soak", description="Memory and leaks under a long load.")
    parser.add_argument("--mib", type=int, default=2048, help="sent through each flow (2048)")
    parser.add_argument("--requests", type=int, default=200_000, help="of the mixture, for each parser (200000)")
    parser.add_argument("--quiet", type=float, default=5, help="seconds that a flood must be refused (5)")
    asked = parser.parse_args()
    print(_ROW.format("parser", "what", "through", "s", "peak MiB", "growth", "MiB after", "verdict"))
    faults = 0
    for http in ("httptools", "h11"):
        with served(http) as server:
            for name, through, flow in flows(server, asked):
                faults += not soak(server, http, name, through, flow)
            faults += not leak_check(server, http, asked.requests)
    print("all within bounds" if not faults else f"{faults} out of bounds")
    return 1 if faults else 0


def flows(server: Server, asked: argparse.Namespace) -> Iterator[tuple[str, str, Callable[[], object]]]:
    parts = asked.mib * MIB // PART
    for name, flow in HTTP_FLOWS.items():
        for framing in FRAMINGS:
            yield f"{name}, {framing}", f"{asked.mib} MiB", partial(flow, server.port, parts, framing)
    for name, over_frames in WEBSOCKET_FLOWS.items():
        yield f"{name}, WebSocket", f"{asked.mib} MiB", partial(over_frames, server.port, parts)
    for name, request in FLOODS.items():
        yield name, "until stopped", partial(pipelining, server.port, request, asked.quiet)


def soak(server: Server, http: str, name: str, through: str, flow: Callable[[], object]) -> bool:
    began = time.monotonic()
    fault = ""
    with server.watched() as watched:
        try:
            flow()
        except (AssertionError, OSError, HTTPException) as error:
            fault = str(error) or "what came is not what was sent"
    fault = fault or verdict(watched)
    _print(http, name, through, began, watched.peak, watched.growth, server.memory() - watched.before, fault)
    return not fault


def leak_check(server: Server, http: str, requests: int) -> bool:
    mix(server.port, requests // 10)
    state = server.settled({}, within=3)
    began = time.monotonic()
    with server.watched() as watched:
        made = mix(server.port, requests, seed=2)
    after, kept = server.settled(state), server.memory() - watched.before
    fault = "" if after == state else f"left over: {after}, not {state}"
    fault = fault or ("" if kept <= LEAK and watched.peak <= PEAK else f"{kept / MIB:.1f} MiB are kept")
    _print(http, "mixture: good, bad, left, cut", f"{made} requests", began, watched.peak, watched.growth, kept, fault)
    return not fault


def _print(http: str, name: str, through: str, began: float, peak: int, growth: int, after: int, fault: str) -> None:
    sizes = [f"{size / MIB:.1f}" for size in (peak, growth, after)]
    print(_ROW.format(http, name, through, f"{time.monotonic() - began:.1f}", *sizes, fault or "ok"), flush=True)


if __name__ == "__main__":
    sys.exit(main())
