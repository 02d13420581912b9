"""The list of stations holds the source: each mark stands where the list says, with the facts that it names."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

import pytest

import webfoot
from webfoot.trail import STATIONS, Station

SOURCE = Path(webfoot.__file__).parent
STATION_OF = {mark: station for station in STATIONS for mark in station.marks}


@dataclass(frozen=True)
class MarkInSource:
    file: str
    line: int
    station: str | None  # None: not a literal
    facts: tuple[str | None, ...]  # None: a ** spread

    @property
    def place(self) -> str:
        return f"{self.file}:{self.line}"


def marks_in(file: str, source: str) -> Iterator[MarkInSource]:
    """Every call of something named `mark` in `source`: `trail.mark("...")`, `self.trail.mark(...)`, `mark(...)`."""
    tree = ast.parse(source)
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    for node in calls_of("mark", tree):
        first = node.args[0] if node.args else None
        literal = first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else None
        around = next((each for each in reversed(functions) if each.lineno <= node.lineno <= each.end_lineno), None)
        facts = [name for keyword in node.keywords for name in names_given(keyword, around, tree)]
        yield MarkInSource(file, node.lineno, literal, tuple(facts))


def calls_of(name: str, tree: ast.AST) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", None)
            if called == name:
                yield node


def names_given(keyword: ast.keyword, around: ast.AST | None, tree: ast.AST) -> list[str | None]:
    """The names that a keyword stands for; those of `**facts` where they can be read from the source, else None.

    They can where `facts` is a dictionary written out in the same function, or that function's own `**facts`: then
    every call of it in the file is looked at.
    """
    if keyword.arg is not None:
        return [keyword.arg]
    if not isinstance(keyword.value, ast.Name) or not isinstance(around, ast.FunctionDef | ast.AsyncFunctionDef):
        return [None]
    if around.args.kwarg is not None and around.args.kwarg.arg == keyword.value.id:
        return [given.arg for call in calls_of(around.name, tree) for given in call.keywords]
    for node in ast.walk(around):
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        if any(isinstance(target, ast.Name) and target.id == keyword.value.id for target in targets):
            keys = node.value.keys if isinstance(node.value, ast.Dict) else [None]
            return [key.value if isinstance(key, ast.Constant) else None for key in keys]
    return [None]


def complaints_about(marks: list[MarkInSource], files: list[str], stations: tuple[Station, ...]) -> list[str]:
    """One sentence for each way in which the source and the list of stations disagree."""
    station_of = {mark: station for station in stations for mark in station.marks}
    found: list[str] = []
    for mark in marks:
        if mark.station is None:
            found.append(f"{mark.place} marks a station that is not written out as a literal")
        elif mark.station not in station_of:
            found.append(f"{mark.place} marks {mark.station!r}, which is not in STATIONS")
        else:
            station = station_of[mark.station]
            if not fnmatch(mark.file, station.owner):
                found.append(f"{mark.place} marks {mark.station!r}, but that belongs to {station.owner}")
            found += [
                f"{mark.place} marks {mark.station!r} with an undeclared fact {fact or '**'!r}"
                for fact in mark.facts
                if fact not in station.facts
            ]
    for station in stations:
        owners = [file for file in files if fnmatch(file, station.owner)]
        if not owners:
            found.append(f"station {station.number}: no file matches its owner {station.owner}")
        for owner in owners:
            marked = {mark.station for mark in marks if mark.file == owner}
            if not marked & set(station.marks):
                found.append(f"{owner} never marks {' or '.join(station.marks)}")
        marked_anywhere = {mark.station for mark in marks}
        found += [f"nobody marks {name!r}" for name in station.marks if owners and name not in marked_anywhere]
    return found


def test_each_mark_stands_in_its_owner_file_with_declared_facts():
    paths = sorted(SOURCE.rglob("*.py"))
    files = [path.relative_to(SOURCE).as_posix() for path in paths]
    marks = [mark for file, path in zip(files, paths, strict=True) for mark in marks_in(file, path.read_text("utf-8"))]

    assert complaints_about(marks, files, STATIONS) == []


TINY = (
    Station(1, ("connected", "secured"), "in", "net/one.py", "says", ("client",)),
    Station(2, ("head_parsed",), "in", "http1/parser_*.py", "says", ("size",)),
)
ONE = "trail.mark('connected', client='x'); trail.mark('secured')"
PARSER = "if trail is not None:\n    self.trail.mark('head_parsed', size=3)"


@pytest.mark.parametrize(
    ("sources", "complaint"),
    [
        pytest.param(
            {"net/one.py": ONE, "http1/parser_a.py": PARSER, "http1/parser_b.py": PARSER}, None, id="in order"
        ),
        pytest.param({"net/one.py": ONE}, "no file matches", id="owner file missing"),
        pytest.param({"net/one.py": ONE, "http1/parser_a.py": ""}, "never marks head_parsed", id="owner does not mark"),
        pytest.param(
            {"net/one.py": ONE, "http1/parser_a.py": PARSER, "http1/parser_b.py": ""},
            "http1/parser_b.py never marks",
            id="one of the owners does not mark",
        ),
        pytest.param(
            {"net/one.py": "trail.mark('connected')", "http1/parser_a.py": PARSER}, "nobody marks 'secured'", id="half"
        ),
        pytest.param(
            {"net/one.py": ONE, "http1/parser_a.py": PARSER, "web/x.py": "trail.mark('connected')"},
            "belongs to net/one.py",
            id="marked elsewhere",
        ),
        pytest.param(
            {"net/one.py": ONE + "; trail.mark('connected', peer=1)", "http1/parser_a.py": PARSER},
            "undeclared fact 'peer'",
            id="undeclared fact",
        ),
        pytest.param(
            {"net/one.py": ONE + "; trail.mark('connected', **facts)", "http1/parser_a.py": PARSER},
            "undeclared fact '**'",
            id="spread",
        ),
        pytest.param(
            {
                "net/one.py": ONE + "; f(peer=1)\ndef f(**facts): trail.mark('connected', **facts)",
                "http1/parser_a.py": PARSER,
            },
            "undeclared fact 'peer'",
            id="handed through",
        ),
        pytest.param(
            {
                "net/one.py": ONE + "; f(client=1)\ndef f(**facts): trail.mark('connected', **facts)",
                "http1/parser_a.py": PARSER,
            },
            None,
            id="handed through, in order",
        ),
        pytest.param(
            {
                "net/one.py": ONE + "\ndef f():\n a = {'peer': 1}\n trail.mark('connected', **a)",
                "http1/parser_a.py": PARSER,
            },
            "undeclared fact 'peer'",
            id="dictionary",
        ),
        pytest.param(
            {"net/one.py": ONE + "\ndef f():\n a = g()\n trail.mark('connected', **a)", "http1/parser_a.py": PARSER},
            "undeclared fact '**'",
            id="dictionary from elsewhere",
        ),
        pytest.param(
            {"net/one.py": ONE + "; trail.mark(name)", "http1/parser_a.py": PARSER}, "not written out", id="variable"
        ),
        pytest.param(
            {"net/one.py": ONE + "; trail.mark('conected')", "http1/parser_a.py": PARSER}, "not in STATIONS", id="typo"
        ),
    ],
)
def test_the_check_itself_can_fail(sources, complaint):
    marks = [mark for file, source in sources.items() for mark in marks_in(file, source)]

    found = complaints_about(marks, list(sources), TINY)

    if complaint is None:
        assert found == []
    else:
        assert any(complaint in sentence for sentence in found), found


def test_stations_are_numbered_in_the_order_of_the_journey():
    assert [station.number for station in STATIONS] == list(range(1, len(STATIONS) + 1))


def test_the_way_goes_in_turns_and_comes_out_once():
    ways = [station.way for station in STATIONS]
    order = ["in", "turn", "out", "end"]

    assert ways == sorted(ways, key=order.index)
    assert [station.marks for station in STATIONS if station.way == "turn"] == [
        ("endpoint_called", "endpoint_returned")
    ]


def test_no_mark_belongs_to_two_stations():
    assert len(STATION_OF) == sum(len(station.marks) for station in STATIONS)
