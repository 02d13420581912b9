"""The report: benchmarks/report.md for people, report.json with every single run."""

from __future__ import annotations

import json
import platform
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from benchmarks.budgets import BUDGETS, Figures
from benchmarks.cases import Echo
from benchmarks.memory import Held, Tally
from benchmarks.processes import Finding
from benchmarks.turns import Measured, Outcome, Plan, middle

HERE = Path(__file__).resolve().parent

PACKAGES = (
    "webfoot", "uvloop", "httptools", "h11", "pydantic", "uvicorn", "websockets", "granian", "hypercorn", "wsproto",
    "starlette", "fastapi", "blacksheep",
)  # fmt: skip

ABOUT = """\
Made by `python -m benchmarks`. Ours and one peer run in turn, each time in a fresh process: one worker, uvloop, access
log off, the server alone on one core, the load generator (wrk, 32 connections) on another, warm-up thrown away.
WebSocket messages come from a generator of our own, which offers no compression. *CPU us* is the user and system time
of the server's process group divided by the requests (or messages) answered. *Ratio* is ours divided by the peer's,
turn by turn: the median, with the least and the greatest in parentheses. Absolute figures are those of one machine at
one hour; only the ratios mean something elsewhere.
"""

ABOUT_MEMORY = """\
What the server's processes hold (RSS), before the connections come and with all of them open and idle; each has been
answered once. *After* is when they have gone again. The kernel's buffers are not in it.
"""


def write(figures: Figures, plan: Plan, directory: Path = HERE) -> Path:
    """Write both files and give the path of the readable one."""
    page = directory / "report.md"
    page.write_text(as_markdown(figures, plan))
    data = {
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
        "versions": versions(),
        "rounds": plan.rounds,
        "seconds": plan.seconds,
        "wire": [outcome.as_json() for outcome in figures.cases.values()],
        "memory": [tally.as_json() for tally in figures.memory.values()],
        "inside": [finding.as_json() for finding in figures.inside.values()],
    }
    (directory / "report.json").write_text(json.dumps(data, indent=1) + "\n")
    return page


def as_markdown(figures: Figures, plan: Plan) -> str:
    parts = ["# webfoot and its peers, side by side", ABOUT, about_this_run(plan)]
    if figures.cases:
        parts.append("## On a real socket")
        parts += [wire_table(outcome) for outcome in figures.cases.values()]
    if figures.memory:
        parts += ["## Memory of idle connections", ABOUT_MEMORY]
        parts += [memory_table(tally) for tally in figures.memory.values()]
    if figures.inside:
        parts.append("## Inside a process")
        parts += [inside_table(finding) for finding in figures.inside.values()]
    parts += ["## Budgets", budget_table(figures)]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def about_this_run(plan: Plan) -> str:
    when = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    listed = ", ".join(f"{name} {number}" for name, number in versions().items())
    return f"{when}; {plan.rounds} rounds of {plan.seconds} s; {platform.machine()}, {platform.system()}; {listed}."


def versions() -> dict[str, str]:
    found = {"Python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found


def wire_table(outcome: Outcome) -> str:
    ours = [run for pair in outcome.pairs for run in pair.ours]
    rows = [_wire_row(outcome.case.ours.label, ours, "")] if ours else []
    rows += [_wire_row(pair.peer.label, pair.theirs, _spread(pair.ratios())) for pair in outcome.pairs]
    each = "messages/s" if isinstance(outcome.case.work, Echo) else "requests/s"
    table = as_table(("stack", "CPU us", each, "p99 ms", "ratio (ours / this)"), rows)
    notes = [f"Not measured: {reason}." for reason in outcome.failed.values()]
    return "\n\n".join([f"### {outcome.case.key}: {outcome.case.title}", table, *notes])


def _wire_row(label: str, runs: list[Measured], ratio: str) -> tuple[str, ...]:
    return (
        label,
        f"{middle([run.cpu_us for run in runs]):.1f}",
        f"{middle([run.per_second for run in runs]):,.0f}",
        f"{middle([run.p99_ms for run in runs]):.2f}",
        ratio,
    )


def _spread(ratios: list[float]) -> str:
    return f"**{middle(ratios):.2f}** ({min(ratios):.2f} - {max(ratios):.2f})"


def memory_table(tally: Tally) -> str:
    rows = []
    for contender in (tally.crowd.ours, *tally.crowd.peers):
        if rounds := tally.rounds.get(contender.key):
            ratios = tally.ratios(contender.key) if contender is not tally.crowd.ours else []
            rows.append(_memory_row(contender.label, rounds, _spread(ratios) if ratios else ""))
    table = as_table(("stack", "before MiB", "with them MiB", "after MiB", "bytes each", "ratio (ours / this)"), rows)
    notes = [f"Not measured: {reason}." for reason in tally.failed.values()]
    number = max((held.connections for rounds in tally.rounds.values() for held in rounds), default=0)
    return "\n\n".join([f"### {tally.crowd.key}: {number:,} {tally.crowd.title}", table, *notes])


def _memory_row(label: str, rounds: list[Held], ratio: str) -> tuple[str, ...]:
    sizes = [[held.before for held in rounds], [held.during for held in rounds], [held.after for held in rounds]]
    each = middle([held.each for held in rounds])
    return (label, *(f"{middle(size) / 2**20:.1f}" for size in sizes), f"{each:,.0f}", ratio)


def inside_table(finding: Finding) -> str:
    stacks = {stack: finding.middle(stack) for stack in finding.rounds if finding.rounds[stack]}
    names = next(iter(stacks.values()), {})
    rows = [(stack, *(f"{said[name]:.3g}" for name in names)) for stack, said in stacks.items()]
    notes = [f"Not measured: {reason}." for reason in finding.failed.values()]
    return "\n\n".join([f"### {finding.inside.key}: {finding.inside.title}", as_table(("stack", *names), rows), *notes])


def budget_table(figures: Figures, *, all_of_them: bool = True) -> str:
    rows = []
    for budget in BUDGETS:
        measured, verdict = budget.verdict(figures)
        if measured or all_of_them:
            rows.append((budget.work, budget.against, f"{budget.at_most}x", measured, verdict))
    return as_table(("work", "against", "at most", "measured", "verdict"), rows)


def as_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell or " " for cell in line) + " |" for line in lines)
