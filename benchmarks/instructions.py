"""How many machine instructions the server spends on one exchange: `python -m benchmarks.instructions [NAME ...]`.

Time depends on what else the machine does; a count of instructions does not, so it shows a change of one per cent on
a busy machine. It is no substitute for CPU time: the kernel's part is not in it, and instructions are not equally
dear. `benchmarks.inside.exchanges` runs under valgrind's callgrind, with memory in the place of the socket; start-up
and warm-up do not count. The floor (the harness, the loop, a canned reply) is measured too and taken off.

    python -m benchmarks.instructions --save before.json
    python -m benchmarks.instructions --against before.json
    python -m benchmarks.instructions hello --top 30          and which C functions they were spent in
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from benchmarks.failure import Failure
from benchmarks.inside.exchanges import EXCHANGES
from benchmarks.report import as_table
from benchmarks.serving import ROOT

FLOOR = "floor"
RUN_WITHIN = 600


def main(arguments: Sequence[str] | None = None) -> int:
    asked = read(arguments)
    names = [FLOOR, *(name for name in asked.names or EXCHANGES if name != FLOOR)]
    try:
        before = json.loads(Path(asked.against).read_text()) if asked.against else {}
        with tempfile.TemporaryDirectory() as directory:
            parts = count(names, asked, Path(directory))
            counts = {name: total(part) // asked.count for name, part in parts.items()}
            print(table(counts, before))
            for name in names if asked.top else ():
                print(f"\n{EXCHANGES[name].title}:\n" + dearest(parts[name], asked.top, asked.count))
    except (Failure, OSError, json.JSONDecodeError) as failure:
        print(f"benchmarks.instructions: {failure}", file=sys.stderr)
        return 1
    if asked.save:
        Path(asked.save).write_text(json.dumps(counts, indent=1) + "\n")
    return 0


def read(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m benchmarks.instructions", description="Instructions per exchange.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"what to count (all): {', '.join(EXCHANGES)}")
    parser.add_argument("--count", type=int, default=500, help="exchanges of each (500)")
    parser.add_argument("--http", choices=("httptools", "h11"), default="httptools")
    parser.add_argument("--loop", choices=("uvloop", "asyncio"), default="uvloop")
    parser.add_argument("--top", type=int, default=0, metavar="N", help="show the N dearest C functions of each")
    parser.add_argument("--save", metavar="FILE", help="write the counts as JSON")
    parser.add_argument("--against", metavar="FILE", help="show what has changed since these counts")
    asked = parser.parse_args(arguments)
    if unknown := [name for name in asked.names if name not in EXCHANGES]:
        parser.error(f"nothing is called {unknown[0]!r}; choose from {', '.join(EXCHANGES)}")
    if asked.count < 1:
        parser.error("there must be at least one exchange")
    return asked


def count(names: Sequence[str], asked: argparse.Namespace, directory: Path) -> dict[str, Path]:
    """Callgrind's account of each name's exchanges, without start-up and warm-up."""
    if shutil.which("valgrind") is None:
        raise Failure("valgrind is not installed (Debian and Ubuntu: apt install valgrind).")
    account = directory / "callgrind.out"
    # The program calls getloadavg() before and after what is to be counted; callgrind begins a new part there.
    words = ["valgrind", "--tool=callgrind", "--dump-before=getloadavg", f"--callgrind-out-file={account}"]
    words += [sys.executable, "-m", "benchmarks.inside.exchanges", *names]
    words += ["--count", str(asked.count), "--http", asked.http, "--loop", asked.loop]
    done = subprocess.run(
        words,
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": "0"},
        capture_output=True,
        text=True,
        timeout=RUN_WITHIN,
        check=False,
    )
    parts = {name: directory / f"callgrind.out.{2 * place + 2}" for place, name in enumerate(names)}
    if done.returncode != 0 or not all(part.exists() for part in parts.values()):
        raise Failure(f"the run under valgrind failed: {(done.stderr or done.stdout).strip().splitlines()[-1:]}")
    return parts


def total(part: Path) -> int:
    found = re.search(r"^totals: (\d+)", part.read_text(), re.MULTILINE)
    if found is None:
        raise Failure(f"callgrind's account has no total: {part.name}")
    return int(found[1])


def table(counts: dict[str, int], before: dict[str, int]) -> str:
    rows = []
    for name, number in counts.items():
        row = [name, EXCHANGES[name].title, f"{number:,}", f"{number - counts[FLOOR]:,}" if name != FLOOR else ""]
        if before:
            known = before.get(name)
            row.append(f"{number - known:+,} ({(number - known) / known:+.1%})" if known else "")
        rows.append(row)
    return as_table(("name", "exchange", "instructions", "without the floor", *(["change"] if before else [])), rows)


def dearest(part: Path, most: int, exchanges: int) -> str:
    """The C functions that most instructions were spent in, themselves and not what they call; per exchange."""
    spent: Counter[str] = Counter()
    names: dict[str, str] = {}
    function, is_callee = "", False
    for line in part.read_text().splitlines():
        if entry := re.match(r"(c?fn)=(\(\d+\))(?: (.*?)(?:'\d+)?$)?", line):
            kind, number, name = entry.groups()
            if name is not None:  # said once, when the number is new
                names[number] = name
            if kind == "fn":
                function = names[number]
        elif line.startswith("calls="):
            is_callee = True  # the next line is what the callee cost
        elif cost := re.match(r"[+*-]?\d* (\d+)$", line):
            if not is_callee:
                spent[function] += int(cost[1])
            is_callee = False
    rows = [(f"{number // exchanges:,}", name) for name, number in spent.most_common(most)]
    return as_table(("instructions", "C function"), rows)


if __name__ == "__main__":
    sys.exit(main())
