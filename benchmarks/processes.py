"""The measurements inside a process: which programs of `benchmarks.inside` run, and their figures side by side."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import median

from benchmarks.failure import Failure
from benchmarks.inside.imports import NAMES
from benchmarks.inside.routes import BUILD
from benchmarks.serving import ROOT
from benchmarks.turns import Plan

RUN_WITHIN = 180

Figures = dict[str, float]


@dataclass(frozen=True, slots=True)
class Inside:
    """One program of `benchmarks.inside`, run for each stack in turn."""

    key: str
    title: str
    stacks: tuple[str, ...]


INSIDE = (
    Inside("routes", "1000 routes, CPU us per request in process", tuple(BUILD)),
    Inside("toolkit", "plain, JSON, mounts, five layers: CPU us per request in process", ("webfoot.web", "starlette")),
    Inside("layers", "what one layer adds, CPU us per request in process", ("webfoot.web", "starlette")),
    Inside("overrides", "two dependencies, CPU us per request in process", ("webfoot", "fastapi")),
    Inside("schema", "1000 POST routes imported, built, described: CPU s, peak MB", ("webfoot", "fastapi")),
    Inside("trail", "raw hello without a socket, CPU us: trail off, trail removed", ("webfoot",)),
    Inside("guard", "what the ASGI guard adds, CPU us per request in process", ("webfoot",)),
    Inside("imports", "import, CPU s", tuple(NAMES)),
)


@dataclass(slots=True)
class Finding:
    """What the stacks said, one dictionary of figures per round."""

    inside: Inside
    rounds: dict[str, list[Figures]] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)

    def middle(self, stack: str) -> Figures:
        said = self.rounds[stack]
        return {name: median(figures[name] for figures in said) for name in said[0]}

    def ratios(
        self, stack: str, value: Callable[[Figures], float], against: str, other: Callable[[Figures], float]
    ) -> list[float]:
        """`value` of `stack` divided by `other` of `against`, round by round."""
        pairs = zip(self.rounds.get(stack, []), self.rounds.get(against, []), strict=False)
        return [value(mine) / other(theirs) for mine, theirs in pairs]

    def as_json(self) -> dict[str, object]:
        return {"case": self.inside.key, "title": self.inside.title, "failed": self.failed, "rounds": self.rounds}


def ask(inside: Inside, plan: Plan) -> Finding:
    """Run the program for each stack, round by round. A stack that fails is noted and left out."""
    finding = Finding(inside)
    for _ in range(plan.rounds):
        for stack in inside.stacks:
            if stack not in finding.failed:
                try:
                    finding.rounds.setdefault(stack, []).append(_run(inside.key, stack, plan.server_core))
                except Failure as failure:
                    finding.failed[stack] = str(failure)
    return finding


def _run(program: str, stack: str, core: int) -> Figures:
    words = ["taskset", "-c", str(core), sys.executable, "-m", f"benchmarks.inside.{program}", stack]
    try:
        done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=RUN_WITHIN, check=False)
    except subprocess.TimeoutExpired as error:
        raise Failure(f"{program} {stack} took longer than {RUN_WITHIN} s") from error
    if done.returncode != 0:
        raise Failure(f"{program} {stack} failed: {(done.stderr or done.stdout).strip().splitlines()[-1:]}")
    figures: Figures = json.loads(done.stdout)
    return figures
