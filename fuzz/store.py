"""Where inputs are kept. Committed ones stand in text files, one a line, so that a reviewer can read them."""

from __future__ import annotations

import ast
from pathlib import Path

from fuzz.inputs import Input
from fuzz.targets import TARGETS

HERE = Path(__file__).parent
CORPUS = HERE / "corpus"  # what the fuzzer has found worth keeping; not committed
FOUND = HERE / "found"  # fresh findings; not committed
KEPT = HERE / "kept"  # seeds (TARGET.txt) and past findings (TARGET-findings.txt); committed


def read_lines(file: Path) -> list[bytes]:
    """A line is: driver, apps, wire, as three bytes literals. Lines that begin with # are for the reader."""
    lines = file.read_text().splitlines() if file.exists() else []
    inputs = [ast.literal_eval(f"({line})") for line in lines if line and not line.startswith("#")]
    return [Input(*parts).write() for parts in inputs]


def as_line(data: bytes) -> str:
    given = Input.read(data)
    return f"{given.driver!r}, {given.apps!r}, {given.wire!r}"


def kept(name: str) -> list[bytes]:
    return [*read_lines(KEPT / f"{name}.txt"), *read_lines(KEPT / f"{name}-findings.txt")]


def seeds_of(name: str) -> list[bytes]:
    return [*TARGETS[name].seeds(), *kept(name)]


def explain(data: bytes) -> str:
    """An input for somebody who wants to keep it: the line for the file of findings."""
    return f"  {as_line(data)}"
