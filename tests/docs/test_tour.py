"""The tour in docs/index.md names files and functions that are there, and it comes by every station."""

from __future__ import annotations

import ast
import re
from fnmatch import fnmatch
from pathlib import Path

import pytest

import webfoot
from webfoot.trail import STATIONS

SOURCE = Path(webfoot.__file__).parent
TOUR = (SOURCE.parent.parent / "docs/index.md").read_text().partition("## The tour")[2]

# **`server/net/transport.py`** · `Transport.data_received`, `Transport.write`
STOP = re.compile(r"^\*\*`([\w/]+\.py)`\*\*((?: ·|,) `[\w.]+`(?:, `[\w.]+`)*)?", re.M)
STOPS = [(found[1], re.findall(r"`([\w.]+)`", found[2] or "")) for found in STOP.finditer(TOUR)]


def defined_in(file: str) -> set[str]:
    """Names of functions, classes, methods (`Class.method`) and module constants in a file."""
    names: set[str] = set()
    for node in ast.parse((SOURCE / file).read_text()).body:
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                names.add(name)
            case ast.ClassDef(name=name, body=body):
                names.add(name)
                names |= {
                    f"{name}.{inner.name}"
                    for inner in body
                    if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef)
                }
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                names.add(name)
    return names


def test_there_is_a_tour():
    assert len(STOPS) > 15


@pytest.mark.parametrize(("file", "names"), STOPS, ids=[f"{number}-{file}" for number, (file, _) in enumerate(STOPS)])
def test_a_stop_is_there(file: str, names: list[str]):
    assert (SOURCE / file).exists()
    assert {*names} <= defined_in(file)


@pytest.mark.parametrize("station", STATIONS, ids=lambda station: station.marks[0])
def test_the_tour_comes_by_every_station(station):
    assert any(fnmatch(file, station.owner) for file, _ in STOPS), station.owner


def test_other_files_that_the_tour_names_are_there():
    for name in re.findall(r"`((?!examples/)(?:\w+/)+\w+\.py)`", TOUR):
        assert (SOURCE / name).exists(), name
