"""`python -m benchmarks [NAME ...] [--quick]`"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from collections.abc import Sequence
from importlib.util import find_spec

from benchmarks.budgets import BUDGETS, Figures
from benchmarks.cases import CASES
from benchmarks.failure import Failure
from benchmarks.memory import CROWDS, weigh
from benchmarks.processes import INSIDE, ask
from benchmarks.report import budget_table, inside_table, memory_table, wire_table, write
from benchmarks.turns import Plan, measure

NAMES = [each.key for each in (*CASES, *CROWDS, *INSIDE)]


def main(arguments: Sequence[str] | None = None) -> int:
    asked = read(arguments)
    try:
        check_tools()
        server_core, load_core = two_cores()
        if asked.quick:
            plan = Plan(rounds=asked.rounds or 1, seconds=1, warm_up=1, server_core=server_core, load_core=load_core)
        else:
            plan = Plan(asked.rounds or 3, asked.seconds, 1, server_core, load_core)
        needed = {budget.needs for budget in BUDGETS} if asked.quick and not asked.names else None
        figures = run(asked.names or NAMES, plan, needed, asked.quick)
    except Failure as failure:
        print(f"benchmarks: {failure}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    is_whole = not (asked.names or asked.quick)
    print(budget_table(figures, all_of_them=is_whole), end="\n\n")
    print(f"Written: {write(figures, plan)}" if is_whole else "Nothing was written: the report is made by a whole run.")
    return 0


def read(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m benchmarks", description="webfoot and its peers, side by side.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"what to measure (all): {', '.join(NAMES)}")
    parser.add_argument("--quick", action="store_true", help="one short round; without names only what has a budget")
    parser.add_argument("--rounds", type=int, help="turns of each pair (3)")
    parser.add_argument("--seconds", type=int, default=3, help="length of one measurement (3)")
    asked = parser.parse_args(arguments)
    if unknown := [name for name in asked.names if name not in NAMES]:
        parser.error(f"nothing is called {unknown[0]!r}; choose from {', '.join(NAMES)}")
    if (asked.rounds is not None and asked.rounds < 1) or asked.seconds < 1:
        parser.error("there must be at least one round of at least one second")
    return asked


def check_tools() -> None:
    """Raises Failure if a program that we call is missing."""
    for tool, package in (("wrk", "wrk"), ("taskset", "util-linux")):
        if shutil.which(tool) is None:
            raise Failure(f"{tool} is not installed (Debian and Ubuntu: apt install {package}).")
    if find_spec("webfoot.cli") is None:
        raise Failure("webfoot is not installed in this environment (make bench does that).")


def two_cores() -> tuple[int, int]:
    """The first two cores that we may run on: one for the server, one for the load."""
    allowed = sorted(os.sched_getaffinity(0))
    if len(allowed) < 2:
        raise Failure("two cores are needed, one for the server and one for the load; this process may use only one.")
    return allowed[0], allowed[1]


def run(names: Sequence[str], plan: Plan, needed: set[str] | None, quick: bool) -> Figures:
    """Measure what `names` say; only what is in `needed` ("case/peer"), if that is given."""
    figures = Figures({}, {})
    for case in CASES:
        peers = [peer for peer in case.peers if needed is None or f"{case.key}/{peer.key}" in needed]
        if case.key in names and peers:
            outcome = measure(case, peers, plan)
            figures.cases[case.key] = outcome
            print(wire_table(outcome), end="\n\n", flush=True)
    for crowd in CROWDS:
        peers = [peer for peer in crowd.peers if needed is None or f"{crowd.key}/{peer.key}" in needed]
        if crowd.key in names and peers:
            tally = weigh(crowd, peers, plan, crowd.quick if quick else crowd.connections)
            figures.memory[crowd.key] = tally
            print(memory_table(tally), end="\n\n", flush=True)
    for inside in INSIDE:
        if inside.key in names and (needed is None or any(each.startswith(f"{inside.key}/") for each in needed)):
            finding = ask(inside, plan)
            figures.inside[inside.key] = finding
            print(inside_table(finding), end="\n\n", flush=True)
    return figures


if __name__ == "__main__":
    sys.exit(main())
