"""Choose the seeds to commit: of the corpus, the shortest inputs that together reach all that the corpus reaches."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import webfoot.server
from fuzz.store import CORPUS, KEPT, as_line, kept, read_lines
from fuzz.targets import TARGETS

SERVER = str(Path(webfoot.server.__file__).parent)
LARGEST_FILE = 40_000
"""Bytes; the longest inputs are left out."""

Arc = tuple[str, int, int]


def keep(name: str) -> int:
    """Write the seeds of a target, and give their number."""
    run = TARGETS[name].run
    findings = set(kept(name)) - set(read_lines(KEPT / f"{name}.txt"))
    corpus = {file.read_bytes() for file in (CORPUS / name).iterdir()} if (CORPUS / name).is_dir() else set()
    reached: set[Arc] = set()
    for data in findings:
        reached |= arcs_of(run, data)
    lines: list[str] = []
    for data in sorted(corpus | set(kept(name)) - findings, key=lambda data: (len(data), data)):
        more = arcs_of(run, data) - reached
        if more and len(as_line(data)) + sum(map(len, lines)) < LARGEST_FILE:
            reached |= more
            lines.append(as_line(data))
    (KEPT / f"{name}.txt").write_text("# Seeds: driver, applications, wire.\n" + "\n".join(lines) + "\n")
    return len(lines)


def arcs_of(run: Callable[[bytes], None], data: bytes) -> set[Arc]:
    """From which line to which the server goes when it is given an input."""
    arcs: set[Arc] = set()

    def enter(frame: FrameType, event: str, argument: Any) -> Any:
        if not frame.f_code.co_filename.startswith(SERVER):
            return None
        name, before = f"{frame.f_code.co_filename}:{frame.f_code.co_name}", frame.f_lineno

        def step(frame: FrameType, event: str, argument: Any) -> Any:
            nonlocal before
            arcs.add((name, before, frame.f_lineno))
            before = frame.f_lineno
            return step

        return step

    sys.settrace(enter)
    try:
        run(data)
    finally:
        sys.settrace(None)
    return arcs
