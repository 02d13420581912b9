"""Fuzz the server, or play inputs again. See docs/fuzzing.md.

python -m fuzz [TARGET ...] [--seconds N]    run each target for N seconds, one after the other (needs atheris)
python -m fuzz TARGET --replay FILE ...      play inputs once and say what they show
python -m fuzz TARGET --shrink FILE          the shortest input that shows the same, written beside FILE
python -m fuzz TARGET --keep                 choose the seeds to commit from the corpus
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

from fuzz.findings import Finding
from fuzz.keep import keep
from fuzz.shrink import shrink
from fuzz.store import CORPUS, FOUND, explain, read_lines, seeds_of
from fuzz.targets import TARGETS


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m fuzz", description="Fuzz the server.")
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=f"of {', '.join(TARGETS)}; default: all")
    parser.add_argument("--seconds", type=int, default=60, help="for each target; default: %(default)s")
    parser.add_argument("--replay", nargs="+", type=Path, metavar="FILE", help="play these inputs and stop")
    parser.add_argument("--shrink", type=Path, metavar="FILE", help="find the shortest input that shows the same")
    parser.add_argument("--keep", action="store_true", help="choose the seeds to commit from the corpus")
    given = parser.parse_args()
    unknown = sorted(set(given.targets) - set(TARGETS))
    if unknown:
        parser.error(f"there is no target {unknown[0]!r}; there are {', '.join(TARGETS)}")
    names = given.targets or list(TARGETS)
    if given.keep:
        for name in names:
            print(f"{name}: {keep(name)} inputs kept")
        return 0
    if given.replay or given.shrink:
        if len(names) != 1:
            parser.error("name the target of the input")
        return _shrink(names[0], given.shrink) if given.shrink else _replay(names[0], given.replay)
    return max([_fuzz(name, given.seconds) for name in names])


def _fuzz(name: str, seconds: int) -> int:
    corpus = CORPUS / name
    corpus.mkdir(parents=True, exist_ok=True)
    FOUND.mkdir(exist_ok=True)
    before = set(FOUND.iterdir())
    for number, data in enumerate(seeds_of(name)):
        (corpus / f"seed-{number:04}").write_bytes(data)
    engine = [sys.executable, "-m", "fuzz.engine", name, str(seconds), str(corpus), str(FOUND)]
    status = subprocess.run(engine, check=False).returncode
    found = sorted(set(FOUND.iterdir()) - before)
    print(f"{name}: {len(found)} findings" + "".join(f"\n  python -m fuzz {name} --replay {each}" for each in found))
    return 1 if found or status else 0


def _replay(name: str, files: list[Path]) -> int:
    failed = 0
    for file in files:
        for data in read_lines(file) if file.suffix == ".txt" else [file.read_bytes()]:
            try:
                TARGETS[name].run(data)
            except Finding as finding:
                failed += 1
                print(f"{file}: {finding}\n{explain(data)}")
    print(f"{failed} findings")
    return 1 if failed else 0


def _shrink(name: str, file: Path) -> int:
    data = shrink(TARGETS[name].run, file.read_bytes())
    short = file.with_suffix(".short")
    short.write_bytes(data)
    print(f"{short}:\n{explain(data)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
