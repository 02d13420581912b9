"""`python -m tests.soak watched`: a million requests through each way of watching them; memory must stay bounded.

Each way is a command in processes of its own (see `watchers`), visited over loopback (see `visitors`). Memory and files
are looked at before, at a tenth of the requests, when all that is bounded is full, and at several moments until the
end. The bounds stand in `limits`, with their reasons. Nothing else is needed for it, but Linux's /proc.
"""

from __future__ import annotations

import argparse
import json
import platform
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from functools import partial
from http.client import HTTPException
from pathlib import Path
from typing import Final

from tests.soak.limits import watched_verdict
from tests.soak.visitors import rounds
from tests.soak.watchers import WAYS, Command, Held, Way, commanded
from tests.soak.watching import MIB

import webfoot

SHARES: Final = (0.0, 0.1, 0.25, 0.5, 0.75, 1.0)
"""Of the requests, or of the time that there is for them, whichever comes first."""

SETTLED: Final = 3.0
"""Seconds after the start, and after the last request, in which what was put off is done: the process is there that
`webfoot dev` keeps at hand; journeys are gone through and written down."""

REPORT: Final = Path(__file__).resolve().parents[2] / "benchmarks" / "watched.md"

_MOMENTS: Final = (*(f"{share:.0%}" for share in SHARES), "at rest")
_HEAD: Final = (
    "way of watching", "requests", "s", *_MOMENTS, "grown", "bytes each", "supervisor", "files", "verdict",
)  # fmt: skip

_ABOUT: Final = """\
# Memory while requests are watched

Made by `python -m tests.soak watched`. Each way of watching is a command of its own, with the application of
`tests/soak/pond.py`; `tests/soak/visitors.py` tells what comes: hellos, JSON bodies of 4 kB, 404, 422, 500, secrets in
paths, slow ones, clients that leave, WebSockets, streams of events, and no two requests the same.

MiB of memory (RSS without files) of the largest worker: before the first request, after a tenth of them, when all that
is bounded is full, and so on; *at rest* is three seconds after the last one, when journeys have been written down.
*Grown* is the growth of a worker from that tenth to the last request, *bytes each* the same for one request.
*Supervisor* is the process that starts the workers, and *files* is all that was written into the directories for
temporary and for run-time files, at the end, in MiB: the recorder's files, which its workers have in memory as far as
they were ever written to, and the journeys that outlast a restart. A way ends after a million requests, or when its
time is over. After the last request neither the page nor the recorder may have one under way, and nothing may be left
in the directory for temporary files when the command has ended. The bounds and their reasons: `tests/soak/limits.py`.
"""


@dataclass(slots=True)
class Soaked:
    """What was held at each moment by one way of watching, and what was wrong with it. at_rest: when all was over."""

    way: Way
    helds: list[Held] = field(default_factory=list)
    at_rest: Held | None = None
    seconds: float = 0.0
    fault: str = ""

    @property
    def grown(self) -> int:
        """Of that worker which grew most since a tenth of the requests."""
        early, late = self.helds[1].workers, self.helds[-1].workers
        return max(late[pid] - early[pid] for pid in late if pid in early)


def main(arguments: Sequence[str]) -> int:
    asked = read(arguments)
    soaked: list[Soaked] = []
    print(" | ".join(_HEAD))
    ways = [each for each in WAYS if not asked.ways or each.key in asked.ways]
    with ProcessPoolExecutor(asked.at_once) as processes:
        for each in processes.map(partial(soak, requests=asked.requests, seconds=asked.seconds), ways):
            soaked.append(each)
            unwatched = next((each for each in soaked if each.way.key == "run"), None)
            each.fault = each.fault or watched_verdict(each, unwatched)
            print(" | ".join(row(each)), flush=True)
    if not asked.ways:
        print(f"Written: {write(soaked, asked.write)}")
    return 1 if any(each.fault for each in soaked) else 0


def read(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m tests.soak watched", description="Memory while requests are watched.")
    parser.add_argument("ways", nargs="*", metavar="WAY", help=f"of {', '.join(way.key for way in WAYS)} (all)")
    parser.add_argument("--requests", type=int, default=1_000_000, help="through each way (1000000)")
    parser.add_argument("--seconds", type=float, default=900, help="for each way; then it ends with fewer (900)")
    parser.add_argument("--at-once", type=int, default=1, help="ways that are soaked side by side (1)")
    parser.add_argument("--write", type=Path, default=REPORT, help="file for the report of all ways")
    asked = parser.parse_args(arguments)
    if unknown := [name for name in asked.ways if name not in [way.key for way in WAYS]]:
        parser.error(f"no way of watching is called {unknown[0]!r}")
    return asked


def soak(way: Way, requests: int, seconds: float) -> Soaked:
    """Stops by itself after so many requests or seconds."""
    soaked = Soaked(way)
    with commanded(way) as command:
        try:
            _visit(command, soaked, requests, seconds)
            soaked.fault = command.left_over(way)
        except (AssertionError, OSError, HTTPException) as error:
            soaked.fault = str(error) or type(error).__name__
        soaked.fault = soaked.fault or command.end()
    return soaked


def _visit(command: Command, soaked: Soaked, requests: int, seconds: float) -> None:
    time.sleep(SETTLED)
    began, made, moments = time.monotonic(), 0, list(SHARES)
    visits = rounds(command.port)
    while moments:
        share = max(made / requests, (time.monotonic() - began) / seconds)
        if share >= moments[0]:
            moments.pop(0)
            soaked.helds.append(command.held(made))
        else:
            made += next(visits)
    visits.close()
    soaked.seconds = time.monotonic() - began
    time.sleep(SETTLED)
    soaked.at_rest = command.held(made)


def row(soaked: Soaked) -> tuple[str, ...]:
    helds = soaked.helds
    if soaked.at_rest is None:
        return (soaked.way.title, *[""] * (len(_HEAD) - 2), soaked.fault)
    last = helds[-1]
    each = soaked.grown / (last.requests - helds[1].requests)
    return (
        soaked.way.title,
        f"{last.requests:,}",
        f"{soaked.seconds:.0f}",
        *(f"{held.largest / MIB:.1f}" for held in helds),
        f"{soaked.at_rest.largest / MIB:.1f}",
        f"{soaked.grown / MIB:+.1f}",
        f"{each:+.1f}",
        f"{helds[1].supervisor / MIB:.1f} - {last.supervisor / MIB:.1f}" if last.supervisor else "",
        f"{soaked.at_rest.files / MIB:.1f}",
        soaked.fault or "bounded",
    )


def write(soaked: list[Soaked], page: Path) -> str:
    """The table for people, and each moment beside it as JSON. Gives the name of the page."""
    about = f"{datetime.now(UTC):%Y-%m-%d %H:%M UTC}; {platform.machine()}, {platform.system()}; "
    about += f"Python {platform.python_version()}, webfoot {webfoot.__version__}."
    lines = [_HEAD, ["---"] * len(_HEAD), *map(row, soaked)]
    table = "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
    page.write_text("\n\n".join((_ABOUT.strip(), about, table)) + "\n")
    page.with_suffix(".json").write_text(json.dumps([asdict(each) for each in soaked], indent=1) + "\n")
    return page.name
