"""What the figures are held against: webfoot's promises, as ratios."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from statistics import median

from benchmarks.memory import Tally
from benchmarks.processes import Finding
from benchmarks.turns import Outcome


@dataclass(frozen=True, slots=True)
class Figures:
    """All that was measured, by key."""

    cases: dict[str, Outcome]
    inside: dict[str, Finding]
    memory: dict[str, Tally] = field(default_factory=dict)

    def wire(self, case: str, peer: str) -> list[float]:
        return self.cases[case].ratios(peer) if case in self.cases else []

    def added(self, case: str, peer: str) -> list[float]:
        """CPU us that the peer, which is ours with somebody who watches, spends on a request more than ours."""
        pairs = self.cases[case].pairs if case in self.cases else []
        runs = (
            (mine, other)
            for pair in pairs
            if pair.peer.key == peer
            for mine, other in zip(pair.ours, pair.theirs, strict=True)
        )
        return [other.cpu_us - mine.cpu_us for mine, other in runs]

    def held(self, crowd: str, peer: str) -> list[float]:
        return self.memory[crowd].ratios(peer) if crowd in self.memory else []

    def within(self, program: str, stack: str, figure: str, against: str, other: str) -> list[float]:
        finding = self.inside.get(program)
        if finding is None:
            return []
        return finding.ratios(stack, lambda said: said[figure], against, lambda said: said[other])

    def said(self, program: str, stack: str, figure: str) -> list[float]:
        """Where the program itself has made a ratio."""
        finding = self.inside.get(program)
        return [figures[figure] for figures in finding.rounds.get(stack, [])] if finding is not None else []


@dataclass(frozen=True, slots=True)
class Budget:
    """A ratio is judged as the report prints it, with two digits, so that no reader finds 0.44 within 0.4."""

    work: str
    against: str
    at_most: str
    ratios: Callable[[Figures], list[float]]
    needs: str
    """The case, or the program in `inside`, that has to run for it; with the peer where there is one."""

    def verdict(self, figures: Figures) -> tuple[str, str]:
        """What was measured, and "met", "NOT met" or "not measured"."""
        ratios = self.ratios(figures)
        if not ratios:
            return "", "not measured"
        ratio = median(ratios)
        met = round(ratio, 2) <= float(self.at_most)
        return f"{ratio:.2f} ({min(ratios):.2f} - {max(ratios):.2f})", "met" if met else "NOT met"


_RIVALS = (("uvicorn", "Uvicorn (httptools, uvloop)"), ("granian", "Granian (uvloop)"))


def _ahead(figure: Callable[[Figures, str, str], list[float]], key: str, work: str) -> tuple[Budget, ...]:
    """Ahead of the two servers that lead the others: a ratio below 1, as it is printed."""
    return tuple(
        Budget(work, label, "0.99", partial(_ratios, figure, key, peer), f"{key}/{peer}") for peer, label in _RIVALS
    )


def _ratios(figure: Callable[[Figures, str, str], list[float]], key: str, peer: str, figures: Figures) -> list[float]:
    return figure(figures, key, peer)


def _toolkit(**works: str) -> tuple[Budget, ...]:
    """At least 1.5 times as fast as the toolkit whose names ours has, each figure of both from the same round."""
    return tuple(
        Budget(f"toolkit: {work}", "Starlette", "0.67", partial(_against_starlette, figure), "toolkit/starlette")
        for figure, work in works.items()
    )


def _watched(peer: str, at_most: str, words: str) -> tuple[Budget, ...]:
    """What it adds to a request."""
    works = {"recorder": "raw ASGI hello", "typed-recorder": "typed POST"}
    return tuple(
        Budget(f"{work}: {words} adds, us", "1 us", at_most, partial(_added, case, peer), f"{case}/{peer}")
        for case, work in works.items()
    )


def _added(case: str, peer: str, figures: Figures) -> list[float]:
    return figures.added(case, peer)


def _against_starlette(figure: str, figures: Figures) -> list[float]:
    return figures.within("toolkit", "webfoot.web", figure, "starlette", figure)


BUDGETS = (
    Budget(
        "raw ASGI hello", "Uvicorn (httptools, uvloop)", "0.60", lambda f: f.wire("hello", "uvicorn"), "hello/uvicorn"
    ),
    Budget("raw ASGI hello", "Granian (uvloop)", "0.99", lambda f: f.wire("hello", "granian"), "hello/granian"),
    Budget("raw ASGI hello", "the floor", "1.8", lambda f: f.wire("hello", "floor"), "hello/floor"),
    *_ahead(Figures.wire, "headers", "hello, ten headers"),
    *_ahead(Figures.wire, "fresh", "hello, ten headers and a fresh one"),
    *_ahead(Figures.wire, "echo-1k", "POST 1 KiB, echoed"),
    *_ahead(Figures.wire, "echo-64k", "POST 64 KiB, echoed"),
    *_ahead(Figures.wire, "echo-1m", "POST 1 MiB, echoed"),
    *_ahead(Figures.wire, "stream", "streamed response, 100 chunks"),
    *_ahead(Figures.wire, "websocket", "WebSocket echo, one connection"),
    *_ahead(Figures.wire, "websockets", "WebSocket echo, 64 connections"),
    *_ahead(Figures.held, "idle", "bytes per idle connection"),
    *_ahead(Figures.held, "idle-websockets", "bytes per idle WebSocket"),
    Budget("GET -> dict", "FastAPI on Uvicorn", "0.33", lambda f: f.wire("get", "fastapi"), "get/fastapi"),
    Budget("typed POST", "FastAPI on Uvicorn", "0.22", lambda f: f.wire("typed", "fastapi"), "typed/fastapi"),
    Budget("typed POST", "by hand, on webfoot", "1.5", lambda f: f.wire("typed", "by_hand"), "typed/by_hand"),
    Budget("typed POST of 20 kB", "FastAPI on Uvicorn", "0.5", lambda f: f.wire("order", "fastapi"), "order/fastapi"),
    Budget("sync endpoint", "FastAPI on Uvicorn", "0.4", lambda f: f.wire("sync", "fastapi"), "sync/fastapi"),
    Budget(
        "1000 routes, API: last",
        "first",
        "1.1",
        lambda f: f.within("routes", "webfoot", "last", "webfoot", "first"),
        "routes/webfoot",
    ),
    Budget(
        "1000 routes, API: 404",
        "first",
        "2",
        lambda f: f.within("routes", "webfoot", "missing", "webfoot", "first"),
        "routes/webfoot",
    ),
    Budget(
        "1000 routes, toolkit: last",
        "first",
        "1.1",
        lambda f: f.within("routes", "webfoot.web", "last", "webfoot.web", "first"),
        "routes/webfoot.web",
    ),
    Budget(
        "1000 routes, toolkit: 404",
        "first",
        "2",
        lambda f: f.within("routes", "webfoot.web", "missing", "webfoot.web", "first"),
        "routes/webfoot.web",
    ),
    *_toolkit(plain="plain text", json="JSON", one_mount="below a mount", three_mounts="below three mounts"),
    Budget(
        "five layers of middleware, us",
        "1 us",
        "1.5",
        lambda f: f.said("toolkit", "webfoot.web", "five_layers"),
        "toolkit/webfoot.web",
    ),
    Budget(
        "one unrelated dependency override",
        "without",
        "1.0",
        lambda f: f.within("overrides", "webfoot", "with", "webfoot", "without"),
        "overrides/webfoot",
    ),
    Budget(
        "trail off",
        "trail removed",
        "1.01",
        lambda f: (
            [said["ratio"] for said in f.inside["trail"].rounds.get("webfoot", [])] if "trail" in f.inside else []
        ),
        "trail/webfoot",
    ),
    *_watched("recorder", "5", "the flight recorder"),
    *_watched("dev", "100", "webfoot dev"),
    Budget("the guard on a raw hello, us", "1 us", "8", lambda f: f.said("guard", "webfoot", "hello"), "guard/webfoot"),
    Budget(
        "the guard on JSON, ten request headers, us",
        "1 us",
        "12",
        lambda f: f.said("guard", "webfoot", "json, ten fields"),
        "guard/webfoot",
    ),
    Budget(
        "1000 POST routes: import, build, openapi(), time",
        "FastAPI",
        "0.4",
        lambda f: f.within("schema", "webfoot", "total", "fastapi", "total"),
        "schema/fastapi",
    ),
    Budget(
        "the same: peak memory",
        "FastAPI",
        "0.5",
        lambda f: f.within("schema", "webfoot", "peak_mb", "fastapi", "peak_mb"),
        "schema/fastapi",
    ),
)
